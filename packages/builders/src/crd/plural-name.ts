/**
 * The default plural of a kind, where English leaves no doubt.
 *
 * A plural is part of every URL and of the CRD's name, so it can never be changed later: endings whose plural is a
 * matter of taste (`s`, `f`, `fe`, `o`) have no default.
 */

/** The lower-case plural of `kind`, or undefined when its ending is ambiguous and the author must decide. */
export function pluralName(kind: string): string | undefined {
  const name = kind.toLowerCase();
  if (/(s|f|fe|o)$/.test(name)) return undefined;
  if (/[^aeiou]y$/.test(name)) return `${name.slice(0, -1)}ies`;
  if (/(x|z|ch|sh)$/.test(name)) return `${name}es`;
  return `${name}s`;
}
