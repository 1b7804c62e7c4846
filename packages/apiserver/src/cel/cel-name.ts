/**
 * Property names as rules see them: reserved words and characters outside of identifiers are escaped.
 *
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-path-escaping
 */
import { reservedWords } from './tokenize.ts';

const escapes: Readonly<Record<string, string>> = {
  __: '__underscores__',
  '.': '__dot__',
  '-': '__dash__',
  '/': '__slash__',
};

/** `undefined` for names that no rule can reach, such as those with spaces or a leading digit. */
export function celName(property: string): string | undefined {
  if (reservedWords.has(property)) return `__${property}__`;
  if (!/^[A-Za-z_./-][\w./-]*$/.test(property)) return undefined;
  return property.replaceAll(/__|[./-]/g, (part) => escapes[part] ?? part);
}
