/** The part of a structural schema that restricts values, without type, documentation and extensions. */
import type { StructuralSchema, ValueValidation } from './structural-schema.ts';

const VALIDATION_KEYS = [
  'format',
  'minimum',
  'exclusiveMinimum',
  'maximum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'required',
  'enum',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
] as const;

/** What remains of `schema` inside a logical combination; properties and items included. */
export function valueValidationOf(schema: StructuralSchema): ValueValidation {
  const result: Record<string, unknown> = {};
  for (const key of VALIDATION_KEYS) {
    if (schema[key] !== undefined) result[key] = schema[key];
  }
  const properties = Object.entries(schema.properties ?? {})
    .map(([name, property]) => [name, valueValidationOf(property)] as const)
    .filter(([, property]) => Object.keys(property).length > 0);
  if (properties.length > 0) result['properties'] = Object.fromEntries(properties);
  const items = schema.items === undefined ? {} : valueValidationOf(schema.items);
  if (Object.keys(items).length > 0) result['items'] = items;
  return result;
}
