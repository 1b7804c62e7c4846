/**
 * Defaults of a CRD schema, applied on write and on read: absent fields get their default, and so does `null` where the
 * field isn't nullable; such a `null` without a default is dropped. Copies only what changes.
 *
 * Not here: the defaults of built-in kinds (`builtin-defaults.ts`).
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting
 */
import { isJsonObject, type JsonObject } from '../store/kube-object.ts';
import { setMember } from '../store/set-member.ts';
import type { JsonValue, SchemaNode } from './schema-node.ts';

export function applyDefaults(value: JsonValue, node: SchemaNode): JsonValue {
  if (Array.isArray(value)) return defaultItems(value, node);
  if (!isJsonObject(value)) return value;
  let out: JsonObject | undefined;
  const set = (key: string, member: JsonValue | undefined): void => {
    out ??= { ...value };
    if (member === undefined) delete out[key];
    else setMember(out, key, member);
  };
  for (const [key, property] of withDefaults(node)) {
    if (!Object.hasOwn(value, key)) set(key, applyDefaults(property.default ?? null, property));
  }
  for (const [key, member] of Object.entries(value)) {
    const child = node.properties?.get(key) ?? node.additionalProperties;
    if (child === undefined) continue;
    const defaulted = defaultMember(member, child);
    if (defaulted !== member) set(key, defaulted);
  }
  return out ?? value;
}

function defaultMember(member: JsonValue, node: SchemaNode): JsonValue | undefined {
  if (member !== null || node.nullable) return applyDefaults(member, node);
  return node.default === undefined ? undefined : applyDefaults(node.default, node);
}

function defaultItems(value: JsonValue[], node: SchemaNode): JsonValue {
  const { items } = node;
  if (items === undefined) return value;
  let changed = false;
  const out = value.map((item) => {
    // a null item without a default stays for validation to refuse
    const next = defaultMember(item, items) ?? item;
    changed ||= next !== item;
    return next;
  });
  return changed ? out : value;
}

const defaultsCache = new WeakMap<ReadonlyMap<string, SchemaNode>, readonly (readonly [string, SchemaNode])[]>();

function withDefaults(node: SchemaNode): readonly (readonly [string, SchemaNode])[] {
  if (node.properties === undefined) return [];
  let found = defaultsCache.get(node.properties);
  if (found === undefined) {
    found = [...node.properties].filter(([, property]) => property.default !== undefined);
    defaultsCache.set(node.properties, found);
  }
  return found;
}
