/** Literals and enums: `const` and untyped `enum` become one typed `enum`. */
import { type Conversion, unknownSchema } from './conversion.ts';
import { showValue } from './show-value.ts';
import type { StructuralSchema, StructuralType } from './structural-schema.ts';

/** The schema that admits exactly these values: all of one scalar type, or integers beside strings; null means nullable. */
export function convertValues(values: readonly unknown[], path: string, conversion: Conversion): StructuralSchema {
  const distinct = [...new Set(values)];
  const scalars = distinct.filter((value) => value !== null);
  if (scalars.length === 0) {
    return conversion.reject(
      'CRD_ENUM',
      path,
      `${showValue(values)} admits no value but null; list at least one value`,
    );
  }
  const type = typeOfAll(scalars);
  if (type === undefined) {
    return conversion.reject(
      'CRD_ENUM',
      path,
      `${showValue(values)} mixes types; use values of one type (or integers and strings)`,
    );
  }
  const schema: StructuralSchema = type === 'int-or-string' ? intOrString() : { type };
  schema.enum = scalars;
  if (scalars.length < distinct.length) {
    schema.nullable = true;
    schema.enum = [...scalars, null]; // the server checks a null against the enum as well
  }
  return schema;
}

/** The exact form the API server demands beside `x-kubernetes-int-or-string`. */
export function intOrString(): StructuralSchema {
  return { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] };
}

/** Fits a declared type to the type that its values have; the values must agree with it. */
export function withDeclaredType(
  schema: StructuralSchema,
  declared: unknown,
  path: string,
  conversion: Conversion,
): StructuralSchema {
  if (declared === undefined || declared === schema.type) return schema;
  if (declared === 'number' && schema.type === 'integer') return schema;
  conversion.reject('CRD_ENUM', path, `type ${showValue(declared)} does not fit the values ${showValue(schema.enum)}`);
  return unknownSchema();
}

function typeOfAll(values: readonly unknown[]): StructuralType | 'int-or-string' | undefined {
  const types = new Set(values.map(typeOf));
  if (types.size === 1) return [...types][0];
  if (types.size !== 2) return undefined;
  if (types.has('integer') && types.has('number')) return 'number';
  return types.has('integer') && types.has('string') ? 'int-or-string' : undefined;
}

function typeOf(value: unknown): StructuralType | undefined {
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  return Number.isInteger(value) ? 'integer' : 'number';
}
