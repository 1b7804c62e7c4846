/**
 * Checks a value against an OpenAPI v3 schema as a CRD carries it, and words every finding as Kubernetes does. A schema
 * compiles once into closures.
 *
 * Not here: rules about whole objects (metadata, embedded objects, list types); see `validate-custom-resource.ts`.
 */
import { type CompiledExpression, compileExpression } from '../cel/regular-expression.ts';
import { deepEqual } from '../store/deep-equal.ts';
import { isJsonObject } from '../store/kube-object.ts';
import type { FieldError } from './field-error.ts';
import { tooLong, tooMany } from './field-errors.ts';
import type { JsonValue } from './schema-node.ts';
import { hasFormat, isKnownFormat } from './string-formats.ts';

/** The part of a CRD's schema that this file reads; `JSONSchemaProps` as JSON. */
export type SchemaJson = Readonly<Record<string, JsonValue>>;

/** Findings of a run; `path` is the value's place inside the checked value, '' for the whole. */
type Check = (value: JsonValue, path: string, found: Finding[], old: JsonValue | undefined) => void;

interface Finding {
  readonly path: string | undefined;
  readonly type: FieldError['type'];
  readonly value: JsonValue | undefined;
  readonly detail: string;
}

export interface SchemaCheckOptions {
  /** Where the checked value lies in its object, in Kubernetes notation. @default nowhere: the value is the object */
  readonly at?: string;
  /** The stored value: a part that didn't change isn't complained about again (ratcheting). */
  readonly old?: JsonValue | undefined;
}

/** All problems of `value`, in no particular order; empty when it's valid. */
export function checkSchema(value: JsonValue, schema: SchemaJson, options: SchemaCheckOptions = {}): FieldError[] {
  const check = checkOf(schema);
  let found: Finding[] = [];
  check(value, '', found, undefined);
  if (found.length > 0 && options.old !== undefined) {
    found = [];
    check(value, '', found, options.old);
  }
  return found.map(({ path, type, value: shown, detail }) => ({
    path: join(options.at ?? '', path ?? ''),
    type,
    value: shown,
    detail,
  }));
}

function join(base: string, path: string): string {
  if (path === '') return base === '' ? '<nil>' : base;
  return base === '' ? path : `${base}.${path}`;
}

const compiled = new WeakMap<SchemaJson, Check>();

function checkOf(schema: SchemaJson): Check {
  let check = compiled.get(schema);
  if (check === undefined) compiled.set(schema, (check = compile(schema)));
  return check;
}

function compile(schema: SchemaJson): Check {
  const checks = [
    typeCheck(schema),
    ...combinatorChecks(schema),
    ...stringChecks(schema),
    ...numberChecks(schema),
    ...listChecks(schema),
    ...objectChecks(schema),
    ...enumCheck(schema),
  ].filter((check) => check !== undefined);
  return (value, path, found, old) => {
    if (old !== undefined && deepEqual(old, value)) return;
    for (const check of checks) check(value, path, found, old);
  };
}

// --- types ----------------------------------------------------------------------------------------------------------

function typesOf(schema: SchemaJson): readonly string[] {
  if (schema['x-kubernetes-int-or-string'] === true) return ['integer', 'string'];
  return typeof schema['type'] === 'string' && schema['type'] !== '' ? [schema['type']] : [];
}

function typeCheck(schema: SchemaJson): Check | undefined {
  const types = typesOf(schema);
  const format = typeof schema['format'] === 'string' ? schema['format'] : '';
  const nullable = schema['nullable'] === true;
  if (types.length === 0 && format === '') return undefined;
  return (value, path, found) => {
    const problem = typeProblem(value, types, format, nullable);
    if (problem !== undefined) found.push(wrongType(path, problem.expected, problem.actual));
    else if (typeof value === 'string' && isKnownFormat(format) && !hasFormat(value, format)) {
      found.push(wrongType(path, format, value));
    }
  };
}

/** go-openapi's order of questions: null, then formats of numbers, then the type itself. */
function typeProblem(
  value: JsonValue,
  types: readonly string[],
  format: string,
  nullable: boolean,
): { expected: string; actual: string } | undefined {
  if (value === null) return nullable || types.length === 0 ? undefined : { expected: types.join(), actual: 'null' };
  const actual = typeName(value);
  const wholeNumber = actual === 'integer' && types.includes('number');
  const isText = typeof value === 'string' || Array.isArray(value);
  const numeric = types.includes('number') || types.includes('integer');
  if (!isText && format !== '' && !(types.includes(actual) || wholeNumber || formatName(value) === format)) {
    return { expected: format, actual: formatName(value) };
  }
  if (!numeric && format !== '' && isText && (types.length === 0 || types.includes(actual))) return undefined;
  if (types.length === 0 || types.includes(actual) || wholeNumber) return undefined;
  return { expected: types.join(), actual };
}

function typeName(value: JsonValue): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function formatName(value: JsonValue): string {
  if (typeof value !== 'number') return '';
  return Number.isInteger(value) ? 'int64' : 'float64';
}

function wrongType(path: string, expected: string, actual: string): Finding {
  const detail = `${path} in body must be of type ${expected}: ${JSON.stringify(actual)}`;
  return { path, type: 'FieldValueTypeInvalid', value: actual, detail };
}

// --- allOf, anyOf, oneOf, not -----------------------------------------------------------------------------------------

function combinatorChecks(schema: SchemaJson): (Check | undefined)[] {
  const all = schemasAt(schema, 'allOf');
  const any = schemasAt(schema, 'anyOf');
  const one = schemasAt(schema, 'oneOf');
  const not = isJsonObject(schema['not']) ? schema['not'] : undefined;
  return [
    all.length > 0 ? allOf(all) : undefined,
    any.length > 0 ? anyOf(any) : undefined,
    one.length > 0 ? oneOf(one) : undefined,
    not === undefined ? undefined : noneOf(not),
  ];
}

function schemasAt(schema: SchemaJson, key: string): SchemaJson[] {
  const list = schema[key];
  return Array.isArray(list) ? list.filter((item) => isJsonObject(item)) : [];
}

function run(schema: SchemaJson, value: JsonValue, path: string, old: JsonValue | undefined): Finding[] {
  const found: Finding[] = [];
  checkOf(schema)(value, path, found, old);
  return found;
}

function allOf(schemas: readonly SchemaJson[]): Check {
  return (value, path, found, old) => {
    const results = schemas.map((schema) => run(schema, value, path, old));
    const valid = results.filter((result) => result.length === 0).length;
    if (valid === schemas.length) return;
    found.push(combined(path, `must validate all the schemas (allOf)${valid === 0 ? '. None validated' : ''}`));
    found.push(...results.flat());
  };
}

function anyOf(schemas: readonly SchemaJson[]): Check {
  return (value, path, found, old) => {
    const results = schemas.map((schema) => run(schema, value, path, old));
    if (results.some((result) => result.length === 0)) return;
    found.push(combined(path, 'must validate at least one schema (anyOf)'), ...fewest(results));
  };
}

function oneOf(schemas: readonly SchemaJson[]): Check {
  return (value, path, found, old) => {
    const results = schemas.map((schema) => run(schema, value, path, old));
    const valid = results.filter((result) => result.length === 0).length;
    if (valid === 1) return;
    const finding = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`;
    found.push(combined(path, `must validate one and only one schema (oneOf). ${finding}`));
    if (valid === 0) found.push(...fewest(results));
  };
}

function noneOf(schema: SchemaJson): Check {
  return (value, path, found, old) => {
    if (run(schema, value, path, old).length === 0) found.push(combined(path, 'must not validate the schema (not)'));
  };
}

/** Findings about several schemas at once have no field of their own. */
function combined(path: string, text: string): Finding {
  return { path: undefined, type: 'FieldValueInvalid', value: '', detail: `${JSON.stringify(path)} ${text}` };
}

function fewest(results: readonly Finding[][]): Finding[] {
  return results.reduce((best, result) => (result.length < best.length ? result : best), results[0] ?? []);
}

// --- scalars ----------------------------------------------------------------------------------------------------------

/** Length before pattern, and only the first complaint. */
function stringChecks(schema: SchemaJson): Check[] {
  const maxLength = numberAt(schema, 'maxLength');
  const minLength = numberAt(schema, 'minLength');
  const pattern = typeof schema['pattern'] === 'string' ? schema['pattern'] : '';
  if (maxLength === undefined && minLength === undefined && pattern === '') return [];
  let compiled: CompiledExpression | undefined;
  const fitsPattern = (text: string): boolean => {
    compiled ??= compileExpression(pattern);
    // a pattern that doesn't compile is the definition's mistake and holds for every text
    return !compiled.ok || compiled.expression.test(text);
  };
  return [
    (value, path, found) => {
      if (typeof value !== 'string') return;
      if (maxLength !== undefined && lengthOf(value, maxLength) > maxLength) {
        found.push({ ...tooLong(path, maxLength), value });
      } else if (minLength !== undefined && lengthOf(value, minLength) < minLength) {
        found.push(bad(path, value, `should be at least ${minLength} chars long`));
      } else if (pattern !== '' && !fitsPattern(value)) found.push(bad(path, value, `should match '${pattern}'`));
    },
  ];
}

/** Characters, counted only where UTF-16 units could mislead. */
function lengthOf(text: string, limit: number): number {
  return text.length < limit ? text.length : Array.from(text).length;
}

function numberChecks(schema: SchemaJson): (Check | undefined)[] {
  const maximum = numberAt(schema, 'maximum');
  const minimum = numberAt(schema, 'minimum');
  const multipleOf = numberAt(schema, 'multipleOf');
  const noMaximum = schema['exclusiveMaximum'] === true;
  const noMinimum = schema['exclusiveMinimum'] === true;
  return [
    schema['type'] === 'integer' ? rangeCheck(schema) : undefined,
    multipleOf === undefined
      ? undefined
      : onNumber((value) => (isMultiple(value, multipleOf) ? undefined : `should be a multiple of ${multipleOf}`)),
    maximum === undefined
      ? undefined
      : onNumber((value) => {
          if (noMaximum) return value < maximum ? undefined : `should be less than ${maximum}`;
          return value <= maximum ? undefined : `should be less than or equal to ${maximum}`;
        }),
    minimum === undefined
      ? undefined
      : onNumber((value) => {
          if (noMinimum) return value > minimum ? undefined : `should be greater than ${minimum}`;
          return value >= minimum ? undefined : `should be greater than or equal to ${minimum}`;
        }),
  ];
}

function onNumber(problem: (value: number) => string | undefined): Check {
  return (value, path, found) => {
    const text = typeof value === 'number' ? problem(value) : undefined;
    if (text !== undefined) found.push(bad(path, value, text));
  };
}

/** An integer must be whole and fit its format. */
function rangeCheck(schema: SchemaJson): Check {
  const format = typeof schema['format'] === 'string' ? schema['format'] : '';
  const limit = format === 'int32' ? 2 ** 31 : 2 ** 63;
  const kind = format === '' ? 'integer (default format)' : `integer with format ${format}`;
  return (value, path, found) => {
    if (typeof value !== 'number' || (Number.isInteger(value) && value >= -limit && value < limit)) return;
    const detail = `Checked value must be of type ${kind} in ${path}`;
    found.push({ path: undefined, type: 'FieldValueInvalid', value: '', detail });
  };
}

function isMultiple(value: number, factor: number): boolean {
  if (factor <= 0) return true;
  const quotient = value / factor;
  return Math.abs(quotient - Math.round(quotient)) <= 1e-9 * Math.max(1, Math.abs(quotient));
}

function enumCheck(schema: SchemaJson): Check[] {
  const values = schema['enum'];
  if (!Array.isArray(values) || values.length === 0) return [];
  const shown = values.map((value) => JSON.stringify(typeof value === 'string' ? value : JSON.stringify(value)));
  const scalars = new Set<JsonValue>(values.filter((value) => typeof value !== 'object'));
  return [
    (value, path, found) => {
      if (value === null && schema['nullable'] === true) return;
      if (scalars.has(value) || values.some((allowed) => deepEqual(allowed, value))) return;
      found.push({ path, type: 'FieldValueNotSupported', value, detail: `supported values: ${shown.join(', ')}` });
    },
  ];
}

function bad(path: string, value: JsonValue, text: string): Finding {
  return { path, type: 'FieldValueInvalid', value, detail: `${path} in body ${text}` };
}

function numberAt(schema: SchemaJson, key: string): number | undefined {
  const value = schema[key];
  return typeof value === 'number' ? value : undefined;
}

// --- lists and objects ------------------------------------------------------------------------------------------------

function listChecks(schema: SchemaJson): (Check | undefined)[] {
  const items = isJsonObject(schema['items']) ? schema['items'] : undefined;
  const maxItems = numberAt(schema, 'maxItems');
  const minItems = numberAt(schema, 'minItems');
  return [
    items === undefined ? undefined : itemsCheck(items, schema),
    maxItems === undefined
      ? undefined
      : (value, path, found) => {
          if (!Array.isArray(value) || value.length <= maxItems) return;
          found.push(tooMany(path, value.length, maxItems));
        },
    minItems === undefined
      ? undefined
      : (value, path, found) => {
          if (!Array.isArray(value) || value.length >= minItems) return;
          found.push({ ...bad(path, value.length, `should have at least ${minItems} items`) });
        },
    schema['uniqueItems'] === true
      ? (value, path, found) => {
          if (!Array.isArray(value)) return;
          const unique = value.every((item, i) => value.findIndex((other) => deepEqual(other, item)) === i);
          if (!unique) found.push({ ...bad(path, '', "shouldn't contain duplicates") });
        }
      : undefined,
  ];
}

function itemsCheck(items: SchemaJson, schema: SchemaJson): Check {
  const keys = schema['x-kubernetes-list-map-keys'];
  const mapKeys = schema['x-kubernetes-list-type'] === 'map' && Array.isArray(keys) ? keys : undefined;
  return (value, path, found, old) => {
    if (!Array.isArray(value)) return;
    const check = checkOf(items);
    value.forEach((item, index) => {
      check(item, `${path}[${index}]`, found, mapKeys === undefined ? undefined : counterpart(item, old, mapKeys));
    });
  };
}

/** The stored item with the same keys; other lists have no stable identity of items, hence no ratcheting. */
function counterpart(item: JsonValue, old: JsonValue | undefined, keys: readonly JsonValue[]): JsonValue | undefined {
  if (!isJsonObject(item) || !Array.isArray(old)) return undefined;
  return old.find(
    (other) => isJsonObject(other) && keys.every((key) => typeof key === 'string' && deepEqual(other[key], item[key])),
  );
}

function objectChecks(schema: SchemaJson): (Check | undefined)[] {
  const required = Array.isArray(schema['required'])
    ? schema['required'].filter((name) => typeof name === 'string')
    : [];
  const maxProperties = numberAt(schema, 'maxProperties');
  const minProperties = numberAt(schema, 'minProperties');
  return [
    required.length === 0
      ? undefined
      : (value, path, found) => {
          if (!isJsonObject(value)) return;
          for (const name of required) {
            if (!Object.hasOwn(value, name))
              found.push({ path: child(path, name), type: 'FieldValueRequired', value: '', detail: '' });
          }
        },
    maxProperties === undefined
      ? undefined
      : (value, path, found) => {
          if (!isJsonObject(value)) return;
          const count = Object.keys(value).length;
          if (count > maxProperties) {
            found.push(tooMany(path, count, maxProperties));
          }
        },
    minProperties === undefined
      ? undefined
      : (value, path, found) => {
          if (!isJsonObject(value) || Object.keys(value).length >= minProperties) return;
          found.push(bad(path, Object.keys(value).length, `should have at least ${minProperties} properties`));
        },
    membersCheck(schema),
  ];
}

function membersCheck(schema: SchemaJson): Check | undefined {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : undefined;
  const additional = schema['additionalProperties'];
  if (properties === undefined && additional === undefined) return undefined;
  return (value, path, found, old) => {
    if (!isJsonObject(value)) return;
    const before = isJsonObject(old) ? old : undefined;
    for (const [name, member] of Object.entries(value)) {
      const known = properties?.[name];
      const rule = known ?? additional;
      if (isJsonObject(rule)) checkOf(rule)(member, child(path, name), found, before?.[name]);
      else if (known === undefined && additional === false) {
        found.push(bad(child(path, name), '', 'is a forbidden property'));
      }
    }
  };
}

function child(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
