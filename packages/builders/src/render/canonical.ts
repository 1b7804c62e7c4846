/**
 * Canonical form of plain JSON: a fresh copy in one fixed key order, so that equal content gives equal bytes.
 *
 * Order: apiVersion, kind, metadata, name, then alphabetical by code unit; lists keep theirs. `undefined` is dropped,
 * null and empty values stay: whether they mean something is the caller's business.
 */
import { setField } from '../own-field.ts';

/** A fresh copy of `value` in canonical order. A date is its text. */
export function canonical<T>(value: T): T {
  if (Array.isArray(value)) return value.filter((item) => item !== undefined).map(canonical) as T;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value.toJSON() as T;
  const source = value as Record<string, unknown>;
  const copy: Record<string, unknown> = {};
  for (const key of sorted(Object.keys(source))) {
    const field = source[key];
    if (field !== undefined) setField(copy, key, canonical(field));
  }
  return copy as T;
}

/** Most objects are in order already; sorting copies. */
function sorted(keys: string[]): string[] {
  for (let i = 1; i < keys.length; i++) {
    if (byRank(keys[i - 1] as string, keys[i] as string) > 0) return keys.toSorted(byRank);
  }
  return keys;
}

function byRank(a: string, b: string): number {
  const order = rank(a) - rank(b);
  if (order !== 0) return order;
  return a < b ? -1 : 1;
}

function rank(key: string): number {
  switch (key) {
    case 'apiVersion':
      return 0;
    case 'kind':
      return 1;
    case 'metadata':
      return 2;
    case 'name':
      return 3;
    default:
      return 4;
  }
}
