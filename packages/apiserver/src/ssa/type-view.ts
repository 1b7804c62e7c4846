/**
 * How apply sees a schema node together with a value: one leaf, a map whose fields have owners, or a list whose items
 * have owners. Where the schema says nothing (`undefined`, or type `any`) the value decides: objects are maps,
 * lists and scalars are leaves.
 *
 * Not here: walking values (compare.ts, merge.ts, remove-items.ts, to-field-set.ts).
 */
import type { JsonValue, SchemaNode } from '../schema/schema-node.ts';
import { isJsonObject, type JsonObject } from '../store/kube-object.ts';
import { canonicalJson, type PathElement, valueElement } from './path-element.ts';

/** `undefined` means that nothing is known: the type is deduced from the value. */
export type TypeNode = SchemaNode | undefined;
export type Shape = 'leaf' | 'map' | 'list';

/** `undefined` for null, absence and everything that is no object. */
export function asMap(value: JsonValue | undefined): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined;
}

/** `undefined` for null, absence and everything that is no list. */
export function asList(value: JsonValue | undefined): readonly JsonValue[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

/** Whether the type of this node follows the value. */
export function isDeduced(node: TypeNode): boolean {
  return node === undefined || (node.type === 'any' && !node.intOrString);
}

export function shapeOf(node: TypeNode, value: JsonValue | undefined): Shape {
  if (node === undefined || isDeduced(node)) {
    return isJsonObject(value) ? 'map' : 'leaf';
  }
  if (node.type === 'object') {
    return node.mapType === 'atomic' ? 'leaf' : 'map';
  }
  return node.type === 'array' && node.listType !== 'atomic' ? 'list' : 'leaf';
}

/** The type of a field of an object or of a value of a map. */
export function fieldType(node: TypeNode, name: string): TypeNode {
  return node?.properties?.get(name) ?? node?.additionalProperties;
}

/** A named field of the schema, as opposed to a key of a map. */
export function isDeclaredField(node: TypeNode, name: string): boolean {
  return node?.properties?.has(name) ?? false;
}

/** An object that accepts fields it does not declare. */
export function acceptsUnknownFields(node: SchemaNode): boolean {
  return node.preserveUnknownFields || node.additionalProperties !== undefined || (node.properties?.size ?? 0) === 0;
}

interface ListKeys {
  readonly names: readonly string[];
  /** Per key the text that precedes its value in an element: `"name":`. */
  readonly prefixes: readonly string[];
}

const sortedKeys = new WeakMap<SchemaNode, ListKeys>();

/** The list-map keys of a list, sorted, as they appear in `k:` elements. */
export function listKeys(node: SchemaNode): readonly string[] {
  return preparedKeys(node).names;
}

function preparedKeys(node: SchemaNode): ListKeys {
  let keys = sortedKeys.get(node);
  if (keys === undefined) {
    const names = node.listMapKeys.toSorted();
    keys = { names, prefixes: names.map((name, index) => `${index === 0 ? '' : ','}${JSON.stringify(name)}:`) };
    sortedKeys.set(node, keys);
  }
  return keys;
}

/** The value of a key of a list item: its own, else the key's default, else null. */
export function keyValue(node: SchemaNode, item: JsonValue, key: string): JsonValue {
  return asMap(item)?.[key] ?? node.items?.properties?.get(key)?.default ?? null;
}

/**
 * The path element of an item of a keyed list or a set. A missing key without default counts as null: that it is
 * missing is for validation to say. Items of an impossible type are identified by their whole value.
 */
export function itemElement(node: SchemaNode, item: JsonValue): PathElement {
  if (node.listType !== 'map' || !isJsonObject(item)) {
    return valueElement(item);
  }
  const { names, prefixes } = preparedKeys(node);
  let text = 'k:{';
  for (let index = 0; index < names.length; index++) {
    text += (prefixes[index] ?? '') + canonicalJson(keyValue(node, item, names[index] ?? ''));
  }
  return `${text}}`;
}
