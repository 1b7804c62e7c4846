/**
 * FieldsV1: the JSON form of a field set inside `metadata.managedFields`.
 * A node without longer paths is `{}`; a member with longer paths holds the key `.` first.
 *
 * Decoding remembers its result per JSON object, so entries that travel from write to write unchanged are decoded once.
 */
import type { JsonValue } from '../schema/schema-node.ts';
import type { JsonObject } from '../store/kube-object.ts';
import { EMPTY_SET, type FieldSet, fieldNode, LEAF_SET } from './field-set.ts';
import { comparePathElements, parsePathElement, type PathElement } from './path-element.ts';

const decoded = new WeakMap<object, FieldSet>();

/** The set a FieldsV1 object stands for, or `undefined` when the object is not FieldsV1. */
export function decodeFieldsV1(json: JsonValue | undefined): FieldSet | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return undefined;
  }
  const known = decoded.get(json);
  if (known !== undefined) {
    return known;
  }
  const set = decodeNode(json, true);
  if (set !== undefined) {
    decoded.set(json, set);
  }
  return set;
}

function decodeNode(json: JsonObject, isRoot: boolean): FieldSet | undefined {
  let member = false;
  let children: Map<PathElement, FieldSet> | undefined;
  for (const key in json) {
    if (key === '.') {
      member = !isRoot;
      continue;
    }
    const value = json[key];
    const element = parsePathElement(key);
    if (element === undefined || typeof value !== 'object' || value === null || Array.isArray(value)) {
      return undefined;
    }
    const child = decodeNode(value, false);
    if (child === undefined) {
      return undefined;
    }
    children ??= new Map();
    children.set(element, child);
  }
  if (children === undefined) {
    return isRoot ? EMPTY_SET : LEAF_SET;
  }
  return fieldNode(member, children);
}

const NOTHING_BELOW: JsonObject = Object.freeze({});

/**
 * The FieldsV1 object of a set, keys in the order in which Kubernetes writes them. Equal branches share their JSON,
 * which therefore must not be changed.
 */
export function encodeFieldsV1(set: FieldSet): JsonObject {
  const json = set.children === undefined ? {} : encodeNode(set, false);
  decoded.set(json, set);
  return json;
}

function encodeNode(set: FieldSet, isMember: boolean): JsonObject {
  if (set.json !== undefined) {
    return set.json;
  }
  const json: JsonObject = isMember ? { '.': NOTHING_BELOW } : {};
  const children = set.children ?? new Map<PathElement, FieldSet>();
  const elements = [...children.keys()];
  if (elements.length > 1) {
    elements.sort(elements.every(isField) ? undefined : comparePathElements);
  }
  for (const element of elements) {
    const child = children.get(element) ?? EMPTY_SET;
    json[element] = child.children === undefined ? NOTHING_BELOW : encodeNode(child, child.member);
  }
  set.json = json;
  return json;
}

function isField(element: PathElement): boolean {
  return element.charCodeAt(0) === 102;
}
