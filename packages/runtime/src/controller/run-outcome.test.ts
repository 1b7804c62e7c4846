import { describe, expect, it } from 'vitest';
import { RuntimeError } from '../errors.ts';
import { Action } from './action.ts';
import { RequeueError, TerminalError } from './author-errors.ts';
import { isPanic, outcomeOfAction, outcomeOfError, RESYNC_MS } from './run-outcome.ts';

const options = { random: { next: () => 0.5 }, requeueAfterMs: 300_000 };
const low = { random: { next: () => 0 }, requeueAfterMs: 300_000 };

describe('the outcome of a run that returned', () => {
  it('is requeueAfter in the background for nothing', () => {
    expect(outcomeOfAction(undefined, options)).toMatchObject({
      result: 'success',
      queue: { type: 'again', afterMs: 300_000, priority: -100 },
    });
  });

  it.each([42, 'soon', null, {}, [], { type: 'requeue' }, { type: 'requeue', afterMs: Number.NaN }, { type: 'sleep' }])(
    'is an error for what is no Action: %j',
    (action) => {
      expect(() => outcomeOfAction(action as never, options)).toThrow(
        /^the handler returned .*; return Action\.requeue/,
      );
    },
  );

  it('varies a requested delay by ±10 % unless it is exact', () => {
    expect(outcomeOfAction(Action.requeue('10s'), low).queue).toMatchObject({ afterMs: 9_000 });
    expect(outcomeOfAction(Action.requeue('10s', { exact: true }), low).queue).toMatchObject({ afterMs: 10_000 });
  });

  it('waits for changes with a safety net of 10 h ±10 %', () => {
    expect(outcomeOfAction(Action.awaitChange(), low).queue).toMatchObject({ afterMs: RESYNC_MS * 0.9 });
  });
});

describe('the outcome of a run that threw', () => {
  it.each([
    { error: new Error('x'), queue: { type: 'failed' }, result: 'error' },
    { error: 'a string', queue: { type: 'failed' }, result: 'error' },
    { error: new TerminalError('x'), queue: { type: 'settled' }, result: 'error' },
    {
      error: new RequeueError('x', { after: '7s' }),
      queue: { type: 'again', afterMs: 7_000, keepFailures: true },
      result: 'requeue_after',
    },
    {
      error: new RuntimeError('LEADERSHIP_LOST', 'x'),
      queue: { type: 'again', afterMs: 0, keepFailures: true },
      result: 'requeue',
    },
    { error: new RuntimeError('RECONCILE_TIMEOUT', 'x'), queue: { type: 'failed' }, result: 'error' },
  ])('$error: $queue.type', ({ error, queue, result }) => {
    expect(outcomeOfError(error)).toMatchObject({ queue, result });
  });

  it('tells programming errors from states of the world', () => {
    expect([new TypeError('x'), 'text', new Error('x')].map(isPanic)).toEqual([true, true, false]);
  });
});

describe('durations', () => {
  it.each(['5', '5 m', 'm', '-5m', '5d', ''])('refuses %j and shows how to write one', (text) => {
    expect(() => Action.requeue(text as never)).toThrow("as in '5m'");
  });

  it('reads fractions and all units', () => {
    expect((['250ms', '5s', '1.5h', '2m'] as const).map((text) => Action.requeue(text))).toMatchObject(
      [250, 5_000, 5_400_000, 120_000].map((afterMs) => ({ afterMs })),
    );
  });
});
