/**
 * How late the event loop is: a timer that should fire every 500 ms, and by how much it did not.
 */

import type { Clock, Timer } from '../clock.ts';

const INTERVAL_MS = 500;

/** Measures until disposed. `onLag` receives every measurement in milliseconds. */
export class EventLoopLag implements Disposable {
  readonly #clock: Clock;
  readonly #onLag: (lagMs: number) => void;
  #timer: Timer | undefined;
  #expectedMs = 0;
  #lastMs = 0;

  constructor(options: { readonly clock: Clock; readonly onLag: (lagMs: number) => void }) {
    this.#clock = options.clock;
    this.#onLag = options.onLag;
  }

  /** The latest measurement, or how late the pending one is, whichever is larger. */
  get lagMs(): number {
    const pendingMs = this.#timer === undefined ? 0 : this.#clock.nowMs() - this.#expectedMs;
    return Math.max(this.#lastMs, pendingMs, 0);
  }

  start(): void {
    if (this.#timer === undefined) this.#arm();
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(): void {
    this.#expectedMs = this.#clock.nowMs() + INTERVAL_MS;
    this.#timer = this.#clock.setTimer(INTERVAL_MS, () => {
      this.#lastMs = Math.max(0, this.#clock.nowMs() - this.#expectedMs);
      this.#onLag(this.#lastMs);
      this.#arm();
    });
  }
}
