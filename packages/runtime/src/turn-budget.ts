/**
 * How long code has kept the present turn of the event loop, so that long work can give way and short work need not.
 *
 * Time spent waiting for I/O does not count: what awaits its socket lets the loop turn anyway.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from './clock.ts';

export class TurnBudget {
  readonly #clock: Clock;
  readonly #limitMs: number;
  #startedMs: number | undefined;

  /** `limitMs`: milliseconds of one turn its askers may take together. */
  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#limitMs = limitMs;
  }

  /** Whether `limitMs` have passed since the first question in this turn. */
  get spent(): boolean {
    const nowMs = this.#clock.nowMs();
    if (this.#startedMs === undefined) {
      this.#startedMs = nowMs;
      setImmediate(() => {
        this.#startedMs = undefined;
      });
    }
    return nowMs - this.#startedMs >= this.#limitMs;
  }

  /** Resolves in the next turn, after sockets and timers had theirs. */
  giveWay(): Promise<void> {
    return nextTurn();
  }
}
