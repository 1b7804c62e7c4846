/**
 * The state of one conversion from TypeBox to a structural schema: where we are, what went wrong, which names are known.
 *
 * A converter never throws and never drops a constraint: it reports a problem and returns {@link unknownSchema}, so
 * that one run finds every problem.
 */
import type { CrdProblemCode } from './crd-problem.ts';
import type { JsonSchema } from './schema-marks.ts';
import type { StructuralSchema, ValueValidation } from './structural-schema.ts';

/** What the converters of single keywords may use. */
export interface Conversion {
  /** Converts a schema found at `path`. */
  readonly schema: (schema: unknown, path: string) => StructuralSchema;
  /** Converts a restriction on a value of type `base`, for use inside a logical combination. */
  readonly validation: (schema: unknown, base: StructuralSchema, path: string) => ValueValidation;
  /** Records a problem and stands in for the schema that could not be converted. */
  readonly reject: (code: CrdProblemCode, path: string, message: string) => StructuralSchema;
  /** Converts the target of a reference, refusing cycles. */
  readonly reference: (schema: JsonSchema, path: string) => StructuralSchema;
}

/** Accepts anything: the stand-in for a rejected schema, so that later checks stay quiet about it. */
export function unknownSchema(): StructuralSchema {
  return { 'x-kubernetes-preserve-unknown-fields': true };
}

/** Adds only the members that are set, which is what `exactOptionalPropertyTypes` asks for. */
export function assignSet<T extends object>(target: T, source: { readonly [K in keyof T]?: T[K] | undefined }): T {
  for (const [key, value] of Object.entries(source)) {
    if (value !== undefined) Object.assign(target, { [key]: value });
  }
  return target;
}
