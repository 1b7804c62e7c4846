import { expect, it } from 'vitest';
import type { Clock } from '../clock.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { EventLoopLag } from './event-loop-lag.ts';

it('measures by how much its timer is late, also while that timer is still pending', () => {
  const manual = new ManualClock();
  let lateMs = 0;
  const clock: Clock = {
    wallMs: () => manual.wallMs(),
    nowMs: () => manual.nowMs() + lateMs,
    setTimer: (delayMs, callback) => manual.setTimer(delayMs, callback),
  };
  const lags: number[] = [];
  using lag = new EventLoopLag({ clock, onLag: (ms) => lags.push(ms) });
  lag.start();
  manual.advance(500);
  expect(lags).toEqual([0]);
  lateMs = 31_000; // the loop was blocked: time has passed, the timer has not fired
  expect(lag.lagMs).toBe(30_500);
  manual.advance(500);
  expect(lags).toEqual([0, 31_000]);
});

it('leaves no timer behind', () => {
  const clock = new ManualClock();
  const lag = new EventLoopLag({ clock, onLag: () => {} });
  lag.start();
  lag[Symbol.dispose]();
  expect(clock.pendingCount).toBe(0);
});
