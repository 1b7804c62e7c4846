/**
 * The shell around `watch-state.ts`: owns the socket and the timers of one kind in one scope, applies
 * what arrives to a sink, and never gives up. Sink calls are synchronous and in stream order.
 */
import type { KubeClient, Scope, WatchEvent, WatchStream } from '../client/kube-client.ts';
import { listChannel, type ListTrace, watchChannel } from '../client/trace-channels.ts';
import type { Clock, Timer } from '../clock.ts';
import type { Logger } from '../logger.ts';
import { type Counter, type Metrics, noMetrics } from '../metrics.ts';
import type { KubeObject } from '../object/kube-object.ts';
import { type ResourceKind, resourceName } from '../object/resource-kind.ts';
import { jitter, type Random } from '../random.ts';
import { TurnBudget } from '../turn-budget.ts';
import { classifyStatus, classifyWatchError } from './watch-failure.ts';
import {
  initialWatchState,
  silenceLimitMs,
  stepWatch,
  WATCH_TIMEOUT_SECONDS,
  type WatchEffect,
  type WatchInput,
  type WatchState,
} from './watch-state.ts';

const HEALTHY_AFTER_MS = 60_000;
/** A watch that ends in order sooner than this is not reopened at once. */
const EARLY_END_MS = 1_000;
/** Other work gets its turn after this many events or milliseconds. */
const YIELD_EVENTS = 1_000;
const TURN_BUDGET_MS = 5;

/** Where a watcher delivers. Methods must not throw. */
export interface WatchSink<T> {
  /** A complete list follows, page by page. */
  beginList(): void;
  /** `resourceVersion` is the snapshot all pages of one list come from. */
  page(items: readonly T[], resourceVersion: string): void;
  /** The list is complete; what it did not hold and is not newer than `resourceVersion` is gone. */
  endList(resourceVersion: string): void;
  /** The object of an own write that the stream is yet to confirm at this version. */
  known(resourceVersion: string): T | undefined;
  /** The server accepted a watch. */
  opened(): void;
  event(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T): void;
  /** The stream has delivered everything up to this version. */
  bookmark(resourceVersion: string): void;
  /** After every change of the state's name. */
  state(state: WatchState): void;
}

export interface WatcherOptions<T extends KubeObject> {
  readonly client: KubeClient;
  readonly kind: ResourceKind<T>;
  readonly scope: Scope;
  readonly sink: WatchSink<T>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics?: Metrics;
}

export class Watcher<T extends KubeObject> implements AsyncDisposable {
  readonly #options: WatcherOptions<T>;
  readonly #log: Logger;
  readonly #restarts: Counter;
  readonly #running = new Set<Promise<void>>();
  #state: WatchState = initialWatchState;
  #connection = new AbortController();
  #timer: Timer | undefined;
  /** What went wrong last, for the log. */
  #lastError: unknown;

  constructor(options: WatcherOptions<T>) {
    this.#options = options;
    const { kind, scope } = options;
    this.#log = options.logger.child({ resource: resourceName(kind), namespace: scope.namespace ?? '' });
    this.#restarts = (options.metrics ?? noMetrics).counter({
      name: 'k8sop_watch_restarts_total',
      help: 'Watch connections ended, by reason.',
      labels: ['kind', 'reason'],
    });
  }

  start(): void {
    this.#dispatch({ type: 'start' });
  }

  /** Stops and waits until nothing of this watcher runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#dispatch({ type: 'stop' });
    this.#timer?.cancel();
    this.#connection.abort(new Error('the watcher was stopped'));
    await Promise.all(this.#running);
  }

  #dispatch(input: WatchInput): void {
    const before = this.#state;
    const { state, effects } = stepWatch(before, input);
    this.#state = state;
    if (state.name !== before.name) {
      this.#report(before, state);
    }
    for (const effect of effects) {
      this.#execute(effect);
    }
  }

  #report(before: WatchState, state: WatchState): void {
    if (state.name === 'denied') {
      const fields = { verb: state.verb, status: state.message };
      this.#log.warn('watch denied, grant the verb to this resource; retrying', fields);
    } else if (state.name === 'absent') {
      this.#log.warn('kind is not served, install its CRD; retrying', { verb: state.verb, status: state.message });
    } else if (state.name === 'backoff') {
      const fields = { reason: state.reason, failures: state.memory.failureCount, err: this.#lastError };
      // Without a list nothing runs; an interrupted watch is everyday life.
      this.#log[before.name === 'listing' ? 'warn' : 'info']('watch interrupted, retrying', fields);
      this.#lastError = undefined;
    } else if (before.name === 'denied' || before.name === 'absent') {
      this.#log.info('watch tries again', { was: before.name });
    }
    this.#options.sink.state(state);
  }

  #execute(effect: WatchEffect): void {
    const { sink, kind } = this.#options;
    switch (effect.type) {
      case 'begin-list':
        sink.beginList();
        return;
      case 'end-list':
        sink.endList(effect.resourceVersion);
        return;
      case 'list':
        this.#run((signal) => this.#list(effect, signal));
        return;
      case 'watch':
        this.#run((signal) =>
          watchChannel.tracePromise(() => this.#watch(effect, signal), {
            ...this.#traced(),
            resourceVersion: effect.resourceVersion,
          }),
        );
        return;
      case 'cut':
        this.#connection.abort(new Error('the watch was cut'));
        return;
      case 'wait':
        this.#wait(effect);
        return;
      case 'restarted':
        this.#restarts.inc({ kind: kind.kind, reason: effect.reason });
    }
  }

  /** Starts an operation on a fresh connection; results of earlier connections no longer count. */
  #run(operation: (signal: AbortSignal) => Promise<void>): void {
    this.#connection = new AbortController();
    const promise = operation(this.#connection.signal).finally(() => this.#running.delete(promise));
    this.#running.add(promise);
  }

  #wait(effect: Extract<WatchEffect, { type: 'wait' }>): void {
    const { clock, random } = this.#options;
    const { maxMs } = effect;
    const delays = { full: random.next() * maxMs, slight: jitter(random, maxMs, 0.1), none: maxMs };
    this.#timer = clock.setTimer(delays[effect.jitter], () => this.#dispatch({ type: 'timer' }));
  }

  #traced(): ListTrace {
    const { kind, scope } = this.#options;
    return { resource: resourceName(kind), namespace: scope.namespace };
  }

  async #list(effect: Extract<WatchEffect, { type: 'list' }>, signal: AbortSignal): Promise<void> {
    const { client, kind, scope, sink } = this.#options;
    try {
      const { limit, continue: token } = effect;
      const options = {
        ...scope,
        signal,
        ...(limit === undefined ? {} : { limit }),
        ...(token === undefined ? {} : { continue: token }),
      };
      const page = await listChannel.tracePromise(() => client.listPage(kind, options), this.#traced());
      if (signal.aborted) {
        return;
      }
      sink.page(page.items, page.resourceVersion);
      const next = page.continue === undefined ? {} : { continue: page.continue };
      this.#dispatch({ type: 'page', resourceVersion: page.resourceVersion, ...next });
    } catch (error) {
      if (!signal.aborted) {
        this.#lastError = error;
        this.#dispatch({ type: 'list-failed', failure: classifyWatchError(error) });
      }
    }
  }

  async #watch(effect: Extract<WatchEffect, { type: 'watch' }>, signal: AbortSignal): Promise<void> {
    const { client, clock, kind, scope, sink, random } = this.#options;
    const { min, max } = WATCH_TIMEOUT_SECONDS;
    const timeoutSeconds = min + Math.floor(random.next() * (max - min + 1));
    const openedMs = clock.nowMs();
    const silence = new Silence(clock, silenceLimitMs(effect.quiet, timeoutSeconds), () => {
      if (!signal.aborted) {
        this.#dispatch({ type: 'silence' });
      }
    });
    const health = clock.setTimer(HEALTHY_AFTER_MS, () => {
      if (!signal.aborted) {
        this.#dispatch({ type: 'healthy' });
      }
    });
    try {
      const { resourceVersion } = effect;
      const onBytes = (): void => silence.interrupted();
      const known = (version: string): T | undefined => sink.known(version);
      const stream = await client.watch(kind, { ...scope, signal, resourceVersion, timeoutSeconds, onBytes, known });
      if (!signal.aborted) {
        sink.opened();
      }
      const failure = await this.#consume(stream, signal);
      if (!signal.aborted) {
        const early = clock.nowMs() - openedMs < EARLY_END_MS;
        this.#dispatch(failure === undefined ? { type: 'watch-ended', early } : { type: 'watch-failed', failure });
      }
    } catch (error) {
      if (!signal.aborted) {
        this.#lastError = error;
        this.#dispatch({ type: 'watch-failed', failure: classifyWatchError(error) });
      }
    } finally {
      silence.end();
      health.cancel();
    }
  }

  /** Applies events until the stream ends; an `ERROR` event is returned as the failure it states. */
  async #consume(stream: WatchStream<T>, signal: AbortSignal): Promise<ReturnType<typeof classifyStatus> | undefined> {
    const turn = new TurnBudget(this.#options.clock, TURN_BUDGET_MS);
    let sinceYield = 0;
    for await (const batch of stream) {
      for (const event of batch) {
        if (signal.aborted) {
          return undefined;
        }
        if (event.type === 'ERROR') {
          return classifyStatus(event.status.code, { message: event.status.message });
        }
        this.#apply(event);
        sinceYield += 1;
        if (sinceYield >= YIELD_EVENTS || turn.spent) {
          await turn.giveWay();
          sinceYield = 0;
        }
      }
    }
    return undefined;
  }

  #apply(event: Exclude<WatchEvent<T>, { type: 'ERROR' }>): void {
    const { sink } = this.#options;
    const resourceVersion = event.object.metadata.resourceVersion ?? '';
    const bookmark = event.type === 'BOOKMARK';
    if (event.type === 'BOOKMARK') {
      sink.bookmark(resourceVersion);
    } else {
      sink.event(event.type, event.object);
    }
    this.#dispatch({ type: 'event', resourceVersion, bookmark });
  }
}

/** Calls back once when nothing interrupted it for `limitMs`; re-armed lazily, not per chunk. */
class Silence {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #onSilence: () => void;
  #lastMs: number;
  #timer: Timer;

  constructor(clock: Clock, limitMs: number, onSilence: () => void) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#onSilence = onSilence;
    this.#lastMs = clock.nowMs();
    this.#timer = this.#arm(limitMs);
  }

  interrupted(): void {
    this.#lastMs = this.#clock.nowMs();
  }

  end(): void {
    this.#timer.cancel();
  }

  #arm(delayMs: number): Timer {
    return this.#clock.setTimer(delayMs, () => {
      const remainingMs = this.#lastMs + this.#limitMs - this.#clock.nowMs();
      if (remainingMs > 0) {
        this.#timer = this.#arm(remainingMs);
      } else {
        this.#onSilence();
      }
    });
  }
}
