/**
 * `fieldsV1`, the server's record of who set which field. Names: `f:name` a field, `k:{…}` a list item
 * by its key fields, `v:…` an item of a set, `.` the item itself. An empty node is a leaf: a scalar or
 * a value replaced as a whole. The node of a list therefore tells how the server merges that list.
 */
import type { JsonObject, JsonValue, KubeObject, ManagedFieldsEntry } from '../object/kube-object.ts';

export interface FieldSet {
  readonly [name: string]: FieldSet;
}

/** Fields a manager applied, at this version and subresource; `undefined` when it never applied any. */
export function appliedFields(
  object: KubeObject,
  by: { readonly fieldManager: string; readonly apiVersion: string; readonly subresource: string | undefined },
): FieldSet | undefined {
  const entry = object.metadata.managedFields?.find(
    (candidate) => isApplyOf(candidate, by) && candidate.apiVersion === by.apiVersion,
  );
  return entry?.fieldsV1 as FieldSet | undefined;
}

/** Field sets of everyone else. */
export function foreignFields(
  object: KubeObject,
  own: { readonly fieldManager: string; readonly subresource: string | undefined },
): FieldSet[] {
  const entries = object.metadata.managedFields ?? [];
  return entries.filter((entry) => !isApplyOf(entry, own)).map((entry) => (entry.fieldsV1 ?? {}) as FieldSet);
}

function isApplyOf(
  entry: ManagedFieldsEntry,
  by: { readonly fieldManager: string; readonly subresource: string | undefined },
): boolean {
  return (
    entry.operation === 'Apply' &&
    entry.manager === by.fieldManager &&
    (entry.subresource ?? '') === (by.subresource ?? '')
  );
}

/** How the server merges the list whose node this is. */
export type ListShape = 'atomic' | 'map' | 'set';

export function listShape(node: FieldSet): ListShape {
  for (const name of Object.keys(node)) {
    if (name.startsWith('k:')) {
      return 'map';
    }
    if (name.startsWith('v:')) {
      return 'set';
    }
  }
  return 'atomic';
}

export interface KeyedItem {
  /** The node's name, such as `k:{"name":"app"}`. */
  readonly name: string;
  readonly keys: JsonObject;
}

/** Items of a list-map this node owns. */
export function keyedItems(node: FieldSet): KeyedItem[] {
  return Object.keys(node)
    .filter((name) => name.startsWith('k:'))
    .map((name) => ({ name, keys: JSON.parse(name.slice(2)) as JsonObject }));
}

/** Items of a set this node owns. */
export function setItems(node: FieldSet): JsonValue[] {
  return Object.keys(node)
    .filter((name) => name.startsWith('v:'))
    .map((name) => JSON.parse(name.slice(2)) as JsonValue);
}

/**
 * Whether `item` is the one with these key fields. `lenient`: a key field the item leaves out may be
 * defaulted by the server (`protocol: TCP`).
 */
export function hasKeys(item: JsonValue | undefined, keys: JsonObject, lenient: boolean): boolean {
  if (typeof item !== 'object' || item === null) {
    return false;
  }
  const fields = item as JsonObject;
  return Object.entries(keys).every(
    ([name, value]) => fields[name] === value || (lenient && fields[name] === undefined),
  );
}
