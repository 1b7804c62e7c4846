/**
 * Canonical form of plain JSON: a fresh copy in one fixed key order, so that equal content gives equal bytes.
 *
 * Order: apiVersion, kind, metadata, name, then alphabetical by code unit; lists keep theirs. `undefined` is dropped,
 * null and empty values stay: whether they mean something is the caller's business.
 */

const first: ReadonlyMap<string, number> = new Map([
  ['apiVersion', 0],
  ['kind', 1],
  ['metadata', 2],
  ['name', 3],
]);

/** A fresh copy of `value` in canonical order. Typed arrays and class instances with `toJSON` are not expected here. */
export function canonical<T>(value: T): T {
  if (Array.isArray(value)) return value.filter((item) => item !== undefined).map(canonical) as T;
  if (typeof value !== 'object' || value === null) return value;
  const source = value as Record<string, unknown>;
  const copy: Record<string, unknown> = {};
  for (const key of sorted(Object.keys(source))) {
    const field = source[key];
    if (field !== undefined) define(copy, key, canonical(field));
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
  const left = first.get(a) ?? 4;
  const right = first.get(b) ?? 4;
  if (left !== right) return left - right;
  return a < b ? -1 : 1;
}

/** Plain assignment would set the prototype for a key named `__proto__`. */
function define(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
  else target[key] = value;
}
