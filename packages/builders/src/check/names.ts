/**
 * Names as Kubernetes accepts them: one predicate per rule, each with the sentence that explains it.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
 */
import type { Report } from '../builder-error.ts';

/** A rule of names. */
export interface NameRule {
  readonly pattern: RegExp;
  readonly maxLength: number;
  /** Completes "must be …". */
  readonly says: string;
}

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** DNS-1123 subdomain: most objects. */
export const subdomain: NameRule = {
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  maxLength: 253,
  says: "lower-case letters, digits, '-' and '.', with a letter or digit at both ends of each part",
};

/** DNS-1123 label: namespaces, containers, volumes. */
export const dnsLabel: NameRule = {
  pattern: label,
  maxLength: 63,
  says: "lower-case letters, digits and '-', with a letter or digit at both ends",
};

/** DNS-1035 label: services. */
export const serviceName: NameRule = {
  pattern: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
  maxLength: 63,
  says: "lower-case letters, digits and '-', with a letter first and a letter or digit last",
};

/** Path segment: RBAC objects, whose names may hold colons and capitals. */
export const pathSegment: NameRule = {
  pattern: /^(?!\.{1,2}$)[^/%]+$/,
  maxLength: 253,
  says: "anything but '/', '%', '.' and '..'",
};

/** Names of container and service ports. */
export const portName: NameRule = {
  pattern: /^(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  maxLength: 15,
  says: "lower-case letters, digits and single '-', with at least one letter, and a letter or digit at both ends",
};

/** The rule with a lower limit, such as 52 for cron jobs, whose jobs add a suffix. */
export function limited(rule: NameRule, maxLength: number): NameRule {
  return { ...rule, maxLength };
}

/** Reports `NAME` (or another code) unless `name` follows `rule`. */
export function checkName(
  name: unknown,
  rule: NameRule,
  path: string,
  report: Report,
  code: 'NAME' | 'PORT' = 'NAME',
): void {
  if (typeof name !== 'string' || name === '') return report(code, path, 'a name is required');
  if (name.length > rule.maxLength) {
    return report(code, path, `"${name}" has ${name.length} characters; at most ${rule.maxLength} are allowed here`);
  }
  if (!rule.pattern.test(name)) report(code, path, `"${name}" must be ${rule.says}`);
}
