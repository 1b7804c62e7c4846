/**
 * The implementation of `Context`: one run of one object against the shared cache and writer.
 */

import type { Informer } from '../cache/informer.ts';
import type { InformerRegistry } from '../cache/informer-registry.ts';
import type { FieldConflict, ObjectWriter, WriteOptions } from '../cache/object-writer.ts';
import type { Clock } from '../clock.ts';
import type { KubeClient } from '../client/kube-client.ts';
import { RuntimeError } from '../errors.ts';
import type { Leadership } from '../leadership-gate.ts';
import type { Logger } from '../logger.ts';
import type { ConditionInput } from '../object/conditions.ts';
import type { KubeObject } from '../object/kube-object.ts';
import { parseLabelSelector } from '../object/label-selector.ts';
import { formatKey, keyOf, type ObjectKey } from '../object/object-key.ts';
import { controllerRef, type OwnerReference } from '../object/owner-ref.ts';
import { kindId, resourceName, type ResourceKind } from '../object/resource-kind.ts';
import type { Trigger } from '../queue/trigger.ts';
import type { ReplicatedState } from '../replicated-state.ts';
import { Action } from './action.ts';
import type { ActiveRun } from './active-run.ts';
import { canReference, withOwner } from './child-ownership.ts';
import type {
  AnyKind,
  ApplyOptions,
  Context,
  DeleteOptions,
  ListOptions,
  Manifestable,
  ReadonlyObject,
  ReadOptions,
} from './context.ts';
import type { ControllerMetrics } from './controller-metrics.ts';
import type { ControllerSpec } from './controller-spec.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { KindRegistry } from './kind-registry.ts';
import { StatusWriter } from './status-writer.ts';

/** What all runs of one controller share. */
export interface ContextEnvironment {
  readonly spec: ControllerSpec;
  readonly client: KubeClient;
  readonly informers: InformerRegistry;
  readonly writer: ObjectWriter;
  readonly kinds: KindRegistry;
  readonly recorder: EventRecorder;
  readonly metrics: ControllerMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly replicated: ReplicatedState;
  /** Kinds applied outside the owner's scope; deleted by label at finalization. */
  readonly outOfScopeKinds: Map<string, ResourceKind>;
  /** Advice given already; one line per kind and topic. */
  readonly advised: Set<string>;
}

/** What belongs to one run only. */
export interface RunFacts {
  readonly object: KubeObject;
  readonly attempt: number;
  readonly triggers: readonly Trigger[];
  /** Tells whether the run is over. */
  readonly run: Pick<ActiveRun, 'signal' | 'settled'>;
  readonly leadership: Leadership;
  readonly reconcileId: string;
}

export class ReconcileContext implements Context<AnyKind> {
  readonly resource: ReadonlyObject<AnyKind>;
  readonly name: string;
  readonly attempt: number;
  readonly triggers: readonly Trigger[];
  readonly signal: AbortSignal;
  readonly leadership: Leadership;
  readonly reconcileId: string;
  readonly #environment: ContextEnvironment;
  readonly #object: KubeObject;
  readonly #write: WriteOptions;
  readonly #run: RunFacts['run'];
  #log: Logger | undefined;
  #status: StatusWriter<KubeObject> | undefined;

  constructor(environment: ContextEnvironment, run: RunFacts) {
    this.#environment = environment;
    this.#object = run.object;
    this.resource = run.object as ReadonlyObject<AnyKind>;
    this.name = run.object.metadata.name ?? '';
    this.attempt = run.attempt;
    this.triggers = run.triggers;
    this.#run = run.run;
    this.signal = run.run.signal;
    this.leadership = run.leadership;
    this.reconcileId = run.reconcileId;
    this.#write = writeOptions(environment.spec, run);
  }

  /** Typed `string` for the common case; the facade's `Context<K>` says `undefined` for cluster-scoped kinds. */
  get namespace(): string {
    return this.#object.metadata.namespace as string;
  }

  get labels(): Readonly<Record<string, string>> {
    return this.#object.metadata.labels ?? {};
  }

  get annotations(): Readonly<Record<string, string>> {
    return this.#object.metadata.annotations ?? {};
  }

  get log(): Logger {
    this.#log ??= this.#environment.logger.child({
      ...(this.#object.metadata.namespace === undefined ? {} : { namespace: this.#object.metadata.namespace }),
      name: this.name,
      reconcileId: this.reconcileId,
    });
    return this.#log;
  }

  get client(): KubeClient {
    return this.#environment.client;
  }

  get replicated(): ReplicatedState {
    return this.#environment.replicated;
  }

  ownerReference(): OwnerReference {
    return controllerRef(this.#object);
  }

  done(): Action {
    return Action.awaitChange();
  }

  async apply<T extends KubeObject>(manifest: Manifestable<T>, options: ApplyOptions = {}): Promise<T> {
    this.#adviseAwait();
    const { spec, writer, kinds } = this.#environment;
    const stated = toObject(manifest);
    const kind = kinds.resolve(stated) as ResourceKind<T>;
    const desired = this.#owned(this.#placed(stated, kind), kind, options);
    this.#adviseOwns(kind);
    const { object } = await writer.apply<T>({
      kind,
      desired,
      fieldManager: spec.fieldManager,
      onConflict: options.onConflict ?? 'owner',
      onConflicts: (conflicts, action) => this.#reportConflicts(desired, conflicts, action),
      ...(this.#object.metadata.uid === undefined ? {} : { ownerUid: this.#object.metadata.uid }),
      ...this.#write,
    });
    return object;
  }

  async delete(kind: AnyKind, name: string, options: DeleteOptions = {}): Promise<void> {
    this.#adviseAwait();
    const { namespace, ...rest } = options;
    await this.#environment.writer.delete(kind, this.#key(kind, name, namespace), { ...this.#write, ...rest });
  }

  async get<T extends KubeObject>(
    kind: ResourceKind<T>,
    name: string,
    options: ReadOptions = {},
  ): Promise<T | undefined> {
    const key = this.#key(kind, name, options.namespace);
    const informer = this.#informer(kind, key.namespace, options);
    if (informer !== undefined) return informer.get(key);
    return this.#environment.client.get(kind, key, { signal: this.signal });
  }

  async list<T extends KubeObject>(kind: ResourceKind<T>, options: ListOptions = {}): Promise<readonly T[]> {
    const own = options.allNamespaces === true || !kind.namespaced ? undefined : this.#object.metadata.namespace;
    const namespace = options.namespace ?? own;
    const scope = namespace === undefined ? {} : { namespace };
    const { index } = options;
    const informer = this.#informer(kind, namespace, index === undefined ? options : { ...options, from: 'cache' });
    if (informer !== undefined && index !== undefined) {
      const matches = parseLabelSelector(options.labels ?? '');
      return informer
        .byIndex(index.name, index.value)
        .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
        .filter(({ metadata }) => matches(metadata.labels ?? {}));
    }
    if (informer !== undefined) {
      return informer.list({ ...scope, ...(options.labels === undefined ? {} : { labels: options.labels }) });
    }
    return listLive(this.#environment.client, kind, {
      ...scope,
      ...(options.labels === undefined ? {} : { labelSelector: options.labels }),
      signal: this.signal,
    });
  }

  setStatus(status: object): Promise<void> {
    return this.#statusWriter().setStatus(status);
  }

  setCondition(...conditions: ConditionInput[]): Promise<void> {
    return this.#statusWriter().setConditions(conditions);
  }

  event(reason: string, message: string): Promise<void> {
    return this.#record('Normal', reason, message);
  }

  warning(reason: string, message: string): Promise<void> {
    return this.#record('Warning', reason, message);
  }

  #record(type: 'Normal' | 'Warning', reason: string, message: string): Promise<void> {
    const options = { signal: this.signal, fence: this.leadership };
    return this.#environment.recorder.record(this.#object, { type, reason, message }, options);
  }

  #statusWriter(): StatusWriter<KubeObject> {
    this.#adviseAwait();
    const { spec, writer, clock } = this.#environment;
    this.#status ??= new StatusWriter({
      writer,
      clock,
      kind: spec.kind,
      object: this.#object,
      exists: () => this.#exists(),
      fieldManager: spec.fieldManager,
      write: this.#write,
    });
    return this.#status;
  }

  async #exists(): Promise<boolean> {
    const { spec, client } = this.#environment;
    const live = await client.get(spec.kind, keyOf(this.#object), { signal: this.signal });
    return live !== undefined && live.metadata.uid === this.#object.metadata.uid;
  }

  #key(kind: ResourceKind, name: string, namespace: string | undefined): ObjectKey {
    if (!kind.namespaced) return { name };
    const chosen = namespace ?? this.#object.metadata.namespace;
    if (chosen !== undefined) return { namespace: chosen, name };
    throw new RuntimeError(
      'OPTION_INVALID',
      `${kind.kind} ${name} needs a namespace: ${this.#environment.spec.kind.kind} is cluster-scoped, so none is implied`,
    );
  }

  #placed<T extends KubeObject>(stated: T, kind: ResourceKind<T>): T {
    const { name, namespace } = stated.metadata;
    if (name === undefined || name === '') {
      throw new RuntimeError('OPTION_INVALID', `metadata.name of ${kind.kind} is missing; apply needs a fixed name`);
    }
    const key = this.#key(kind, name, namespace);
    if (key.namespace === namespace) return stated;
    return { ...stated, metadata: { ...stated.metadata, namespace: key.namespace } };
  }

  #owned<T extends KubeObject>(placed: T, kind: ResourceKind<T>, options: ApplyOptions): T {
    if (options.owned === false) return placed;
    if (!canReference(this.#object, placed.metadata.namespace)) {
      this.#environment.outOfScopeKinds.set(kindId(kind), kind as ResourceKind);
    }
    return withOwner(placed, this.#object, this.#environment.spec.finalizer);
  }

  /** The informer that answers a read; undefined when the API server has to. */
  #informer<T extends KubeObject>(
    kind: ResourceKind<T>,
    namespace: string | undefined,
    { from }: ReadOptions,
  ): Informer<T> | undefined {
    if (from === 'live') return undefined;
    const found = this.#environment.informers.find(kind, namespace === undefined ? {} : { namespace });
    if (found?.hasSynced === true) return found;
    if (from === 'cache') {
      throw new RuntimeError(
        'CACHE_NOT_DECLARED',
        `no synced informer holds ${resourceName(kind)}; declare the kind with .owns() or .watches(), or read { from: 'live' }`,
      );
    }
    this.#environment.metrics.liveRead(kind.kind);
    this.#advise(
      `read ${kindId(kind)}`,
      'live read of a kind without informer; declare it with owns() or watches()',
      kind,
    );
    return undefined;
  }

  #adviseOwns(kind: ResourceKind): void {
    const { owns, watches } = this.#environment.spec;
    const id = kindId(kind);
    if ([...owns, ...watches].some((declared) => kindId(declared.kind) === id)) return;
    this.#advise(`apply ${id}`, 'applied kind is not owned, so drift is not repaired; declare it with owns()', kind);
  }

  /** A write that begins after the handler has returned may run beside the next run of the object. */
  #adviseAwait(): void {
    if (!this.#run.settled) return;
    const { spec } = this.#environment;
    this.#advise('await', 'a run wrote after it had returned; await every call of ctx', spec.kind as ResourceKind);
  }

  #advise(topic: string, message: string, kind: ResourceKind): void {
    const { advised, logger } = this.#environment;
    if (advised.has(topic)) return;
    advised.add(topic);
    logger.warn(message, { kind: kind.kind, apiVersion: kind.apiVersion });
  }

  #reportConflicts(
    desired: KubeObject,
    conflicts: readonly FieldConflict[],
    action: 'taken' | 'failed' | 'yielded',
  ): void {
    const fields = conflicts.map(({ field, manager }) => `${field} (${manager || 'another manager'})`).join(', ');
    const { namespace, name = '' } = desired.metadata;
    const key = formatKey(namespace === undefined ? { name } : { namespace, name });
    this.log.warn('apply met fields of other managers', { kind: desired.kind, object: key, action, conflicts });
    void this.warning('ApplyConflict', `${desired.kind} ${key}: ${action} ${fields}`);
  }
}

/** The options every write of a run carries. */
export function writeOptions(
  spec: ControllerSpec,
  { run, leadership }: Pick<RunFacts, 'run' | 'leadership'>,
): WriteOptions {
  return { controller: spec.name, fieldManager: spec.fieldManager, signal: run.signal, fence: leadership };
}

/** Pages through a live list. */
export async function listLive<T extends KubeObject>(
  client: KubeClient,
  kind: ResourceKind<T>,
  options: { readonly namespace?: string; readonly labelSelector?: string; readonly signal: AbortSignal },
): Promise<readonly T[]> {
  const items: T[] = [];
  let token: string | undefined;
  do {
    const page = await client.listPage(kind, {
      ...options,
      limit: 500,
      ...(token === undefined ? {} : { continue: token }),
    });
    for (const item of page.items) items.push(item);
    token = page.continue;
  } while (token !== undefined && token !== '');
  return items;
}

function toObject<T extends KubeObject>(manifest: Manifestable<T>): T {
  return 'toJSON' in manifest && typeof manifest.toJSON === 'function' ? manifest.toJSON() : (manifest as T);
}
