/**
 * The objects of one informer: what the stream delivered, with the controller's own newer writes laid
 * over it until the stream catches up.
 *
 * Invariants: reads never go behind an own write the store accepted; a write the stream already
 * passed is not accepted, so a late answer cannot resurrect a deleted object; every stream event that
 * differs from the last one of its object yields a change, whatever lies over it; indexes move in the
 * same step as objects.
 */
import type { KubeObject } from '../object/kube-object.ts';
import { formatKey, keyTextOf, type ObjectKey } from '../object/object-key.ts';
import { compareVersions, isComparableVersion, isNewerVersion } from '../object/resource-version.ts';
import { IndexBy, type IndexValues } from './index-by.ts';

/** A change without its `initial` flag, which the informer adds. */
export type StoreChange<T> =
  | { readonly type: 'added'; readonly object: T }
  | { readonly type: 'updated'; readonly object: T; readonly previous: T }
  | { readonly type: 'deleted'; readonly object: T };

/** An own write or delete the stream has not confirmed yet. */
interface Overlay<T> {
  /** State by the stream, hidden under the own write. */
  base: T | undefined;
  /** Incarnation an own delete hides from reads. */
  readonly hiddenUid?: string;
  /** The list during which the delete happened: that list may still show the object. */
  readonly hiddenInList?: number;
}

export class ObjectStore<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #overlays = new Map<string, Overlay<T>>();
  /** resourceVersion of an overlaid own write → its key. */
  readonly #unconfirmed = new Map<string, string>();
  readonly #indexes = new Map<string, IndexBy<T>>([
    ['namespace', new IndexBy<T>((object) => [object.metadata.namespace ?? ''])],
    ['owner', new IndexBy<T>((object) => object.metadata.ownerReferences?.map((owner) => owner.uid) ?? [])],
  ]);

  get size(): number {
    return this.#objects.size;
  }

  get(key: ObjectKey): T | undefined {
    return this.#objects.get(formatKey(key));
  }

  /** Whether this very instance is what reads see. */
  holds(object: T): boolean {
    return this.#objects.get(keyTextOf(object)) === object;
  }

  /** The own write at this version that the stream has not confirmed yet. */
  unconfirmed(resourceVersion: string): T | undefined {
    const key = this.#unconfirmed.get(resourceVersion);
    const object = key === undefined ? undefined : this.#objects.get(key);
    return object?.metadata.resourceVersion === resourceVersion ? object : undefined;
  }

  values(): Iterable<T> {
    return this.#objects.values();
  }

  hasIndex(name: string): boolean {
    return this.#indexes.has(name);
  }

  addIndex(name: string, values: IndexValues<T>): void {
    if (this.#indexes.has(name)) {
      return;
    }
    const index = new IndexBy<T>(values);
    for (const [key, object] of this.#objects) {
      index.replace(key, undefined, object);
    }
    this.#indexes.set(name, index);
  }

  byIndex(name: string, value: string): T[] {
    const found: T[] = [];
    for (const key of this.#indexes.get(name)?.keys(value) ?? []) {
      const object = this.#objects.get(key);
      if (object !== undefined) {
        found.push(object);
      }
    }
    return found;
  }

  /** State by the stream, without own writes. */
  streamed(key: string): T | undefined {
    const overlay = this.#overlays.get(key);
    return overlay === undefined ? this.#objects.get(key) : overlay.base;
  }

  /** Every key the stream or an own write knows, in one namespace or all. */
  keys(namespace: string | undefined): string[] {
    const prefix = `${namespace}/`;
    const keys = new Set([...this.#objects.keys(), ...this.#overlays.keys()]);
    return [...keys].filter((key) => namespace === undefined || key.startsWith(prefix));
  }

  /** ADDED, MODIFIED, or an item of list number `list`. */
  upsert(object: T, list?: number): StoreChange<T>[] {
    const key = keyTextOf(object);
    const previous = this.streamed(key);
    const { uid, resourceVersion } = object.metadata;
    const sameIncarnation = previous !== undefined && previous.metadata.uid === uid;
    const known = sameIncarnation && !differs(previous.metadata.resourceVersion, resourceVersion);
    const shown = this.#settle(key, known ? previous : object, list);
    if (known) {
      return [];
    }
    if (previous === undefined) {
      return [{ type: 'added', object: shown }];
    }
    return sameIncarnation
      ? [{ type: 'updated', object: shown, previous }]
      : [
          { type: 'deleted', object: previous },
          { type: 'added', object: shown },
        ];
  }

  /** DELETED, with the last state. An own newer incarnation stays. */
  remove(object: T): StoreChange<T>[] {
    const key = keyTextOf(object);
    const overlay = this.#overlays.get(key);
    const visible = this.#objects.get(key);
    const known = this.streamed(key) ?? visible;
    const ownSuccessor = overlay !== undefined && visible !== undefined && visible.metadata.uid !== object.metadata.uid;
    if (ownSuccessor) {
      overlay.base = undefined;
    } else {
      this.#uncover(key);
      this.#set(key, undefined);
    }
    return known === undefined ? [] : [{ type: 'deleted', object }];
  }

  /** A key a complete list at `listVersion` did not hold: gone, unless an own write is newer than the list. */
  removeUnlisted(key: string, listVersion: string): StoreChange<T>[] {
    const visible = this.#objects.get(key);
    const streamed = this.streamed(key);
    const overlay = this.#overlays.get(key);
    if (
      overlay !== undefined &&
      visible !== undefined &&
      isNewerVersion(visible.metadata.resourceVersion, listVersion)
    ) {
      overlay.base = undefined;
      return streamed === undefined ? [] : [{ type: 'deleted', object: streamed }];
    }
    this.#uncover(key);
    this.#set(key, undefined);
    const gone = streamed ?? visible;
    return gone === undefined ? [] : [{ type: 'deleted', object: gone }];
  }

  /**
   * Lays the answer of an own write over the stream's state, unless it is not newer than what is
   * visible or than `streamVersion`, the last version the stream delivered.
   */
  overlayWrite(object: T, streamVersion: string): boolean {
    const key = keyTextOf(object);
    const visible = this.#objects.get(key);
    const overlay = this.#overlays.get(key);
    const { resourceVersion, uid } = object.metadata;
    const newer =
      isNewerVersion(resourceVersion, streamVersion) &&
      isNewerVersion(resourceVersion, visible?.metadata.resourceVersion);
    if (!newer || (overlay?.hiddenUid !== undefined && overlay.hiddenUid === uid)) {
      return false;
    }
    this.#cover(key, { base: this.streamed(key) });
    this.#unconfirmed.set(resourceVersion as string, key);
    this.#set(key, object);
    return true;
  }

  /** Hides an incarnation after an own delete. `list`: number of the list in progress, if any. */
  overlayDelete(key: ObjectKey, uid: string, list?: number): void {
    const text = formatKey(key);
    if (this.#objects.get(text)?.metadata.uid !== uid) {
      return;
    }
    const hiding = list === undefined ? { hiddenUid: uid } : { hiddenUid: uid, hiddenInList: list };
    this.#cover(text, { base: this.streamed(text), ...hiding });
    this.#set(text, undefined);
  }

  /** Own writes and deletes the stream has not confirmed. */
  get overlayCount(): number {
    return this.#overlays.size;
  }

  /** Makes the stream's state visible where nothing newer lies over it; returns what the change shows. */
  #settle(key: string, object: T, list: number | undefined): T {
    const overlay = this.#overlays.get(key);
    if (overlay === undefined) {
      this.#set(key, object);
      return object;
    }
    if (overlay.hiddenUid !== undefined) {
      const stillHidden =
        overlay.hiddenUid === object.metadata.uid && (list === undefined || overlay.hiddenInList === list);
      if (stillHidden) {
        overlay.base = object;
        return object;
      }
      this.#uncover(key);
      this.#set(key, object);
      return object;
    }
    const visible = this.#objects.get(key) as T;
    const order = compareKnown(object.metadata.resourceVersion, visible.metadata.resourceVersion);
    if (order < 0) {
      overlay.base = object;
      return object;
    }
    this.#uncover(key);
    if (order > 0) {
      this.#set(key, object);
      return object;
    }
    return visible;
  }

  #cover(key: string, overlay: Overlay<T>): void {
    this.#uncover(key);
    this.#overlays.set(key, overlay);
  }

  #uncover(key: string): void {
    if (this.#overlays.delete(key)) {
      this.#unconfirmed.delete(this.#objects.get(key)?.metadata.resourceVersion ?? '');
    }
  }

  #set(key: string, object: T | undefined): void {
    const before = this.#objects.get(key);
    if (before === object) {
      return;
    }
    for (const index of this.#indexes.values()) {
      index.replace(key, before, object);
    }
    if (object === undefined) {
      this.#objects.delete(key);
    } else {
      this.#objects.set(key, object);
    }
  }
}

/** Whether `next` is a newer state than `previous`; versions that cannot be compared differ when unequal. */
function differs(previous: string | undefined, next: string | undefined): boolean {
  if (isComparableVersion(previous) && isComparableVersion(next)) {
    return compareVersions(next, previous) > 0;
  }
  return previous !== next;
}

/** Overlays exist only for comparable versions; a stream that turns incomparable wins. */
function compareKnown(a: string | undefined, b: string | undefined): number {
  return isComparableVersion(a) && isComparableVersion(b) ? compareVersions(a, b) : 1;
}
