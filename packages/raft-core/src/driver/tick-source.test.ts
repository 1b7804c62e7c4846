import { describe, expect, it } from 'vitest';
import { ManualClock } from '../testing/index.ts';
import { startTicks } from './tick-source.ts';

function startRecording(clock: ManualClock): { readonly ticks: number[]; readonly stop: () => void } {
  const ticks: number[] = [];
  const stop = startTicks({ clock, tickMs: 10, lateAfterMs: () => 30, onTick: (lateMs) => ticks.push(lateMs) });
  return { ticks, stop };
}

describe('startTicks', () => {
  it('ticks once per interval', () => {
    const clock = new ManualClock();
    const { ticks } = startRecording(clock);
    clock.advance(50);
    expect(ticks).toEqual([0, 0, 0, 0, 0]);
  });

  it('counts a stall as one tick, never as the ticks that were missed', () => {
    const clock = new ManualClock();
    const { ticks } = startRecording(clock);
    clock.freeze(400);
    clock.advance(0);
    expect(ticks).toEqual([390]);
    clock.advance(10);
    expect(ticks).toEqual([390, 0]);
  });

  it('lets input that arrived during a stall overtake the late tick', () => {
    const clock = new ManualClock();
    const order: string[] = [];
    startTicks({ clock, tickMs: 10, lateAfterMs: () => 30, onTick: (lateMs) => order.push(`tick ${lateMs}`) });
    clock.freeze(400);
    clock.setTimer(0, () => order.push('heartbeat read'));
    clock.advance(0);
    expect(order.at(-1)).toBe('tick 390');
  });

  it('stops, and leaves no timer behind', () => {
    const clock = new ManualClock();
    const { ticks, stop } = startRecording(clock);
    clock.advance(10);
    stop();
    clock.advance(100);
    expect(ticks).toEqual([0]);
    expect(clock.pendingCount).toBe(0);
  });
});
