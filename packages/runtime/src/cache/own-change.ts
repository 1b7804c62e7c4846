/**
 * Whether everything that differs between the object we knew and the answer to our write is our own
 * doing. An unlocked write may be a no-op that returns somebody else's resourceVersion; without this
 * proof that foreign change would be taken for an echo and lost.
 */
import { asJson, type JsonArray, type JsonObject, type JsonValue, type KubeObject } from '../object/kube-object.ts';
import { isObject, sameJson } from './desired-match.ts';
import { appliedFields, type FieldSet, foreignFields, hasKeys, keyedItems, listShape } from './field-set.ts';

/** Written by the server on every change. */
const BOOKKEEPING = new Set(['resourceVersion', 'generation', 'managedFields', 'selfLink']);
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** What is known about one path during the walk. */
interface Node {
  readonly before: JsonValue | undefined;
  readonly after: JsonValue | undefined;
  readonly desired: JsonValue | undefined;
  /** Our ownership before the write: what we drop, the server prunes. */
  readonly ownedBefore: FieldSet | undefined;
  readonly ownedAfter: FieldSet | undefined;
  /** Ownership of everyone else after the write. */
  readonly foreign: readonly FieldSet[];
}

export interface AppliedWrite<T> {
  /** The cached object the write was matched against. */
  readonly before: T;
  /** The answer, with all `managedFields`. */
  readonly after: T;
  readonly desired: T;
  readonly fieldManager: string;
  readonly subresource?: string | undefined;
}

/** Rule for applies: changes inside our fields, prunings of our fields, and defaults nobody owns. */
export function isOwnApply<T extends KubeObject>(write: AppliedWrite<T>): boolean {
  const { before, after, desired, fieldManager, subresource } = write;
  if (before.metadata.uid !== after.metadata.uid) {
    return false;
  }
  const by = { fieldManager, apiVersion: desired.apiVersion, subresource };
  return explained({
    before: forDiff(before),
    after: forDiff(after),
    desired: asJson(desired),
    ownedBefore: appliedFields(before, by),
    ownedAfter: appliedFields(after, by),
    foreign: foreignFields(after, by),
  });
}

/** Rule for patches: nothing changed outside `paths` (each a list of field names). */
export function changedOnlyWithin<T extends KubeObject>(
  before: T,
  after: T,
  paths: readonly (readonly string[])[],
): boolean {
  return before.metadata.uid === after.metadata.uid && onlyWithin(forDiff(before), forDiff(after), paths);
}

function onlyWithin(
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  paths: readonly (readonly string[])[],
): boolean {
  if (paths.some((path) => path.length === 0) || sameJson(before, after)) {
    return true;
  }
  if (!isObject(before) || !isObject(after)) {
    return false;
  }
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].every((name) => {
    const below = paths.filter((path) => path[0] === name).map((path) => path.slice(1));
    return onlyWithin(before[name], after[name], below);
  });
}

function explained(node: Node): boolean {
  const { before, after, desired } = node;
  if (sameJson(before, after)) {
    return true;
  }
  if (isObject(before) && isObject(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].every((name) => explained(child(node, name)));
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    return listExplained(node, before as JsonArray, after as JsonArray);
  }
  if (desired !== undefined && desired !== null) {
    return typeof desired !== 'object' || addedByUs(node);
  }
  return after === undefined ? node.ownedBefore !== undefined : addedByUs(node);
}

/** A value that was not there before: ours unless another manager claims it. */
function addedByUs(node: Node): boolean {
  return node.before === undefined && node.foreign.length === 0;
}

function child(node: Node, name: string): Node {
  const field = `f:${name}`;
  const below = (value: JsonValue | undefined): JsonValue | undefined => (isObject(value) ? value[name] : undefined);
  return {
    before: below(node.before),
    after: below(node.after),
    desired: below(node.desired),
    ownedBefore: node.ownedBefore?.[field],
    ownedAfter: node.ownedAfter?.[field],
    foreign: nodesAt(node.foreign, field),
  };
}

function listExplained(node: Node, before: JsonArray, after: JsonArray): boolean {
  const { desired, ownedAfter, ownedBefore, foreign } = node;
  if (!Array.isArray(desired) || ownedAfter === undefined) {
    return false;
  }
  if (listShape(ownedAfter) !== 'map') {
    return listShape(ownedAfter) === 'atomic' || foreign.length === 0;
  }
  const items = [...keyedItems(ownedAfter), ...keyedItems(ownedBefore ?? {})];
  const isOurs = (item: JsonValue): boolean => items.some(({ keys }) => hasKeys(item, keys, false));
  const othersBefore = before.filter((item) => !isOurs(item));
  const othersAfter = after.filter((item) => !isOurs(item));
  return (
    sameJson(othersBefore, othersAfter) &&
    items.every(({ name, keys }) =>
      explained({
        before: before.find((item) => hasKeys(item, keys, false)),
        after: after.find((item) => hasKeys(item, keys, false)),
        desired: (desired as JsonArray).find((item) => hasKeys(item, keys, true)),
        ownedBefore: ownedBefore?.[name],
        ownedAfter: ownedAfter[name],
        foreign: nodesAt(foreign, name),
      }),
    )
  );
}

function nodesAt(sets: readonly FieldSet[], name: string): FieldSet[] {
  return sets.map((set) => set[name]).filter((set) => set !== undefined);
}

/** The object without what the server or the cache's projection changes on its own. */
function forDiff(object: KubeObject): JsonObject {
  const { metadata, ...rest } = asJson(object);
  const kept = Object.entries(metadata as JsonObject).filter(([name]) => !BOOKKEEPING.has(name));
  const meta = Object.fromEntries(kept) as { annotations?: JsonObject };
  if (meta.annotations?.[LAST_APPLIED] !== undefined) {
    const { [LAST_APPLIED]: _dropped, ...annotations } = meta.annotations;
    meta.annotations = annotations;
  }
  return { ...rest, metadata: meta as JsonObject };
}
