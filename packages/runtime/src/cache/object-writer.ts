/**
 * Port: mutations with the consistency layer around them. Every write of a controller goes through
 * it: equal objects are not written, own writes are readable at once, own echoes do not trigger the
 * controller again. `ConsistentWriter` implements it.
 */
import type { DeleteOptions, DeleteResult, JsonPatchOperation, MutationOptions } from '../client/kube-client.ts';
import type { KubeObject } from '../object/kube-object.ts';
import type { ObjectKey } from '../object/object-key.ts';
import type { ResourceKind } from '../object/resource-kind.ts';

/** One contested field of a refused apply. */
export interface FieldConflict {
  /** As the server words it, such as `.spec.replicas`. */
  readonly field: string;
  /** Manager that owns it; empty when the server did not say. */
  readonly manager: string;
}

/**
 * What to do with fields another manager owns. `take`: force. `fail`: throw `APPLY_CONFLICT`.
 * `yield`: apply without the contested fields. `owner`: `take` if `ownerUid` controls the object,
 * otherwise `fail`.
 */
export type OnConflict = 'owner' | 'take' | 'fail' | 'yield';

export interface WriteOptions extends MutationOptions {
  /** Name of the controller that writes; its own echoes are suppressed. */
  readonly controller: string;
}

export interface ApplyRequest<T extends KubeObject> extends WriteOptions {
  readonly kind: ResourceKind<T>;
  /** Complete statement of the fields this manager wants; what it stated before and omits now is removed. */
  readonly desired: T;
  readonly fieldManager: string;
  /** UID of the reconciled object, for `onConflict: 'owner'`. */
  readonly ownerUid?: string;
  /** @default 'owner' */
  readonly onConflict?: OnConflict;
  /** Called before contested fields are taken or dropped, or the apply fails. */
  readonly onConflicts?: (conflicts: readonly FieldConflict[], action: 'taken' | 'failed' | 'yielded') => void;
}

/** `skipped`: equal, nothing sent. `noop`: sent, the server changed nothing. */
export type ApplyOutcome = 'skipped' | 'noop' | 'created' | 'updated';

export interface ApplyResult<T> {
  readonly object: T;
  readonly outcome: ApplyOutcome;
}

export interface ObjectWriter {
  /**
   * Server-side apply of `desired`, unless the cached object already says so.
   * @throws RuntimeError `APPLY_CONFLICT` with `details: FieldConflict[]`.
   */
  apply<T extends KubeObject>(request: ApplyRequest<T>): Promise<ApplyResult<T>>;
  jsonPatch<T extends KubeObject>(
    kind: ResourceKind<T>,
    key: ObjectKey,
    operations: readonly JsonPatchOperation[],
    options: WriteOptions,
  ): Promise<T>;
  /** Deletes; a missing object is a result. Hidden from reads at once. */
  delete<T extends KubeObject>(
    kind: ResourceKind<T>,
    key: ObjectKey,
    options: WriteOptions & DeleteOptions,
  ): Promise<DeleteResult<T>>;
}
