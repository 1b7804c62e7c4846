/**
 * Schemas for shapes that Kubernetes has and JSON Schema lacks, typed for TypeBox and plain JSON at run time.
 */
import type { Static, TSchema, TUnsafe } from 'typebox';
import type { StructuralSchema } from './structural-schema.ts';

/** Options that any schema takes: documentation, a default and extensions of the API server. */
export type SchemaOptions = Pick<StructuralSchema, 'title' | 'description' | 'default' | 'example' | 'nullable'> & {
  readonly [extension: `x-kubernetes-${string}`]: unknown;
};

/** Longest text of a quantity or duration; bounds keep CEL rules over them cheap. */
const MAX_TEXT = 64;

/** An integer or a string, such as a port by number or name, or a percentage. */
export function IntOrString(options: SchemaOptions = {}): TUnsafe<number | string> {
  return unsafe({ ...intOrString(), ...options });
}

/** A quantity such as `100m`, `1.5` or `2Gi`; an integer is accepted too. */
export function Quantity(options: SchemaOptions = {}): TUnsafe<number | string> {
  const pattern = String.raw`^[+-]?(\d+(\.\d*)?|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$`;
  return unsafe({ ...intOrString(), pattern, maxLength: MAX_TEXT, ...options });
}

/** A duration as Go writes it: `90s`, `1h30m`, `1.5h`, `250ms`, `0`. */
export function Duration(options: SchemaOptions = {}): TUnsafe<string> {
  const pattern = '^(0|([0-9]+([.][0-9]+)?(ns|us|µs|ms|s|m|h))+)$';
  return unsafe({ type: 'string', pattern, maxLength: MAX_TEXT, ...options });
}

/**
 * Any value, kept as it is: nothing inside is validated, pruned or defaulted.
 *
 * The optional argument gives it a type in TypeScript only: `Raw(Type.Union([…]))`, `Raw<MyShape>()`.
 */
export function Raw<T extends TSchema>(typed: T, options?: SchemaOptions): TUnsafe<Static<T>>;
export function Raw<T = unknown>(typed?: undefined, options?: SchemaOptions): TUnsafe<T>;
export function Raw(_typed?: TSchema, options: SchemaOptions = {}): TUnsafe<unknown> {
  return unsafe({ 'x-kubernetes-preserve-unknown-fields': true, ...options });
}

function intOrString(): StructuralSchema {
  return { anyOf: [{ type: 'integer' }, { type: 'string' }], 'x-kubernetes-int-or-string': true };
}

/** Marks a plain schema as TypeBox does, so that `Type.Optional` and `Type.Object` take it for one of theirs. */
export function unsafe<T>(schema: object): TUnsafe<T> {
  return Object.defineProperty({ ...schema }, '~unsafe', { value: null }) as TUnsafe<T>;
}
