/**
 * Merges an applied configuration into a live value: the applied side wins leaf by leaf, what it does not name stays.
 * Keyed lists and sets follow the applied order; items only the live list has keep their neighbours.
 *
 * Not here: removing what an applier dropped (remove-items.ts).
 */
import type { JsonValue } from '../schema/schema-node.ts';
import type { JsonObject } from '../store/kube-object.ts';
import type { PathElement } from './path-element.ts';
import { asList, asMap, fieldType, itemElement, shapeOf, type TypeNode } from './type-view.ts';

/** Both inputs stay untouched; the result shares their unchanged branches. */
export function merge(
  live: JsonValue | undefined,
  applied: JsonValue | undefined,
  node: TypeNode,
): JsonValue | undefined {
  if (applied === undefined || live === undefined) {
    return applied ?? live;
  }
  switch (shapeOf(node, applied ?? live)) {
    case 'leaf':
      return applied;
    case 'map':
      return mergeMaps(live, applied, node);
    case 'list':
      return mergeLists(live, applied, node);
  }
}

function mergeMaps(live: JsonValue, applied: JsonValue, node: TypeNode): JsonValue {
  const liveMap = asMap(live) ?? {};
  const appliedMap = asMap(applied) ?? {};
  const merged: JsonObject = { ...liveMap };
  let isEmpty = true;
  for (const key in appliedMap) {
    isEmpty = false;
    const value = merge(liveMap[key], appliedMap[key], fieldType(node, key));
    if (value !== undefined) {
      merged[key] = value;
    }
  }
  return isEmpty && Object.keys(liveMap).length === 0 ? applied : merged;
}

function mergeLists(live: JsonValue, applied: JsonValue, node: TypeNode): JsonValue {
  const liveItems = asList(live) ?? [];
  const appliedItems = asList(applied) ?? [];
  if (node === undefined || (liveItems.length === 0 && appliedItems.length === 0)) {
    return applied;
  }
  const liveElements = liveItems.map((item) => itemElement(node, item));
  const appliedElements = appliedItems.map((item) => itemElement(node, item));
  const liveByElement = firstOnly(liveElements, liveItems);
  const merged: JsonValue[] = [];
  for (const step of mergedOrder(liveElements, appliedElements)) {
    if (step.applied === undefined) {
      merged.push(liveItems[step.live ?? -1] ?? null);
      continue;
    }
    const item = appliedItems[step.applied] ?? null;
    merged.push(merge(liveByElement.get(appliedElements[step.applied] ?? ''), item, node.items) ?? null);
  }
  return merged;
}

/** Items by element; stored duplicates are left out, so that an applied item replaces all of them. */
function firstOnly(elements: readonly PathElement[], items: readonly JsonValue[]): Map<PathElement, JsonValue> {
  const byElement = new Map<PathElement, JsonValue>();
  const duplicates = new Set<PathElement>();
  for (const [index, element] of elements.entries()) {
    if (byElement.has(element)) {
      duplicates.add(element);
    }
    byElement.set(element, items[index] ?? null);
  }
  for (const element of duplicates) {
    byElement.delete(element);
  }
  return byElement;
}

interface MergeStep {
  readonly live: number | undefined;
  readonly applied: number | undefined;
}

/**
 * Walks both lists at once. A live item that is not applied is taken where it stands. A live item that is applied is
 * passed over until the applied order reaches it; if it is the next shared one, the applied items before it go first.
 */
function mergedOrder(live: readonly PathElement[], applied: readonly PathElement[]): MergeStep[] {
  const isLive = new Set(live);
  const isApplied = new Set(applied);
  const done = new Set<PathElement>();
  const steps: MergeStep[] = [];
  let liveIndex = 0;
  let appliedIndex = 0;
  let sharedIndex = 0;
  while (liveIndex < live.length || appliedIndex < applied.length) {
    const head = live[liveIndex];
    if (head !== undefined && !isApplied.has(head)) {
      steps.push({ live: liveIndex++, applied: undefined });
      continue;
    }
    sharedIndex = Math.max(sharedIndex, appliedIndex);
    while (sharedIndex < applied.length && !isLive.has(applied[sharedIndex] ?? '')) {
      sharedIndex++;
    }
    if (head !== undefined && (done.has(head) || head !== applied[sharedIndex])) {
      liveIndex++;
      continue;
    }
    done.add(applied[appliedIndex] ?? '');
    steps.push({ live: undefined, applied: appliedIndex++ });
  }
  return steps;
}
