/**
 * Port: time. The runtime reads clocks and starts timers only through this, so tests run on a
 * manual clock (`testing/manual-clock.ts`) without sleeping.
 */
import { performance } from 'node:perf_hooks';
import { onAbort } from './on-abort.ts';

/** A started timer. */
export interface Timer {
  /** Stops the timer; its callback never runs afterwards. Idempotent. */
  cancel(): void;
}

export interface Clock {
  /** Wall time in milliseconds since the epoch; only for timestamps that people or servers read. */
  wallMs(): number;
  /** Monotonic milliseconds with an arbitrary origin; for every deadline and duration. */
  nowMs(): number;
  /** Runs `callback` once after `delayMs` (≥ 0, capped at 24 days). Keeps the process alive. */
  setTimer(delayMs: number, callback: () => void): Timer;
}

/** Longest delay `setTimeout` accepts without firing at once (2^31 - 1 ms). */
const MAX_DELAY_MS = 2_147_483_647;

/** The machine's clocks. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  nowMs: () => performance.now(),
  setTimer: (delayMs, callback) => {
    const handle = setTimeout(callback, Math.min(Math.max(delayMs, 0), MAX_DELAY_MS));
    return { cancel: () => clearTimeout(handle) };
  },
};

/**
 * Resolves after `delayMs`.
 * @throws `signal.reason` as soon as the signal aborts.
 */
export function sleep(clock: Clock, delayMs: number, options: { readonly signal: AbortSignal }): Promise<void> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const timer = clock.setTimer(delayMs, () => {
      stopListening();
      resolve();
    });
    const stopListening = onAbort(signal, () => {
      timer.cancel();
      reject(signal.reason as Error);
    });
  });
}
