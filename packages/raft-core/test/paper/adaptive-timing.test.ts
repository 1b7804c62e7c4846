/** Slow environments: timing that follows the lateness of ticks, by log entries, cluster-wide. */
import { describe, expect, it } from 'vitest';
import { ScriptedCluster } from '../../src/testing/index.ts';
import { settled } from './peer-messages.ts';

const ticksPerMinute = 6000;

/** One minute of ticks, with node 3's this late. Messages settle once per heartbeat, as nothing else happens. */
function minute(script: ScriptedCluster, lateMs: number): void {
  for (let i = 0; i < ticksPerMinute; i++) {
    script.advance(10);
    for (const id of [1, 2]) script.step(id, { type: 'tick', lateMs: 0 });
    script.step(3, { type: 'tick', lateMs });
    for (let at = i % 3; at === 2; at++) script.settle();
  }
  script.settle();
}

function minutes(script: ScriptedCluster, count: number): void {
  for (let i = 0; i < count; i++) minute(script, 0);
}

const cluster = (): ScriptedCluster => settled(new ScriptedCluster({ voters: [1, 2, 3] }));
const timings = (script: ScriptedCluster): readonly number[] =>
  script.nodes.map(({ core }) => core.timing.electionTimeoutMs);

describe('adaptive timing', () => {
  it('doubles timing cluster-wide when a voter’s ticks run late', { timeout: 60_000 }, () => {
    const script = cluster();
    minute(script, 35);
    minute(script, 0);
    expect(script.nodes.map(({ core }) => core.timing)).toEqual(
      [1, 2, 3].map(() => ({ electionTimeoutMs: 300, heartbeatMs: 60 })),
    );
    expect(script.leader).toBe(1);
  });

  it('is restored after 30 calm minutes, not before, to what was configured', { timeout: 60_000 }, () => {
    const script = cluster();
    minute(script, 35);
    minute(script, 0);
    expect(timings(script)).toEqual([300, 300, 300]);
    minutes(script, 28);
    expect(timings(script)).toEqual([300, 300, 300]);
    minutes(script, 1);
    expect(script.nodes.map(({ core }) => core.timing)).toEqual(
      [1, 2, 3].map(() => ({ electionTimeoutMs: 150, heartbeatMs: 30 })),
    );
    minutes(script, 31);
    expect(timings(script)).toEqual([150, 150, 150]);
  });

  it('one late minute starts the calm time again', { timeout: 60_000 }, () => {
    const core = { electionTimeoutMs: 150, heartbeatMs: 30 };
    const script = settled(new ScriptedCluster({ voters: [1, 2, 3], core }));
    script.proposeTiming(1, { electionTimeoutMs: 1000, heartbeatMs: 200 });
    script.settle();
    minutes(script, 20);
    // At the cap a late minute doubles nothing more, but it is not calm either.
    minute(script, 250);
    minutes(script, 20);
    expect(timings(script)).toEqual([1000, 1000, 1000]);
    minutes(script, 12);
    expect(timings(script)).toEqual([500, 500, 500]);
  });

  it('doubling ends at a second', { timeout: 60_000 }, () => {
    const script = cluster();
    for (const lateMs of [35, 70, 150, 300, 300, 0]) minute(script, lateMs);
    expect(timings(script)).toEqual([1000, 1000, 1000]);
  });

  it('stays as it is when it was told to', { timeout: 60_000 }, () => {
    const script = settled(new ScriptedCluster({ voters: [1, 2, 3], core: { adaptiveTiming: false } }));
    minute(script, 35);
    minute(script, 0);
    expect(timings(script)).toEqual([150, 150, 150]);
  });
});
