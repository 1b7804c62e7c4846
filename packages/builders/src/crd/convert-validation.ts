/**
 * Members of `allOf`, `anyOf`, `oneOf` and `not` beside a type: they restrict values and say nothing about types.
 *
 * A member may repeat the type it restricts, because JSON Schema needs it there; another type is a problem.
 */
import { assignSet, type Conversion } from './conversion.ts';
import { lowerBound, numberOf, patternOf, upperBound } from './convert-scalar.ts';
import { DOCUMENTATION_KEYWORDS, STRIPPED_KEYWORDS } from './keyword.ts';
import { isJsonSchema, type JsonSchema } from './schema-marks.ts';
import { showValue, textOf } from './show-value.ts';
import { sizeLimit } from './size-limit.ts';
import type { StructuralSchema, ValueValidation } from './structural-schema.ts';

const KEYWORDS = new Set(
  (
    'type format minimum exclusiveMinimum maximum exclusiveMaximum multipleOf minLength maxLength pattern minItems ' +
    'maxItems minProperties maxProperties required enum const allOf anyOf oneOf not properties items'
  ).split(' '),
);

/** Converts a restriction on values that have the structural schema `base`. */
export function convertValidation(
  schema: unknown,
  base: StructuralSchema,
  path: string,
  conversion: Conversion,
): ValueValidation {
  if (!isJsonSchema(schema)) {
    conversion.reject('CRD_STRUCTURE', path, `${showValue(schema)} is not a restriction; use an object of keywords`);
    return {};
  }
  rejectKeywords(schema, path, conversion);
  rejectOtherType(schema['type'], base, path, conversion);
  const result: ValueValidation = assignSet<ValueValidation>(
    { ...lowerBound(schema, path, conversion), ...upperBound(schema, path, conversion) },
    {
      format: schema['format'] === undefined ? undefined : textOf(schema['format']),
      multipleOf: numberOf(schema, 'multipleOf', path, conversion),
      pattern: patternOf(schema, path, conversion),
      enum: valuesOf(schema),
      required: Array.isArray(schema['required']) ? schema['required'].map(String) : undefined,
    },
  );
  for (const keyword of ['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'] as const) {
    assignSet(result, { [keyword]: sizeLimit(schema, keyword, path, conversion) });
  }
  return withNested(result, schema, base, { path, conversion });
}

interface Place {
  readonly path: string;
  readonly conversion: Conversion;
}

function withNested(
  result: ValueValidation,
  schema: JsonSchema,
  base: StructuralSchema,
  { path, conversion }: Place,
): ValueValidation {
  for (const keyword of ['allOf', 'anyOf', 'oneOf'] as const) {
    const members = schema[keyword];
    if (!Array.isArray(members)) continue;
    result[keyword] = members.map((member: unknown) => conversion.validation(member, base, path));
  }
  if (schema['not'] !== undefined) result.not = conversion.validation(schema['not'], base, path);
  if (schema['items'] !== undefined) {
    result.items = conversion.validation(schema['items'], base.items ?? {}, `${path}[]`);
  }
  if (isJsonSchema(schema['properties'])) {
    const entries = Object.entries(schema['properties']).map(([name, property]) => {
      if (base.properties?.[name] === undefined) {
        const fix = 'add it to the properties of the object itself';
        conversion.reject('CRD_STRUCTURE', `${path}.${name}`, `restricted but not specified: ${fix}`);
      }
      const inner = base.properties?.[name] ?? {};
      return [name, conversion.validation(property, inner, `${path}.${name}`)] as const;
    });
    result.properties = Object.fromEntries(entries);
  }
  return result;
}

function rejectKeywords(schema: JsonSchema, path: string, conversion: Conversion): void {
  for (const keyword of Object.keys(schema)) {
    if (KEYWORDS.has(keyword) || STRIPPED_KEYWORDS.has(keyword) || DOCUMENTATION_KEYWORDS.has(keyword)) continue;
    const message = `${keyword} cannot stand inside allOf, anyOf, oneOf or not; move it outside`;
    conversion.reject('CRD_STRUCTURE', path, message);
  }
}

function rejectOtherType(type: unknown, base: StructuralSchema, path: string, conversion: Conversion): void {
  if (type === undefined || type === base.type || base.type === undefined) return;
  if (type === 'number' && base.type === 'integer') return;
  const message = `type ${JSON.stringify(type)} inside a combination contradicts ${base.type}; remove it`;
  conversion.reject('CRD_STRUCTURE', path, message);
}

function valuesOf(schema: JsonSchema): unknown[] | undefined {
  if (Object.hasOwn(schema, 'const')) return [schema['const']];
  return Array.isArray(schema['enum']) ? [...(schema['enum'] as readonly unknown[])] : undefined;
}
