/**
 * Which changes of a primary object make it run. Predicates compose with `.and`, `.or` and `.not`.
 */

import type { Change } from '../cache/informer.ts';
import { asJson, type KubeObject } from '../object/kube-object.ts';

/** A test of one change. A predicate that throws lets the change pass: an extra run is cheaper than a missed one. */
export class Predicate<T extends KubeObject = KubeObject> {
  readonly #test: (change: Change<T>) => boolean;

  constructor(test: (change: Change<T>) => boolean) {
    this.#test = test;
  }

  test(change: Change<T>): boolean {
    try {
      return this.#test(change);
    } catch {
      return true;
    }
  }

  and(other: Predicate<T>): Predicate<T> {
    return new Predicate((change) => this.test(change) && other.test(change));
  }

  or(other: Predicate<T>): Predicate<T> {
    return new Predicate((change) => this.test(change) || other.test(change));
  }

  /** The changes this predicate refuses. */
  not(): Predicate<T> {
    return new Predicate((change) => !this.#test(change));
  }
}

/**
 * The default: creation, deletion, and updates of anything but status and server bookkeeping: spec (or the whole body
 * of kinds without one), labels, annotations, finalizers, the deletion timestamp.
 */
export const desiredStateChanged: Predicate = new Predicate((change) => {
  if (change.type !== 'updated') return true;
  const { object, previous } = change;
  if (object.metadata.generation !== previous.metadata.generation) return true;
  const a = object.metadata;
  const b = previous.metadata;
  return (
    a.deletionTimestamp !== b.deletionTimestamp ||
    !sameJson(a.labels, b.labels) ||
    !sameJson(a.annotations, b.annotations) ||
    !sameJson(a.finalizers, b.finalizers) ||
    !sameBody(object, previous)
  );
});

/** Every change, status included. */
export const anyChange: Predicate = new Predicate(() => true);

function sameBody(a: KubeObject, b: KubeObject): boolean {
  const left = asJson(a);
  const right = asJson(b);
  const fields = new Set([...Object.keys(left), ...Object.keys(right)]);
  for (const ignored of ['metadata', 'status']) fields.delete(ignored);
  return [...fields].every((field) => sameJson(left[field], right[field]));
}

/** Equality of JSON values; the order of fields does not matter, that of items does. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  }
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && sameJson(left[key], right[key]))
  );
}
