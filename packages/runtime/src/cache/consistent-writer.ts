/**
 * `ObjectWriter` over a client and the informers: matches before it writes, shows own writes to every
 * cache of the kind, and tells the own-event windows which versions are our own.
 */
import { hash } from 'node:crypto';
import type {
  DeleteOptions,
  DeleteResult,
  JsonPatchOperation,
  KubeClient,
  WriteResult,
} from '../client/kube-client.ts';
import { isStatusError, type StatusError } from '../client/status-error.ts';
import { applyChannel } from '../client/trace-channels.ts';
import { isRuntimeError, RuntimeError } from '../errors.ts';
import { type Counter, type Metrics, noMetrics } from '../metrics.ts';
import type { KubeObject } from '../object/kube-object.ts';
import { formatKey, keyOf, type ObjectKey } from '../object/object-key.ts';
import { isControlledBy } from '../object/owner-ref.ts';
import { type ResourceKind, resourceName } from '../object/resource-kind.ts';
import { isComparableVersion } from '../object/resource-version.ts';
import { FENCE_ANNOTATION, matchesDesired } from './desired-match.ts';
import { describeConflicts, fieldConflicts, withoutField } from './field-conflicts.ts';
import type { Informer } from './informer.ts';
import type { InformerRegistry } from './informer-registry.ts';
import type {
  ApplyOutcome,
  ApplyRequest,
  ApplyResult,
  FieldConflict,
  ObjectWriter,
  WriteOptions,
} from './object-writer.ts';
import { changedOnlyWithin, isOwnApply } from './own-change.ts';
import type { OwnWrites, WriteProof } from './own-writes.ts';

export interface ConsistentWriterOptions {
  readonly client: KubeClient;
  readonly informers: InformerRegistry;
  readonly ownWrites: OwnWrites;
  readonly metrics?: Metrics;
}

const NOT_OWN: WriteProof = { own: false };

/** What the server compares with the object before it writes. */
type Lock = Pick<KubeObject['metadata'], 'uid' | 'resourceVersion'>;

export class ConsistentWriter implements ObjectWriter {
  readonly #client: KubeClient;
  readonly #informers: InformerRegistry;
  readonly #ownWrites: OwnWrites;
  readonly #applies: Counter;
  readonly #fenced: Counter;
  /**
   * Cached object → what was last applied to exactly this state, where the object's fields cannot tell: of metadata-only
   * objects, and where the server found nothing to change although we saw a difference. Gone with the object.
   */
  readonly #applied = new WeakMap<KubeObject, string>();

  constructor(options: ConsistentWriterOptions) {
    this.#client = options.client;
    this.#informers = options.informers;
    this.#ownWrites = options.ownWrites;
    this.#applies = (options.metrics ?? noMetrics).counter({
      name: 'k8sop_apply_total',
      help: 'Applies by outcome; skipped sent nothing, noop changed nothing.',
      labels: ['controller', 'kind', 'result'],
    });
    this.#fenced = (options.metrics ?? noMetrics).counter({
      name: 'k8sop_fenced_writes_total',
      help: 'Writes refused or cut because the leadership had ended.',
      labels: ['controller'],
    });
  }

  apply<T extends KubeObject>(request: ApplyRequest<T>): Promise<ApplyResult<T>> {
    const { kind, controller, desired } = request;
    const { namespace, name = '' } = desired.metadata;
    const context = { controller, resource: resourceName(kind), namespace, name };
    return applyChannel.tracePromise(() => this.#apply(request), context);
  }

  async #apply<T extends KubeObject>(request: ApplyRequest<T>): Promise<ApplyResult<T>> {
    const { kind, controller, desired } = request;
    const informer = this.#informerFor(kind, desired.metadata.namespace);
    const live = informer?.get(keyOf(desired));
    if (live !== undefined && informer !== undefined && request.dryRun !== true) {
      if (this.#wasApplied(request, live) || (!informer.metadataOnly && matchesDesired(desired, live, request))) {
        this.#count(controller, kind, 'skipped');
        return { object: live, outcome: 'skipped' };
      }
    }
    try {
      return await this.#send(request, { informer, live });
    } catch (error) {
      this.#count(controller, kind, isStatusError(error, 409) ? 'conflict' : 'error');
      throw this.#noted(error, controller);
    }
  }

  async jsonPatch<T extends KubeObject>(
    kind: ResourceKind<T>,
    key: ObjectKey,
    operations: readonly JsonPatchOperation[],
    options: WriteOptions,
  ): Promise<T> {
    const before = this.#informerFor(kind, key.namespace)?.get(key);
    const write = this.#ownWrites.begin(options.controller, kind as ResourceKind, key);
    let proof = NOT_OWN;
    try {
      const { object } = await this.#client.jsonPatch(kind, key, operations, options);
      this.#show(kind, object);
      proof = proofOf(object, before, () => isOwnPatch(before, object, operations));
      return object;
    } catch (error) {
      throw this.#noted(error, options.controller);
    } finally {
      write.settle(proof);
    }
  }

  async delete<T extends KubeObject>(
    kind: ResourceKind<T>,
    key: ObjectKey,
    options: WriteOptions & DeleteOptions,
  ): Promise<DeleteResult<T>> {
    const result = await this.#client.delete(kind, key, options).catch((error: unknown) => {
      throw this.#noted(error, options.controller);
    });
    const uid = result.uid ?? options.uid;
    if (uid !== undefined && options.dryRun !== true) {
      for (const informer of this.#informers.all(kind)) {
        informer.observeDelete(key, uid);
      }
    }
    return result;
  }

  async #send<T extends KubeObject>(
    request: ApplyRequest<T>,
    known: { readonly informer: Informer<T> | undefined; readonly live: T | undefined },
  ): Promise<ApplyResult<T>> {
    const { kind, controller, desired } = request;
    const { informer, live } = known;
    const write = this.#ownWrites.begin(controller, kind as ResourceKind, keyOf(desired));
    let proof = NOT_OWN;
    try {
      const metadataOnly = informer?.metadataOnly === true;
      const { result, guarded } = await this.#applyLocked(request, live, lockOf(request, live, metadataOnly));
      const { object } = result;
      const moved = live === undefined || live.metadata.resourceVersion !== object.metadata.resourceVersion;
      if (request.dryRun !== true) {
        this.#show(kind, object);
        proof = result.created
          ? ownVersion(object)
          : proofOf(
              object,
              live,
              () =>
                (guarded && metadataOnly) ||
                (live !== undefined && isOwnApply({ ...request, before: live, after: object })),
            );
        if (!moved || metadataOnly) this.#remember(informer, object, request);
      }
      const outcome = result.created ? 'created' : moved ? 'updated' : 'noop';
      this.#count(controller, kind, outcome);
      return { object, outcome };
    } finally {
      write.settle(proof);
    }
  }

  /** First under the known version, where one is given; without it when that version is outdated. */
  async #applyLocked<T extends KubeObject>(
    request: ApplyRequest<T>,
    live: T | undefined,
    lock: Lock | undefined,
  ): Promise<{ readonly result: WriteResult<T>; readonly guarded: boolean }> {
    if (lock !== undefined) {
      const { desired } = request;
      const metadata = { ...desired.metadata, ...lock };
      try {
        const result = await this.#applyResolving({ ...request, desired: { ...desired, metadata } }, live);
        return { result, guarded: true };
      } catch (error) {
        if (!isStatusError(error, 409)) {
          throw error;
        }
      }
    }
    return { result: await this.#applyResolving(request, live), guarded: false };
  }

  async #applyResolving<T extends KubeObject>(request: ApplyRequest<T>, live: T | undefined): Promise<WriteResult<T>> {
    try {
      return await this.#applyOnce(request, request.desired, false);
    } catch (error) {
      const conflicts = isStatusError(error, 409) ? fieldConflicts(error) : [];
      if (conflicts.length === 0) {
        throw error;
      }
      return this.#resolve(request, { live, conflicts, error: error as StatusError });
    }
  }

  async #resolve<T extends KubeObject>(
    request: ApplyRequest<T>,
    refusal: {
      readonly live: T | undefined;
      readonly conflicts: readonly FieldConflict[];
      readonly error: StatusError;
    },
  ): Promise<WriteResult<T>> {
    const { desired, onConflicts } = request;
    const { conflicts, error } = refusal;
    const policy = request.onConflict ?? 'owner';
    const take = policy === 'take' || (policy === 'owner' && (await this.#isOurs(request, refusal.live)));
    if (take) {
      onConflicts?.(conflicts, 'taken');
      return this.#applyOnce(request, desired, true);
    }
    if (policy === 'yield') {
      onConflicts?.(conflicts, 'yielded');
      const reduced = conflicts.reduce((object, conflict) => withoutField(object, conflict.field), desired);
      return this.#applyOnce(request, reduced, false);
    }
    onConflicts?.(conflicts, 'failed');
    throw new RuntimeError(
      'APPLY_CONFLICT',
      `${desired.kind} "${desired.metadata.name ?? ''}": ${describeConflicts(conflicts)}; set onConflict to take or yield these fields, or stop setting them`,
      { cause: error, details: conflicts },
    );
  }

  async #isOurs<T extends KubeObject>(request: ApplyRequest<T>, cached: T | undefined): Promise<boolean> {
    const { kind, desired, ownerUid, signal } = request;
    if (ownerUid === undefined) {
      return false;
    }
    const live = cached ?? (await this.#client.get(kind, keyOf(desired), { signal }));
    return live !== undefined && isControlledBy(live, ownerUid);
  }

  #applyOnce<T extends KubeObject>(request: ApplyRequest<T>, desired: T, force: boolean): Promise<WriteResult<T>> {
    const { kind, fieldManager, subresource, fence, signal, dryRun } = request;
    const stamp = fence?.stamp ?? '';
    const stamped = stamp === '' || subresource !== undefined ? desired : withFence(desired, stamp);
    return this.#client.apply(kind, stamped, {
      fieldManager,
      force,
      signal,
      ...(subresource === undefined ? {} : { subresource }),
      ...(fence === undefined ? {} : { fence }),
      ...(dryRun === undefined ? {} : { dryRun }),
    });
  }

  /** Own writes become readable in every cache of the kind, before their window closes. */
  #show<T extends KubeObject>(kind: ResourceKind<T>, object: T): void {
    const { uid } = object.metadata;
    for (const informer of this.#informers.all(kind)) {
      if (uid !== undefined && isGone(object)) {
        informer.observeDelete(keyOf(object), uid);
      } else {
        informer.observeWrite(object);
      }
    }
  }

  /** Only a cached state that is exactly the answer counts: a newer one may differ. */
  #remember<T extends KubeObject>(informer: Informer<T> | undefined, object: T, request: ApplyRequest<T>): void {
    const cached = informer?.get(keyOf(object));
    if (cached !== undefined && cached.metadata.resourceVersion === object.metadata.resourceVersion) {
      this.#applied.set(cached, describeStatement(request));
    }
  }

  #wasApplied<T extends KubeObject>(request: ApplyRequest<T>, live: T): boolean {
    const statement = this.#applied.get(live);
    return statement !== undefined && statement === describeStatement(request);
  }

  #informerFor<T extends KubeObject>(kind: ResourceKind<T>, namespace: string | undefined): Informer<T> | undefined {
    const scope = namespace === undefined ? {} : { namespace };
    return this.#informers.find(kind, scope) ?? this.#informers.find(kind, { ...scope, metadataOnly: true });
  }

  /** Counts what the fence refused. */
  #noted(error: unknown, controller: string): unknown {
    if (isRuntimeError(error, 'LEADERSHIP_LOST')) {
      this.#fenced.inc({ controller });
    }
    return error;
  }

  #count(
    controller: string,
    kind: ResourceKind<never> | { readonly kind: string },
    result: ApplyOutcome | 'conflict' | 'error',
  ): void {
    this.#applies.inc({ controller, kind: kind.kind, result });
  }
}

/**
 * What the first attempt of an apply demands of the object.
 *
 * Under an election: that nobody has written since the state we saw. A leader that was frozen on its way to the kernel sends
 * its write when it goes on, however late; what made it write makes its successor write too, so the server refuses the late one,
 * and the second attempt, which demands nothing, is kept back by the fence. Of a metadata-only object only an unchanged version
 * proves what was ours.
 */
function lockOf<T extends KubeObject>(
  { desired, dryRun, fence }: ApplyRequest<T>,
  live: T | undefined,
  metadataOnly: boolean,
): Lock | undefined {
  const elected = fence !== undefined && fence.stamp !== '';
  const own = desired.metadata.resourceVersion !== undefined;
  if (live === undefined || dryRun === true || own || !(elected || metadataOnly)) return undefined;
  const { uid, resourceVersion } = live.metadata;
  return { ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }) };
}

/** The write removed the last finalizer of a deleted object: its answer is an obituary. */
function isGone(object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  return deletionTimestamp !== undefined && finalizers.length === 0 && deletionGracePeriodSeconds === 0;
}

/** Who states what, as a short text. */
function describeStatement<T extends KubeObject>(request: ApplyRequest<T>): string {
  const { desired, fieldManager, subresource = '' } = request;
  return hash('sha256', `${fieldManager}|${subresource}|${JSON.stringify(desired)}`, 'base64');
}

function withFence<T extends KubeObject>(desired: T, stamp: string): T {
  const annotations = { ...desired.metadata.annotations, [FENCE_ANNOTATION]: stamp };
  return { ...desired, metadata: { ...desired.metadata, annotations } };
}

function ownVersion(object: KubeObject): WriteProof {
  const { resourceVersion } = object.metadata;
  return isComparableVersion(resourceVersion) ? { own: true, resourceVersion } : NOT_OWN;
}

/** An unchanged version proves nothing: it may be anybody's. */
function proofOf<T extends KubeObject>(object: T, before: T | undefined, isOwn: () => boolean): WriteProof {
  const moved = before !== undefined && before.metadata.resourceVersion !== object.metadata.resourceVersion;
  return moved && isOwn() ? ownVersion(object) : NOT_OWN;
}

function isOwnPatch<T extends KubeObject>(
  before: T | undefined,
  after: T,
  operations: readonly JsonPatchOperation[],
): boolean {
  if (before === undefined || formatKey(keyOf(before)) !== formatKey(keyOf(after))) {
    return false;
  }
  const version = before.metadata.resourceVersion;
  const guarded = operations.some(
    (operation) =>
      operation.op === 'test' && operation.path === '/metadata/resourceVersion' && operation.value === version,
  );
  const written = operations.filter((operation) => operation.op !== 'test').map(({ path }) => patchedField(path));
  return guarded || changedOnlyWithin(before, after, written);
}

/** Field names of a pointer; a list index or `-` stands for its list. */
function patchedField(pointer: string): string[] {
  const names = pointer.split('/').slice(1);
  const last = names.at(-1) ?? '';
  const field = last === '-' || /^\d+$/.test(last) ? names.slice(0, -1) : names;
  return field.map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
}
