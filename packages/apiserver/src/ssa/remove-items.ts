/**
 * Removes paths from a value: fields and list items that are members of the set go, with all below them. Atomic values
 * are only removed whole. An object or list that loses its last entry goes as well, unless somebody owns it itself.
 */
import type { JsonValue } from '../schema/schema-node.ts';
import type { JsonObject } from '../store/kube-object.ts';
import { EMPTY_SET, type FieldSet } from './field-set.ts';
import { fieldElement, type PathElement } from './path-element.ts';
import { asList, asMap, fieldType, isDeclaredField, itemElement, shapeOf, type TypeNode } from './type-view.ts';

/**
 * The value without the paths, or `undefined` when nothing is left and `owned` does not name the value itself.
 * Returns the value itself when nothing goes.
 */
export function removeItems(
  value: JsonValue,
  paths: FieldSet,
  node: TypeNode,
  owned: FieldSet = EMPTY_SET,
): JsonValue | undefined {
  if (paths.children === undefined) {
    return value;
  }
  switch (shapeOf(node, value)) {
    case 'leaf':
      return value;
    case 'map':
      return removeFields(value, paths.children, node, owned);
    case 'list':
      return removeListItems(value, paths.children, node, owned);
  }
}

function removeFields(
  value: JsonValue,
  paths: ReadonlyMap<PathElement, FieldSet>,
  node: TypeNode,
  owned: FieldSet,
): JsonValue | undefined {
  const map = asMap(value);
  if (map === undefined) {
    return value;
  }
  const kept: JsonObject = {};
  let hasChanged = false;
  for (const key in map) {
    const child = map[key] ?? null;
    const element = fieldElement(key);
    const path = paths.get(element);
    if (path === undefined) {
      kept[key] = child;
      continue;
    }
    const inner = owned.children?.get(element);
    const rest = path.member ? undefined : removeItems(child, path, fieldType(node, key), inner);
    hasChanged ||= rest !== child;
    if (rest !== undefined) {
      kept[key] = rest;
    }
  }
  if (!hasChanged) {
    return value;
  }
  return Object.keys(kept).length === 0 && !owned.member ? undefined : kept;
}

function removeListItems(
  value: JsonValue,
  paths: ReadonlyMap<PathElement, FieldSet>,
  node: TypeNode,
  owned: FieldSet,
): JsonValue | undefined {
  const list = asList(value);
  if (list === undefined || node === undefined) {
    return value;
  }
  const kept: JsonValue[] = [];
  let hasChanged = false;
  for (const item of list) {
    const element = itemElement(node, item);
    const path = paths.get(element);
    if (path === undefined) {
      kept.push(item);
      continue;
    }
    if (path.member) {
      hasChanged = true;
      continue;
    }
    const rest = removeItems(item, path, node.items, owned.children?.get(element)) ?? {};
    hasChanged ||= rest !== item;
    kept.push(rest);
  }
  if (!hasChanged) {
    return value;
  }
  return kept.length === 0 && !owned.member ? undefined : kept;
}

/**
 * The set with every declared field on the way to a member as a member too. Owning `spec.a.b` then means owning `spec`
 * and `spec.a` for the purpose of removal, but not the keys of maps and the items of lists on the way.
 */
export function withNamedFields(set: FieldSet, node: TypeNode): FieldSet {
  if (set.children === undefined) {
    return set;
  }
  const children = new Map<PathElement, FieldSet>();
  for (const [element, child] of set.children) {
    const isField = element.startsWith('f:');
    const name = element.slice(2);
    const type = isField ? fieldType(node, name) : node?.items;
    const inner = withNamedFields(child, type);
    const isNamed = isField && !child.member && isDeclaredField(node, name);
    children.set(element, isNamed ? { member: true, children: inner.children } : inner);
  }
  return { member: set.member, children };
}
