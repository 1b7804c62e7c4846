/**
 * The difference of two values of one type as three field sets: added, modified, removed. Equal branches cost a walk
 * and no allocation; paths exist for what changed only.
 *
 * Not here: who owns the changed paths (track-update.ts, apply-patch.ts).
 */
import type { JsonValue } from '../schema/schema-node.ts';
import { deepEqual } from '../store/deep-equal.ts';
import type { JsonObject } from '../store/kube-object.ts';
import { EMPTY_SET, type FieldSet, fieldNode, LEAF_SET } from './field-set.ts';
import { fieldElement, type PathElement } from './path-element.ts';
import { everyPath } from './to-field-set.ts';
import {
  asList,
  asMap,
  fieldType,
  isDeduced,
  itemElement,
  keyValue,
  listKeys,
  shapeOf,
  type TypeNode,
} from './type-view.ts';
import { hasZeroFields, mayHoldZeroFields, zeroField } from './zero-object.ts';

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** A difference under construction: a missing set is empty. */
interface Difference {
  readonly added: FieldSet | undefined;
  readonly modified: FieldSet | undefined;
  readonly removed: FieldSet | undefined;
}

const LEAF_MODIFIED: Difference = { added: undefined, modified: LEAF_SET, removed: undefined };

/** Metadata that belongs to the server: never compared, never owned. */
const SERVER_METADATA: ReadonlySet<string> = new Set(
  'name namespace creationTimestamp selfLink uid generation managedFields resourceVersion'.split(' '),
);

/**
 * Compares two objects of a kind, or `undefined` for an object that does not exist. Server-owned fields (apiVersion,
 * kind, name, uid, managedFields …) and the top-level fields `isIgnored` accepts are left out.
 * Returns `undefined` when nothing else differs.
 */
export function compareObjects(
  old: JsonObject | undefined,
  current: JsonObject,
  root: TypeNode,
  isIgnored: (field: string) => boolean = () => false,
): Comparison | undefined {
  const kind = hasZeroFields(root, current) && typeof current['kind'] === 'string' ? current['kind'] : undefined;
  const before = old ?? {};
  const parts = new Parts();
  const compareField = (key: string): void => {
    if (key === 'apiVersion' || key === 'kind' || isIgnored(key)) {
      return;
    }
    const type = fieldType(root, key);
    if (key === 'metadata') {
      parts.add(fieldElement(key), compareMetadata(asMap(before[key]) ?? {}, asMap(current[key]) ?? {}, type));
      return;
    }
    parts.add(fieldElement(key), compareChild(before, current, key, type, kind, key));
  };
  for (const key in current) {
    compareField(key);
  }
  for (const key in before) {
    if (!Object.hasOwn(current, key)) {
      compareField(key);
    }
  }
  return complete(parts.difference());
}

function compareMetadata(old: JsonObject, current: JsonObject, type: TypeNode): Difference | undefined {
  const parts = new Parts();
  for (const key in current) {
    if (!SERVER_METADATA.has(key)) {
      parts.add(fieldElement(key), compareValues(old[key], current[key], fieldType(type, key), undefined, ''));
    }
  }
  for (const key in old) {
    if (!SERVER_METADATA.has(key) && !Object.hasOwn(current, key)) {
      parts.add(fieldElement(key), compareValues(old[key], undefined, fieldType(type, key), undefined, ''));
    }
  }
  return parts.difference();
}

/** Compares two values of any type; absent is `undefined`. Returns `undefined` when they are equal. */
export function compare(
  old: JsonValue | undefined,
  current: JsonValue | undefined,
  node: TypeNode,
): Comparison | undefined {
  return complete(compareValues(old, current, node, undefined, ''));
}

function complete(difference: Difference | undefined): Comparison | undefined {
  return (
    difference && {
      added: difference.added ?? EMPTY_SET,
      modified: difference.modified ?? EMPTY_SET,
      removed: difference.removed ?? EMPTY_SET,
    }
  );
}

/** Gathers the differences of children into the difference of their parent. */
class Parts {
  #added: Map<PathElement, FieldSet> | undefined;
  #modified: Map<PathElement, FieldSet> | undefined;
  #removed: Map<PathElement, FieldSet> | undefined;

  add(element: PathElement, difference: Difference | undefined): void {
    if (difference === undefined) {
      return;
    }
    if (difference.added !== undefined) {
      this.#added ??= new Map();
      this.#added.set(element, difference.added);
    }
    if (difference.modified !== undefined) {
      this.#modified ??= new Map();
      this.#modified.set(element, difference.modified);
    }
    if (difference.removed !== undefined) {
      this.#removed ??= new Map();
      this.#removed.set(element, difference.removed);
    }
  }

  difference(): Difference | undefined {
    if (this.#added === undefined && this.#modified === undefined && this.#removed === undefined) {
      return undefined;
    }
    return {
      added: fieldNode(false, this.#added),
      modified: fieldNode(false, this.#modified),
      removed: fieldNode(false, this.#removed),
    };
  }
}

/** `kind` is set while absent fields may stand for empty structs; `path` is only kept then. */
function compareChild(
  old: JsonObject,
  current: JsonObject,
  key: string,
  type: TypeNode,
  kind: string | undefined,
  path: string,
): Difference | undefined {
  let before = old[key];
  let after = current[key];
  if (kind !== undefined) {
    before ??= zeroField(path, kind, type);
    after ??= zeroField(path, kind, type);
  }
  return compareValues(
    before,
    after,
    type,
    kind !== undefined && mayHoldZeroFields(path, kind) ? kind : undefined,
    path,
  );
}

function compareValues(
  old: JsonValue | undefined,
  current: JsonValue | undefined,
  node: TypeNode,
  kind: string | undefined,
  path: string,
): Difference | undefined {
  if (old === current) {
    return undefined;
  }
  if (old === undefined) {
    return { added: everyPath(current ?? null, node), modified: undefined, removed: undefined };
  }
  if (current === undefined) {
    return { added: undefined, modified: undefined, removed: everyPath(old, node) };
  }
  const shape = shapeOf(node, current ?? old);
  if (isDeduced(node) && old !== null && current !== null && shape !== shapeOf(node, old)) {
    return compareAcrossShapes(old, current, node);
  }
  switch (shape) {
    case 'leaf':
      return deepEqual(old, current) ? undefined : LEAF_MODIFIED;
    case 'map':
      return compareMaps(old, current, node, kind, path);
    case 'list':
      return compareLists(old, current, node);
  }
}

/** Where the value decides the type, a map may become a scalar: its fields go and a leaf is modified, or the reverse. */
function compareAcrossShapes(old: JsonValue, current: JsonValue, node: TypeNode): Difference {
  const oldMap = asMap(old);
  const fields = everyPath(oldMap ?? current, node).children;
  return oldMap === undefined
    ? { added: fieldNode(false, fields), modified: LEAF_SET, removed: undefined }
    : { added: undefined, modified: LEAF_SET, removed: fieldNode(false, fields) };
}

function compareMaps(
  old: JsonValue,
  current: JsonValue,
  node: TypeNode,
  kind: string | undefined,
  path: string,
): Difference | undefined {
  const before = asMap(old) ?? {};
  const after = asMap(current) ?? {};
  const parts = new Parts();
  let isEmpty = true;
  for (const key in after) {
    isEmpty = false;
    const type = fieldType(node, key);
    parts.add(
      fieldElement(key),
      kind === undefined
        ? compareValues(before[key], after[key], type, undefined, '')
        : compareChild(before, after, key, type, kind, `${path}.${key}`),
    );
  }
  for (const key in before) {
    isEmpty = false;
    if (!Object.hasOwn(after, key)) {
      const type = fieldType(node, key);
      parts.add(
        fieldElement(key),
        compareChild(before, after, key, type, kind, kind === undefined ? '' : `${path}.${key}`),
      );
    }
  }
  if (isEmpty) {
    return (asMap(old) === undefined) === (asMap(current) === undefined) ? undefined : LEAF_MODIFIED;
  }
  return parts.difference();
}

function compareLists(old: JsonValue, current: JsonValue, node: TypeNode): Difference | undefined {
  const before = asList(old) ?? [];
  const after = asList(current) ?? [];
  if (before.length === 0 && after.length === 0) {
    return Array.isArray(old) === Array.isArray(current) ? undefined : LEAF_MODIFIED;
  }
  if (node === undefined || haveEqualItems(before, after, node)) {
    return undefined;
  }
  const parts = new Parts();
  const oldItems = groupItems(before, node);
  const currentItems = groupItems(after, node);
  for (const [element, items] of currentItems) {
    parts.add(element, compareItems(oldItems.get(element) ?? [], items, node));
  }
  for (const [element, items] of oldItems) {
    if (!currentItems.has(element)) {
      parts.add(element, compareItems(items, [], node));
    }
  }
  return parts.difference();
}

/** The common case, without building elements: same items in the same order. */
function haveEqualItems(
  before: readonly JsonValue[],
  after: readonly JsonValue[],
  node: NonNullable<TypeNode>,
): boolean {
  if (before.length !== after.length) {
    return false;
  }
  const keys = node.listType === 'map' ? listKeys(node) : [];
  return before.every((old, index) => {
    const current = after[index];
    if (old === current) {
      return true;
    }
    return (
      current !== undefined &&
      keys.every((key) => keyValue(node, old, key) === keyValue(node, current, key)) &&
      compareValues(old, current, keys.length === 0 ? undefined : node.items, undefined, '') === undefined
    );
  });
}

function groupItems(list: readonly JsonValue[], node: NonNullable<TypeNode>): Map<PathElement, JsonValue[]> {
  const groups = new Map<PathElement, JsonValue[]>();
  for (const item of list) {
    const element = itemElement(node, item);
    const group = groups.get(element);
    if (group === undefined) {
      groups.set(element, [item]);
    } else {
      group.push(item);
    }
  }
  return groups;
}

/** Stored lists may hold duplicates: then the duplicates together are one value, owned without their fields. */
function compareItems(
  old: readonly JsonValue[],
  current: readonly JsonValue[],
  node: NonNullable<TypeNode>,
): Difference | undefined {
  if (old.length <= 1 && current.length <= 1) {
    return compareValues(old[0], current[0], node.items, undefined, '');
  }
  if (old.length > 1 && current.length > 1) {
    return equalLists(old, current) ? undefined : LEAF_MODIFIED;
  }
  if (old.length > 1) {
    const added = current[0] === undefined ? undefined : everyPath(current[0], node.items);
    return { added, modified: undefined, removed: LEAF_SET };
  }
  const removed = old[0] === undefined ? undefined : everyPath(old[0], node.items);
  return { added: LEAF_SET, modified: undefined, removed };
}

function equalLists(a: readonly JsonValue[], b: readonly JsonValue[]): boolean {
  return a.length === b.length && a.every((item, index) => deepEqual(item, b[index]));
}
