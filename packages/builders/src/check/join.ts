/** Paths of problems. */

/** `path.field`, or `field` at the root. */
export function join(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`;
}
