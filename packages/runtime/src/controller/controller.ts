/**
 * One controller: watches feed its queue, workers drain it while this process leads.
 *
 * Flow: `start()` acquires the informers and fills the queue; `lead()` runs workers until the leadership ends or the
 * queue is closed. Standby replicas start without leading, so their caches and queues are warm.
 *
 * Guarantees: never two runs of one key at once, not even when a run ignores its abort signal (its key stays blocked,
 * its worker goes on with other keys); a throw stays within its key; no run begins before every declared informer has
 * synced.
 */

import { randomUUID } from 'node:crypto';
import { tracingChannel } from 'node:diagnostics_channel';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Change, Informer } from '../cache/informer.ts';
import type { InformerLease, InformerRegistry } from '../cache/informer-registry.ts';
import type { ObjectWriter } from '../cache/object-writer.ts';
import type { OwnWrites } from '../cache/own-writes.ts';
import type { KubeClient } from '../client/kube-client.ts';
import type { Clock, Timer } from '../clock.ts';
import { RuntimeError } from '../errors.ts';
import type { Leadership } from '../leadership-gate.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { KubeObject } from '../object/kube-object.ts';
import { formatKey, keyTextOf, type ObjectKey, parseKey } from '../object/object-key.ts';
import { resourceName, type ResourceKind } from '../object/resource-kind.ts';
import type { Trigger, TriggerReason } from '../queue/trigger.ts';
import { type QueueItem, type QueueStats, WorkQueue } from '../queue/work-queue.ts';
import type { Random } from '../random.ts';
import type { ReplicatedState } from '../replicated-state.ts';
import { TurnBudget } from '../turn-budget.ts';
import type { Action } from './action.ts';
import { ActiveRun } from './active-run.ts';
import { TerminalError } from './author-errors.ts';
import { OWNER_UID_LABEL, ownerMark } from './child-ownership.ts';
import type { ControllerSpec, OwnedKind, WatchedKind } from './controller-spec.ts';
import { type ControllerMetrics, controllerMetrics } from './controller-metrics.ts';
import { EventRecorder } from './event-recorder.ts';
import { ensureFinalizer, releaseFinalizer } from './finalizer.ts';
import type { KindRegistry } from './kind-registry.ts';
import {
  type ContextEnvironment,
  listLive,
  ReconcileContext,
  type RunFacts,
  writeOptions,
} from './reconcile-context.ts';
import { runInScope } from './reconcile-scope.ts';
import {
  BACKGROUND_PRIORITY,
  checkAction,
  isPanic,
  outcomeOfAction,
  outcomeOfError,
  type RunOutcome,
} from './run-outcome.ts';
import { asError } from './thrown-value.ts';

/** What a controller needs from its manager. */
export interface ControllerPorts {
  readonly client: KubeClient;
  readonly informers: InformerRegistry;
  readonly writer: ObjectWriter;
  readonly ownWrites: OwnWrites;
  readonly kinds: KindRegistry;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly replicated: ReplicatedState;
  /** Names this process in events. */
  readonly instance: string;
}

const OWNER_UID_INDEX = 'k8sop-owner-uid';
const UID_INDEX = 'k8sop-uid';
const EVENT_FLUSH_INTERVAL_MS = 10_000;
/** Workers let timers and sockets have a turn after this much work without waiting. */
const TURN_BUDGET_MS = 1;
const reconcileChannel = tracingChannel('k8sop:reconcile');

export class Controller {
  readonly spec: ControllerSpec;
  readonly #ports: ControllerPorts;
  readonly #environment: ContextEnvironment;
  readonly #metrics: ControllerMetrics;
  readonly #queue: WorkQueue;
  readonly #recorder: EventRecorder;
  readonly #leases: InformerLease<KubeObject>[] = [];
  readonly #unsubscribe: (() => void)[] = [];
  /** A list, because tables that a set outgrew keep runs alive that are long over. */
  readonly #active: ActiveRun[] = [];
  readonly #stuck: Set<string> = new Set();
  /** Map functions whose last call threw, so that a change may have run nobody. */
  readonly #mapFailures: Map<WatchedKind, string> = new Map();
  readonly #idleWaiters: (() => void)[] = [];
  readonly #closing: AbortController = new AbortController();
  #primary: Informer<KubeObject> | undefined;
  #eventTimer: Timer | undefined;
  #leads = 0;
  /** Calls of `lead` whose workers run. */
  #leading = 0;
  readonly #turn: TurnBudget;

  constructor(spec: ControllerSpec, ports: ControllerPorts) {
    this.spec = spec;
    this.#ports = { ...ports, logger: ports.logger.child({ controller: spec.name }) };
    this.#turn = new TurnBudget(ports.clock, TURN_BUDGET_MS);
    this.#metrics = controllerMetrics(ports.metrics, spec.name, spec.concurrency);
    this.#queue = new WorkQueue({
      clock: ports.clock,
      random: ports.random,
      backoffCapMs: spec.errorRequeueMs,
      observer: this.#metrics.queue,
    });
    this.#recorder = new EventRecorder({
      client: ports.client,
      clock: ports.clock,
      random: ports.random,
      logger: this.#ports.logger,
      controller: spec.name,
      instance: ports.instance,
    });
    this.#environment = {
      ...this.#ports,
      spec,
      recorder: this.#recorder,
      metrics: this.#metrics,
      outOfScopeKinds: new Map(),
      advised: new Set(),
    };
  }

  /** Acquires informers and fills the queue; returns at once, before anything has synced. */
  start(): void {
    const { kind, owns, watches } = this.spec;
    for (const declared of [kind, ...owns.map((o) => o.kind), ...watches.map((w) => w.kind)]) {
      this.#ports.kinds.add(declared);
    }
    this.#primary = this.#startPrimary();
    for (const owned of owns) this.#startOwned(owned);
    for (const watched of watches) this.#startWatched(watched);
    this.#armEventFlush();
  }

  /** Whether every declared informer has completed its first list. */
  get synced(): boolean {
    return this.#leases.every(({ informer }) => informer.hasSynced);
  }

  /** Keys whose run ignores its abort signal. */
  get stuckKeys(): readonly string[] {
    return [...this.#stuck];
  }

  /** What the author's map functions got wrong last. */
  get mapFailures(): readonly string[] {
    return [...this.#mapFailures.values()];
  }

  get activeRuns(): number {
    return this.#active.length;
  }

  queueStats(): QueueStats {
    return this.#queue.stats();
  }

  /** Resolves once every informer has synced or is known to be denied, absent or broken. */
  async whenSyncedOrBlocked({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    await Promise.all(this.#leases.map(({ informer }) => syncedOrBlocked(informer, signal)));
  }

  /**
   * Runs workers. Resolves when the leadership's signal has aborted, or the queue was closed, and no run is under way
   * (stuck ones excepted).
   */
  async lead(leadership: Leadership): Promise<void> {
    const stop = new AbortController();
    const onLost = (): void => {
      stop.abort(leadership.signal.reason);
      const reason = this.#closing.signal.aborted
        ? shuttingDown()
        : new RuntimeError('LEADERSHIP_LOST', `leadership ${leadership.token} ended; the next leader goes on`);
      for (const run of this.#active) run.abort(reason);
    };
    const onClosing = (): void => stop.abort(this.#closing.signal.reason);
    if (leadership.signal.aborted) return;
    leadership.signal.addEventListener('abort', onLost, { once: true });
    this.#closing.signal.addEventListener('abort', onClosing, { once: true });
    try {
      if (!(await this.#waitForSync(stop.signal))) return;
      this.#ports.logger.info('controller leads', { kind: this.spec.kind.kind, token: leadership.token });
      if (this.#leads++ > 0) this.#enqueueAll();
      this.#leading += 1;
      await this.#startWorkers(this.spec.concurrency, leadership, stop.signal).finally(() => (this.#leading -= 1));
    } finally {
      leadership.signal.removeEventListener('abort', onLost);
      this.#closing.signal.removeEventListener('abort', onClosing);
    }
  }

  /** Takes no more keys; runs under way go on. */
  closeQueue(): void {
    this.#queue.close();
    this.#closing.abort(shuttingDown());
  }

  /** Resolves when no run is under way; stuck ones count. */
  whenIdle(): Promise<void> {
    if (this.#active.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Aborts the signals of all runs under way. */
  abortRuns(): void {
    for (const run of this.#active) run.abort(shuttingDown());
  }

  /** Writes pending event counts. */
  flushEvents(options: { readonly signal: AbortSignal }): Promise<void> {
    return this.#recorder.flush(options);
  }

  /** Releases informers and timers. */
  stop(): void {
    this.closeQueue();
    this.#eventTimer?.cancel();
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    for (const lease of this.#leases.splice(0)) lease.release();
  }

  // Watches → queue

  #startPrimary(): Informer<KubeObject> {
    const { kind, namespaces, labelSelector, fieldSelector, indexes } = this.spec;
    const lease = this.#ports.informers.acquire<KubeObject>({
      kind,
      metadataOnly: false,
      ...(namespaces.length === 0 ? {} : { namespaces }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    });
    const { informer } = lease;
    informer.addIndex(UID_INDEX, (object) => (object.metadata.uid === undefined ? [] : [object.metadata.uid]));
    for (const { name, values } of indexes) informer.addIndex(name, (object) => this.#indexed(name, values, object));
    this.#subscribe(lease, (change) => {
      if (!this.spec.predicate.test(change)) return;
      const reason = primaryReason(change);
      const priority = change.initial ? BACKGROUND_PRIORITY : 0;
      // The newest changes are those that a leader who has just gone may not have seen to.
      const standby = this.#leading === 0 && !change.initial ? 'changed' : undefined;
      this.#queue.add(keyTextOf(change.object), { trigger: triggerOf(reason, change.object), priority, standby });
    });
    return informer;
  }

  /** What an author's index function yields; nothing when it throws, or the object could never be cached. */
  #indexed(name: string, values: (object: KubeObject) => Iterable<string>, object: KubeObject): readonly string[] {
    try {
      return [...values(object)];
    } catch (error) {
      const { advised, logger } = this.#environment;
      const fields = { index: name, key: keyTextOf(object), err: error };
      if (!advised.has(`index ${name}`)) logger.error('an index function threw; the index lacks the object', fields);
      advised.add(`index ${name}`);
      return [];
    }
  }

  #startOwned(owned: OwnedKind): void {
    const { namespaces } = this.spec;
    const lease = this.#ports.informers.acquire<KubeObject>({
      kind: owned.kind,
      ...(namespaces.length === 0 || !owned.kind.namespaced ? {} : { namespaces }),
      ...(owned.metadataOnly === undefined ? {} : { metadataOnly: owned.metadataOnly }),
      ...(owned.labels === undefined ? {} : { labelSelector: owned.labels }),
    });
    lease.informer.addIndex(OWNER_UID_INDEX, (object) => {
      const uid = object.metadata.labels?.[OWNER_UID_LABEL];
      return uid === undefined ? [] : [uid];
    });
    this.#subscribe(lease, (change) => {
      if (change.initial) return; // the first list of primaries runs them all
      const standby = this.#leading === 0 ? 'answered' : undefined; // most likely it is the leader's write that we see
      for (const key of this.#ownersOf(change)) {
        this.#queue.add(key, { trigger: triggerOf('owned', change.object), standby });
      }
    });
  }

  #startWatched(watched: WatchedKind): void {
    const lease = this.#ports.informers.acquire<KubeObject>({ kind: watched.kind });
    this.#subscribe(lease, (change) => {
      if (change.initial) return;
      try {
        for (const key of mapped(watched, change)) {
          this.#queue.add(this.#keyText(watched, key), { trigger: triggerOf('watched', change.object) });
        }
        this.#mapFailures.delete(watched);
      } catch (error) {
        this.#mapFailures.set(watched, `the map function of watches(${watched.kind.kind}) threw; see the log`);
        throw error;
      }
    });
  }

  /** @throws RuntimeError `OPTION_INVALID` for a key that can name no primary; it would run nothing, silently. */
  #keyText({ kind: from }: WatchedKind, key: ObjectKey): string {
    const { kind } = this.spec;
    const { namespace, name } = Object(key) as Partial<ObjectKey>;
    const placed = kind.namespaced ? namespace !== undefined && namespace !== '' : namespace === undefined;
    if (name !== undefined && name !== '' && placed) return formatKey(key);
    const wanted = kind.namespaced ? '{ namespace, name }' : '{ name }: it is cluster-scoped';
    throw new RuntimeError(
      'OPTION_INVALID',
      `.watches(${from.kind}): the map function named ${JSON.stringify(key)}; name a ${kind.kind} by ${wanted}`,
    );
  }

  #subscribe(lease: InformerLease<KubeObject>, handler: (change: Change<KubeObject>) => void): void {
    const { informer } = lease;
    this.#leases.push(lease);
    this.#unsubscribe.push(
      informer.addHandler(this.#ports.ownWrites.filter(this.spec.name, informer.kind, handler)),
      informer.onState((state) => {
        if (state.phase === 'denied' || state.phase === 'absent') {
          this.#ports.logger.warn('controller waits: its kind cannot be watched', {
            kind: informer.kind.kind,
            verb: state.verb,
            resource: state.resource,
            reason: state.phase,
            detail: state.message,
          });
        }
      }),
    );
  }

  #ownersOf(change: Change<KubeObject>): Set<string> {
    const states = change.type === 'updated' ? [change.previous, change.object] : [change.object];
    const keys = new Set<string>();
    for (const child of states) {
      const mark = ownerMark(child, this.spec.kind);
      const owner = mark === undefined ? undefined : this.#primary?.byIndex(UID_INDEX, mark.uid)[0];
      if (owner !== undefined) keys.add(keyTextOf(owner));
    }
    return keys;
  }

  #enqueueAll(): void {
    for (const object of this.#primary?.list() ?? []) {
      this.#queue.add(keyTextOf(object), { trigger: triggerOf('initial', object), priority: BACKGROUND_PRIORITY });
    }
  }

  // Queue → runs

  async #waitForSync(signal: AbortSignal): Promise<boolean> {
    try {
      await Promise.all(this.#leases.map(({ informer }) => informer.waitForSync({ signal })));
      return !signal.aborted;
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    }
  }

  /**
   * One at a time, two turns of the event loop apart: an idle socket is used a turn after it was asked for, and a new leader's
   * first write leaves before the other workers take the processor.
   */
  async #startWorkers(count: number, leadership: Leadership, stop: AbortSignal): Promise<void> {
    const others = async (): Promise<void> => {
      if (count === 1) return;
      await nextTurn();
      await nextTurn();
      await this.#startWorkers(count - 1, leadership, stop);
    };
    await Promise.all([this.#work(leadership, stop), others()]);
  }

  async #work(leadership: Leadership, stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const item = await this.#queue.take({ signal: stop }).catch(() => undefined);
      if (item === undefined) return;
      await this.#process(item, leadership);
      await this.#breathe();
    }
  }

  /** Lets I/O have a turn: handlers that never wait would otherwise keep the event loop busy for ever. */
  async #breathe(): Promise<void> {
    if (this.#turn.spent) await this.#turn.giveWay();
  }

  /** Resolves when the run has settled or is stuck. */
  #process(item: QueueItem, leadership: Leadership): Promise<void> {
    return new Promise((resolve) => {
      const run = new ActiveRun({
        key: item.key,
        clock: this.#ports.clock,
        timeoutMs: this.spec.timeoutMs,
        onStuck: () => {
          this.#markStuck(item.key);
          resolve();
        },
      });
      this.#active.push(run);
      this.#metrics.activeWorkers(this.#active.length);
      void this.#settleRun(item, run, leadership).then(resolve);
    });
  }

  async #settleRun(item: QueueItem, run: ActiveRun, leadership: Leadership): Promise<void> {
    const startedMs = this.#ports.clock.nowMs();
    const outcome = await this.#outcome(item, run, leadership);
    run.settle();
    this.#active.splice(this.#active.indexOf(run), 1);
    this.#metrics.activeWorkers(this.#active.length);
    this.#clearStuck(item.key);
    this.#metrics.reconciled(outcome.result, (this.#ports.clock.nowMs() - startedMs) / 1000);
    this.#queue.done(item.key, outcome.queue);
    if (this.#active.length === 0) for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }

  async #outcome(item: QueueItem, run: ActiveRun, leadership: Leadership): Promise<RunOutcome> {
    const reconcileId = randomUUID();
    try {
      const action = await runInScope({ controller: this.spec.name, reconcileId }, () =>
        this.#traced(item, reconcileId, () => this.#reconcile(item, run, leadership, reconcileId)),
      );
      if (run.abortReason?.code === 'RECONCILE_TIMEOUT') throw run.abortReason;
      if (action === 'gone') return { result: 'success', queue: { type: 'settled' } };
      const { random } = this.#ports;
      return outcomeOfAction(action, { random, requeueAfterMs: this.spec.requeueAfterMs });
    } catch (error) {
      // After an abort the handler's own error is a consequence; the reason of the abort is the cause.
      const cause = run.abortReason ?? asError(error);
      const outcome = outcomeOfError(cause);
      this.#reportFailure(item, cause, reconcileId, outcome);
      return outcome;
    }
  }

  #traced<T>(item: QueueItem, reconcileId: string, fn: () => Promise<T>): Promise<T> {
    if (!reconcileChannel.hasSubscribers) return fn();
    const facts = { controller: this.spec.name, key: item.key, reconcileId, attempt: item.attempt };
    return reconcileChannel.tracePromise(fn, facts);
  }

  /** `gone`: there is nothing to run for this key. */
  async #reconcile(
    item: QueueItem,
    run: ActiveRun,
    leadership: Leadership,
    reconcileId: string,
  ): Promise<Action | void | 'gone'> {
    leadership.assertHeld();
    const object = this.#primary?.get(parseKey(item.key));
    if (object === undefined) return 'gone';
    const { attempt, triggers } = item;
    const facts: RunFacts = { object, attempt, triggers, run, leadership, reconcileId };
    if (object.metadata.deletionTimestamp !== undefined) return this.#finalize(facts);
    const { finalizer, kind, reconcile } = this.spec;
    if (finalizer === undefined) return reconcile(this.#context(facts));
    const held = await ensureFinalizer(this.#ports, kind, object, finalizer, writeOptions(this.spec, facts));
    return held === undefined ? 'gone' : reconcile(this.#context({ ...facts, object: held }));
  }

  async #finalize(facts: RunFacts): Promise<Action | void | 'gone'> {
    const { finalizer, onDelete, kind } = this.spec;
    const { object } = facts;
    if (finalizer === undefined || object.metadata.finalizers?.includes(finalizer) !== true) return 'gone';
    const action = await onDelete?.(this.#context(facts));
    checkAction(action); // before the object is let go
    if (action?.type === 'requeue') return action;
    facts.run.signal.throwIfAborted();
    await this.#deleteOutOfScope(facts);
    await releaseFinalizer(this.#ports, kind, object, finalizer, writeOptions(this.spec, facts));
    return 'gone';
  }

  /** Deletes the children no garbage collector knows: those marked with the owner's UID. */
  async #deleteOutOfScope(facts: RunFacts): Promise<void> {
    const uid = facts.object.metadata.uid ?? '';
    const write = writeOptions(this.spec, facts);
    for (const { informer } of this.#leases) {
      if (informer === this.#primary) continue;
      for (const child of informer.byIndex(OWNER_UID_INDEX, uid)) {
        await this.#deleteChild(informer.kind, child, write);
      }
    }
    const { signal } = facts.run;
    for (const kind of this.#environment.outOfScopeKinds.values()) {
      const labelSelector = `${OWNER_UID_LABEL}=${uid}`;
      for (const child of await listLive(this.#ports.client, kind, { labelSelector, signal })) {
        await this.#deleteChild(kind, child, write);
      }
    }
  }

  async #deleteChild(kind: ResourceKind, child: KubeObject, write: ReturnType<typeof writeOptions>): Promise<void> {
    const { name = '', namespace, uid } = child.metadata;
    const key: ObjectKey = namespace === undefined ? { name } : { name, namespace };
    await this.#ports.writer.delete(kind, key, { ...write, ...(uid === undefined ? {} : { uid }) });
  }

  #context(facts: RunFacts): ReconcileContext {
    return new ReconcileContext(this.#environment, facts);
  }

  // Trouble

  #reportFailure(item: QueueItem, error: Error, reconcileId: string, outcome: RunOutcome): void {
    const { logger } = this.#ports;
    const fields = { key: item.key, reconcileId, attempt: item.attempt, err: error };
    if (error instanceof RuntimeError && (error.code === 'SHUTTING_DOWN' || error.code === 'LEADERSHIP_LOST')) {
      logger.info('run interrupted', fields);
      return;
    }
    if (error instanceof RuntimeError && error.code === 'RECONCILE_TIMEOUT') this.#metrics.timeout();
    if (error instanceof TerminalError) this.#metrics.terminalError();
    if (isPanic(error)) this.#metrics.panic();
    if (outcome.queue.type === 'again')
      logger.info('run asked to be repeated', { ...fields, afterMs: outcome.queue.afterMs });
    else logger.error(outcome.queue.type === 'settled' ? 'run failed for good' : 'run failed', fields);
  }

  #markStuck(key: string): void {
    this.#stuck.add(key);
    this.#metrics.stuck(this.#stuck.size);
    this.#ports.logger.error('run ignores its abort signal; its key stays blocked', { key });
  }

  #clearStuck(key: string): void {
    if (!this.#stuck.delete(key)) return;
    this.#metrics.stuck(this.#stuck.size);
    this.#ports.logger.warn('stuck run has settled', { key });
  }

  #armEventFlush(): void {
    const { clock } = this.#ports;
    this.#eventTimer = clock.setTimer(EVENT_FLUSH_INTERVAL_MS, () => {
      this.#armEventFlush();
      void this.#recorder.flushDue({ signal: this.#closing.signal });
    });
  }
}

function shuttingDown(): RuntimeError {
  return new RuntimeError('SHUTTING_DOWN', 'the process is stopping; the next one goes on');
}

function primaryReason(change: Change<KubeObject>): TriggerReason {
  if (change.initial) return 'initial';
  if (change.type === 'deleted' || change.object.metadata.deletionTimestamp !== undefined) return 'deleted';
  return change.type === 'added' ? 'created' : 'updated';
}

function triggerOf(reason: TriggerReason, object: KubeObject): Trigger {
  const { name = '', namespace } = object.metadata;
  return { reason, kind: object.kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

/** The keys of new and old state. */
function* mapped({ map }: WatchedKind, change: Change<KubeObject>): Generator<ObjectKey> {
  yield* map(change);
  if (change.type === 'updated') yield* map({ type: 'deleted', object: change.previous, initial: change.initial });
}

function syncedOrBlocked(informer: Informer<KubeObject>, signal: AbortSignal): Promise<void> {
  const settled = (): boolean => {
    const { hasSynced, state } = informer;
    // 500 is trouble of the kind itself, such as a conversion webhook that is down.
    const isBroken = state.phase === 'syncing' && state.lastError === 'http-500';
    return hasSynced || state.phase === 'denied' || state.phase === 'absent' || isBroken;
  };
  return new Promise((resolve) => {
    if (settled() || signal.aborted) {
      resolve();
      return;
    }
    const finish = (): void => {
      unsubscribe();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const unsubscribe = informer.onState(() => {
      if (settled()) finish();
    });
    signal.addEventListener('abort', finish, { once: true });
  });
}

/** Names what an informer lacks, for readiness. */
export function describeInformer(informer: Pick<Informer<KubeObject>, 'kind' | 'state'>): string {
  const { kind, state } = informer;
  const resource = resourceName(kind);
  switch (state.phase) {
    case 'denied':
      return `${kind.kind}: may not ${state.verb} ${state.resource} (${state.message}); grant list and watch`;
    case 'absent':
      return `${kind.kind}: cannot ${state.verb} ${state.resource}: the server does not serve it (${state.message}); install its CRD`;
    case 'syncing':
      return `${kind.kind}: waiting for the first list of ${resource}${state.lastError === undefined ? '' : ` (${state.lastError})`}`;
    case 'synced':
      return `${kind.kind}: synced${state.lastError === undefined ? '' : ` (last error: ${state.lastError})`}`;
    case 'stopped':
      return `${kind.kind}: stopped`;
  }
}
