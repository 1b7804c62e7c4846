/**
 * Pruning of custom resources: fields that the structural schema doesn't declare are removed and listed. Copies only what
 * changes.
 *
 * Not here: built-in kinds, whose unknown fields go while they're decoded (`decode-typed.ts`).
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning
 */
import { isJsonObject, type JsonObject } from '../store/kube-object.ts';
import { setMember } from '../store/set-member.ts';
import { definitionSchema } from './bundle.ts';
import { decodeTyped } from './decode-typed.ts';
import type { JsonValue, SchemaNode } from './schema-node.ts';

export interface Pruned {
  readonly value: JsonValue;
  /** Paths such as `spec.items[0].zap`, sorted. */
  readonly unknownFields: readonly string[];
}

/** Prunes a whole object; apiVersion, kind and metadata at the root are not the schema's to judge. */
export function pruneResource(value: JsonValue, node: SchemaNode): Pruned {
  const unknown: string[] = [];
  const pruned = prune(value, node, '', true, unknown);
  return { value: pruned, unknownFields: unknown.toSorted() };
}

/** Prunes a part that is no object of its own, such as a default. */
export function prunePart(value: JsonValue, node: SchemaNode): Pruned {
  const unknown: string[] = [];
  const pruned = prune(value, node, '', false, unknown);
  return { value: pruned, unknownFields: unknown.toSorted() };
}

function prune(value: JsonValue, node: SchemaNode, path: string, isResource: boolean, unknown: string[]): JsonValue {
  if (Array.isArray(value)) return pruneList(value, node, path, unknown);
  if (!isJsonObject(value)) return value;
  const own = isResource || node.embeddedResource;
  let out: JsonObject | undefined;
  for (const [key, member] of Object.entries(value)) {
    const at = path === '' ? key : `${path}.${key}`;
    let pruned: JsonValue | undefined = member;
    if (own && (key === 'apiVersion' || key === 'kind' || key === 'metadata')) {
      if (key === 'metadata' && !isResource) pruned = pruneEmbeddedMetadata(member, at, unknown);
    } else {
      const child = node.properties?.get(key) ?? node.additionalProperties;
      if (child !== undefined) pruned = prune(member, child, at, false, unknown);
      else if (!node.preserveUnknownFields && node.properties?.get(key) === undefined) pruned = undefined;
    }
    if (pruned === member) continue;
    out ??= { ...value };
    if (pruned === undefined) {
      unknown.push(at);
      delete out[key];
    } else setMember(out, key, pruned);
  }
  return out ?? value;
}

function pruneList(value: JsonValue[], node: SchemaNode, path: string, unknown: string[]): JsonValue {
  const { items } = node;
  if (items === undefined) return value;
  let changed = false;
  const pruned = value.map((item, index) => {
    const next = prune(item, items, `${path}[${index}]`, false, unknown);
    changed ||= next !== item;
    return next;
  });
  return changed ? pruned : value;
}

/** Metadata of an embedded object keeps only what ObjectMeta has; metadata of a wrong type is validation's matter. */
function pruneEmbeddedMetadata(value: JsonValue, path: string, unknown: string[]): JsonValue {
  const schema = definitionSchema('meta.ObjectMeta');
  if (schema === undefined) return value;
  const decoded = decodeTyped(value, schema, path);
  if (!decoded.ok) return value;
  unknown.push(...decoded.unknownFields);
  return decoded.value;
}
