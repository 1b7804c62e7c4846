import { describe, expect, it } from 'vitest';
import {
  initialWatchState,
  silenceLimitMs,
  stepWatch,
  type WatchEffect,
  type WatchFailure,
  type WatchInput,
  type WatchState,
} from './watch-state.ts';

const lost: WatchFailure = { type: 'other', reason: 'connection-lost' };
const denied: WatchFailure = { type: 'denied', message: 'things is forbidden' };
const absent: WatchFailure = { type: 'absent', message: 'not found' };
const expired: WatchFailure = { type: 'expired' };

const start: WatchInput = { type: 'start' };
const timer: WatchInput = { type: 'timer' };
const listed: WatchInput = { type: 'page', resourceVersion: '10' };
const watchFails = (failure: WatchFailure): WatchInput => ({ type: 'watch-failed', failure });
const listFails = (failure: WatchFailure): WatchInput => ({ type: 'list-failed', failure });
const event = (resourceVersion: string): WatchInput => ({ type: 'event', resourceVersion, bookmark: false });
const bookmark = (resourceVersion: string): WatchInput => ({ type: 'event', resourceVersion, bookmark: true });

/** One line per input: what came, the state it led to, the effects. */
function trace(inputs: readonly WatchInput[]): string[] {
  let state: WatchState = initialWatchState;
  return inputs.map((input) => {
    const step = stepWatch(state, input);
    state = step.state;
    return [input.type, '→', describeState(state), ...step.effects.map(describeEffect)].join(' ');
  });
}

/** `maxMs` of every wait. */
function delays(lines: readonly string[]): string[] {
  return lines.flatMap((line) => /maxMs=(\d+)/.exec(line)?.[1] ?? []);
}

function describeState(state: WatchState): string {
  return state.name === 'watching' ? `watching@${state.resourceVersion}` : state.name;
}

function describeEffect(effect: WatchEffect): string {
  const { type, ...rest } = effect;
  const values = Object.entries(rest).map(([name, value]) => `${name}=${String(value)}`);
  return `[${[type, ...values].join(' ')}]`;
}

describe('golden traces', () => {
  it('start: two pages, then a watch that ends by its timeout and goes on at once', () => {
    expect(
      trace([
        start,
        { type: 'page', resourceVersion: '10', continue: 'c1' },
        listed,
        event('11'),
        bookmark('20'),
        { type: 'watch-ended', early: false },
      ]),
    ).toEqual([
      'start → listing [begin-list] [list limit=500]',
      'page → listing [list limit=500 continue=c1]',
      'page → watching@10 [end-list resourceVersion=10] [watch resourceVersion=10 quiet=false]',
      'event → watching@11',
      'event → watching@20',
      'watch-ended → watching@20 [restarted reason=timeout] [watch resourceVersion=20 quiet=false]',
    ]);
  });

  it('a continue token that expires leads to one unpaginated list', () => {
    expect(trace([start, { type: 'page', resourceVersion: '10', continue: 'c1' }, listFails(expired), listed])).toEqual(
      [
        'start → listing [begin-list] [list limit=500]',
        'page → listing [list limit=500 continue=c1]',
        'list-failed → listing [restarted reason=continue-expired] [begin-list] [list]',
        'page → watching@10 [end-list resourceVersion=10] [watch resourceVersion=10 quiet=false]',
      ],
    );
  });

  it('410 on the watch relists at once', () => {
    expect(trace([start, listed, watchFails(expired)]).at(-1)).toBe(
      'watch-failed → listing [restarted reason=expired] [begin-list] [list limit=500]',
    );
  });

  it('a broken stream backs off and resumes from the last event, without a list', () => {
    expect(trace([start, listed, event('12'), watchFails(lost), timer]).slice(-2)).toEqual([
      'watch-failed → backoff [restarted reason=connection-lost] [wait maxMs=500 jitter=full]',
      'timer → watching@12 [watch resourceVersion=12 quiet=false]',
    ]);
  });

  it('a clean end within a second backs off, so a server that refuses at once is not hammered', () => {
    expect(trace([start, listed, { type: 'watch-ended', early: true }]).at(-1)).toBe(
      'watch-ended → backoff [restarted reason=early-end] [wait maxMs=500 jitter=full]',
    );
  });

  it('silence cuts the connection and reconnects from the last event', () => {
    expect(trace([start, listed, bookmark('15'), { type: 'silence' }]).at(-1)).toBe(
      'silence → watching@15 [cut] [restarted reason=silence] [watch resourceVersion=15 quiet=false]',
    );
  });

  it('a kind that never sends bookmarks is given its whole timeout after two silent cuts', () => {
    expect(trace([start, listed, { type: 'silence' }, { type: 'silence' }]).slice(-2)).toEqual([
      'silence → watching@10 [cut] [restarted reason=silence] [watch resourceVersion=10 quiet=false]',
      'silence → watching@10 [cut] [restarted reason=silence] [watch resourceVersion=10 quiet=true]',
    ]);
  });

  it('a refused list waits and tries the list again', () => {
    expect(trace([start, listFails(denied), timer, listFails(denied), timer, listed])).toEqual([
      'start → listing [begin-list] [list limit=500]',
      'list-failed → denied [restarted reason=denied] [wait maxMs=5000 jitter=slight]',
      'timer → listing [begin-list] [list limit=500]',
      'list-failed → denied [restarted reason=denied] [wait maxMs=10000 jitter=slight]',
      'timer → listing [begin-list] [list limit=500]',
      'page → watching@10 [end-list resourceVersion=10] [watch resourceVersion=10 quiet=false]',
    ]);
  });

  it('a refused watch tries the watch again, from where it was', () => {
    expect(trace([start, listed, watchFails(denied), timer]).slice(-2)).toEqual([
      'watch-failed → denied [restarted reason=denied] [wait maxMs=5000 jitter=slight]',
      'timer → watching@10 [watch resourceVersion=10 quiet=false]',
    ]);
  });

  it('a kind that is not served waits, then lists: a CRD may have been installed', () => {
    expect(trace([start, listFails(absent), timer]).slice(-2)).toEqual([
      'list-failed → absent [restarted reason=absent] [wait maxMs=5000 jitter=slight]',
      'timer → listing [begin-list] [list limit=500]',
    ]);
  });

  it('a removed CRD ends the watch; the kind is listed when it is back', () => {
    expect(trace([start, listed, watchFails(absent), timer]).slice(-2)).toEqual([
      'watch-failed → absent [restarted reason=absent] [wait maxMs=5000 jitter=slight]',
      'timer → listing [begin-list] [list limit=500]',
    ]);
  });

  it('a server that says how long to wait is obeyed', () => {
    const busy: WatchFailure = { type: 'other', reason: 'http-429', waitMs: 7_000 };
    expect(trace([start, listFails(busy)]).at(-1)).toBe(
      'list-failed → backoff [restarted reason=http-429] [wait maxMs=7000 jitter=none]',
    );
  });

  it('stop cuts an open watch, and nothing restarts it', () => {
    expect(trace([start, listed, { type: 'stop' }, timer, event('99')]).slice(-3)).toEqual([
      'stop → stopped [cut]',
      'timer → stopped',
      'event → stopped',
    ]);
  });
});

describe('backoff', () => {
  it('doubles from 0.5 s to 30 s', () => {
    const failures = Array.from({ length: 8 }, () => [listFails(lost), timer]).flat();
    const waits = delays(trace([start, ...failures]));
    expect(waits).toEqual(['500', '1000', '2000', '4000', '8000', '16000', '30000', '30000']);
  });

  it('of a refused verb doubles from 5 s to 60 s', () => {
    const failures = Array.from({ length: 6 }, () => [listFails(denied), timer]).flat();
    const waits = delays(trace([start, ...failures]));
    expect(waits).toEqual(['5000', '10000', '20000', '40000', '60000', '60000']);
  });

  it('starts afresh after 60 s of health', () => {
    const lines = trace([
      start,
      listed,
      watchFails(lost),
      timer,
      watchFails(lost),
      timer,
      { type: 'healthy' },
      watchFails(lost),
    ]);
    expect(lines.at(-1)).toContain('maxMs=500');
  });
});

describe('inputs that do not belong to the state', () => {
  it.each<{ input: WatchInput }>([
    { input: timer },
    { input: event('99') },
    { input: { type: 'silence' } },
    { input: { type: 'healthy' } },
    { input: { type: 'watch-ended', early: false } },
    { input: watchFails(lost) },
  ])('$input.type while listing changes nothing', ({ input }) => {
    const { state } = stepWatch(initialWatchState, start);
    expect(stepWatch(state, input)).toEqual({ state, effects: [] });
  });
});

describe('silenceLimitMs', () => {
  it('is 70 s for kinds with bookmarks, the timeout plus 30 s for kinds without', () => {
    expect([silenceLimitMs(false, 290), silenceLimitMs(true, 290)]).toEqual([70_000, 320_000]);
  });
});
