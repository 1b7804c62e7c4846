/**
 * The recent events of one collection, bounded in number and age. Watches that start in the past replay from here;
 * whoever asks for an event that has left gets 410.
 */
import type { StoreEvent } from './collection.ts';

export interface HistoryLimits {
  /** Events kept per collection. Integer ≥ 1. */
  readonly events: number;
  /** Age in milliseconds after which an event may leave. */
  readonly ms: number;
}

export class HistoryRing {
  readonly #limits: HistoryLimits;
  #events: StoreEvent[] = [];
  #times: number[] = [];
  /** Index of the oldest event; the slots before it are reclaimed in batches. */
  #start = 0;
  /** Events with a revision at or below this one are gone. */
  #floor: number;

  constructor(limits: HistoryLimits, floor: number) {
    this.#limits = limits;
    this.#floor = floor;
  }

  /** A watch from this revision or a later one misses nothing. */
  get floor(): number {
    return this.#floor;
  }

  push(event: StoreEvent, nowMs: number): void {
    this.#events.push(event);
    this.#times.push(nowMs);
    const oldest = nowMs - this.#limits.ms;
    while (
      this.#events.length - this.#start > this.#limits.events ||
      (this.#start < this.#times.length - 1 && (this.#times[this.#start] ?? nowMs) < oldest)
    ) {
      this.#floor = this.#events[this.#start]?.revision ?? this.#floor;
      this.#start++;
    }
    if (this.#start > 1024 && this.#start * 2 > this.#events.length) this.#reclaim();
  }

  /** Events after `revision`, oldest first. The caller has checked `floor`. */
  *after(revision: number): Generator<StoreEvent> {
    for (let i = this.#indexAfter(revision); i < this.#events.length; i++) {
      const event = this.#events[i];
      if (event !== undefined) yield event;
    }
  }

  /** Events after `revision`, newest first: undoing them yields the collection at that revision. */
  *backTo(revision: number): Generator<StoreEvent> {
    for (let i = this.#events.length - 1; i >= this.#start; i--) {
      const event = this.#events[i];
      if (event === undefined || event.revision <= revision) return;
      yield event;
    }
  }

  /** Forgets everything up to `revision`. */
  compact(revision: number): void {
    this.#start = this.#indexAfter(revision);
    this.#floor = Math.max(this.#floor, revision);
    this.#reclaim();
  }

  clone(): HistoryRing {
    const copy = new HistoryRing(this.#limits, this.#floor);
    copy.#events = this.#events.slice(this.#start);
    copy.#times = this.#times.slice(this.#start);
    return copy;
  }

  #indexAfter(revision: number): number {
    let low = this.#start;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle]?.revision ?? Infinity) <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #reclaim(): void {
    this.#events = this.#events.slice(this.#start);
    this.#times = this.#times.slice(this.#start);
    this.#start = 0;
  }
}
