/** Limits on length and count, which have to be whole numbers from 0. */
import type { Conversion } from './conversion.ts';
import type { JsonSchema } from './schema-marks.ts';
import { showValue } from './show-value.ts';

/** The limit named `keyword`, if the schema has one; a negative or fractional limit is a problem. */
export function sizeLimit(
  schema: JsonSchema,
  keyword: string,
  path: string,
  conversion: Conversion,
): number | undefined {
  const limit = schema[keyword];
  if (limit === undefined) return undefined;
  if (typeof limit === 'number' && Number.isSafeInteger(limit) && limit >= 0) return limit;
  conversion.reject('CRD_BOUND', path, `${keyword} ${showValue(limit)} must be a whole number from 0`);
  return undefined;
}
