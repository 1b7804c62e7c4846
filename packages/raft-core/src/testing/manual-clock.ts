/** A clock that moves only when told to: the `Clock` port for tests. */
import type { Clock } from '../ports/clock.ts';

interface Timer {
  readonly dueMs: number;
  readonly sequence: number;
  readonly callback: () => void;
}

/**
 * Time stands still until `advance`. Timers fire in order of their due time, ties in order of creation; deferred
 * callbacks run once all timers due by then have fired, as on an event loop.
 */
export class ManualClock implements Clock {
  #nowMs: number;
  #sequence = 0;
  #timers: Timer[] = [];
  #deferred: (() => void)[] = [];

  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    const timer: Timer = { dueMs: this.#nowMs + Math.max(0, delayMs), sequence: this.#sequence++, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  defer(callback: () => void): () => void {
    this.#deferred.push(callback);
    return () => {
      this.#deferred = this.#deferred.filter((other) => other !== callback);
    };
  }

  /** Moves time forward by `ms`, firing each timer at its due time; what was deferred runs before time moves on. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (let next = this.#take(endMs); next !== undefined; next = this.#take(endMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.callback();
      if (!this.#hasTimerBefore(this.#nowMs)) this.runDeferred();
    }
    this.#nowMs = endMs;
    this.runDeferred();
  }

  /** Moves time forward without firing anything: a process that was paused. Due timers fire with the next `advance`. */
  freeze(ms: number): void {
    this.#nowMs += ms;
  }

  /** Runs deferred callbacks, not those they defer in turn. */
  runDeferred(): void {
    const callbacks = this.#deferred;
    this.#deferred = [];
    for (const callback of callbacks) callback();
  }

  /** Timers and deferred callbacks that wait; 0 after a clean shutdown. */
  get pendingCount(): number {
    return this.#timers.length + this.#deferred.length;
  }

  #hasTimerBefore(limitMs: number): boolean {
    return this.#timers.some((timer) => timer.dueMs <= limitMs);
  }

  #take(endMs: number): Timer | undefined {
    let best: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs > endMs) continue;
      if (best === undefined || timer.dueMs < best.dueMs) best = timer;
    }
    if (best !== undefined) this.#timers = this.#timers.filter((timer) => timer !== best);
    return best;
  }
}
