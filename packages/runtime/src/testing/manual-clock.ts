/** A clock that stands still until a test advances it. */
import type { Clock, Timer } from '../clock.ts';

interface Pending {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

export class ManualClock implements Clock {
  readonly #startWallMs: number;
  readonly #pending = new Set<Pending>();
  #elapsedMs = 0;
  #order = 0;

  /** `startWallMs`: wall time at start. @default 2026-01-01T00:00:00Z */
  constructor(startWallMs: number = Date.UTC(2026, 0, 1)) {
    this.#startWallMs = startWallMs;
  }

  wallMs(): number {
    return this.#startWallMs + this.#elapsedMs;
  }

  nowMs(): number {
    return this.#elapsedMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const entry: Pending = { dueMs: this.#elapsedMs + Math.max(0, delayMs), order: this.#order++, callback };
    this.#pending.add(entry);
    return { cancel: () => this.#pending.delete(entry) };
  }

  /** Timers that have neither run nor been cancelled. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  /** Milliseconds until the next timer; `undefined` when none waits. */
  get nextDelayMs(): number | undefined {
    const next = this.#next(Number.POSITIVE_INFINITY);
    return next === undefined ? undefined : next.dueMs - this.#elapsedMs;
  }

  /** Moves time on, running due timers in order of their due time; they may start new ones. */
  advance(ms: number): void {
    const target = this.#elapsedMs + ms;
    for (let next = this.#next(target); next !== undefined; next = this.#next(target)) {
      this.#pending.delete(next);
      this.#elapsedMs = Math.max(this.#elapsedMs, next.dueMs);
      next.callback();
    }
    this.#elapsedMs = target;
  }

  /** Like `advance`, but lets promises settle before each timer and at the end. */
  async advanceAsync(ms: number): Promise<void> {
    const target = this.#elapsedMs + ms;
    await settle();
    for (let next = this.#next(target); next !== undefined; next = this.#next(target)) {
      this.#pending.delete(next);
      this.#elapsedMs = Math.max(this.#elapsedMs, next.dueMs);
      next.callback();
      await settle();
    }
    this.#elapsedMs = target;
    await settle();
  }

  #next(untilMs: number): Pending | undefined {
    let first: Pending | undefined;
    for (const entry of this.#pending) {
      const earlier =
        first === undefined || entry.dueMs < first.dueMs || (entry.dueMs === first.dueMs && entry.order < first.order);
      if (entry.dueMs <= untilMs && earlier) {
        first = entry;
      }
    }
    return first;
  }
}

/** Resolves once all microtasks queued so far, and those they queue, have run. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
