/**
 * SIGTERM, SIGINT and SIGHUP turned into one request to stop, and a later one into a request to exit at once.
 *
 * One Ctrl-C can reach a process twice within milliseconds (from the terminal and from the parent), so only a signal
 * at least 500 ms after the first counts as the second.
 */

import type { Clock } from '../clock.ts';

/** A signal this much later than the first means that the person will not wait. */
export const SECOND_SIGNAL_AFTER_MS = 500;

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** The part of `process` that delivers signals. */
export interface SignalSource {
  on(signal: (typeof SIGNALS)[number], listener: (signal: string) => void): unknown;
  off(signal: (typeof SIGNALS)[number], listener: (signal: string) => void): unknown;
}

export interface ShutdownSignalsOptions {
  readonly source: SignalSource;
  readonly clock: Clock;
  /** Called once, with the name of the first signal. */
  readonly onFirst: (signal: string) => void;
  /** Called for each signal at least 500 ms after the first. */
  readonly onSecond: (signal: string) => void;
}

/** Listens until disposed. */
export function listenForShutdown(options: ShutdownSignalsOptions): Disposable {
  let firstAtMs: number | undefined;
  const listener = (signal: string): void => {
    const nowMs = options.clock.nowMs();
    if (firstAtMs === undefined) {
      firstAtMs = nowMs;
      options.onFirst(signal);
    } else if (nowMs - firstAtMs >= SECOND_SIGNAL_AFTER_MS) {
      options.onSecond(signal);
    }
  };
  for (const signal of SIGNALS) options.source.on(signal, listener);
  return {
    [Symbol.dispose]: () => {
      for (const signal of SIGNALS) options.source.off(signal, listener);
    },
  };
}
