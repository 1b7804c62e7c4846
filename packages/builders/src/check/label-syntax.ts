/**
 * Syntax of label keys, label values and annotation keys.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
 */
import type { Report } from '../builder-error.ts';
import type { V1LabelSelector } from '../gen/meta/v1.ts';
import { subdomain } from './names.ts';

const word = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** Limit of all annotations of an object together, keys and values, in bytes. */
const maxAnnotationBytes = 262_144;

/** Why `key` cannot be a label or annotation key, or undefined. */
export function keyProblem(key: string): string | undefined {
  const slash = key.indexOf('/');
  const prefix = key.slice(0, Math.max(slash, 0));
  const name = key.slice(slash + 1);
  if (slash >= 0 && (prefix.length > subdomain.maxLength || !subdomain.pattern.test(prefix))) {
    return `key "${key}": the part before '/' must be a DNS subdomain of at most 253 characters`;
  }
  if (name.length > 63) return `key "${key}": the name has ${name.length} characters; at most 63 are allowed`;
  if (!word.test(name))
    return `key "${key}" must be letters, digits, '-', '_' and '.', with a letter or digit at both ends`;
  return undefined;
}

/** Why `value` cannot be a label value, or undefined. */
function valueProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') return `the value must be text, not ${typeof value}`;
  if (value.length > 63) return `value "${value}" has ${value.length} characters; at most 63 are allowed`;
  if (value === '' || word.test(value)) return undefined;
  return `value "${value}" must be letters, digits, '-', '_' and '.', with a letter or digit at both ends`;
}

/** Reports illegal keys and values. */
export function checkLabels(labels: Readonly<Record<string, string>> | undefined, path: string, report: Report): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    const problem = keyProblem(key) ?? valueProblem(value);
    if (problem !== undefined) report('LABEL', `${path}.${key}`, problem);
  }
}

/** Reports illegal keys, values that are not text, and annotations that are too large together. */
export function checkAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  path: string,
  report: Report,
): void {
  let size = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    const problem =
      keyProblem(key) ?? (typeof value === 'string' ? undefined : `the value must be text, not ${typeof value}`);
    if (problem !== undefined) report('LABEL', `${path}.${key}`, problem);
    size += new TextEncoder().encode(`${key}${value}`).length;
  }
  if (size > maxAnnotationBytes)
    report('SIZE', path, `annotations take ${size} bytes; at most ${maxAnnotationBytes} are allowed`);
}

/** Reports illegal keys, values and operators of a selector. */
export function checkSelector(selector: V1LabelSelector | undefined, path: string, report: Report): void {
  checkLabels(selector?.matchLabels, `${path}.matchLabels`, report);
  for (const [index, { key, operator, values = [] }] of (selector?.matchExpressions ?? []).entries()) {
    const at = `${path}.matchExpressions[${index}]`;
    const problem = keyProblem(key);
    if (problem !== undefined) report('LABEL', `${at}.key`, problem);
    const takesValues = operator === 'In' || operator === 'NotIn';
    if (takesValues && values.length === 0) report('LABEL', `${at}.values`, `${operator} needs at least one value`);
    if (!takesValues && values.length > 0) report('LABEL', `${at}.values`, `${operator} takes no values`);
    for (const [position, value] of values.entries()) {
      const wrong = valueProblem(value);
      if (wrong !== undefined) report('LABEL', `${at}.values[${position}]`, wrong);
    }
  }
}
