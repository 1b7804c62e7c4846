/**
 * One run under way: its abort signal, its timeout, and the moment at which it counts as stuck.
 */

import type { Clock, Timer } from '../clock.ts';
import { RuntimeError } from '../errors.ts';

/** A run that has not settled this long after its signal aborted is stuck. */
export const STUCK_AFTER_MS = 10_000;

export class ActiveRun {
  readonly key: string;
  readonly #clock: Clock;
  readonly #abort: AbortController = new AbortController();
  readonly #onStuck: () => void;
  #timeout: Timer | undefined;
  #stuckTimer: Timer | undefined;
  #settled = false;

  constructor(options: {
    readonly key: string;
    readonly clock: Clock;
    readonly timeoutMs: number;
    readonly onStuck: () => void;
  }) {
    this.key = options.key;
    this.#clock = options.clock;
    this.#onStuck = options.onStuck;
    this.#timeout = options.clock.setTimer(options.timeoutMs, () => {
      const seconds = options.timeoutMs / 1000;
      this.abort(
        new RuntimeError(
          'RECONCILE_TIMEOUT',
          `run of ${options.key} exceeded its timeout of ${seconds} s; see .timeout()`,
        ),
      );
    });
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Why the run was aborted. */
  get abortReason(): RuntimeError | undefined {
    return this.#abort.signal.aborted ? (this.#abort.signal.reason as RuntimeError) : undefined;
  }

  /** Aborts the signal; `onStuck` follows 10 s later unless `settle` comes first. The first reason stays. */
  abort(reason: RuntimeError): void {
    if (this.#abort.signal.aborted) return;
    this.#timeout?.cancel();
    this.#stuckTimer = this.#clock.setTimer(STUCK_AFTER_MS, this.#onStuck);
    this.#abort.abort(reason);
  }

  /** Whether the handler has returned. */
  get settled(): boolean {
    return this.#settled;
  }

  /** The handler has returned. */
  settle(): void {
    this.#settled = true;
    this.#timeout?.cancel();
    this.#stuckTimer?.cancel();
  }
}
