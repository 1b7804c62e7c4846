/** A clock that stands still until a test moves it. */
import type { Clock, Timer } from '../store/clock.ts';

export interface ManualClock extends Clock {
  /**
   * Moves time forward by milliseconds or a text such as `30s`, `5m`, `1h`, `250ms`; timers due on the way fire in
   * order, each followed by a turn of the event loop.
   */
  advance(by: number | string): Promise<void>;
}

interface Scheduled {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Starts at the given time. @default 2024-01-01T00:00:00Z */
export function manualClock(startMs: number = Date.UTC(2024, 0, 1)): ManualClock {
  let nowMs = startMs;
  let order = 0;
  const timers = new Set<Scheduled>();
  const nextDue = (limitMs: number): Scheduled | undefined => {
    let next: Scheduled | undefined;
    for (const timer of timers) {
      if (timer.dueMs > limitMs) continue;
      if (next === undefined || timer.dueMs < next.dueMs || (timer.dueMs === next.dueMs && timer.order < next.order)) {
        next = timer;
      }
    }
    return next;
  };
  return {
    nowMs: () => nowMs,
    setTimer(callback, ms): Timer {
      const scheduled = { dueMs: nowMs + Math.max(ms, 0), order: order++, callback };
      timers.add(scheduled);
      return { cancel: () => timers.delete(scheduled) };
    },
    async advance(by) {
      const targetMs = nowMs + (typeof by === 'number' ? by : parseDuration(by));
      for (let due = nextDue(targetMs); due !== undefined; due = nextDue(targetMs)) {
        timers.delete(due);
        nowMs = due.dueMs;
        due.callback();
        await new Promise((done) => setImmediate(done));
      }
      nowMs = targetMs;
      await new Promise((done) => setImmediate(done));
    },
  };
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function parseDuration(text: string): number {
  const match = /^(?<amount>\d+(?:\.\d+)?)(?<unit>ms|s|m|h)$/.exec(text);
  if (match?.groups === undefined) throw new RangeError(`duration "${text}" is not like 250ms, 30s, 5m or 1h`);
  return Number(match.groups['amount']) * (unitMs[match.groups['unit'] ?? 'ms'] ?? 1);
}
