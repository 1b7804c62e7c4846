/** Who belongs to a cluster, and how that changes (raft.md §8): joining, leaving, scaling; never by silence. */
import type { RaftConfig } from '@k8sop/operator';
import { describe, expect, it, vi } from 'vitest';
import type { GenesisRecord } from '../src/ha/genesis-record.ts';
import { HaCluster } from './ha-cluster.ts';
import { NodeGroup } from './node-group.ts';
import type { LogLine } from './operator-process.ts';

async function groupOfThree(): Promise<NodeGroup> {
  const group = await NodeGroup.open(3);
  await Promise.all([0, 1, 2].map((ordinal) => group.start(ordinal)));
  await group.membership([0, 1, 2]);
  return group;
}

const ids = (members: readonly { readonly id: number }[]): number[] => members.map(({ id }) => id - 1);
const other = (leader: number): number => (leader + 1) % 3;
const settledBelow =
  (count: number) =>
  ({ voters, pendingVoters }: GenesisRecord): boolean =>
    voters.length < count && pendingVoters === null;
const resumes = ({ msg, begins }: LogLine): boolean => msg === 'raft: node runs' && begins === 'resume';

describe('leaving a cluster', () => {
  it('a follower leaves for good: it is removed, recorded, and does not come back by itself', async () => {
    await using group = await groupOfThree();
    const leader = await group.leader();
    const gone = other(leader);
    await group.node(gone).cluster.leave();
    const rest = [0, 1, 2].filter((ordinal) => ordinal !== gone);
    const members = group.node(leader).cluster.members();
    expect(members.map(({ ordinal }) => ordinal)).toEqual(rest);
    await group.membership(
      [leader],
      rest.filter((ordinal) => ordinal !== leader),
    ); // two members: one votes
    expect(ids((await group.record()).voters)).toEqual([leader]);
    await group.stop(gone);
    expect(group.problems.join('\n')).toMatch(
      /^2 members \(.*\): an even number .*; set spec\.replicas to 3, or take LeaseElection/m,
    );
  }, 120_000);

  it('a leader gives its leadership away first', async () => {
    await using group = await groupOfThree();
    const leader = await group.leader();
    await group.node(leader).cluster.leave();
    await group.stop(leader);
    const next = await group.leader();
    expect(next).not.toBe(leader);
    const members = group.node(next).cluster.members();
    expect(members.map(({ ordinal }) => ordinal)).not.toContain(leader);
  }, 120_000);

  it('is refused when the others would have no live majority', async () => {
    await using group = await groupOfThree();
    const leader = await group.leader();
    await group.stop(other(leader)); // storage on disk: it stays a member
    const last = other(other(leader));
    await vi.waitFor(() => {
      const peer = group
        .node(leader)
        .status()
        .peers.find(({ id }) => id === other(leader) + 1);
      expect(peer?.seenMsAgo).toBeGreaterThan(1_000);
    }, 40_000);
    await expect(group.node(last).cluster.leave()).rejects.toMatchObject({
      code: 'RAFT_CHANGE_REFUSED',
      message: expect.stringContaining('voters would be live'),
    });
    expect(group.node(leader).cluster.members()).toHaveLength(3);
  }, 120_000);

  it('a leader does not remove itself', async () => {
    await using group = await groupOfThree();
    const leader = await group.leader();
    await expect(group.node(leader).cluster.remove(leader)).rejects.toMatchObject({
      code: 'RAFT_CHANGE_REFUSED',
      message: expect.stringContaining('call leave() first'),
    });
  }, 120_000);

  it('with memory storage a plain stop is a leave, and the next start a new member', async () => {
    await using cluster = await HaCluster.start({ storage: 'memory' });
    cluster.run(0, 1, 2);
    const before = await cluster.voters(3);
    const leader = await cluster.leader();
    const stopped = cluster.replica(leader);
    expect((await stopped.stop()).code).toBe(0);
    expect(stopped.lines.find(({ msg }) => msg === 'raft: node stops')).toMatchObject({ handedOver: true, left: true });
    const rest = await cluster.record(settledBelow(3));
    expect(ids(rest.voters)).not.toContain(leader);
    cluster.run(leader);
    const after = await cluster.voters(3);
    expect(after.generation).toBe(1);
    expect(after.voters[leader]?.uuid).not.toBe(before.voters[leader]?.uuid);
    expect(cluster.overlaps).toEqual([]);
  }, 120_000);

  it('with storage on disk a restart changes no member (P9)', async () => {
    await using cluster = await HaCluster.start({ storage: 'level' });
    cluster.run(0, 1, 2);
    const before = await cluster.voters(3);
    const leader = await cluster.leader();
    expect((await cluster.replica(leader).stop()).code).toBe(0);
    cluster.run(leader);
    await cluster.replica(leader).logged(resumes);
    expect(await cluster.voters(3)).toEqual(before);
  }, 120_000);
});

describe('a founder that stops while it makes voters of the others', () => {
  it('completes the change first, so that they can elect without it', async () => {
    await using group = await NodeGroup.open(3);
    const patient = (ordinal: number): RaftConfig => group.config(ordinal).electionTimeout('1s'); // a stop takes four of them at most
    await Promise.all([0, 1, 2].map((ordinal) => group.start(ordinal, 'level', patient(ordinal))));
    const founder = await group.leader();
    const votersOf = (): number => group.node(founder).status().configuration.voters.length;
    await vi.waitFor(() => expect(votersOf()).toBe(3), { timeout: 40_000, interval: 1 }); // in its joint phase, mostly
    await group.stop(founder);
    const next = await group.leader();
    expect(next).not.toBe(founder);
    expect(group.node(next).status().configuration.outgoing).toEqual([]);
  }, 120_000);
});

describe('a removed node that still runs', () => {
  it('asks to be let in again, as a learner too, which names its last leader for ever', async () => {
    await using group = await NodeGroup.open(4);
    await Promise.all([0, 1, 2, 3].map((ordinal) => group.start(ordinal)));
    const leader = group.node(await group.leader());
    const roles = (): string[] => leader.cluster.members().map(({ role }) => role);
    await vi.waitFor(() => expect(roles().sort()).toEqual(['learner', 'voter', 'voter', 'voter']), 40_000);
    const [{ ordinal: learner } = { ordinal: -1 }] = leader.cluster.members().filter(({ role }) => role === 'learner');
    await leader.cluster.remove(learner);
    expect(leader.cluster.members()).toHaveLength(3);
    await vi.waitFor(() => expect(leader.cluster.members()).toHaveLength(4), 40_000);
    expect(leader.cluster.members()[learner]).toMatchObject({ ordinal: learner, role: 'learner' });
  }, 120_000);
});

describe('the wanted replicas', () => {
  it('lowered below the leader: it hands over first, and the others remove it', async () => {
    await using group = await groupOfThree();
    const [first, leader] = [0, await group.leader()];
    await group.node(leader).cluster.leave(); // so that another one leads, whoever founded
    await group.stop(leader);
    await group.start(leader);
    await group.membership([0, 1, 2]);
    for (const node of group.nodes.values()) node.cluster.followReplicas(1);
    await group.membership([first]);
    expect(await group.leader()).toBe(first);
    expect(ids((await group.record()).voters)).toEqual([first]);
  }, 120_000);

  it('lowered: members beyond leave after a second reading, and are not let in again', async () => {
    await using cluster = await HaCluster.start({ storage: 'level' });
    await cluster.scale(3);
    cluster.run(0, 1, 2);
    await cluster.voters(3);
    const loweredAtMs = performance.now();
    await cluster.scale(1);
    const { voters } = await cluster.voters(1, 1, 40_000);
    expect(performance.now() - loweredAtMs).toBeGreaterThan(10_000);
    expect(ids(voters)).toEqual([0]);
    const line = await cluster.replica(1).logged(({ msg }) => msg === 'raft: not admitted', 40_000);
    expect(line['reason']).toContain('ordinal 1 is not among the 1 wanted replicas');
    await cluster.scale(3);
    expect(ids((await cluster.voters(3, 1, 40_000)).voters)).toEqual([0, 1, 2]);
    expect(cluster.overlaps).toEqual([]);
  }, 120_000);
});
