import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { MAX_TRIGGERS, type Trigger } from './trigger.ts';
import { type QueueItem, type QueueOutcome, WorkQueue } from './work-queue.ts';

const event: Trigger = { reason: 'updated' };
const retry: Trigger = { reason: 'requeue' };
const middle = { next: () => 0.5 }; // no jitter

function queueOf(backoffCapMs = 60_000): { clock: ManualClock; queue: WorkQueue } {
  const clock = new ManualClock();
  return { clock, queue: new WorkQueue({ clock, random: middle, backoffCapMs }) };
}

/** Takes everything that is due. */
function drain(queue: WorkQueue): QueueItem[] {
  const items: QueueItem[] = [];
  for (let item = queue.tryTake(); item !== undefined; item = queue.tryTake()) items.push(item);
  return items;
}

const startOf = (item: QueueItem, key: string, clock: ManualClock): number =>
  item.key === key ? clock.nowMs() : Number.NaN;
const keysOf = (items: readonly QueueItem[]): string[] => items.map((item) => item.key);

describe('one entry and one run per key', () => {
  it('merges equal keys and keeps the distinct causes', () => {
    const { queue } = queueOf();
    queue.add('a', { trigger: event });
    queue.add('a', { trigger: { reason: 'owned', kind: 'Deployment', name: 'x' } });
    queue.add('a', { trigger: event });
    expect(drain(queue)).toEqual([
      { key: 'a', attempt: 1, waitedMs: 0, triggers: [event, { reason: 'owned', kind: 'Deployment', name: 'x' }] },
    ]);
  });

  it('keeps a bounded number of causes', () => {
    const { queue } = queueOf();
    for (let i = 0; i < 1000; i++) queue.add('a', { trigger: { reason: 'owned', name: `child-${i}` } });
    expect(queue.tryTake()?.triggers).toHaveLength(MAX_TRIGGERS);
  });

  it('holds a key back while it runs and runs it once more afterwards', () => {
    const { queue } = queueOf();
    queue.add('a', { trigger: event });
    queue.tryTake();
    queue.add('a', { trigger: event });
    queue.add('a', { trigger: event });
    expect(drain(queue)).toEqual([]);
    queue.done('a', { type: 'settled' });
    expect(keysOf(drain(queue))).toEqual(['a']);
  });

  it('forgets a settled key', () => {
    const { queue } = queueOf();
    queue.add('a', { trigger: event });
    queue.tryTake();
    queue.done('a', { type: 'settled' });
    expect(queue.size).toBe(0);
  });

  it('ignores a second done of the same run', () => {
    const { queue } = queueOf();
    queue.add('a', { trigger: event });
    queue.tryTake();
    queue.done('a', { type: 'settled' });
    queue.done('a', { type: 'again', afterMs: 0, trigger: retry });
    expect(queue.stats().running).toBe(0);
    expect(drain(queue)).toEqual([]);
  });
});

describe('order', () => {
  it('is first come, first served within a priority', () => {
    const { queue } = queueOf();
    for (const key of ['c', 'a', 'b']) queue.add(key, { trigger: event });
    expect(keysOf(drain(queue))).toEqual(['c', 'a', 'b']);
  });

  it('prefers events to the initial list', () => {
    const { queue } = queueOf();
    queue.add('listed', { trigger: { reason: 'initial' }, priority: -100 });
    queue.add('event', { trigger: event });
    expect(keysOf(drain(queue))).toEqual(['event', 'listed']);
  });

  it('lifts a listed key to the place of an event for it', () => {
    const { queue } = queueOf();
    queue.add('listed', { trigger: { reason: 'initial' }, priority: -100 });
    queue.add('other', { trigger: event });
    queue.add('listed', { trigger: event });
    queue.add('late', { trigger: event });
    expect(keysOf(drain(queue))).toEqual(['other', 'listed', 'late']);
  });

  it('starts a priority −100 key after 5 s under a constant flood of events', () => {
    const { clock, queue } = queueOf();
    queue.add('listed', { trigger: { reason: 'initial' }, priority: -100 });
    let startedAtMs = Number.NaN;
    for (let i = 0; Number.isNaN(startedAtMs); i++) {
      queue.add(`flood-${2 * i}`, { trigger: event });
      queue.add(`flood-${2 * i + 1}`, { trigger: event }); // twice as many as are worked off
      const item = queue.tryTake() as QueueItem;
      startedAtMs = startOf(item, 'listed', clock);
      queue.done(item.key, { type: 'settled' });
      clock.advance(10);
      expect(i).toBeLessThan(2000);
    }
    // The queue holds arrivals of the last 5 s in front of it; half the work rate doubles that wait.
    expect(startedAtMs).toBeLessThanOrEqual(10_050);
  });

  it('overtakes every later arrival once 5 s have passed', () => {
    const { clock, queue } = queueOf();
    queue.add('listed', { trigger: { reason: 'initial' }, priority: -100 });
    clock.advance(5001);
    queue.add('event', { trigger: event });
    expect(keysOf(drain(queue))).toEqual(['listed', 'event']);
  });
});

describe('time', () => {
  it('starts a delayed key when its time has come, not before', async () => {
    const { clock, queue } = queueOf();
    queue.add('a', { trigger: retry, afterMs: 300_000 });
    const taken = queue.take({ signal: new AbortController().signal });
    clock.advance(299_999);
    expect(queue.stats()).toMatchObject({ delayed: 1, running: 0 });
    clock.advance(1);
    expect((await taken)?.key).toBe('a');
  });

  it('lets an event overtake a pending requeue, which it absorbs', () => {
    const { clock, queue } = queueOf();
    queue.add('a', { trigger: retry, afterMs: 300_000 });
    clock.advance(10);
    queue.add('a', { trigger: event });
    expect(drain(queue).map(({ key, triggers }) => ({ key, triggers }))).toEqual([{ key: 'a', triggers: [event] }]);
    queue.done('a', { type: 'settled' });
    clock.advance(600_000);
    expect(drain(queue)).toEqual([]);
  });

  it('hands due keys to waiting workers in order', async () => {
    const { queue } = queueOf();
    const { signal } = new AbortController();
    const both = Promise.all([queue.take({ signal }), queue.take({ signal })]);
    queue.add('a', { trigger: event });
    queue.add('b', { trigger: event });
    expect(keysOf((await both) as QueueItem[])).toEqual(['a', 'b']);
  });
});

describe('backoff', () => {
  function fail(queue: WorkQueue, key: string): void {
    queue.done(key, { type: 'failed' });
  }

  it('doubles from 200 ms up to the cap', () => {
    const { clock, queue } = queueOf(1000);
    queue.add('a', { trigger: event });
    const delays: number[] = [];
    for (let n = 0; n < 5; n++) {
      const startedAtMs = clock.nowMs();
      let item = queue.tryTake();
      while (item === undefined) {
        clock.advance(1);
        item = queue.tryTake();
      }
      delays.push(clock.nowMs() - startedAtMs);
      expect(item.attempt).toBe(n + 1);
      fail(queue, 'a');
    }
    expect(delays).toEqual([0, 200, 400, 800, 1000]);
  });

  it('is not burnt by events: one step per deadline', () => {
    const { clock, queue } = queueOf();
    queue.add('a', { trigger: event });
    for (let n = 0; n < 4; n++) {
      clock.advance(10_000);
      queue.tryTake();
      fail(queue, 'a');
    }
    // Four failures: the fifth run is due in 1600 ms. A storm of events runs every 200 ms and always fails.
    const deadlineMs = clock.nowMs() + 1600;
    let runs = 0;
    for (; clock.nowMs() < deadlineMs; clock.advance(20)) {
      queue.add('a', { trigger: event });
      for (const item of drain(queue)) {
        expect(item.attempt).toBe(5);
        runs += 1;
        fail(queue, item.key);
      }
    }
    expect(runs).toBeGreaterThanOrEqual(6);
    expect(runs).toBeLessThanOrEqual(8);
    expect(drain(queue).map((item) => item.attempt)).toEqual([5]);
  });

  it('starts anew after a success', () => {
    const { clock, queue } = queueOf();
    queue.add('a', { trigger: event });
    queue.tryTake();
    fail(queue, 'a');
    clock.advance(200);
    expect(queue.tryTake()?.attempt).toBe(2);
    queue.done('a', { type: 'settled' });
    queue.add('a', { trigger: event });
    expect(queue.tryTake()?.attempt).toBe(1);
  });

  it('keeps the failure count when an error asks for its own delay', () => {
    const { clock, queue } = queueOf();
    queue.add('a', { trigger: event });
    queue.tryTake();
    fail(queue, 'a');
    clock.advance(200);
    queue.tryTake();
    queue.done('a', { type: 'again', afterMs: 1000, trigger: retry, keepFailures: true });
    clock.advance(1000);
    expect(queue.tryTake()?.attempt).toBe(2);
  });

  it('does not restart at once because of an event that arrived during the failed run', () => {
    const { clock, queue } = queueOf();
    queue.add('a', { trigger: event });
    queue.tryTake();
    queue.add('a', { trigger: event });
    fail(queue, 'a');
    expect(drain(queue)).toEqual([]);
    clock.advance(200);
    expect(keysOf(drain(queue))).toEqual(['a']);
  });

  it('spreads retries by ±20 %', () => {
    const clock = new ManualClock();
    const waits = [0, 0.999_999].map((value) => {
      const queue = new WorkQueue({ clock, random: { next: () => value } });
      queue.add('a', { trigger: event });
      queue.tryTake();
      queue.done('a', { type: 'failed' });
      const failedAtMs = clock.nowMs();
      while (queue.tryTake() === undefined) clock.advance(1);
      return clock.nowMs() - failedAtMs;
    });
    expect(waits).toEqual([160, 240]);
  });
});

describe('close', () => {
  it('refuses adds, drops queued keys and answers waiters with undefined', async () => {
    const { queue } = queueOf();
    const waiting = queue.take({ signal: new AbortController().signal });
    queue.close();
    expect(await waiting).toBeUndefined();
    expect(queue.add('a', { trigger: event })).toBe(false);
    expect(await queue.take({ signal: new AbortController().signal })).toBeUndefined();
  });

  it('lets a waiter go with the reason of its signal', async () => {
    const { queue } = queueOf();
    const abort = new AbortController();
    const waiting = queue.take({ signal: abort.signal });
    abort.abort(new Error('leadership lost'));
    await expect(waiting).rejects.toThrow('leadership lost');
    queue.add('a', { trigger: event });
    expect(keysOf(drain(queue))).toEqual(['a']);
  });
});

type Step =
  | { readonly type: 'add'; readonly key: number; readonly afterMs: number }
  | { readonly type: 'take' }
  | { readonly type: 'done'; readonly pick: number; readonly outcome: QueueOutcome }
  | { readonly type: 'advance'; readonly ms: number };

/** Drives a queue and remembers what it owes. */
class Model {
  readonly running: Set<string> = new Set();
  /** Added since their last start. */
  readonly owed: Set<string> = new Set();
  readonly violations: string[] = [];
  readonly clock: ManualClock;
  readonly queue: WorkQueue;

  constructor() {
    ({ clock: this.clock, queue: this.queue } = queueOf());
  }

  apply(step: Step): void {
    switch (step.type) {
      case 'add':
        this.queue.add(`k${step.key}`, { trigger: event, afterMs: step.afterMs });
        this.owed.add(`k${step.key}`);
        return;
      case 'take':
        this.#take();
        return;
      case 'done':
        this.#done(step);
        return;
      case 'advance':
        this.clock.advance(step.ms);
        return;
    }
  }

  #take(): void {
    const item = this.queue.tryTake();
    if (item === undefined) return;
    if (this.running.has(item.key)) this.violations.push(`${item.key} runs twice`);
    this.running.add(item.key);
    this.owed.delete(item.key);
  }

  #done(step: Step & { type: 'done' }): void {
    const key = [...this.running][step.pick % Math.max(1, this.running.size)];
    if (key === undefined) return;
    this.running.delete(key);
    this.queue.done(key, step.outcome);
  }
}

describe('under random interleavings', () => {
  const outcomes: QueueOutcome[] = [
    { type: 'settled' },
    { type: 'failed' },
    { type: 'again', afterMs: 70, trigger: retry },
  ];
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ type: fc.constant('add' as const), key: fc.nat(5), afterMs: fc.constantFrom(0, 0, 50, 5000) }),
    fc.record({ type: fc.constant('take' as const) }),
    fc.record({ type: fc.constant('done' as const), pick: fc.nat(5), outcome: fc.constantFrom(...outcomes) }),
    fc.record({ type: fc.constant('advance' as const), ms: fc.constantFrom(1, 100, 300, 10_000) }),
  );

  it('never runs one key twice at once, never loses an added key', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const model = new Model();
        for (const one of steps) model.apply(one);
        for (const key of model.running) model.queue.done(key, { type: 'settled' });
        model.clock.advance(200_000);
        const left = keysOf(drain(model.queue));
        expect(model.violations).toEqual([]);
        expect(new Set(left).size).toBe(left.length);
        expect([...model.owed].filter((key) => !left.includes(key))).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('changes that come while nobody takes', () => {
  it('start newest first, ahead of what was queued before and of what comes later', () => {
    const { clock, queue } = queueOf();
    queue.add('listed', { trigger: event, priority: -100 });
    for (const key of ['a', 'b', 'c', 'a']) {
      clock.advance(10);
      queue.add(key, { trigger: event, standby: 'changed' });
    }
    clock.advance(10);
    queue.add('later', { trigger: event });
    expect(keysOf(drain(queue))).toEqual(['a', 'c', 'b', 'later', 'listed']);
  });

  it('go back among the others once somebody has seen to them', () => {
    const { clock, queue } = queueOf();
    queue.add('a', { trigger: event, standby: 'changed' });
    clock.advance(10);
    queue.add('b', { trigger: event, standby: 'changed' });
    clock.advance(10);
    queue.add('b', { trigger: { reason: 'owned' }, standby: 'answered' });
    queue.add('c', { trigger: event });
    expect(keysOf(drain(queue))).toEqual(['a', 'b', 'c']);
  });
});
