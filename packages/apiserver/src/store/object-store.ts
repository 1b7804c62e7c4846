/**
 * The whole state of a server: one revision counter and one collection per group-resource.
 *
 * Guarantees: revisions are unique and rise across all collections, so histories are serialisable. A restored
 * snapshot never lowers the counter.
 */
import { Collection, type CollectionState, type RevisionSource, type StoreEvent } from './collection.ts';
import { HistoryRing, type HistoryLimits } from './history-ring.ts';

export interface ObjectStoreOptions {
  readonly history: HistoryLimits;
  readonly nowMs: () => number;
}

/** The state at one moment. Opaque, immutable, O(collections) to take. */
export interface StoreSnapshot {
  readonly revision: number;
  readonly collections: ReadonlyMap<string, CollectionState>;
}

/** Revisions below this one never existed, so a watch from 1 is too old from the start, as on a real server. */
const firstRevision = 100;

export class ObjectStore {
  readonly #options: ObjectStoreOptions;
  readonly #collections = new Map<string, Collection>();
  readonly #listeners = new Set<(collection: Collection, event: StoreEvent) => void>();
  #revision = firstRevision;

  constructor(options: ObjectStoreOptions) {
    this.#options = options;
  }

  get revision(): number {
    return this.#revision;
  }

  /** The collection of `resource.group`, created empty on first use. */
  collection(name: string): Collection {
    const known = this.#collections.get(name);
    if (known !== undefined) return known;
    const created = new Collection(name, this.#revisions(), new HistoryRing(this.#options.history, this.#revision));
    this.#collections.set(name, created);
    return created;
  }

  /** Hears of every commit in any collection, also in those created later. */
  subscribe(listener: (collection: Collection, event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  collections(): IterableIterator<Collection> {
    return this.#collections.values();
  }

  /** Forgets all history: older watches and continue tokens get 410. */
  compact(): void {
    for (const collection of this.#collections.values()) collection.history.compact(this.#revision);
  }

  snapshot(): StoreSnapshot {
    const collections = new Map<string, CollectionState>();
    for (const [name, collection] of this.#collections) collections.set(name, collection.capture());
    return { revision: this.#revision, collections };
  }

  /**
   * Brings back the objects of a snapshot. Collections it doesn't know become empty. When the counter has moved on
   * since, history is forgotten: watchers of the undone future must list again.
   */
  restore(snapshot: StoreSnapshot): void {
    const rewinds = this.#revision > snapshot.revision && this.#revision !== firstRevision;
    this.#revision = Math.max(this.#revision, snapshot.revision);
    for (const name of snapshot.collections.keys()) this.collection(name);
    for (const [name, collection] of this.#collections) {
      const state = snapshot.collections.get(name);
      collection.restore(state ?? new Collection(name, this.#revisions(), this.#emptyRing()).capture());
    }
    if (rewinds) {
      this.#revision++;
      this.compact();
    }
  }

  #emptyRing(): HistoryRing {
    return new HistoryRing(this.#options.history, this.#revision);
  }

  #revisions(): RevisionSource {
    return {
      next: () => ++this.#revision,
      current: () => this.#revision,
      nowMs: this.#options.nowMs,
      published: (collection, event) => {
        for (const listener of this.#listeners) listener(collection, event);
      },
    };
  }
}
