/** Strings and numbers: patterns, formats and ranges. */
import { assignSet, type Conversion } from './conversion.ts';
import { re2Problem } from './re2-pattern.ts';
import type { JsonSchema } from './schema-marks.ts';
import { showValue, textOf } from './show-value.ts';
import { sizeLimit } from './size-limit.ts';
import type { StructuralSchema } from './structural-schema.ts';

/** Converts `Type.String` and `Type.TemplateLiteral`. */
export function convertString(schema: JsonSchema, path: string, conversion: Conversion): StructuralSchema {
  return assignSet<StructuralSchema>(
    { type: 'string' },
    {
      minLength: sizeLimit(schema, 'minLength', path, conversion),
      maxLength: sizeLimit(schema, 'maxLength', path, conversion),
      pattern: patternOf(schema, path, conversion),
      format: formatOf(schema, path, conversion),
    },
  );
}

/** The pattern, if both engines agree on it. */
export function patternOf(schema: JsonSchema, path: string, conversion: Conversion): string | undefined {
  const pattern = schema['pattern'];
  if (pattern === undefined) return undefined;
  const text = pattern instanceof RegExp ? pattern.source : textOf(pattern);
  const problem = javascriptProblem(text) ?? re2Problem(text);
  if (problem === undefined) return text;
  conversion.reject('CRD_PATTERN', path, `pattern ${text}: ${problem}`);
  return undefined;
}

function javascriptProblem(pattern: string): string | undefined {
  try {
    void new RegExp(pattern);
    return undefined;
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}

/** The format; `duration` means something else to the API server than to JSON Schema. */
function formatOf(schema: JsonSchema, path: string, conversion: Conversion): string | undefined {
  const format = schema['format'];
  if (format === undefined) return undefined;
  if (format === 'duration') {
    const fix = 'use Duration()';
    conversion.reject('CRD_FORMAT', path, `format duration is ISO 8601 here, but "1h30m" in the API server: ${fix}`);
    return undefined;
  }
  return textOf(format);
}

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;

/** Converts `Type.Integer` and `Type.Number`; an integer gets the narrowest format that holds its range. */
export function convertNumber(schema: JsonSchema, path: string, conversion: Conversion): StructuralSchema {
  const result: StructuralSchema = { type: schema['type'] === 'integer' ? 'integer' : 'number' };
  const format = formatOf(schema, path, conversion);
  Object.assign(result, lowerBound(schema, path, conversion), upperBound(schema, path, conversion));
  if (format !== undefined) result.format = format;
  else if (result.type === 'integer') result.format = isInt32(result) ? 'int32' : 'int64';
  const step = numberOf(schema, 'multipleOf', path, conversion);
  if (step !== undefined && step <= 0) conversion.reject('CRD_BOUND', path, `multipleOf ${step} must be above 0`);
  if (result.minimum !== undefined && result.maximum !== undefined && result.minimum > result.maximum) {
    conversion.reject('CRD_BOUND', path, `minimum ${result.minimum} exceeds maximum ${result.maximum}`);
  }
  return assignSet(result, { multipleOf: step });
}

function isInt32({ minimum, maximum }: StructuralSchema): boolean {
  return minimum !== undefined && maximum !== undefined && minimum >= INT32_MIN && maximum <= INT32_MAX;
}

type Bounds = Pick<StructuralSchema, 'minimum' | 'exclusiveMinimum' | 'maximum' | 'exclusiveMaximum'>;

/** JSON Schema has an exclusive number, a CRD a number and a flag; of both bounds the tighter one stays. */
export function lowerBound(schema: JsonSchema, path: string, conversion: Conversion): Bounds {
  const minimum = numberOf(schema, 'minimum', path, conversion);
  const flag = schema['exclusiveMinimum'];
  if (flag === true && minimum !== undefined) return { minimum, exclusiveMinimum: true };
  const exclusive = typeof flag === 'boolean' ? undefined : numberOf(schema, 'exclusiveMinimum', path, conversion);
  if (exclusive !== undefined && (minimum === undefined || exclusive >= minimum)) {
    return { minimum: exclusive, exclusiveMinimum: true };
  }
  return minimum === undefined ? {} : { minimum };
}

/** As {@link lowerBound}, from above. */
export function upperBound(schema: JsonSchema, path: string, conversion: Conversion): Bounds {
  const maximum = numberOf(schema, 'maximum', path, conversion);
  const flag = schema['exclusiveMaximum'];
  if (flag === true && maximum !== undefined) return { maximum, exclusiveMaximum: true };
  const exclusive = typeof flag === 'boolean' ? undefined : numberOf(schema, 'exclusiveMaximum', path, conversion);
  if (exclusive !== undefined && (maximum === undefined || exclusive <= maximum)) {
    return { maximum: exclusive, exclusiveMaximum: true };
  }
  return maximum === undefined ? {} : { maximum };
}

/** A bound as a JSON number; TypeBox also takes bigint. */
export function numberOf(
  schema: JsonSchema,
  keyword: string,
  path: string,
  conversion: Conversion,
): number | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (
    typeof number === 'number' &&
    Number.isFinite(number) &&
    (typeof value !== 'bigint' || BigInt(number) === value)
  ) {
    return number;
  }
  conversion.reject('CRD_BOUND', path, `${keyword} ${showValue(value)} is not a number that JSON keeps exactly`);
  return undefined;
}
