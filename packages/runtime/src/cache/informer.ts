/**
 * Port: a cached, indexed, live copy of one kind in one scope. Handlers and reads see the same
 * store: a change is visible to `get`, `list` and `byIndex` before its handlers run.
 */
import type { KubeObject } from '../object/kube-object.ts';
import type { ObjectKey } from '../object/object-key.ts';
import type { ResourceKind } from '../object/resource-kind.ts';

/**
 * What happened to one object. `initial`: replayed or listed at start, not a change made just now.
 * `relisted`: found by listing again, so several writes may hide behind this one change.
 */
export type Change<T> = { readonly initial: boolean; readonly relisted?: true } & (
  | { readonly type: 'added'; readonly object: T }
  | { readonly type: 'updated'; readonly object: T; readonly previous: T }
  | { readonly type: 'deleted'; readonly object: T }
);

/** Runs synchronously; a throw is counted and logged and never stops the informer. */
export type ChangeHandler<T> = (change: Change<T>) => void;

/**
 * Readiness of an informer. `denied` and `absent` name what is missing; the informer keeps trying
 * and goes on by itself. After the first sync a denied informer still serves its last known state.
 */
export type InformerState =
  | { readonly phase: 'syncing'; readonly lastError?: string }
  | { readonly phase: 'synced'; readonly lastError?: string }
  | { readonly phase: 'denied'; readonly verb: 'list' | 'watch'; readonly resource: string; readonly message: string }
  | { readonly phase: 'absent'; readonly verb: 'list' | 'watch'; readonly resource: string; readonly message: string }
  | { readonly phase: 'stopped' };

export interface CachedListOptions {
  /** Absent: every namespace the informer covers. */
  readonly namespace?: string;
  /** Kubernetes label selector text, such as `app=web,tier in (a,b)`. */
  readonly labels?: string;
}

/** Returned objects are shared and must not be changed; outside production they are frozen. */
export interface Informer<T extends KubeObject> {
  readonly kind: ResourceKind<T>;
  /** Absent: all namespaces. */
  readonly namespaces: readonly string[] | undefined;
  /** Holds only metadata. */
  readonly metadataOnly: boolean;
  readonly state: InformerState;
  /** True from the end of the first complete list on. */
  readonly hasSynced: boolean;
  /** Number of objects held. */
  readonly size: number;
  /** Resolves after the first complete list. @throws `signal.reason`, or `signal`-like stop reason when released. */
  waitForSync(options: { readonly signal: AbortSignal }): Promise<void>;
  get(key: ObjectKey): T | undefined;
  list(options?: CachedListOptions): readonly T[];
  /** Objects for which the named index yields `value`. Built in: `namespace`, `owner` (owner UIDs). */
  byIndex(index: string, value: string): readonly T[];
  /** Adds an index, over present objects too. Declaring a name again is ignored. */
  addIndex(index: string, values: (object: T) => Iterable<string>): void;
  /** Replays the present objects as `added` with `initial: true`, then delivers changes. Returns the unsubscriber. */
  addHandler(handler: ChangeHandler<T>): () => void;
  /** Called after each change of `state`. Returns the unsubscriber. */
  onState(listener: (state: InformerState) => void): () => void;
  /** Makes an own write visible at once, unless the stream already knew better. */
  observeWrite(object: T): void;
  /** Hides this incarnation from reads until its DELETED event or a relist. */
  observeDelete(key: ObjectKey, uid: string): void;
}
