/**
 * What TypeBox keeps beside the JSON of a schema: hidden marks such as `~optional`, `~refine` and `~codec`.
 *
 * They are non-enumerable properties, so a spread or a JSON round trip loses them. Only this file touches them.
 */

/** A schema seen as the plain JSON object it is at run time. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Whether the value can be a schema at all. */
export function isJsonSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether the property that holds this schema may be absent. */
export function isOptional(schema: unknown): boolean {
  return hasMark(schema, '~optional');
}

/** The name of TypeBox's kind, such as `Union`; undefined for schemas written by hand. */
export function kindMark(schema: JsonSchema): string | undefined {
  const kind: unknown = schema['~kind'];
  return typeof kind === 'string' ? kind : undefined;
}

/** What runs only in JavaScript and never reaches the API server. */
export function clientOnlyMark(schema: JsonSchema): 'Refine' | 'Codec' | undefined {
  if (hasMark(schema, '~refine')) return 'Refine';
  return hasMark(schema, '~codec') ? 'Codec' : undefined;
}

/** A shallow copy with all marks, changed by `edit`. */
export function copySchema<T extends object>(schema: T, edit: (copy: Record<string, unknown>) => void): T {
  const copy = Object.create(Object.getPrototypeOf(schema) as object | null, Object.getOwnPropertyDescriptors(schema));
  edit(copy as Record<string, unknown>);
  return copy as T;
}

function hasMark(schema: unknown, mark: string): boolean {
  return typeof schema === 'object' && schema !== null && Object.hasOwn(schema, mark);
}
