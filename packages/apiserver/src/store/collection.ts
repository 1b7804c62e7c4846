/**
 * All objects of one group-resource, sorted by key, with their recent history.
 *
 * Guarantees: a commit is synchronous and atomic; it raises the one revision counter of the store, and subscribers see
 * events in revision order before the commit returns. Entries are immutable; old trees are shared copies in O(1).
 *
 * Not here: what may be written (rest) and who sees it (watch).
 */
import sortedBTree from 'sorted-btree';
import type { HistoryRing } from './history-ring.ts';
import type { KubeObject } from './kube-object.ts';

type EntryTree = InstanceType<typeof sortedBTree.default<string, StoreEntry>>;

/** Node puts the class of this CommonJS package behind `default`; loaders that unwrap it hand over the class itself. */
const Tree = ('default' in sortedBTree ? sortedBTree.default : sortedBTree) as typeof sortedBTree.default;

export interface StoreEntry {
  /** `namespace/name`, or `name` for cluster-scoped resources. */
  readonly key: string;
  readonly object: KubeObject;
  readonly revision: number;
  /** JSON of `object`, made on first use and shared by every reader and watcher. */
  json: string | undefined;
  /** What `json` was made with; another reading of the object makes it anew. */
  jsonBy?: unknown;
}

export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** The new state; for DELETED the last state under the revision of the deletion. */
  readonly entry: StoreEntry;
  readonly previous: StoreEntry | undefined;
  readonly revision: number;
}

export type StoreListener = (event: StoreEvent) => void;

export interface RevisionSource {
  next(): number;
  current(): number;
  nowMs(): number;
  /** Hears of every commit, after the collection's own listeners. */
  published(collection: Collection, event: StoreEvent): void;
}

/** `conflict`: the entry under the key isn't the expected one (any more). */
export type CommitResult = { readonly ok: true; readonly entry: StoreEntry } | { readonly ok: false };

export class Collection {
  readonly name: string;
  readonly #revisions: RevisionSource;
  #tree: EntryTree;
  #history: HistoryRing;
  #lastRevision: number;
  readonly #listeners = new Set<StoreListener>();
  /** Objects per namespace, of the namespaces that somebody has counted. */
  readonly #counts = new Map<string, number>();

  constructor(name: string, revisions: RevisionSource, history: HistoryRing) {
    this.name = name;
    this.#revisions = revisions;
    this.#history = history;
    this.#lastRevision = history.floor;
    this.#tree = new Tree<string, StoreEntry>(undefined, compareKeys);
  }

  get size(): number {
    return this.#tree.size;
  }

  get history(): HistoryRing {
    return this.#history;
  }

  /** Objects in the namespace now, or in all; only the first question about a namespace looks at them. */
  count(namespace: string | undefined): number {
    if (namespace === undefined) return this.#tree.size;
    const known = this.#counts.get(namespace);
    if (known !== undefined) return known;
    let counted = 0;
    this.forEach(namespace, () => counted++);
    if (counted > 0) this.#counts.set(namespace, counted);
    return counted;
  }

  get(key: string): StoreEntry | undefined {
    return this.#tree.get(key);
  }

  /** Stores a new object. Fails when the key is taken. */
  create(key: string, object: KubeObject): CommitResult {
    if (this.#tree.has(key)) return { ok: false };
    const entry = this.#stamp(key, object);
    this.#tree.set(key, entry);
    this.#recount(key, 1);
    this.#publish({ type: 'ADDED', entry, previous: undefined, revision: entry.revision });
    return { ok: true, entry };
  }

  /** Replaces `expected`. Fails when another entry took its place. */
  update(expected: StoreEntry, object: KubeObject): CommitResult {
    if (this.#tree.get(expected.key) !== expected) return { ok: false };
    const entry = this.#stamp(expected.key, object);
    this.#tree.set(expected.key, entry);
    this.#publish({ type: 'MODIFIED', entry, previous: expected, revision: entry.revision });
    return { ok: true, entry };
  }

  /** Removes `expected`; `last` is the state that watchers see, by default the stored one. */
  delete(expected: StoreEntry, last: KubeObject = expected.object): CommitResult {
    if (this.#tree.get(expected.key) !== expected) return { ok: false };
    const entry = this.#stamp(expected.key, last);
    this.#tree.delete(expected.key);
    this.#recount(expected.key, -1);
    this.#publish({ type: 'DELETED', entry, previous: expected, revision: entry.revision });
    return { ok: true, entry };
  }

  /** The collection as it is now; later commits don't change what the reader sees. */
  snapshot(): CollectionView {
    return new CollectionView(this.#tree.clone(), this.#revisions.current());
  }

  /** The live entries of one key range, without a copy: for synchronous readers only. */
  forEach(namespace: string | undefined, visit: (entry: StoreEntry) => void): void {
    forEachInRange(this.#tree, namespace, undefined, (entry) => {
      visit(entry);
      return true;
    });
  }

  /** The collection as it was at `revision`, or `undefined` once history no longer reaches that far. */
  at(revision: number): CollectionView | undefined {
    if (revision >= this.#lastRevision) return new CollectionView(this.#tree.clone(), revision);
    if (revision < this.#history.floor) return undefined;
    const tree = this.#tree.clone();
    for (const event of this.#history.backTo(revision)) {
      if (event.previous === undefined) tree.delete(event.entry.key);
      else tree.set(event.entry.key, event.previous);
    }
    return new CollectionView(tree, revision);
  }

  subscribe(listener: StoreListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A copy of tree and history that shares all entries. */
  capture(): CollectionState {
    return { tree: this.#tree.clone(), history: this.#history.clone(), lastRevision: this.#lastRevision };
  }

  restore(state: CollectionState): void {
    this.#tree = state.tree.clone();
    this.#counts.clear();
    this.#history = state.history.clone();
    this.#lastRevision = state.lastRevision;
  }

  #recount(key: string, by: number): void {
    if (this.#counts.size === 0) return;
    const namespace = key.slice(0, Math.max(key.indexOf('/'), 0));
    const known = this.#counts.get(namespace);
    if (known === undefined) return;
    if (known + by > 0) this.#counts.set(namespace, known + by);
    else this.#counts.delete(namespace); // a namespace that is gone leaves nothing behind
  }

  #stamp(key: string, object: KubeObject): StoreEntry {
    const revision = this.#revisions.next();
    const stamped: KubeObject = { ...object, metadata: withRevision(object, revision) };
    return { key, object: stamped, revision, json: undefined };
  }

  #publish(event: StoreEvent): void {
    this.#lastRevision = event.revision;
    this.#history.push(event, this.#revisions.nowMs());
    for (const listener of this.#listeners) listener(event);
    this.#revisions.published(this, event);
  }
}

export interface CollectionState {
  readonly tree: EntryTree;
  readonly history: HistoryRing;
  readonly lastRevision: number;
}

/** An immutable reading of a collection at one revision. */
export class CollectionView {
  readonly #tree: EntryTree;
  readonly revision: number;

  constructor(tree: EntryTree, revision: number) {
    this.#tree = tree;
    this.revision = revision;
  }

  /** Visits in key order from `startKey` (inclusive); `visit` returns false to stop. */
  scan(namespace: string | undefined, startKey: string | undefined, visit: (entry: StoreEntry) => boolean): void {
    forEachInRange(this.#tree, namespace, startKey, visit);
  }
}

function forEachInRange(
  tree: EntryTree,
  namespace: string | undefined,
  startKey: string | undefined,
  visit: (entry: StoreEntry) => boolean,
): void {
  const low = startKey ?? (namespace === undefined ? '' : `${namespace}/`);
  const high = namespace === undefined ? '\uffff' : `${namespace}0`; // '0' follows '/'
  tree.forRange(low, high, false, (_key, entry) => (visit(entry) ? undefined : { break: true }));
}

function compareKeys(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Keeps the canonical place of resourceVersion, right after uid. */
function withRevision(object: KubeObject, revision: number): KubeObject['metadata'] {
  const { metadata } = object;
  if ('resourceVersion' in metadata) return { ...metadata, resourceVersion: String(revision) };
  const stamped: KubeObject['metadata'] = {};
  let placed = false;
  for (const field in metadata) {
    Object.assign(stamped, { [field]: metadata[field as keyof typeof metadata] });
    if (field === 'uid') {
      stamped.resourceVersion = String(revision);
      placed = true;
    }
  }
  if (!placed) stamped.resourceVersion = String(revision);
  return stamped;
}
