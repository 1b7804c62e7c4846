/**
 * A set of field paths as a trie. A node says whether the path that ends in it is a member and holds the longer paths
 * that begin with it. Sets are immutable: operations share unchanged branches, so equal references mean equal sets.
 *
 * Not here: the JSON form (fields-v1.ts) and which paths a value has (to-field-set.ts).
 */
import type { JsonObject } from '../store/kube-object.ts';
import { comparePathElements, describePathElement, type PathElement } from './path-element.ts';

export interface FieldSet {
  /** The path that ends here belongs to the set. */
  readonly member: boolean;
  /** Never empty: a node without longer paths has `undefined`. */
  readonly children: ReadonlyMap<PathElement, FieldSet> | undefined;
  /** The JSON of this node, kept by fields-v1.ts: a property, since weak maps of short-lived nodes cost more than they save. */
  json?: JsonObject;
}

/** A mutable node, for building a set that nobody has seen yet. */
export interface FieldSetBuilder {
  member: boolean;
  children: Map<PathElement, FieldSetBuilder> | undefined;
}

export const EMPTY_SET: FieldSet = Object.freeze({ member: false, children: undefined });
export const LEAF_SET: FieldSet = Object.freeze({ member: true, children: undefined });

/** A node, or `undefined` when it holds nothing. */
export function fieldNode(
  member: boolean,
  children: ReadonlyMap<PathElement, FieldSet> | undefined,
): FieldSet | undefined {
  if (children === undefined || children.size === 0) {
    return member ? LEAF_SET : undefined;
  }
  return { member, children };
}

/** The set with exactly these paths. */
export function fieldSetOf(...paths: readonly (readonly PathElement[])[]): FieldSet {
  const root: FieldSetBuilder = { member: false, children: undefined };
  for (const path of paths) {
    insertPath(root, path);
  }
  return root;
}

/** Adds a path to a set under construction. */
export function insertPath(root: FieldSetBuilder, path: readonly PathElement[]): void {
  let node = root;
  for (const element of path) {
    node.children ??= new Map();
    let child = node.children.get(element);
    if (child === undefined) {
      child = { member: false, children: undefined };
      node.children.set(element, child);
    }
    node = child;
  }
  node.member = true;
}

export function isEmptySet(set: FieldSet): boolean {
  return !set.member && set.children === undefined;
}

/** Whether this very path is a member; a longer member does not count. */
export function hasPath(set: FieldSet, path: readonly PathElement[]): boolean {
  let node: FieldSet | undefined = set;
  for (const element of path) {
    node = node.children?.get(element);
    if (node === undefined) {
      return false;
    }
  }
  return node.member;
}

/** Paths in either set. */
export function unionSets(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmptySet(b)) {
    return a;
  }
  if (isEmptySet(a)) {
    return b;
  }
  const member = a.member || b.member;
  if (a.children === undefined || b.children === undefined) {
    return fieldNode(member, a.children ?? b.children) ?? EMPTY_SET;
  }
  const children = new Map(a.children);
  for (const [element, right] of b.children) {
    const left = children.get(element);
    children.set(element, left === undefined ? right : unionSets(left, right));
  }
  return { member, children };
}

/** Paths in both sets. */
export function intersectSets(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) {
    return a;
  }
  const children = new Map<PathElement, FieldSet>();
  if (a.children !== undefined && b.children !== undefined) {
    for (const [element, left] of a.children) {
      const right = b.children.get(element);
      const both = right === undefined ? EMPTY_SET : intersectSets(left, right);
      if (!isEmptySet(both)) {
        children.set(element, both);
      }
    }
  }
  return fieldNode(a.member && b.member, children) ?? EMPTY_SET;
}

/** Paths of `a` that are not in `b`; members below a path of `b` stay. Returns `a` itself when nothing goes. */
export function subtractSets(a: FieldSet, b: FieldSet): FieldSet {
  const member = a.member && !b.member;
  if (a.children === undefined || b.children === undefined) {
    return member === a.member ? a : (fieldNode(member, a.children) ?? EMPTY_SET);
  }
  return withChangedChildren(a, member, b.children, (left, right) => subtractSets(left, right));
}

/** Paths of `a` that neither are in `b` nor begin with a path of `b`. Returns `a` itself when nothing goes. */
export function excludeSet(a: FieldSet, b: FieldSet): FieldSet {
  if (a.children === undefined || b.children === undefined) {
    return a;
  }
  return withChangedChildren(a, a.member, b.children, (left, right) =>
    right.member ? EMPTY_SET : excludeSet(left, right),
  );
}

function withChangedChildren(
  a: FieldSet,
  member: boolean,
  others: ReadonlyMap<PathElement, FieldSet>,
  change: (left: FieldSet, right: FieldSet) => FieldSet,
): FieldSet {
  let children: Map<PathElement, FieldSet> | undefined;
  for (const [element, right] of others) {
    const left = a.children?.get(element);
    if (left === undefined) {
      continue;
    }
    const changed = change(left, right);
    if (changed === left) {
      continue;
    }
    children ??= new Map(a.children);
    if (isEmptySet(changed)) {
      children.delete(element);
    } else {
      children.set(element, changed);
    }
  }
  if (children === undefined) {
    return member === a.member ? a : (fieldNode(member, a.children) ?? EMPTY_SET);
  }
  return fieldNode(member, children) ?? EMPTY_SET;
}

/** Members that no longer member begins with. */
export function leavesOf(set: FieldSet): FieldSet {
  if (set.children === undefined) {
    return set.member ? LEAF_SET : EMPTY_SET;
  }
  const children = new Map<PathElement, FieldSet>();
  for (const [element, child] of set.children) {
    children.set(element, leavesOf(child));
  }
  return { member: false, children };
}

export function equalSets(a: FieldSet, b: FieldSet): boolean {
  if (a === b) {
    return true;
  }
  if (a.member !== b.member || (a.children?.size ?? 0) !== (b.children?.size ?? 0)) {
    return false;
  }
  for (const [element, left] of a.children ?? []) {
    const right = b.children?.get(element);
    if (right === undefined || !equalSets(left, right)) {
      return false;
    }
  }
  return true;
}

/** Every path of `a` is in `b`. */
export function isSubset(a: FieldSet, b: FieldSet): boolean {
  return isEmptySet(subtractSets(a, b));
}

/** The members in the order of Kubernetes' messages: at each level members first, then what lies below them. */
export function* pathsOf(set: FieldSet, prefix: readonly PathElement[] = []): Generator<readonly PathElement[]> {
  const entries = [...(set.children ?? [])].sort(([a], [b]) => comparePathElements(a, b));
  for (const [element, child] of entries) {
    if (child.member) {
      yield [...prefix, element];
    }
  }
  for (const [element, child] of entries) {
    if (child.children !== undefined) {
      yield* pathsOf(child, [...prefix, element]);
    }
  }
}

/** `.spec.template.spec.containers[name="app"].image` */
export function describePath(path: readonly PathElement[]): string {
  return path.map(describePathElement).join('');
}

/** One line per member, sorted, for messages and tests. */
export function describeSet(set: FieldSet): string[] {
  return [...pathsOf(set)].map(describePath).sort();
}
