/**
 * CEL rules: the constraints that a schema cannot state, checked by the API server on every write.
 *
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
 */
import type { TSchema } from 'typebox';
import { copySchema } from './schema-marks.ts';
import type { ValidationRule } from './structural-schema.ts';

/**
 * A rule over `self`; attach it with {@link withRules}, the option `x-kubernetes-validations` of a schema, or the
 * `validations` of a custom resource.
 *
 * @example
 * cel('self.minReplicas <= self.maxReplicas', { message: 'minReplicas must not exceed maxReplicas' })
 */
export function cel(rule: string, options: Omit<ValidationRule, 'rule'> = {}): ValidationRule {
  return { rule, ...options };
}

/** A copy of `schema` that also has to satisfy `rules`; the argument stays as it is. */
export function withRules<T extends TSchema>(schema: T, ...rules: readonly ValidationRule[]): T {
  return copySchema(schema, (copy) => {
    const present = copy['x-kubernetes-validations'];
    copy['x-kubernetes-validations'] = [...(Array.isArray(present) ? (present as unknown[]) : []), ...rules];
  });
}

/**
 * A copy of `schema` whose value cannot change once set. An optional value may still be added or removed later; make
 * it required, or add a rule to its parent, to prevent that too.
 */
export function immutable<T extends TSchema>(schema: T, message = 'field is immutable'): T {
  return withRules(schema, cel('self == oldSelf', { message }));
}

/** A rule for an object: exactly one of the named optional properties is set. */
export function exactlyOneOf(...fields: readonly [string, string, ...string[]]): ValidationRule {
  return cel(`${countOf(fields)} == 1`, { message: `exactly one of ${fields.join(', ')} must be set` });
}

/** A rule for an object: at most one of the named optional properties is set. */
export function atMostOneOf(...fields: readonly [string, string, ...string[]]): ValidationRule {
  return cel(`${countOf(fields)} <= 1`, { message: `at most one of ${fields.join(', ')} may be set` });
}

/** A rule for an object: at least one of the named optional properties is set. */
export function atLeastOneOf(...fields: readonly [string, string, ...string[]]): ValidationRule {
  return cel(`${countOf(fields)} >= 1`, { message: `at least one of ${fields.join(', ')} must be set` });
}

function countOf(fields: readonly string[]): string {
  return `[${fields.map((field) => `has(self.${celName(field)})`).join(', ')}].filter(set, set).size()`;
}

/** Words that CEL reserves; a property of that name is written with underscores around it. */
const RESERVED = new Set(
  (
    'true false null in as break const continue else for function if import let loop package namespace return var ' +
    'void while'
  ).split(' '),
);

/** The name under which CEL sees a property: reserved words and characters outside identifiers are escaped. */
export function celName(field: string): string {
  if (RESERVED.has(field)) return `__${field}__`;
  return field
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
}
