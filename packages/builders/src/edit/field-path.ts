/**
 * Dotted paths into an object, checked by the compiler: `spec.template.spec.dnsPolicy`.
 *
 * Paths stop at lists and at keys that contain dots; `edit`, `merge` and `patch` reach those.
 */

import { ownField, setField } from '../own-field.ts';

type Keys<T> = T extends readonly unknown[] ? never : T extends object ? Extract<keyof T, string> : never;

/** `P` itself when it is a path of `T`, otherwise the paths that could continue it: the compiler's suggestion. */
export type FieldPath<T, P extends string, Done extends string = ''> = P extends `${infer Head}.${infer Rest}`
  ? Head extends Keys<NonNullable<T>>
    ? FieldPath<NonNullable<NonNullable<T>[Head]>, Rest, `${Done}${Head}.`>
    : `${Done}${Keys<NonNullable<T>>}`
  : P extends Keys<NonNullable<T>>
    ? `${Done}${P}`
    : `${Done}${Keys<NonNullable<T>>}`;

/** Type of the field at path `P` of `T`. */
export type FieldAt<T, P extends string> = P extends `${infer Head}.${infer Rest}`
  ? Head extends Keys<NonNullable<T>>
    ? FieldAt<NonNullable<NonNullable<T>[Head]>, Rest>
    : never
  : P extends Keys<NonNullable<T>>
    ? NonNullable<T>[P]
    : never;

type Bag = Record<string, unknown>;

/** The value at `path`, or undefined where the way ends. */
export function readAt(source: object, path: readonly string[]): unknown {
  let value: unknown = source;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Bag)[key];
  }
  return value;
}

/** A copy of `source` with `value` at `path`; everything beside the path is shared. */
export function withAt<T extends object>(source: T, path: readonly string[], value: unknown): T {
  const [key, ...rest] = path;
  if (key === undefined) return value as T;
  const child = (source as Bag)[key];
  const inner = typeof child === 'object' && child !== null ? child : {};
  return { ...source, [key]: rest.length === 0 ? value : withAt(inner, rest, value) };
}

/** Writes `value` at `path` in place, creating objects on the way. */
export function writeAt(target: object, path: readonly string[], value: unknown): void {
  const last = path.at(-1);
  if (last !== undefined) setField(objectAt(target, path.slice(0, -1)), last, value);
}

/** The object at `path` in place, created where it is missing. */
export function objectAt<O extends object>(target: object, path: readonly string[]): O {
  let value = target;
  for (const key of path) {
    const child = ownField(value, key);
    const inner = typeof child === 'object' && child !== null ? child : {};
    if (inner !== child) setField(value, key, inner);
    value = inner;
  }
  return value as O;
}
