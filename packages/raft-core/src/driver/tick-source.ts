/**
 * Ticks from a clock. After a stall, timers fire before input that already arrived is read; so a tick later than one
 * heartbeat is deferred behind that input and counts once. Missed ticks are never made up.
 */
import type { Clock } from '../ports/clock.ts';

export interface TickSourceOptions {
  readonly clock: Clock;
  readonly tickMs: number;
  /** Lateness from which a tick is deferred; asked each time because timing may change. */
  readonly lateAfterMs: () => number;
  readonly onTick: (lateMs: number) => void;
}

/** Starts ticking; returns a function that stops it. */
export function startTicks({ clock, tickMs, lateAfterMs, onTick }: TickSourceOptions): () => void {
  let dueMs = clock.nowMs() + tickMs;
  let stopped = false;
  let cancel = clock.setTimer(tickMs, fire);
  return () => {
    stopped = true;
    cancel();
  };

  function fire(): void {
    const lateMs = Math.max(0, clock.nowMs() - dueMs);
    if (lateMs > lateAfterMs()) cancel = clock.defer(() => tick(lateMs));
    else tick(lateMs);
  }

  function tick(lateMs: number): void {
    const nowMs = clock.nowMs();
    dueMs = Math.max(dueMs + tickMs, nowMs + tickMs / 2);
    cancel = clock.setTimer(dueMs - nowMs, fire);
    onTick(lateMs);
    if (stopped) cancel();
  }
}
