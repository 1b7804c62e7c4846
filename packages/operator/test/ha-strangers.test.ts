/** Processes that do not belong here: of another cluster, or with an ordinal that is taken. Each is told what to change. */
import { readdir } from 'node:fs/promises';
import { RaftNodeManager } from '@k8sop/operator';
import { describe, expect, it } from 'vitest';
import { NodeGroup } from './node-group.ts';

async function groupOfThree(): Promise<NodeGroup> {
  const group = await NodeGroup.open(4);
  await Promise.all([0, 1, 2].map((ordinal) => group.start(ordinal)));
  await group.membership([0, 1, 2]);
  return group;
}

describe('two clusters behind one Service', () => {
  it('a data directory of another cluster stays out, untouched, and is told that it needs an empty one', async () => {
    await using elsewhere = await NodeGroup.open(1, 'elsewhere');
    await elsewhere.start(0);
    await elsewhere.leader();
    await elsewhere.stop(0);
    await using group = await groupOfThree();
    await using node = RaftNodeManager.withLevel(group.config(3), elsewhere.dataDir(0), {
      onProblem: (problem) => void group.problems.push(problem),
    });
    await node.start();
    await node.bootstrapOrJoin({ client: group.client });
    const said = await group.problem('storage and record are of different clusters');
    expect(said).toContain('give this node an empty directory');
    expect(group.node(await group.leader()).cluster.members()).toHaveLength(3);
    expect(await readdir(elsewhere.dataDir(0))).toContain('log');
  }, 120_000);
});

describe('duplicate ids', () => {
  it('a second process with the ordinal of a live member is not let in, and replaces nobody', async () => {
    await using group = await groupOfThree();
    const leader = await group.leader();
    const taken = (leader + 1) % 3;
    const before = group.node(leader).cluster.members();
    const twin = group.make(taken, 'memory', group.config(taken).port(0));
    await twin.start();
    const stop = new AbortController();
    const joining = twin.bootstrapOrJoin({ client: group.client, signal: stop.signal });
    const said = await group.problem(`ordinal ${taken} is in use by a process with another storage`);
    expect(said).toContain('do two pods have one name or nodeId?');
    stop.abort(new Error('seen enough'));
    await expect(joining).rejects.toThrow('seen enough');
    expect(group.node(leader).cluster.members()).toEqual(before);
    await twin.shutdown();
  }, 120_000);

  it('nor is one with the ordinal of the leader itself', async () => {
    await using group = await groupOfThree();
    const leader = await group.leader();
    const twin = group.make(leader, 'memory', group.config(leader).port(0));
    await twin.start();
    const joining = twin.bootstrapOrJoin({ client: group.client, signal: AbortSignal.timeout(4_000) });
    await expect(joining).rejects.toThrow('timeout');
    expect(await group.leader()).toBe(leader);
    expect((await group.record()).voters).toHaveLength(3);
    await twin.shutdown();
  }, 120_000);
});
