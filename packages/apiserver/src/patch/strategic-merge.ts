/**
 * Strategic merge patch of built-in kinds: a merge patch that merges lists by their key, steered by directives inside
 * the patch (`$patch`, `$retainKeys`, `$setElementOrder/LIST`, `$deleteFromPrimitiveList/LIST`). Never changes its inputs.
 *
 * Not here: decoding the outcome; how the lists of one document find their order (`strategic-order.ts`).
 * @see https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md
 */
import type { JsonValue, SchemaNode } from '../schema/schema-node.ts';
import { deepEqual } from '../store/deep-equal.ts';
import { isJsonObject, type JsonObject } from '../store/kube-object.ts';
import { setMember } from '../store/set-member.ts';
import { orderLikePatch } from './strategic-order.ts';

/** `format`: the patch contradicts itself; `key`: an item of a keyed list lacks its key. */
export type StrategicMergeProblem = 'format' | 'key';

export type StrategicMergeResult =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly problem: StrategicMergeProblem; readonly message: string };

/** `node` is the type of `target`; fields it doesn't declare merge as maps and replace as lists. */
export function strategicMerge(
  target: JsonObject,
  patch: JsonObject,
  node: SchemaNode | undefined,
): StrategicMergeResult {
  try {
    return { ok: true, value: mergeMap(target, patch, node) ?? {} };
  } catch (error) {
    if (error instanceof BadPatch) return { ok: false, problem: error.problem, message: error.message };
    throw error;
  }
}

class BadPatch extends Error {
  readonly problem: StrategicMergeProblem;

  constructor(problem: StrategicMergeProblem, message: string) {
    super(message);
    this.problem = problem;
  }
}

const patchDirective = '$patch';
const retainDirective = '$retainKeys';
const orderPrefix = '$setElementOrder/';
const deletePrefix = '$deleteFromPrimitiveList/';

/** `undefined` when the patch deletes the map. */
function mergeMap(target: JsonObject, patch: JsonObject, node: SchemaNode | undefined): JsonObject | undefined {
  const directive = patch[patchDirective];
  if (directive === 'delete') return undefined;
  if (directive === 'replace') return mergeMap({}, withoutDirective(patch), node);
  if (directive !== undefined && directive !== 'merge') throw unknownDirective(directive, 'map');
  const result = retained(target, patch);
  for (const [name, value] of Object.entries(patch)) {
    if (name === patchDirective || name === retainDirective || name.startsWith(orderPrefix)) continue;
    if (name.startsWith(deletePrefix)) {
      deleteValues(result, name.slice(deletePrefix.length), value);
      continue;
    }
    const order = orderOf(patch, name);
    const merged = mergeValue(Object.hasOwn(result, name) ? result[name] : undefined, value, child(node, name), order);
    if (merged === undefined) delete result[name];
    else setMember(result, name, merged);
  }
  return orderUntouched(result, patch, node);
}

/** A list whose items stay the same may still change their order. */
function orderUntouched(result: JsonObject, patch: JsonObject, node: SchemaNode | undefined): JsonObject {
  for (const directive of Object.keys(patch)) {
    if (!directive.startsWith(orderPrefix)) continue;
    const name = directive.slice(orderPrefix.length);
    const list = result[name];
    if (Object.hasOwn(patch, name) || !Array.isArray(list)) continue;
    result[name] = orderLikePatch(list, orderOf(patch, name) ?? [], list, mergeKeyOf(child(node, name)));
  }
  return result;
}

function mergeValue(
  target: JsonValue | undefined,
  patch: JsonValue | undefined,
  node: SchemaNode | undefined,
  order: readonly JsonValue[] | undefined,
): JsonValue | undefined {
  if (patch === null || patch === undefined) return undefined;
  if (isJsonObject(patch)) {
    const replaces = node?.patchStrategy === 'replace';
    const base = isJsonObject(target) && !replaces ? target : {};
    return mergeMap(base, patch, node);
  }
  if (!Array.isArray(patch)) return patch;
  if (node === undefined || !mergesList(node)) return patch.map((item) => plain(item, node?.items));
  return mergeList(Array.isArray(target) ? target : [], patch, node, order);
}

function mergeList(
  target: readonly JsonValue[],
  patch: readonly JsonValue[],
  node: SchemaNode,
  order: readonly JsonValue[] | undefined,
): JsonValue[] {
  const key = mergeKeyOf(node);
  if (key === undefined) {
    checkOrder(patch, order, undefined);
    const added = patch.filter((value, index) => !includes(target, value) && patch.indexOf(value) === index);
    return orderLikePatch([...target, ...added], order ?? patch, target, undefined);
  }
  const replaces = patch.some((item) => isJsonObject(item) && item[patchDirective] === 'replace');
  const items = patch.filter((item) => !isJsonObject(item) || item[patchDirective] !== 'replace');
  if (replaces) return items.map((item) => plain(item, node.items));
  const changes = items.filter((item) => !isDeletion(item));
  checkOrder(changes, order, key);
  const merged = [...target];
  for (const item of items) mergeItem(merged, item, key, node);
  return orderLikePatch(merged, order ?? changes, target, key);
}

function mergeItem(merged: JsonValue[], item: JsonValue, key: string, node: SchemaNode): void {
  if (!isJsonObject(item)) throw new BadPatch('format', `list items must be objects with a "${key}"`);
  const wanted = item[key];
  if (wanted === undefined) {
    throw new BadPatch('key', `map: ${goMap(item)} does not contain declared merge key: ${key}`);
  }
  const at = merged.findIndex((other) => isJsonObject(other) && deepEqual(other[key] ?? null, wanted));
  const found = at === -1 ? undefined : merged[at];
  const next = mergeMap(isJsonObject(found) ? found : {}, item, node.items);
  if (next === undefined) {
    for (let index = merged.length - 1; index >= 0; index--) {
      const other = merged[index];
      if (isJsonObject(other) && deepEqual(other[key] ?? null, wanted)) merged.splice(index, 1);
    }
  } else if (at === -1) merged.push(next);
  else merged[at] = next;
}

/** An item that replaces whatever was there: its directives are done with. */
function plain(item: JsonValue, node: SchemaNode | undefined): JsonValue {
  return isJsonObject(item) ? (mergeMap({}, item, node) ?? {}) : item;
}

/** The directive counts wherever it stands; the schema only tells clients when to send it. */
function retained(target: JsonObject, patch: JsonObject): JsonObject {
  const keys = patch[retainDirective];
  if (keys === undefined) return { ...target };
  if (!Array.isArray(keys)) throw new BadPatch('format', 'invalid patch format of retainKeys');
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith('$') || value === null || keys.includes(name)) continue;
    throw new BadPatch(
      'format',
      'The patch has fields that are not in $retainKeys: invalid patch format of retainKeys',
    );
  }
  return Object.fromEntries(Object.entries(target).filter(([name]) => keys.includes(name)));
}

function deleteValues(result: JsonObject, name: string, values: JsonValue): void {
  if (!Array.isArray(values))
    throw new BadPatch('format', `invalid patch format of primitive list: ${deletePrefix}${name}`);
  const list = result[name];
  if (!Array.isArray(list)) return;
  result[name] = list.filter((item) => !includes(values, item));
}

function orderOf(patch: JsonObject, name: string): readonly JsonValue[] | undefined {
  const order = patch[`${orderPrefix}${name}`];
  if (order === undefined) return undefined;
  if (!Array.isArray(order)) throw badOrder(name);
  return order;
}

/** What is patched must be part of the order, in the same order. */
function checkOrder(
  patch: readonly JsonValue[],
  order: readonly JsonValue[] | undefined,
  key: string | undefined,
): void {
  if (order === undefined) return;
  const identity = (item: JsonValue): JsonValue =>
    key !== undefined && isJsonObject(item) ? (item[key] ?? null) : item;
  const wanted = order.map((item) => identity(item));
  let from = 0;
  for (const item of patch) {
    const own = identity(item);
    const at = wanted.findIndex((other, index) => index >= from && deepEqual(other, own));
    if (at === -1) throw badOrder(JSON.stringify(own));
    from = at + 1;
  }
}

function badOrder(what: string): BadPatch {
  return new BadPatch(
    'format',
    `invalid patch format of setElementOrder list: the order of the patch and of $setElementOrder differ at ${what}`,
  );
}

function unknownDirective(directive: JsonValue, place: string): BadPatch {
  const shown = typeof directive === 'string' ? directive : JSON.stringify(directive);
  return new BadPatch('format', `Unknown patch type: "${shown}" in ${place}; use "delete", "merge" or "replace"`);
}

function isDeletion(item: JsonValue): boolean {
  return isJsonObject(item) && item[patchDirective] === 'delete';
}

function withoutDirective(patch: JsonObject): JsonObject {
  const { [patchDirective]: _, ...rest } = patch;
  return rest;
}

function mergesList(node: SchemaNode): boolean {
  if (node.patchStrategy === 'replace') return false;
  return node.listType !== 'atomic' || node.patchMergeKey !== undefined;
}

function mergeKeyOf(node: SchemaNode | undefined): string | undefined {
  return node?.patchMergeKey ?? node?.listMapKeys[0];
}

function child(node: SchemaNode | undefined, name: string): SchemaNode | undefined {
  return node?.properties?.get(name) ?? node?.additionalProperties;
}

function includes(list: readonly JsonValue[], value: JsonValue): boolean {
  return list.some((other) => deepEqual(other, value));
}

/** Go prints a map with sorted keys: `map[a:1 b:x]`. */
function goMap(value: JsonObject): string {
  const pairs = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `map[${pairs.map(([name, member]) => `${name}:${goText(member)}`).join(' ')}]`;
}

function goText(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map((item) => goText(item)).join(' ')}]`;
  if (isJsonObject(value)) return goMap(value);
  return value === null ? '<nil>' : String(value);
}
