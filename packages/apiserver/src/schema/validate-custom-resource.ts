/**
 * Rules about a whole custom resource beyond its value constraints: embedded objects, uniqueness in sets and associative
 * lists, and the paths of the scale subresource.
 *
 * Not here: value constraints (`validate-schema.ts`) and metadata (`object-meta-validation.ts`).
 */
import { isJsonObject, type JsonObject } from '../store/kube-object.ts';
import type { FieldError } from './field-error.ts';
import { duplicate, invalidValue, required } from './field-errors.ts';
import { validateMetadata } from './object-meta-validation.ts';
import type { JsonValue, SchemaNode } from './schema-node.ts';

/** Duplicates in `x-kubernetes-list-type: set` and `map` lists. */
export function listTypeErrors(value: JsonValue, node: SchemaNode, path: string = ''): FieldError[] {
  if (Array.isArray(value)) {
    const own = node.listType === 'atomic' ? [] : duplicates(value, node, path);
    const { items } = node;
    if (items === undefined) return own;
    return [...own, ...value.flatMap((item, index) => listTypeErrors(item, items, `${path}[${index}]`))];
  }
  if (!isJsonObject(value)) return [];
  return members(value, node, path).flatMap(([member, child, at]) => listTypeErrors(member, child, at));
}

function duplicates(list: JsonValue[], node: SchemaNode, path: string): FieldError[] {
  const identities = list.map((item) => (node.listType === 'map' ? keysOf(item, node.listMapKeys) : item));
  const seen = new Set<string>();
  const reported = new Set<string>();
  return identities.flatMap((identity, index) => {
    if (identity === undefined) return [];
    const key = stableText(identity);
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    if (reported.has(key)) return [];
    reported.add(key);
    return [duplicate(`${path}[${index}]`, identity)];
  });
}

function keysOf(item: JsonValue, keys: readonly string[]): JsonObject | undefined {
  if (!isJsonObject(item)) return undefined;
  const present = keys.filter((key) => Object.hasOwn(item, key));
  return present.length === 0 ? undefined : Object.fromEntries(present.map((key) => [key, item[key] ?? null]));
}

function stableText(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map((item) => stableText(item)).join()}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const names = Object.keys(value).toSorted();
  return `{${names.map((name) => `${JSON.stringify(name)}:${stableText(value[name] ?? null)}`).join()}}`;
}

/** Objects embedded with `x-kubernetes-embedded-resource`: they need apiVersion and kind, and sound metadata. */
export function embeddedResourceErrors(
  value: JsonValue,
  node: SchemaNode,
  path: string = '',
  isRoot: boolean = true,
): FieldError[] {
  if (Array.isArray(value)) {
    const { items } = node;
    if (items === undefined) return [];
    return value.flatMap((item, index) => embeddedResourceErrors(item, items, `${path}[${index}]`, false));
  }
  if (!isJsonObject(value)) return [];
  const own = node.embeddedResource && !isRoot ? objectErrors(value, path) : [];
  const below = members(value, node, path).filter(([, , at]) => !isRoot || at !== 'metadata');
  return [...own, ...below.flatMap(([member, child, at]) => embeddedResourceErrors(member, child, at, false))];
}

function objectErrors(value: JsonObject, path: string): FieldError[] {
  const errors = ['apiVersion', 'kind'].flatMap((name) => {
    const at = `${path}.${name}`;
    if (!(name in value)) return [required(at)];
    const text = value[name];
    if (typeof text !== 'string') return [invalidValue(at, text, 'must be a string')];
    return text === '' ? [invalidValue(at, text, 'must not be empty')] : [];
  });
  const metadata = isJsonObject(value['metadata']) ? value['metadata'] : {};
  const named = { metadata: { name: 'fakename', ...metadata, namespace: 'fakens' } };
  const inner = validateMetadata(named, { namespaced: true });
  return [...errors, ...inner.map((error) => ({ ...error, path: `${path}.${error.path}` }))];
}

function members(value: JsonObject, node: SchemaNode, path: string): [JsonValue, SchemaNode, string][] {
  return Object.entries(value).flatMap(([name, member]) => {
    const child = node.properties?.get(name) ?? node.additionalProperties;
    return child === undefined ? [] : [[member, child, path === '' ? name : `${path}.${name}`]];
  });
}

export interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath: string | undefined;
}

/** The values that `/scale` reads must be what it can read. */
export function scaleErrors(object: JsonObject, paths: ScalePaths, part: 'spec' | 'status'): FieldError[] {
  if (part === 'spec') return replicaErrors(object, paths.specReplicasPath);
  const selector = paths.labelSelectorPath;
  return [
    ...replicaErrors(object, paths.statusReplicasPath),
    ...(selector === undefined ? [] : accessErrors(object, selector, 'string', 'string', '')),
  ];
}

function replicaErrors(object: JsonObject, path: string): FieldError[] {
  const access = accessErrors(object, path, 'number', 'int64', 0);
  if (access.length > 0) return access;
  const replicas = valueAt(object, path).value;
  if (typeof replicas !== 'number') return [];
  if (replicas < 0) return [invalidValue(path, replicas, 'should be a non-negative integer')];
  if (replicas > 2 ** 31 - 1) return [invalidValue(path, replicas, `should be less than or equal to ${2 ** 31 - 1}`)];
  return [];
}

function accessErrors(
  object: JsonObject,
  path: string,
  type: 'number' | 'string',
  goType: string,
  zero: JsonValue,
): FieldError[] {
  const { value, blocked } = valueAt(object, path);
  const wrong = blocked ?? value;
  if (wrong === undefined) return [];
  const fits = blocked === undefined && typeof wrong === type && (type === 'string' || Number.isInteger(wrong));
  if (fits) return [];
  const expected = blocked === undefined ? goType : 'map[string]interface{}';
  const detail = `${path} accessor error: ${goText(wrong)} is of the type ${goTypeOf(wrong)}, expected ${expected}`;
  return [invalidValue(path, zero, detail)];
}

/** `blocked` is the value on the way that isn't an object. */
function valueAt(object: JsonObject, path: string): { value?: JsonValue | undefined; blocked?: JsonValue } {
  let current: JsonValue = object;
  for (const step of path.split('.').filter((part) => part !== '')) {
    if (!isJsonObject(current)) return { blocked: current };
    const next: JsonValue | undefined = current[step];
    if (next === undefined) return {};
    current = next;
  }
  return { value: current };
}

function goText(value: JsonValue): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map((item) => goText(item)).join(' ')}]`;
  if (!isJsonObject(value)) return String(value);
  const names = Object.keys(value).toSorted();
  return `map[${names.map((name) => `${name}:${goText(value[name] ?? null)}`).join(' ')}]`;
}

function goTypeOf(value: JsonValue): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'string' ? 'string' : 'map[string]interface {}';
}

/** The note that Kubernetes adds when problems keep it from evaluating a schema's CEL rules. */
export function uncheckedRules(errors: readonly FieldError[]): FieldError[] {
  const blocking = new Set([
    'FieldValueNotSupported',
    'FieldValueRequired',
    'FieldValueTooLong',
    'FieldValueTooMany',
    'FieldValueTypeInvalid',
  ]);
  if (!errors.some(({ type }) => blocking.has(type))) return [];
  const detail =
    'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';
  return [invalidValue('<nil>', null, detail)];
}
