/** What happens when more voters are gone for good than a cluster can do without (raft.md §7). Real processes. */
import { describe, expect, it } from 'vitest';
import { HaCluster } from './ha-cluster.ts';

const generationsOf = ({ records }: HaCluster): readonly number[] => records.map(({ generation }) => generation);
const sorted = (values: readonly number[]): readonly number[] => [...values].sort((a, b) => a - b);

/** What must hold at the end of every experiment. */
function expectSafe(cluster: HaCluster): void {
  expect(cluster.overlaps).toEqual([]);
  expect(new Set(cluster.records.map(({ clusterId }) => clusterId)).size).toBe(1);
  expect(new Set(cluster.writes.map(({ clusterId }) => clusterId)).size).toBe(1);
  expect(generationsOf(cluster)).toEqual(sorted(generationsOf(cluster)));
}

describe('memory storage', () => {
  it('all three killed and started again found the next generation, once, and go on', async () => {
    await using cluster = await HaCluster.start({ storage: 'memory' });
    cluster.run(0, 1, 2);
    const first = await cluster.voters(3);
    await cluster.written(1);
    await cluster.kill(0, 1, 2);
    cluster.run(0, 1, 2);
    const second = await cluster.voters(3, 2);
    await cluster.written(2);
    expect(second.clusterId).toBe(first.clusterId);
    expect(second.voters.map(({ uuid }) => uuid)).not.toEqual(first.voters.map(({ uuid }) => uuid));
    await cluster.kill(0, 1, 2);
    cluster.run(2, 1, 0);
    await cluster.voters(3, 3);
    await cluster.written(3);
    expectSafe(cluster);
  }, 120_000);

  it('two of three lost: the third discards what it has and joins the next generation', async () => {
    await using cluster = await HaCluster.start({ storage: 'memory' });
    cluster.run(0, 1, 2);
    await cluster.voters(3);
    await cluster.kill(0, 1);
    cluster.run(0, 1);
    const { voters } = await cluster.voters(3, 2);
    await cluster.written(2);
    expect(voters.map(({ id }) => id)).toEqual([1, 2, 3]);
    await cluster.replica(2).logged(({ msg }) => msg.includes('joining the next one as a new member'));
    expectSafe(cluster);
  }, 120_000);

  it('an API outage in the middle only postpones it', async () => {
    await using cluster = await HaCluster.start({ storage: 'memory' });
    cluster.run(0, 1, 2);
    await cluster.voters(3);
    await cluster.kill(0, 1, 2);
    const restarted = cluster.kube.api.restart(async () => {
      cluster.run(0, 1, 2);
      const waits = [0, 1, 2].map((i) =>
        cluster.replica(i).logged(({ msg }) => msg.includes('waits for the cluster record')),
      );
      await Promise.all(waits);
    });
    await restarted;
    const { generation } = await cluster.voters(3, 2);
    expect(generation).toBe(2);
    expectSafe(cluster);
  }, 120_000);
});

describe('storage on disk', () => {
  it('two disks of three lost: nothing is founded, and the log names the command', async () => {
    await using cluster = await HaCluster.start({ storage: 'level' });
    cluster.run(0, 1, 2);
    const { generation } = await cluster.voters(3);
    await cluster.kill(0, 1);
    await cluster.wipe(0);
    await cluster.wipe(1);
    cluster.run(0, 1);
    const line = await cluster.replica(0).logged(({ msg }) => msg.includes('the majority is lost'), 90_000);
    expect(line['command']).toBe('k8sop-raft recover ha --namespace default');
    await cluster.replica(1).logged(({ msg }) => msg.includes('the majority is lost'), 90_000);
    expect((await cluster.record(() => true)).generation).toBe(generation);
    expectSafe(cluster);
  }, 120_000);
});
