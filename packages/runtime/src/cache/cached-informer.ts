/**
 * `Informer` over one store and one watcher per namespace. Stream → store → handlers is synchronous,
 * so the events of one object keep their order.
 */
import type { KubeClient } from '../client/kube-client.ts';
import type { Clock } from '../clock.ts';
import { RuntimeError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { Counter, Metrics } from '../metrics.ts';
import type { KubeObject } from '../object/kube-object.ts';
import { type LabelMatcher, parseLabelSelector } from '../object/label-selector.ts';
import type { ObjectKey } from '../object/object-key.ts';
import { keyOf, keyTextOf } from '../object/object-key.ts';
import { type ResourceKind, resourceName } from '../object/resource-kind.ts';
import type { Random } from '../random.ts';
import { Watcher } from '../watch/watcher.ts';
import type { WatchState } from '../watch/watch-state.ts';
import type { CachedListOptions, Change, ChangeHandler, Informer, InformerState } from './informer.ts';
import { type Projection, project } from './projection.ts';
import { Reflector } from './reflector.ts';
import { ObjectStore, type StoreChange } from './store.ts';

export interface CachedInformerOptions<T extends KubeObject> {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly kind: ResourceKind<T>;
  readonly namespaces: readonly string[] | undefined;
  readonly labelSelector: string | undefined;
  readonly fieldSelector: string | undefined;
  readonly projection: Projection;
}

/** One namespace's stream, or the stream over all of them. */
interface Part<T extends KubeObject> {
  readonly namespace: string | undefined;
  readonly reflector: Reflector<T>;
  readonly watcher: Watcher<T>;
  listed: boolean;
  /** `undefined` while all is well. */
  trouble: Extract<InformerState, { phase: 'denied' | 'absent' }> | undefined;
  lastError: string | undefined;
}

export class CachedInformer<T extends KubeObject> implements Informer<T>, AsyncDisposable {
  readonly kind: ResourceKind<T>;
  readonly namespaces: readonly string[] | undefined;
  readonly metadataOnly: boolean;
  readonly #options: CachedInformerOptions<T>;
  readonly #store = new ObjectStore<T>();
  readonly #parts: readonly Part<T>[];
  readonly #matchesLabels: LabelMatcher | undefined;
  readonly #handlerErrors: Counter;
  readonly #stateListeners = new Set<(state: InformerState) => void>();
  readonly #syncWaiters = new Set<() => void>();
  #handlers: readonly ChangeHandler<T>[] = [];
  #state: InformerState = { phase: 'syncing' };
  #hasSynced = false;

  constructor(options: CachedInformerOptions<T>) {
    this.#options = options;
    this.kind = options.kind;
    this.namespaces = options.namespaces;
    this.metadataOnly = options.projection.metadataOnly;
    this.#matchesLabels = options.labelSelector === undefined ? undefined : parseLabelSelector(options.labelSelector);
    this.#handlerErrors = options.metrics.counter({
      name: 'k8sop_handler_errors_total',
      help: 'Change handlers, map functions and predicates that threw.',
      labels: ['kind'],
    });
    const missedEvents = options.metrics.counter({
      name: 'k8sop_watch_missed_events_total',
      help: 'Changes found by listing that the watch should have delivered.',
      labels: ['kind', 'type'],
    });
    this.#parts = (options.namespaces ?? [undefined]).map((namespace) => this.#createPart(namespace, missedEvents));
  }

  start(): void {
    for (const part of this.#parts) {
      part.watcher.start();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#setState({ phase: 'stopped' });
    for (const wake of this.#syncWaiters) {
      wake();
    }
    await Promise.all(this.#parts.map((part) => part.watcher[Symbol.asyncDispose]()));
  }

  get state(): InformerState {
    return this.#state;
  }

  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  get size(): number {
    return this.#store.size;
  }

  async waitForSync(options: { readonly signal: AbortSignal }): Promise<void> {
    const { signal } = options;
    while (!this.#hasSynced) {
      signal.throwIfAborted();
      if (this.#state.phase === 'stopped') {
        const resource = resourceName(this.kind);
        throw new RuntimeError('CACHE_NOT_DECLARED', `the informer of ${resource} was released before it had synced`);
      }
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          signal.removeEventListener('abort', wake);
          this.#syncWaiters.delete(wake);
          resolve();
        };
        signal.addEventListener('abort', wake, { once: true });
        this.#syncWaiters.add(wake);
      });
    }
  }

  get(key: ObjectKey): T | undefined {
    return this.#store.get(key);
  }

  list(options: CachedListOptions = {}): readonly T[] {
    const { namespace, labels } = options;
    const all = namespace === undefined ? [...this.#store.values()] : this.#store.byIndex('namespace', namespace);
    if (labels === undefined) {
      return all;
    }
    const matches = parseLabelSelector(labels);
    return all.filter((object) => matches(object.metadata.labels ?? {}));
  }

  byIndex(index: string, value: string): readonly T[] {
    if (!this.#store.hasIndex(index)) {
      throw new RuntimeError(
        'CACHE_NOT_DECLARED',
        `the cache of ${resourceName(this.kind)} has no index "${index}"; declare it before use`,
      );
    }
    return this.#store.byIndex(index, value);
  }

  addIndex(index: string, values: (object: T) => Iterable<string>): void {
    this.#store.addIndex(index, values);
  }

  addHandler(handler: ChangeHandler<T>): () => void {
    // Wrapped, so that one function added twice is two handlers.
    const entry: ChangeHandler<T> = (change) => handler(change);
    for (const object of this.list()) {
      this.#call(entry, { type: 'added', object, initial: true });
    }
    this.#handlers = [...this.#handlers, entry];
    return () => {
      this.#handlers = this.#handlers.filter((other) => other !== entry);
    };
  }

  onState(listener: (state: InformerState) => void): () => void {
    const entry = (state: InformerState): void => listener(state);
    this.#stateListeners.add(entry);
    return () => this.#stateListeners.delete(entry);
  }

  observeWrite(object: T): void {
    const part = this.#partOf(object.metadata.namespace);
    const known = this.#store.get(keyOf(object)) !== undefined;
    const selected = this.#matchesLabels?.(object.metadata.labels ?? {}) ?? true;
    // Field selectors are evaluated by the server only, so a new object waits for its event.
    const certain = known || this.#options.fieldSelector === undefined;
    if (part !== undefined && selected && certain) {
      part.reflector.observeWrite(project({ ...object }, this.#options.projection));
    }
  }

  observeDelete(key: ObjectKey, uid: string): void {
    this.#partOf(key.namespace)?.reflector.observeDelete(key, uid);
  }

  #partOf(namespace: string | undefined): Part<T> | undefined {
    return this.#parts.find((part) => part.namespace === undefined || part.namespace === namespace);
  }

  #createPart(namespace: string | undefined, missedEvents: Counter): Part<T> {
    const { client, clock, random, logger, metrics, kind, labelSelector, fieldSelector, projection } = this.#options;
    const reflector = new Reflector<T>({
      kindName: kind.kind,
      namespace,
      store: this.#store,
      projection,
      emit: (change, listed) => this.#emit(change, listed),
      onListed: () => this.#listed(part),
      onOpened: () => this.#recovered(part),
      onState: (state) => this.#follow(part, state),
      missedEvents,
      logger: logger.child({ resource: resourceName(kind) }),
    });
    const watcher = new Watcher<T>({
      client,
      clock,
      random,
      logger,
      metrics,
      kind,
      sink: reflector,
      scope: {
        ...(namespace === undefined ? {} : { namespace }),
        ...(labelSelector === undefined ? {} : { labelSelector }),
        ...(fieldSelector === undefined ? {} : { fieldSelector }),
        ...(projection.metadataOnly ? { metadataOnly: true } : {}),
      },
    });
    const part: Part<T> = { namespace, reflector, watcher, listed: false, trouble: undefined, lastError: undefined };
    return part;
  }

  #emit(change: StoreChange<T>, listed: boolean): void {
    const relisted = listed && this.#hasSynced;
    const flagged: Change<T> = { ...change, initial: !this.#hasSynced, ...(relisted ? { relisted } : {}) };
    for (const handler of this.#handlers) {
      this.#call(handler, flagged);
    }
  }

  #call(handler: ChangeHandler<T>, change: Change<T>): void {
    try {
      handler(change);
    } catch (error) {
      this.#handlerErrors.inc({ kind: this.kind.kind });
      this.#options.logger.error('a change handler threw', {
        resource: resourceName(this.kind),
        key: keyTextOf(change.object),
        err: error,
      });
    }
  }

  #listed(part: Part<T>): void {
    part.listed = true;
    this.#recovered(part);
    if (!this.#hasSynced && this.#parts.every((other) => other.listed)) {
      this.#hasSynced = true;
      this.#refreshState();
      for (const wake of this.#syncWaiters) {
        wake();
      }
    }
  }

  #recovered(part: Part<T>): void {
    if (part.trouble !== undefined || part.lastError !== undefined) {
      part.trouble = undefined;
      part.lastError = undefined;
      this.#refreshState();
    }
  }

  /** Trouble stays on record until a list or watch succeeds, not merely until the next attempt. */
  #follow(part: Part<T>, state: WatchState): void {
    const resource = resourceName(this.kind);
    if (state.name === 'denied' || state.name === 'absent') {
      part.trouble = { phase: state.name, verb: state.verb, resource, message: state.message };
    } else if (state.name === 'backoff') {
      part.lastError = state.reason;
    }
    this.#refreshState();
  }

  #refreshState(): void {
    const trouble = this.#parts.find((part) => part.trouble !== undefined)?.trouble;
    const lastError = this.#parts.find((part) => part.lastError !== undefined)?.lastError;
    const phase = this.#hasSynced ? 'synced' : 'syncing';
    this.#setState(trouble ?? { phase, ...(lastError === undefined ? {} : { lastError }) });
  }

  #setState(next: InformerState): void {
    if (this.#state.phase === 'stopped' || JSON.stringify(this.#state) === JSON.stringify(next)) {
      return;
    }
    this.#state = next;
    for (const listener of this.#stateListeners) {
      listener(next);
    }
  }
}
