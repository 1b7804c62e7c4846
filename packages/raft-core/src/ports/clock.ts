/** Monotonic time and timers. The core reads neither: the driver passes `nowMs()` into every step. */

export interface Clock {
  /**
   * Milliseconds on a clock that never goes back and is not adjusted (`process.hrtime`, not `Date`). May have
   * fractions. Rate error against real time at most 5 %: leases rely on it.
   */
  nowMs(): number;

  /** Runs `callback` once, not before `delayMs` from now. Returns a function that cancels it; cancelling twice is fine. */
  setTimer(delayMs: number, callback: () => void): () => void;

  /**
   * Runs `callback` after input that already arrived has been delivered (`setImmediate`, not a microtask): how a
   * late tick lets queued heartbeats overtake it. Returns a function that cancels it.
   */
  defer(callback: () => void): () => void;
}
