/** What went wrong in the predecessor, each as an experiment with three processes; the numbers are those of its defects. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LateWrites } from '../harness/late-writes.ts';
import type { LogLine } from '../harness/replica.ts';
import { Stage } from '../harness/stage.ts';
import { createWebApps, startLoad, type SteadyLoad } from '../harness/steady-load.ts';
import { takeOver } from '../harness/take-over.ts';

const over = new AbortController();
const late = new LateWrites();
let stage: Stage;
let load: SteadyLoad;

beforeAll(async () => {
  stage = await Stage.open({ source: true, signal: over.signal, onLine: (line) => late.hear(line) });
  await stage.startAll();
  await stage.awaitVoters(3);
  await createWebApps(stage.api, 20);
  load = startLoad(stage.api, { objects: 20, everyMs: 20 });
}, 120_000);

afterAll(async () => {
  await load.stop();
  await stage[Symbol.asyncDispose]();
}, 120_000);

const follows =
  (sinceMs: number) =>
  ({ msg, role, atMs }: LogLine): boolean =>
    msg === 'raft: role' && role === 'follower' && atMs > sinceMs;

/** What each replica said last of who leads, and under which term. */
function views(): readonly { readonly leader: unknown; readonly term: unknown }[] {
  return stage.replicas.map(({ lines }) => {
    const role = lines.findLast(({ msg }) => msg === 'raft: role');
    return { leader: role?.['leader'], term: role?.['term'] };
  });
}

async function restart(ordinal: number): Promise<void> {
  const replica = stage.replica(ordinal);
  await replica.ended();
  replica.start();
  await replica.ready(over.signal);
}

/** The best of five tries, or the first below a second: how fast the operator is, not how busy the machine. */
async function quickest(experiment: () => Promise<number>): Promise<number> {
  let bestMs = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 5 && bestMs >= 1_000; tries += 1) bestMs = Math.min(bestMs, await experiment());
  return bestMs;
}

describe('three replicas from nothing', () => {
  it('P1: found one cluster, and the same after each was restarted', async () => {
    const before = await stage.record();
    for (const { ordinal } of stage.replicas) {
      stage.replica(ordinal).signal('SIGKILL');
      await restart(ordinal);
    }
    const after = await stage.record();
    expect(after).toEqual(before);
    expect(stage.server.oracle.clusterIds).toEqual([before.clusterId]);
  }, 120_000);

  it('P3: agree on who leads, whoever it is', async () => {
    const { from, to } = await takeOver(stage, (leader) => leader.signal('SIGTERM'));
    expect(to).not.toBe(from);
    await restart(from);
    await expect
      .poll(() => new Set(views().map(({ leader, term }) => `${String(leader)} of term ${String(term)}`)), {
        timeout: 60_000,
      })
      .toEqual(new Set([expect.stringMatching(/^[0-2] of term \d+$/)]));
  }, 120_000);

  it('P9: hand over on SIGTERM without waiting for a timeout and without losing a member', async () => {
    const before = await stage.record();
    const handOver = async (): Promise<number> => {
      const { from, gapMs } = await takeOver(stage, (leader) => leader.signal('SIGTERM'));
      expect(await stage.replica(from).ended()).toBe(0);
      await restart(from);
      return gapMs;
    };
    expect(await quickest(handOver)).toBeLessThan(1_000); // npm run bench -- failover has the figure
    expect(await stage.record()).toEqual(before);
  }, 120_000);

  it('P11: work again well within a second after the leader was killed', async () => {
    const failOver = async (): Promise<number> => {
      const { from, failoverMs } = await takeOver(stage, (leader) => leader.signal('SIGKILL'));
      await restart(from);
      return failoverMs;
    };
    expect(await quickest(failOver)).toBeLessThan(1_000); // npm run bench -- failover has the figure
  }, 120_000);

  it('P7, H5: a leader that was frozen for longer than its lease writes nothing unnoticed when it goes on', async () => {
    const { from, to } = await takeOver(stage, (leader) => leader.signal('SIGSTOP'));
    const frozen = stage.replica(from);
    const contMs = frozen.signal('SIGCONT');
    await frozen.logged(follows(contMs));
    await frozen.ready(over.signal);
    expect(to).not.toBe(from);
    expect(stage.server.oracle.overlaps.filter((overlap) => !late.include(overlap.late))).toEqual([]);
  }, 120_000);
});
