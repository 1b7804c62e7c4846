/**
 * Which paths a value has: what an applied configuration owns, and every path of a subtree that appears or disappears.
 *
 * Not here: differences between two values (compare.ts).
 */
import type { JsonValue } from '../schema/schema-node.ts';
import { EMPTY_SET, type FieldSet, fieldNode, LEAF_SET } from './field-set.ts';
import { fieldElement, type PathElement } from './path-element.ts';
import { asList, asMap, fieldType, isDeclaredField, itemElement, shapeOf, type TypeNode } from './type-view.ts';

/**
 * The paths an applied configuration owns: its leaves, list items and map keys. A declared field that holds an object
 * is owned itself only while that object is empty or null.
 */
export function toFieldSet(value: JsonValue, node: TypeNode): FieldSet {
  return ownedPaths(value, node) ?? EMPTY_SET;
}

function ownedPaths(value: JsonValue, node: TypeNode): FieldSet | undefined {
  switch (shapeOf(node, value)) {
    case 'leaf':
      return LEAF_SET;
    case 'map':
      return ownedFields(value, node);
    case 'list':
      return ownedItems(asList(value) ?? [], node);
  }
}

function ownedFields(value: JsonValue, node: TypeNode): FieldSet | undefined {
  const map = asMap(value);
  if (map === undefined) {
    return undefined;
  }
  const children = new Map<PathElement, FieldSet>();
  for (const key in map) {
    const child = map[key] ?? null;
    const paths = ownedPaths(child, fieldType(node, key));
    const owned = !isDeclaredField(node, key) || child === null || isEmptyMap(child) || (paths?.member ?? false);
    const set = fieldNode(owned, paths?.children);
    if (set !== undefined) {
      children.set(fieldElement(key), set);
    }
  }
  return fieldNode(false, children);
}

function isEmptyMap(value: JsonValue): boolean {
  const map = asMap(value);
  return map !== undefined && Object.keys(map).length === 0;
}

/** Duplicates, which only stored lists can hold, are owned as one item without fields. */
function ownedItems(list: readonly JsonValue[], node: TypeNode): FieldSet | undefined {
  const children = new Map<PathElement, FieldSet>();
  for (const item of list) {
    const element = node === undefined ? '' : itemElement(node, item);
    const isDuplicate = children.has(element);
    const paths = isDuplicate ? undefined : ownedPaths(item, node?.items);
    children.set(element, fieldNode(true, paths?.children) ?? LEAF_SET);
  }
  return fieldNode(false, children);
}

/** Every path of a subtree, inner nodes included: what a write adds or removes when the whole subtree is new or gone. */
export function everyPath(value: JsonValue, node: TypeNode): FieldSet {
  switch (shapeOf(node, value)) {
    case 'leaf':
      return LEAF_SET;
    case 'map': {
      const map = asMap(value);
      const children = new Map<PathElement, FieldSet>();
      for (const key in map) {
        children.set(fieldElement(key), everyPath(map[key] ?? null, fieldType(node, key)));
      }
      return fieldNode(true, children) ?? LEAF_SET;
    }
    case 'list': {
      const children = new Map<PathElement, FieldSet>();
      for (const item of asList(value) ?? []) {
        const element = node === undefined ? '' : itemElement(node, item);
        children.set(element, children.has(element) ? LEAF_SET : everyPath(item, node?.items));
      }
      return fieldNode(true, children) ?? LEAF_SET;
    }
  }
}
