/**
 * What the API server does with a value of a custom resource: prune, default, validate.
 *
 * Used to check defaults and in tests. CEL rules and formats need the server's own engines and are not evaluated here.
 */
import { sameJson } from './same-json.ts';
import type { StructuralSchema, ValueValidation } from './structural-schema.ts';

/** A copy of `value` without the fields that `schema` does not specify. */
export function pruneValue(value: unknown, schema: StructuralSchema): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item) => pruneValue(item, items));
  }
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).flatMap(([name, field]) => {
    const inner = schema.properties?.[name] ?? schema.additionalProperties;
    if (inner !== undefined) return [[name, pruneValue(field, inner)]];
    const kept = schema['x-kubernetes-preserve-unknown-fields'] === true || isEmbeddedIdentity(schema, name);
    return kept ? [[name, field]] : [];
  });
  return Object.fromEntries(entries) as unknown;
}

/**
 * A copy of `value` with defaults in place of absent properties. A null where null is not allowed counts as absent, so
 * without a default it goes away.
 */
export function defaultValue(value: unknown, schema: StructuralSchema): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item) => defaultValue(item, items));
  }
  if (!isRecord(value)) return value;
  const result: Record<string, unknown> = { ...value };
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (property.default === undefined) continue;
    if (result[name] === undefined || (result[name] === null && property.nullable !== true)) {
      result[name] = structuredClone(property.default);
    }
  }
  for (const [name, field] of Object.entries(result)) {
    const inner = schema.properties?.[name] ?? schema.additionalProperties;
    if (inner === undefined) continue;
    if (field === null && inner.nullable !== true) delete result[name];
    else result[name] = defaultValue(field, inner);
  }
  return result;
}

/** The first reason why `value` is invalid, as `path: reason`; undefined when it is valid. */
export function valueProblem(value: unknown, schema: StructuralSchema, path = ''): string | undefined {
  // The server checks an allowed null against the enum only, not against logical combinations.
  if (value === null && schema.nullable === true) return enumProblem(value, schema, path);
  const typeProblem = typeProblemOf(value, schema, path);
  if (typeProblem !== undefined) return typeProblem;
  return restrictionProblem(value, schema, path) ?? nestedProblem(value, schema, path);
}

function nestedProblem(value: unknown, schema: StructuralSchema, path: string): string | undefined {
  if (Array.isArray(value)) {
    if (schema['x-kubernetes-list-type'] === 'set') {
      const repeated = value.findIndex((item, index) => value.findIndex((other) => sameJson(item, other)) !== index);
      if (repeated >= 0) return `${path}[${repeated}]: repeated in a set`;
    }
    const { items } = schema;
    if (items === undefined) return undefined;
    return first(value.map((item, index) => () => valueProblem(item, items, `${path}[${index}]`)));
  }
  if (!isRecord(value)) return undefined;
  return first(
    Object.entries(value).map(([name, field]) => () => {
      const inner = schema.properties?.[name] ?? schema.additionalProperties;
      return inner === undefined ? undefined : valueProblem(field, inner, `${path}.${name}`);
    }),
  );
}

function typeProblemOf(value: unknown, schema: StructuralSchema, path: string): string | undefined {
  if (schema['x-kubernetes-int-or-string'] === true) {
    return typeof value === 'string' || Number.isInteger(value) ? undefined : `${path}: must be integer or string`;
  }
  if (schema.type === undefined || hasType(value, schema.type)) return undefined;
  return `${path}: must be ${schema.type}, not ${JSON.stringify(value)}`;
}

/** Restrictions of `schema` that the value breaks, logical combinations included. */
function restrictionProblem(value: unknown, schema: ValueValidation, path: string): string | undefined {
  const matches = (inner: ValueValidation): boolean => validationProblem(value, inner, path) === undefined;
  const listed = enumProblem(value, schema, path);
  if (listed !== undefined) return listed;
  const scalar = scalarProblem(value, schema);
  if (scalar !== undefined) return `${path}: ${scalar}`;
  for (const inner of schema.allOf ?? []) {
    const problem = validationProblem(value, inner, path);
    if (problem !== undefined) return problem;
  }
  if (schema.anyOf !== undefined && !schema.anyOf.some(matches)) return `${path}: matches no alternative`;
  if (schema.oneOf !== undefined && schema.oneOf.filter(matches).length !== 1) {
    return `${path}: must match exactly one alternative`;
  }
  return schema.not !== undefined && matches(schema.not) ? `${path}: matches what is excluded` : undefined;
}

function enumProblem(value: unknown, schema: ValueValidation, path: string): string | undefined {
  if (schema.enum === undefined || schema.enum.some((allowed) => sameJson(allowed, value))) return undefined;
  return `${path}: ${JSON.stringify(value)} is not in ${JSON.stringify(schema.enum)}`;
}

function validationProblem(value: unknown, schema: ValueValidation, path: string): string | undefined {
  if (schema.type !== undefined && !hasType(value, schema.type)) return `${path}: must be ${schema.type}`;
  const problem = restrictionProblem(value, schema, path);
  if (problem !== undefined) return problem;
  const { items, properties } = schema;
  if (Array.isArray(value) && items !== undefined) {
    return first(value.map((item, index) => () => validationProblem(item, items, `${path}[${index}]`)));
  }
  if (!isRecord(value)) return undefined;
  return first(
    Object.entries(properties ?? {}).map(([name, inner]) => () => {
      return Object.hasOwn(value, name) ? validationProblem(value[name], inner, `${path}.${name}`) : undefined;
    }),
  );
}

function scalarProblem(value: unknown, schema: ValueValidation): string | undefined {
  if (typeof value === 'number') return numberProblem(value, schema);
  if (typeof value === 'string') return stringProblem(value, schema);
  if (Array.isArray(value)) return countProblem(value.length, schema.minItems, schema.maxItems, 'items');
  if (!isRecord(value)) return undefined;
  const missing = schema.required?.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) return `${missing} is required`;
  return countProblem(Object.keys(value).length, schema.minProperties, schema.maxProperties, 'properties');
}

function numberProblem(value: number, schema: ValueValidation): string | undefined {
  const { minimum, maximum, multipleOf } = schema;
  if (minimum !== undefined && (schema.exclusiveMinimum === true ? value <= minimum : value < minimum)) {
    return `${value} is below ${minimum}`;
  }
  if (maximum !== undefined && (schema.exclusiveMaximum === true ? value >= maximum : value > maximum)) {
    return `${value} is above ${maximum}`;
  }
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf))
    return `${value} is no multiple of ${multipleOf}`;
  const limit = INTEGER_LIMITS[schema.format ?? ''];
  return limit !== undefined && (value < -limit || value >= limit) ? `${value} exceeds ${schema.format}` : undefined;
}

const INTEGER_LIMITS: Readonly<Record<string, number>> = { int32: 2 ** 31, int64: 2 ** 63 };

function stringProblem(value: string, schema: ValueValidation): string | undefined {
  const { pattern } = schema;
  if (pattern !== undefined && !new RegExp(pattern).test(value))
    return `${JSON.stringify(value)} must match ${pattern}`;
  if (schema.minLength === undefined && schema.maxLength === undefined) return undefined;
  return countProblem(codePointCount(value), schema.minLength, schema.maxLength, 'characters');
}

function countProblem(
  count: number,
  minimum: number | undefined,
  maximum: number | undefined,
  what: string,
): string | undefined {
  if (minimum !== undefined && count < minimum) return `has ${count} ${what}, needs ${minimum}`;
  if (maximum !== undefined && count > maximum) return `has ${count} ${what}, at most ${maximum} allowed`;
  return undefined;
}

function hasType(value: unknown, type: string): boolean {
  switch (type) {
    case 'object':
      return isRecord(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function isEmbeddedIdentity(schema: StructuralSchema, name: string): boolean {
  return schema['x-kubernetes-embedded-resource'] === true && ['apiVersion', 'kind', 'metadata'].includes(name);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function first(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const problem = check();
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Length as the API server counts it: in code points, not in UTF-16 units. */
function codePointCount(text: string): number {
  return Array.from(text).length;
}
