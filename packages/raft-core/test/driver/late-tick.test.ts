/**
 * The late-tick rule: after a stall, timers fire before messages that already arrived are read. A tick that comes late
 * waits for them, and counts once.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { TraceEvent } from '../../src/inspect/trace-event.ts';
import { ManualClock } from '../../src/testing/index.ts';
import { DriverWorld, type WatchedNode } from './driver-world.ts';

let world = new DriverWorld();

afterEach(async () => {
  await world.stop();
  world = new DriverWorld();
});

interface Stalling {
  readonly node: WatchedNode;
  readonly clock: ManualClock;
  readonly roles: string[];
}

/** Nodes 1 and 3 on the world's clock, node 2 on its own; node 1 leads. */
async function cluster(): Promise<Stalling> {
  const voters = [1, 2, 3];
  const clock = new ManualClock();
  const roles: string[] = [];
  const tracer = { trace: (event: TraceEvent) => void (event.type === 'role' && roles.push(event.role)) };
  await world.start(1, { voters });
  const node = await world.start(2, { voters, clock, tracer, electionTimeoutMs: 300 });
  await world.start(3, { voters, electionTimeoutMs: 300 });
  for (let i = 0; i < 60; i++) {
    clock.advance(10);
    await world.run(1);
  }
  expect(world.nodes.get(1)?.driver.status().role).toBe('leader');
  expect(node.driver.status().successor).toBe(2);
  roles.length = 0;
  return { node, clock, roles };
}

/** Node 2 does nothing for a while; the others go on. Its heartbeats are read when its input is, after due timers. */
async function stall({ node, clock }: Stalling, ms: number): Promise<void> {
  node.stall();
  clock.freeze(ms);
  await world.run(ms / 10);
  expect(node.waiting).toBeGreaterThan(0);
  clock.setTimer(0, () => node.resume());
  clock.advance(0);
  await world.turn();
}

describe('late ticks (stall starts election)', () => {
  it('queued heartbeats are read before a late tick counts: no campaign though the connection broke before', async () => {
    const all = await cluster();
    all.node.handler?.peerUnreachable(1, 'connection reset');
    expect(all.node.driver.status().suspect).toBe(true);
    await stall(all, 400);
    expect(all.roles).toEqual([]);
    expect(all.node.driver.status()).toMatchObject({ role: 'follower', leaderId: 1, suspect: false });
    expect(world.nodes.get(1)?.driver.status()).toMatchObject({ role: 'leader', term: all.node.driver.status().term });
  });

  it('the ticks that were missed are never made up', async () => {
    const all = await cluster();
    const late: number[] = [];
    await stall(all, 4000);
    for (let i = 0; i < 20; i++) {
      all.clock.advance(10);
      await world.run(1);
      late.push(all.node.driver.status().electionElapsed);
    }
    expect(Math.max(...late)).toBeLessThanOrEqual(4);
    expect(all.roles).toEqual([]);
  });
});
