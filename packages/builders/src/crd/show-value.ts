/** Values in messages. */

/** `value` as a reader would write it: JSON where possible, else JavaScript's own text. */
export function showValue(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number') return `${value}`;
  return JSON.stringify(value) ?? typeof value;
}

/** A keyword that should hold a text: the text itself, or what it holds instead. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : showValue(value);
}
