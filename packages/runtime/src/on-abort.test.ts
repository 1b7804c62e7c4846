import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { onAbort } from './on-abort.ts';

it('calls every follower once, in order, until it stopped listening', () => {
  const stop = new AbortController();
  const called: string[] = [];
  onAbort(stop.signal, () => called.push('a'));
  const leave = onAbort(stop.signal, () => called.push('b'));
  onAbort(stop.signal, () => called.push('c'));
  leave();
  leave();
  stop.abort();
  stop.abort();
  expect(called).toEqual(['a', 'c']);
});

it('calls at once when the signal has aborted', () => {
  let calls = 0;
  onAbort(AbortSignal.abort(), () => (calls += 1))();
  expect(calls).toBe(1);
});

it('a follower that leaves while the others are called is not called', () => {
  const stop = new AbortController();
  const called: string[] = [];
  const leave: (() => void)[] = [];
  onAbort(stop.signal, () => leave.forEach((each) => each()));
  leave.push(onAbort(stop.signal, () => called.push('late')));
  stop.abort();
  expect(called).toEqual([]);
});

it('a signal has one listener however many come and go', () => {
  const stop = new AbortController();
  for (let i = 0; i < 1_000; i++) onAbort(stop.signal, () => undefined)();
  onAbort(stop.signal, () => undefined);
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1);
});
