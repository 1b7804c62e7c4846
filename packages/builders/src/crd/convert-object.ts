/** Objects with fixed properties, and maps from any key to one type. */
import { ownField, setField } from '../own-field.ts';
import { assignSet, type Conversion } from './conversion.ts';
import { isJsonSchema, isOptional, type JsonSchema } from './schema-marks.ts';
import { re2Problem } from './re2-pattern.ts';
import { sizeLimit } from './size-limit.ts';
import type { StructuralSchema } from './structural-schema.ts';

/** Key patterns by which TypeBox says "any string". */
const ANY_KEY = new Set(['^.*$', '.*', '']);

/** Converts `Type.Object` and `Type.Record`. */
export function convertObject(schema: JsonSchema, path: string, conversion: Conversion): StructuralSchema {
  const result: StructuralSchema = { type: 'object' };
  const properties = isJsonSchema(schema['properties']) ? schema['properties'] : {};
  const converted: Record<string, StructuralSchema> = {};
  for (const [name, property] of Object.entries(properties)) {
    setField(converted, name, conversion.schema(property, `${path}.${name}`));
  }
  if (Object.keys(converted).length > 0) result.properties = converted;
  const required = requiredOf(schema, properties, converted);
  if (required.length > 0) result.required = required;
  convertFreeProperties(result, schema, path, conversion);
  return assignSet(result, {
    minProperties: sizeLimit(schema, 'minProperties', path, conversion),
    maxProperties: sizeLimit(schema, 'maxProperties', path, conversion),
  });
}

/** A property with a default is never missing, so it is not required. */
function requiredOf(
  schema: JsonSchema,
  properties: JsonSchema,
  converted: Readonly<Record<string, StructuralSchema>>,
): string[] {
  const required = Array.isArray(schema['required']) ? schema['required'].map(String) : [];
  return required
    .filter(
      (name) =>
        !isOptional(properties[name]) &&
        (ownField(converted, name) as StructuralSchema | undefined)?.default === undefined,
    )
    .sort();
}

function convertFreeProperties(
  result: StructuralSchema,
  schema: JsonSchema,
  path: string,
  conversion: Conversion,
): void {
  const patterns = isJsonSchema(schema['patternProperties']) ? Object.entries(schema['patternProperties']) : [];
  const [pattern] = patterns;
  const free = schema['additionalProperties'];
  if (patterns.length > 1 || (pattern !== undefined && isJsonSchema(free))) {
    conversion.reject('CRD_PROPERTIES', path, 'keys of different patterns have different types; use one Type.Record');
    return;
  }
  if (pattern !== undefined) convertMap(result, pattern[1], path, conversion);
  else if (free === true) result['x-kubernetes-preserve-unknown-fields'] = true;
  else if (isJsonSchema(free)) convertMap(result, free, path, conversion);
  if (pattern !== undefined && !ANY_KEY.has(pattern[0])) restrictKeys(result, pattern[0], path, conversion);
}

function convertMap(result: StructuralSchema, values: unknown, path: string, conversion: Conversion): void {
  if (result.properties === undefined) {
    result.additionalProperties = conversion.schema(values, `${path}{}`);
    return;
  }
  const names = Object.keys(result.properties).join(', ');
  const fix = 'move the map into a property of its own';
  conversion.reject('CRD_PROPERTIES', path, `fixed properties (${names}) and free keys exclude each other: ${fix}`);
}

function restrictKeys(result: StructuralSchema, pattern: string, path: string, conversion: Conversion): void {
  const problem = re2Problem(pattern);
  if (problem !== undefined) conversion.reject('CRD_PATTERN', path, `key pattern ${pattern}: ${problem}`);
  const rule = `self.all(key, key.matches(${celString(pattern)}))`;
  const message = `keys must match ${pattern}`;
  result['x-kubernetes-validations'] = [{ rule, message }];
}

/** A CEL string literal; JSON's escapes are a subset of CEL's. */
function celString(text: string): string {
  return JSON.stringify(text);
}
