/**
 * Turns what one watcher delivers into store changes: projects objects, keeps the books of a list
 * (which keys it held, what was missed), and knows how far the stream has come.
 */
import type { Counter } from '../metrics.ts';
import type { KubeObject } from '../object/kube-object.ts';
import { keyTextOf, type ObjectKey } from '../object/object-key.ts';
import { compareVersions, isComparableVersion, isNewerVersion } from '../object/resource-version.ts';
import type { Logger } from '../logger.ts';
import type { WatchSink } from '../watch/watcher.ts';
import type { WatchState } from '../watch/watch-state.ts';
import { type Projection, project } from './projection.ts';
import type { ObjectStore, StoreChange } from './store.ts';

export interface ReflectorOptions<T extends KubeObject> {
  readonly kindName: string;
  /** Absent: all namespaces, or a cluster-scoped kind. */
  readonly namespace: string | undefined;
  readonly store: ObjectStore<T>;
  readonly projection: Projection;
  /** `listed`: found by a list, not told by the stream. */
  readonly emit: (change: StoreChange<T>, listed: boolean) => void;
  /** After each complete list. */
  readonly onListed: () => void;
  readonly onOpened: () => void;
  readonly onState: (state: WatchState) => void;
  readonly missedEvents: Counter;
  readonly logger: Logger;
}

interface ListProgress {
  readonly number: number;
  readonly seen: Set<string>;
}

export class Reflector<T extends KubeObject> implements WatchSink<T> {
  readonly #options: ReflectorOptions<T>;
  #streamVersion = '';
  #listCount = 0;
  #list: ListProgress | undefined;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
  }

  /** Last version the stream is known to have delivered completely; empty before the first list. */
  get streamVersion(): string {
    return this.#streamVersion;
  }

  /** Lays an own write over the stream's state. `object` is projected already. */
  observeWrite(object: T): void {
    this.#options.store.overlayWrite(object, this.#streamVersion);
  }

  observeDelete(key: ObjectKey, uid: string): void {
    this.#options.store.overlayDelete(key, uid, this.#list?.number);
  }

  beginList(): void {
    this.#listCount += 1;
    this.#list = { number: this.#listCount, seen: new Set() };
  }

  page(items: readonly T[]): void {
    const list = this.#list;
    if (list === undefined) {
      return;
    }
    const { store, projection } = this.#options;
    for (const item of items) {
      const object = project(item, projection);
      const key = keyTextOf(object);
      list.seen.add(key);
      this.#countMissed(store.streamed(key), object);
      this.#emitAll(store.upsert(object, list.number), true);
    }
  }

  endList(resourceVersion: string): void {
    const list = this.#list;
    if (list === undefined) {
      return;
    }
    this.#list = undefined;
    const { store, namespace, onListed } = this.#options;
    for (const key of store.keys(namespace)) {
      if (!list.seen.has(key)) {
        this.#emitAll(store.removeUnlisted(key, resourceVersion), true);
      }
    }
    this.#streamVersion = resourceVersion;
    onListed();
  }

  known(resourceVersion: string): T | undefined {
    return this.#options.store.unconfirmed(resourceVersion);
  }

  opened(): void {
    this.#options.onOpened();
  }

  event(type: 'ADDED' | 'MODIFIED' | 'DELETED', raw: T): void {
    const { store, projection } = this.#options;
    // An own write that the stream recognised is the cached object itself.
    const object = store.holds(raw) ? raw : project(raw, projection);
    this.#advance(object.metadata.resourceVersion);
    this.#emitAll(type === 'DELETED' ? store.remove(object) : store.upsert(object), false);
  }

  bookmark(resourceVersion: string): void {
    this.#advance(resourceVersion);
  }

  state(state: WatchState): void {
    this.#options.onState(state);
  }

  #advance(resourceVersion: string | undefined): void {
    if (isNewerVersion(resourceVersion, this.#streamVersion)) {
      this.#streamVersion = resourceVersion ?? '';
    }
  }

  #emitAll(changes: readonly StoreChange<T>[], listed: boolean): void {
    for (const change of changes) {
      this.#options.emit(change, listed);
    }
  }

  /** A state that is new to us although the stream claimed to have passed it. */
  #countMissed(known: T | undefined, listed: T): void {
    const version = listed.metadata.resourceVersion;
    const before = known?.metadata.resourceVersion;
    if (version === before || !isComparableVersion(version) || !isComparableVersion(this.#streamVersion)) {
      return;
    }
    if (compareVersions(version, this.#streamVersion) <= 0) {
      const { kindName, missedEvents, logger } = this.#options;
      const type = known === undefined ? 'added' : 'updated';
      missedEvents.inc({ kind: kindName, type });
      logger.warn('the watch missed an event, found by listing', { key: keyTextOf(listed), type, version });
    }
  }
}
