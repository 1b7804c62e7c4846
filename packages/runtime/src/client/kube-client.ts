/**
 * Port: the Kubernetes API as the runtime uses it. `HttpKubeClient` implements it; nothing above
 * this layer knows about HTTP. Objects are plain JSON and carry `apiVersion` and `kind` everywhere,
 * list items included.
 *
 * Failures, for every method: `StatusError` when the server answered; `API_UNREACHABLE` when it did
 * not and nothing can have happened; `WRITE_OUTCOME_UNKNOWN` when a write may have happened;
 * `LEADERSHIP_LOST` when the fence refused (nothing was sent); `signal.reason` after an abort.
 */
import type { Leadership } from '../leadership-gate.ts';
import type { KubeObject } from '../object/kube-object.ts';
import type { ObjectKey } from '../object/object-key.ts';
import type { ResourceKind } from '../object/resource-kind.ts';

export interface CallOptions {
  readonly signal: AbortSignal;
}

export interface MutationOptions extends CallOptions {
  /**
   * Checked when the request leaves the pool's queue, on every attempt: a lost leadership sends
   * nothing. The request dies with the leadership's signal. Absent: unfenced.
   */
  readonly fence?: Leadership;
  /** `status`, `scale`, …; absent: the object itself. */
  readonly subresource?: string;
  /** Owner recorded in `managedFields`. */
  readonly fieldManager?: string;
  /** Checked by the server, never stored. @default false */
  readonly dryRun?: boolean;
}

/** What a list or watch covers. */
export interface Scope {
  /** Absent: all namespaces, or a cluster-scoped kind. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Ask for `PartialObjectMetadata`; items still carry the kind's own `apiVersion` and `kind`. @default false */
  readonly metadataOnly?: boolean;
}

export interface ListOptions extends CallOptions, Scope {
  /** Page size; absent: everything in one page. */
  readonly limit?: number;
  /** Token of the previous page. */
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan';
}

export interface ListPage<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  /** Present when more pages follow. */
  readonly continue?: string;
}

export interface WatchOptions extends CallOptions, Scope {
  readonly resourceVersion: string;
  /** The server ends the watch after this long. */
  readonly timeoutSeconds: number;
  /** Called for every received chunk, complete event or not: the sign of life a watchdog needs. */
  readonly onBytes?: () => void;
  /**
   * The object at this version, when the caller has it already, such as from the answer to its own write. Its event
   * then carries that very object and need not be decoded. Not asked about deletions.
   */
  readonly known?: ((resourceVersion: string) => unknown) | undefined;
}

export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly object: T }
  | { readonly type: 'ERROR'; readonly status: { readonly code: number; readonly message: string } };

/**
 * One watch on one socket. Iteration yields the events of each received chunk, in order, never an
 * empty batch; it returns at a clean end and throws at any other. Leaving the loop closes the socket.
 */
export interface WatchStream<T> extends AsyncIterable<readonly WatchEvent<T>[]> {
  /** Closes the socket; the iteration ends. Idempotent. */
  close(): void;
}

export interface ApplyOptions extends MutationOptions {
  readonly fieldManager: string;
  /** Take fields other managers own. @default false */
  readonly force?: boolean;
}

export interface DeleteOptions extends MutationOptions {
  /** Delete only this incarnation. */
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly gracePeriodSeconds?: number;
}

export interface WriteResult<T> {
  readonly object: T;
  /** Answered with 201: the object did not exist before. */
  readonly created: boolean;
}

/**
 * `gone`: removed by this call. `terminating`: accepted, finalizers or grace keep the object for
 * now. `absent`: there was no such object (or not this UID).
 */
export interface DeleteResult<T> {
  readonly outcome: 'gone' | 'terminating' | 'absent';
  /** UID of what was deleted, as far as the server said. */
  readonly uid?: string;
  /** Last state the server reported, where it sent one. */
  readonly object?: T;
}

export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

export interface KubeClient extends AsyncDisposable {
  /** `undefined` when the object does not exist; 404 for an unknown kind still throws. */
  get<T extends KubeObject>(kind: ResourceKind<T>, key: ObjectKey, options: CallOptions): Promise<T | undefined>;
  listPage<T extends KubeObject>(kind: ResourceKind<T>, options: ListOptions): Promise<ListPage<T>>;
  /** Resolves when the server accepted the watch. Bookmarks are always requested. */
  watch<T extends KubeObject>(kind: ResourceKind<T>, options: WatchOptions): Promise<WatchStream<T>>;
  /** Not repeated after a lost answer: `WRITE_OUTCOME_UNKNOWN`. */
  create<T extends KubeObject>(kind: ResourceKind<T>, object: T, options: MutationOptions): Promise<WriteResult<T>>;
  /** Server-side apply with `fieldValidation=Strict`; repeated after a lost answer. */
  apply<T extends KubeObject>(kind: ResourceKind<T>, object: T, options: ApplyOptions): Promise<WriteResult<T>>;
  /** RFC 6902. Repeated after a lost answer only when it starts with a `test`. */
  jsonPatch<T extends KubeObject>(
    kind: ResourceKind<T>,
    key: ObjectKey,
    operations: readonly JsonPatchOperation[],
    options: MutationOptions,
  ): Promise<WriteResult<T>>;
  /** RFC 7396. Not repeated after a lost answer. */
  mergePatch<T extends KubeObject>(
    kind: ResourceKind<T>,
    key: ObjectKey,
    patch: object,
    options: MutationOptions,
  ): Promise<WriteResult<T>>;
  /** Repeated after a lost answer only with `uid`. A missing object is a result, not an error. */
  delete<T extends KubeObject>(kind: ResourceKind<T>, key: ObjectKey, options: DeleteOptions): Promise<DeleteResult<T>>;
  /** Whether the server serves this kind at this version now (discovery). */
  serves(kind: ResourceKind<KubeObject>, options: CallOptions): Promise<boolean>;
}
