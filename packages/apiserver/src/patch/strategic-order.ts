/**
 * The order of a list after a strategic merge: items that the patch names stand in the patch's order, all others keep
 * theirs, and where the stored list doesn't tell which of the two comes first, the patch's item does.
 */
import type { JsonValue } from '../schema/schema-node.ts';
import { deepEqual } from '../store/deep-equal.ts';
import { isJsonObject } from '../store/kube-object.ts';

/** @param key The merge key of items; `undefined` for lists of plain values. */
export function orderLikePatch(
  merged: readonly JsonValue[],
  patchOrder: readonly JsonValue[],
  storedOrder: readonly JsonValue[],
  key: string | undefined,
): JsonValue[] {
  const rank = (item: JsonValue, order: readonly JsonValue[]): number =>
    order.findIndex((other) => deepEqual(identity(other, key), identity(item, key)));
  const named = merged
    .filter((item) => rank(item, patchOrder) !== -1)
    .toSorted((a, b) => rank(a, patchOrder) - rank(b, patchOrder));
  const others = merged.filter((item) => rank(item, patchOrder) === -1);
  const ordered: JsonValue[] = [];
  let next = 0;
  for (const item of named) {
    const place = rank(item, storedOrder);
    for (; next < others.length; next++) {
      const other = others[next] as JsonValue;
      const otherPlace = rank(other, storedOrder);
      if (place === -1 || otherPlace === -1 || otherPlace > place) break;
      ordered.push(other);
    }
    ordered.push(item);
  }
  return [...ordered, ...others.slice(next)];
}

function identity(item: JsonValue, key: string | undefined): JsonValue {
  return key !== undefined && isJsonObject(item) ? (item[key] ?? null) : item;
}
