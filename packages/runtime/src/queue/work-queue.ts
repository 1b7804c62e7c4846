/**
 * The queue between watches and workers: which key runs next, and when.
 *
 * Guarantees: one entry per key; never two runs of one key at once, not even after a timeout, because a key stays
 * checked out until `done`; a key added while it runs runs again afterwards; higher priority first, but a low-priority
 * key waits at most 5 s behind later arrivals of priority 0 (its score is fixed when it enters); what came while nobody
 * took, newest first, is ahead of both; the delay after
 * failures grows per key and is not burnt by events.
 *
 * Caveat: memory grows with the number of distinct keys that are queued, running or failing, which the number of
 * objects bounds.
 */

import type { Clock, Timer } from '../clock.ts';
import { onAbort } from '../on-abort.ts';
import type { Random } from '../random.ts';
import { afterFailure, type BackoffState, eventReadyAtMs } from './backoff.ts';
import { MinHeap } from './min-heap.ts';
import { mergeTriggers, type Trigger } from './trigger.ts';

/** One point of priority is worth this much waiting: −100 starts at most 5 s behind later arrivals. */
export const MS_PER_PRIORITY = 50;

export interface AddOptions {
  readonly trigger: Trigger;
  /** Higher runs earlier. Events have 0, initial lists and resyncs −100. @default 0 */
  readonly priority?: number;
  /** Earliest start from now, in milliseconds. @default 0 */
  readonly afterMs?: number;
  /**
   * For what comes while nobody takes. `changed`: ahead of all others, the newest first. `answered`: somebody has seen to the
   * change since, so the key goes back among the others. @default neither
   */
  readonly standby?: 'changed' | 'answered' | undefined;
}

/** A key checked out by a worker, which must answer with `done`. */
export interface QueueItem {
  readonly key: string;
  readonly triggers: readonly Trigger[];
  /** 1 for the first run and after each success, then one more per counted failure. */
  readonly attempt: number;
  /** Milliseconds between becoming due and being taken. */
  readonly waitedMs: number;
}

/** What a run asks of the queue. */
export type QueueOutcome =
  | { readonly type: 'settled' } // nothing more to do until the next event
  | { readonly type: 'failed' } // run again after the backoff
  | {
      readonly type: 'again'; // run again after `afterMs`
      readonly afterMs: number;
      readonly trigger: Trigger;
      readonly priority?: number;
      /** Keeps the failure count (a requeue asked for by an error). @default false */
      readonly keepFailures?: boolean;
    };

/** Counters a metrics registry reads; called synchronously, must not throw. */
export interface QueueObserver {
  added(): void;
  started(waitedMs: number): void;
  finished(workedMs: number): void;
  retried(): void;
}

/** The state of the queue at one moment. */
export interface QueueStats {
  /** Due keys by priority. */
  readonly readyByPriority: ReadonlyMap<number, number>;
  readonly ready: number;
  /** Keys whose time has not come. */
  readonly delayed: number;
  readonly running: number;
  /** Sum over running keys of the time since they were taken, in milliseconds. */
  readonly unfinishedMs: number;
  readonly longestRunningMs: number;
}

export interface WorkQueueOptions {
  readonly clock: Clock;
  /** Spreads retries. */
  readonly random: Random;
  /** Longest delay after failures in milliseconds. @default 60000 */
  readonly backoffCapMs?: number;
  readonly observer?: QueueObserver;
}

interface Request {
  priority: number;
  score: number;
  readyAtMs: number;
  triggers: readonly Trigger[];
}

interface Entry {
  readonly key: string;
  request: Request | undefined;
  runningSinceMs: number | undefined;
  backoff: BackoffState | undefined;
}

interface Waiter {
  readonly resolve: (item: QueueItem | undefined) => void;
}

const DEFAULT_BACKOFF_CAP_MS = 60_000;
/** The longest wait one timer is trusted with (Node's limit is 2³¹ − 1 ms); longer ones are re-armed. */
const MAX_TIMER_MS = 2_000_000_000;

export class WorkQueue {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #backoffCapMs: number;
  readonly #observer: QueueObserver | undefined;
  readonly #entries: Map<string, Entry> = new Map();
  readonly #ready: MinHeap<Entry> = new MinHeap();
  readonly #delayed: MinHeap<Entry> = new MinHeap();
  readonly #waiters: Set<Waiter> = new Set();
  #timer: Timer | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #running = 0;
  #closed = false;

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#backoffCapMs = options.backoffCapMs ?? DEFAULT_BACKOFF_CAP_MS;
    this.#observer = options.observer;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Keys known to the queue: due, delayed or running. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Makes `key` run. A key that is queued already keeps the better of both places and the earlier start; a running
   * key runs again once it is done. Returns false after `close()`.
   */
  add(key: string, { trigger, priority = 0, afterMs = 0, standby }: AddOptions): boolean {
    if (this.#closed) return false;
    const nowMs = this.#clock.nowMs();
    const entry = this.#entry(key);
    const readyAtMs = afterMs > 0 ? nowMs + afterMs : eventReadyAtMs(entry.backoff, nowMs);
    this.#observer?.added();
    const score = standby === 'changed' ? -nowMs : readyAtMs - MS_PER_PRIORITY * priority;
    if (standby === 'answered' && entry.request !== undefined) entry.request.score = score;
    this.#request(entry, { priority, score, readyAtMs, trigger });
    return true;
  }

  /**
   * The next due key, checked out until `done(key)`; undefined once the queue is closed.
   * @throws `signal.reason` when the signal aborts first.
   */
  take({ signal }: { readonly signal: AbortSignal }): Promise<QueueItem | undefined> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    if (this.#closed) return Promise.resolve(undefined);
    const item = this.tryTake();
    if (item !== undefined) return Promise.resolve(item);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        resolve: (taken) => {
          stopListening();
          resolve(taken);
        },
      };
      const stopListening = onAbort(signal, () => {
        this.#waiters.delete(waiter);
        reject(signal.reason as Error);
      });
      this.#waiters.add(waiter);
    });
  }

  /** The next due key, or undefined when none is due. */
  tryTake(): QueueItem | undefined {
    if (this.#closed) return undefined;
    this.#promoteDue();
    const entry = this.#ready.pop();
    if (entry === undefined) return undefined;
    const request = entry.request as Request;
    const nowMs = this.#clock.nowMs();
    entry.request = undefined;
    entry.runningSinceMs = nowMs;
    this.#running += 1;
    const waitedMs = nowMs - request.readyAtMs;
    this.#observer?.started(waitedMs);
    return { key: entry.key, triggers: request.triggers, attempt: (entry.backoff?.failures ?? 0) + 1, waitedMs };
  }

  /** Returns a key taken before. A second call for the same run is ignored. */
  done(key: string, outcome: QueueOutcome): void {
    const entry = this.#entries.get(key);
    if (entry?.runningSinceMs === undefined) return;
    const nowMs = this.#clock.nowMs();
    this.#observer?.finished(nowMs - entry.runningSinceMs);
    entry.runningSinceMs = undefined;
    this.#running -= 1;
    this.#settle(entry, outcome, nowMs);
    if (entry.request !== undefined && !this.#closed) this.#place(entry);
    else if (entry.request === undefined && entry.backoff === undefined) this.#entries.delete(key);
    this.#wake();
  }

  /** Refuses further adds, drops what is queued and answers waiters with undefined. Running keys finish normally. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#disarm();
    this.#ready.clear();
    this.#delayed.clear();
    for (const waiter of this.#waiters) waiter.resolve(undefined);
    this.#waiters.clear();
  }

  stats(): QueueStats {
    this.#promoteDue();
    const nowMs = this.#clock.nowMs();
    const readyByPriority = new Map<number, number>();
    let unfinishedMs = 0;
    let longestRunningMs = 0;
    for (const entry of this.#entries.values()) {
      if (entry.runningSinceMs !== undefined) {
        unfinishedMs += nowMs - entry.runningSinceMs;
        longestRunningMs = Math.max(longestRunningMs, nowMs - entry.runningSinceMs);
      } else if (entry.request !== undefined && this.#ready.has(entry)) {
        readyByPriority.set(entry.request.priority, (readyByPriority.get(entry.request.priority) ?? 0) + 1);
      }
    }
    return {
      readyByPriority,
      ready: this.#ready.size,
      delayed: this.#delayed.size,
      running: this.#running,
      unfinishedMs,
      longestRunningMs,
    };
  }

  #entry(key: string): Entry {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { key, request: undefined, runningSinceMs: undefined, backoff: undefined };
      this.#entries.set(key, entry);
    }
    return entry;
  }

  #request(entry: Entry, wanted: Omit<Request, 'triggers'> & { readonly trigger: Trigger }): void {
    const present = entry.request;
    // A timed run that is overtaken is not a cause of the run that overtakes it.
    const overtaken = present !== undefined && wanted.readyAtMs < present.readyAtMs;
    entry.request = {
      priority: Math.max(present?.priority ?? wanted.priority, wanted.priority),
      score: Math.min(present?.score ?? wanted.score, wanted.score),
      readyAtMs: Math.min(present?.readyAtMs ?? wanted.readyAtMs, wanted.readyAtMs),
      triggers: mergeTriggers(overtaken ? [] : (present?.triggers ?? []), [wanted.trigger]),
    };
    if (entry.runningSinceMs !== undefined) return;
    this.#place(entry);
    this.#wake();
  }

  #settle(entry: Entry, outcome: QueueOutcome, nowMs: number): void {
    switch (outcome.type) {
      case 'settled':
        entry.backoff = undefined;
        return;
      case 'again':
        if (outcome.keepFailures !== true) entry.backoff = undefined;
        this.#requestWhileIdle(entry, nowMs + outcome.afterMs, outcome.trigger, outcome.priority ?? 0);
        return;
      case 'failed':
        entry.backoff = afterFailure(entry.backoff, nowMs, { capMs: this.#backoffCapMs, random: this.#random });
        this.#observer?.retried();
        // An event that arrived during the run must not restart it at once.
        if (entry.request !== undefined) {
          entry.request.readyAtMs = Math.max(entry.request.readyAtMs, eventReadyAtMs(entry.backoff, nowMs));
        }
        this.#requestWhileIdle(entry, entry.backoff.deadlineMs, { reason: 'retry' }, 0);
        return;
    }
  }

  /** Like `#request`, but leaves placing to the caller. */
  #requestWhileIdle(entry: Entry, readyAtMs: number, trigger: Trigger, priority: number): void {
    const present = entry.request;
    // A pending event says why the key runs next; the timed run is absorbed by it.
    if (present !== undefined && present.readyAtMs <= readyAtMs) return;
    const score = readyAtMs - MS_PER_PRIORITY * priority;
    entry.request = { priority, score, readyAtMs, triggers: mergeTriggers(present?.triggers ?? [], [trigger]) };
  }

  #place(entry: Entry): void {
    if (this.#closed) return;
    const request = entry.request as Request;
    if (request.readyAtMs <= this.#clock.nowMs()) {
      this.#delayed.remove(entry);
      this.#ready.push(entry, request.score);
    } else {
      this.#ready.remove(entry);
      this.#delayed.push(entry, request.readyAtMs);
      this.#arm();
    }
  }

  #promoteDue(): void {
    const nowMs = this.#clock.nowMs();
    for (let entry = this.#delayed.peek(); entry !== undefined; entry = this.#delayed.peek()) {
      const request = entry.request as Request;
      if (request.readyAtMs > nowMs) break;
      this.#delayed.remove(entry);
      this.#ready.push(entry, request.score);
    }
  }

  #wake(): void {
    for (const waiter of this.#waiters) {
      const item = this.tryTake();
      if (item === undefined) break;
      this.#waiters.delete(waiter);
      waiter.resolve(item);
    }
  }

  #arm(): void {
    const next = this.#delayed.peek();
    if (next === undefined || this.#closed) return;
    const atMs = (next.request as Request).readyAtMs;
    if (atMs >= this.#timerAtMs) return;
    this.#disarm();
    this.#timerAtMs = atMs;
    const waitMs = Math.min(Math.max(0, Math.ceil(atMs - this.#clock.nowMs())), MAX_TIMER_MS);
    this.#timer = this.#clock.setTimer(waitMs, () => {
      this.#timer = undefined;
      this.#timerAtMs = Number.POSITIVE_INFINITY;
      this.#promoteDue();
      this.#wake();
      this.#arm();
    });
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAtMs = Number.POSITIVE_INFINITY;
  }
}
