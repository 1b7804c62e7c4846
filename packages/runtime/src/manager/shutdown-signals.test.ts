import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { listenForShutdown, SECOND_SIGNAL_AFTER_MS } from './shutdown-signals.ts';

function listening(): { source: EventEmitter; clock: ManualClock; calls: string[]; stop: Disposable } {
  const source = new EventEmitter();
  const clock = new ManualClock();
  const calls: string[] = [];
  const stop = listenForShutdown({
    source,
    clock,
    onFirst: (name) => calls.push(`first ${name}`),
    onSecond: (name) => calls.push(`second ${name}`),
  });
  return { source, clock, calls, stop };
}

it('takes two signals within milliseconds for one Ctrl-C', () => {
  const { source, clock, calls } = listening();
  source.emit('SIGINT', 'SIGINT');
  clock.advance(3);
  source.emit('SIGTERM', 'SIGTERM');
  clock.advance(SECOND_SIGNAL_AFTER_MS - 4);
  source.emit('SIGINT', 'SIGINT');
  expect(calls).toEqual(['first SIGINT']);
});

it('takes a signal 500 ms later for a second one', () => {
  const { source, clock, calls } = listening();
  source.emit('SIGTERM', 'SIGTERM');
  clock.advance(SECOND_SIGNAL_AFTER_MS);
  source.emit('SIGTERM', 'SIGTERM');
  expect(calls).toEqual(['first SIGTERM', 'second SIGTERM']);
});

it('stops listening when disposed', () => {
  const { source, calls, stop } = listening();
  stop[Symbol.dispose]();
  source.emit('SIGTERM', 'SIGTERM');
  expect(calls).toEqual([]);
  expect(source.listenerCount('SIGTERM')).toBe(0);
});
