import type { Leadership } from '@k8sop/runtime';
import { ManualClock } from '@k8sop/runtime/testing';
import { describe, expect, it } from 'vitest';
import { type GrantedLease, LeaseGate, tokenOf } from './lease-gate.ts';

/** A gate on a manual clock, with a lease that the test moves, and a lead() that lasts until its signal. */
class Scene {
  readonly clock = new ManualClock();
  readonly stop = new AbortController();
  readonly led: Leadership[] = [];
  readonly stopped: number[] = [];
  readonly story: string[] = [];
  readonly gate: LeaseGate;
  confirm: () => Promise<void> = async () => {};
  untilMs = 0;

  constructor(takeoverGraceMs = 0) {
    this.gate = new LeaseGate({
      clock: this.clock,
      takeoverGraceMs,
      confirm: () => this.confirm(),
      onStopped: ({ term }) => {
        this.stopped.push(term);
        this.story.push('stopped');
      },
      onEnded: ({ stopped }) => void this.story.push(stopped ? 'ended' : 'ended, may still write'),
    });
  }

  run(): Promise<void> {
    return this.gate.run(
      async (leadership) => {
        this.led.push(leadership);
        await new Promise((done) => leadership.signal.addEventListener('abort', done, { once: true }));
      },
      { signal: this.stop.signal },
    );
  }

  lease(term: number, untilMs: number): GrantedLease {
    this.untilMs = untilMs;
    return { clusterId: 'c', generation: 1, term, remainingMs: () => this.untilMs - this.clock.nowMs() };
  }

  async end(running: Promise<void>): Promise<void> {
    this.stop.abort();
    await running;
  }
}

describe('a gate over a lease', () => {
  it('opens with the grant and closes when the lease runs out', async () => {
    const scene = new Scene();
    const running = scene.run();
    scene.gate.grant(scene.lease(7, 120));
    await scene.clock.advanceAsync(119);
    expect(scene.led[0]).toMatchObject({ term: 7, token: '00000001.000000000007', stamp: 'c.00000001.000000000007' });
    expect(() => scene.led[0]?.assertHeld()).not.toThrow();
    await scene.clock.advanceAsync(1);
    expect(scene.led[0]?.signal.aborted).toBe(true);
    expect(() => scene.led[0]?.assertHeld()).toThrow(expect.objectContaining({ code: 'LEADERSHIP_LOST' }));
    expect(scene.gate.current).toBeUndefined();
    expect(scene.stopped).toEqual([7]);
    await scene.end(running);
  });

  it('follows renewals without a word', async () => {
    const scene = new Scene();
    const running = scene.run();
    scene.gate.grant(scene.lease(7, 120));
    await scene.clock.advanceAsync(100);
    scene.untilMs = 240;
    await scene.clock.advanceAsync(100);
    expect(scene.led[0]?.remainingMs()).toBe(40);
    expect(scene.led[0]?.signal.aborted).toBe(false);
    await scene.end(running);
  });

  it('refuses a write after the lease even when no timer could fire: the check reads the clock (H6)', async () => {
    const scene = new Scene();
    const running = scene.run();
    scene.gate.grant(scene.lease(7, 120));
    await scene.clock.advanceAsync(0);
    scene.untilMs = -1; // what a blocked event loop would find
    expect(() => scene.led[0]?.assertHeld()).toThrow('the lease is over');
    expect(scene.led[0]?.signal.aborted).toBe(true); // or the work would try again and again until a timer fires
    await scene.end(running);
  });

  it('resumes after a lapse with a fresh signal and the same token', async () => {
    const scene = new Scene();
    const running = scene.run();
    scene.gate.grant(scene.lease(7, 120));
    await scene.clock.advanceAsync(130);
    scene.gate.grant(scene.lease(7, 300));
    await scene.clock.advanceAsync(0);
    expect(scene.led.map(({ token }) => token)).toEqual([
      tokenOf({ generation: 1, term: 7 }),
      tokenOf({ generation: 1, term: 7 }),
    ]);
    expect(scene.led[1]?.signal.aborted).toBe(false);
    await scene.end(running);
  });

  it('says "stopped" only after the work has settled, and at once when there is none', async () => {
    const scene = new Scene();
    const settle = Promise.withResolvers<void>();
    const running = scene.gate.run(() => settle.promise, { signal: scene.stop.signal });
    scene.gate.grant(scene.lease(7, 1_000));
    await scene.clock.advanceAsync(0);
    scene.gate.revoke('hand-over');
    await scene.clock.advanceAsync(0);
    expect(scene.stopped).toEqual([]);
    settle.resolve();
    await scene.clock.advanceAsync(0);
    expect(scene.stopped).toEqual([7]);
    await scene.end(running);

    const idle = new Scene();
    idle.gate.grant(idle.lease(8, 1_000));
    idle.gate.revoke('hand-over');
    expect(idle.stopped).toEqual([8]);
  });

  it('does not say "stopped" when a write was cut off: the lease runs out by itself (H1, H14)', async () => {
    const scene = new Scene();
    const running = scene.run();
    scene.gate.grant(scene.lease(7, 1_000));
    await scene.clock.advanceAsync(0);
    scene.led[0]?.signal.addEventListener('abort', () => scene.led[0]?.unanswered?.(), { once: true });
    scene.gate.revoke('hand-over');
    await scene.clock.advanceAsync(0);
    expect(scene.stopped).toEqual([]);
    scene.gate.grant(scene.lease(9, 2_000));
    await scene.clock.advanceAsync(0);
    scene.gate.revoke('hand-over');
    await scene.clock.advanceAsync(0);
    expect(scene.stopped).toEqual([9]); // another term, whose writes were answered
    await scene.end(running);
  });

  it('keeps it to itself when the process stops too, and for a revocation that comes afterwards', async () => {
    const scene = new Scene();
    const running = scene.run();
    scene.gate.grant(scene.lease(7, 1_000));
    await scene.clock.advanceAsync(0);
    scene.led[0]?.unanswered?.();
    await scene.end(running);
    scene.gate.revoke('hand-over');
    expect(scene.story).toEqual(['ended, may still write']);
  });

  it('says "stopped" again once a lost write is too old to be carried out', async () => {
    const scene = new Scene();
    const running = scene.run();
    scene.gate.grant(scene.lease(7, 60_000));
    await scene.clock.advanceAsync(0);
    scene.led[0]?.unanswered?.();
    await scene.clock.advanceAsync(15_000);
    scene.gate.revoke('hand-over');
    await scene.clock.advanceAsync(0);
    expect(scene.stopped).toEqual([7]);
    await scene.end(running);
  });

  it('waits out the takeover grace before it lets anybody act', async () => {
    const scene = new Scene(50);
    const running = scene.run();
    scene.gate.grant(scene.lease(7, 1_000));
    await scene.clock.advanceAsync(49);
    expect(scene.led).toEqual([]);
    await scene.clock.advanceAsync(1);
    expect(scene.led).toHaveLength(1);
    await scene.end(running);
  });

  it('pauses writes on a higher token of its own cluster until a quorum confirms its term', async () => {
    const scene = new Scene();
    const answer = Promise.withResolvers<void>();
    scene.confirm = () => answer.promise;
    const running = scene.run();
    scene.gate.grant(scene.lease(7, 1_000));
    await scene.clock.advanceAsync(0);
    scene.gate.observe('other.00000009.000000000001');
    scene.gate.observe('c.00000001.000000000006');
    expect(() => scene.led[0]?.assertHeld()).not.toThrow();
    scene.gate.observe('c.00000001.000000000008');
    expect(() => scene.led[0]?.assertHeld()).toThrow('higher token');
    answer.resolve();
    await scene.clock.advanceAsync(0);
    expect(() => scene.led[0]?.assertHeld()).not.toThrow();
    await scene.end(running);
  });

  it('ends the leadership when the confirmation fails', async () => {
    const scene = new Scene();
    scene.confirm = () => Promise.reject(new Error('not the leader'));
    const running = scene.run();
    scene.gate.grant(scene.lease(7, 1_000));
    await scene.clock.advanceAsync(0);
    scene.gate.observe('c.00000001.000000000008');
    await scene.clock.advanceAsync(0);
    expect(scene.led[0]?.signal.aborted).toBe(true);
    await scene.end(running);
  });

  it('does not begin work again that ended early, until the lease is another', async () => {
    const scene = new Scene();
    let begun = 0;
    const running = scene.gate.run(async () => void (begun += 1), { signal: scene.stop.signal });
    scene.gate.grant(scene.lease(7, 1_000));
    await scene.clock.advanceAsync(10);
    expect(begun).toBe(1);
    scene.gate.revoke('hand-over');
    scene.gate.grant(scene.lease(9, 2_000));
    await scene.clock.advanceAsync(10);
    expect(begun).toBe(2);
    await scene.end(running);
  });

  it('stops leading when its own signal aborts', async () => {
    const scene = new Scene();
    const running = scene.run();
    scene.gate.grant(scene.lease(7, 1_000));
    await scene.clock.advanceAsync(0);
    await scene.end(running);
    expect(scene.led[0]?.signal.aborted).toBe(true);
    expect(scene.stopped).toEqual([7]);
  });

  it('says that it has ended only once nothing acts on the lease', async () => {
    const scene = new Scene();
    const running = scene.run();
    scene.gate.grant(scene.lease(7, 1_000));
    await scene.clock.advanceAsync(0);
    expect(scene.story).toEqual([]);
    await scene.end(running);
    expect(scene.story).toEqual(['stopped', 'ended']);
  });
});
