/** One node's monotonic clock: runs at its own rate against real time, and can stand still (a paused machine). */

export class SimulatedClock {
  readonly rate: number;
  #offsetMs: number;
  #frozenAtMs = -1;

  /** @param rate Local milliseconds per real one. @param offsetMs Local time at real time 0. */
  constructor(rate: number, offsetMs: number) {
    this.rate = rate;
    this.#offsetMs = offsetMs;
  }

  /** Local time at real time `realMs`. */
  localMs(realMs: number): number {
    return this.#offsetMs + this.rate * (this.#frozenAtMs >= 0 ? this.#frozenAtMs : realMs);
  }

  /** Real time at which the running clock shows `localMs`. */
  realMs(localMs: number): number {
    return (localMs - this.#offsetMs) / this.rate;
  }

  /** Stops the clock: nothing that it times moves on. */
  freeze(realMs: number): void {
    if (this.#frozenAtMs < 0) this.#frozenAtMs = realMs;
  }

  /** Goes on from where it stopped. */
  thaw(realMs: number): void {
    if (this.#frozenAtMs < 0) return;
    this.#offsetMs -= this.rate * (realMs - this.#frozenAtMs);
    this.#frozenAtMs = -1;
  }
}
