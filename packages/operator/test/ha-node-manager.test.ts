import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Operator, customResource, RaftConfig, RaftNodeManager } from '@k8sop/operator';
import { Type } from 'typebox';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { freePorts } from './free-ports.ts';

afterEach(() => vi.unstubAllEnvs());

function configFor(peers: Record<number, string>, ordinal: number): RaftConfig {
  return new RaftConfig('nodes').nodeId(ordinal).peers(peers).host('127.0.0.1').bootstrap('expect');
}

describe('nodes without an operator', () => {
  it('found one cluster, elect one leader that commits, and hand over on shutdown', async () => {
    const peers = Object.fromEntries((await freePorts(3)).map((port, ordinal) => [ordinal, `127.0.0.1:${port}`]));
    const directory = await mkdtemp(join(tmpdir(), 'k8sop-nodes-'));
    const nodes = [0, 1, 2].map((i) => RaftNodeManager.withLevel(configFor(peers, i), join(directory, `${i}`)));
    await Promise.all(nodes.map((node) => node.start()));
    await Promise.all(nodes.map((node) => node.bootstrapOrJoin()));
    const signal = AbortSignal.timeout(40_000);
    const leaderOf = (among: RaftNodeManager[]): Promise<RaftNodeManager> =>
      Promise.any(among.map(async (node) => (await node.election.waitForLeadership({ signal }), node)));
    const leader = await leaderOf(nodes);
    await vi.waitFor(
      () => expect(leader.cluster.members().map(({ role }) => role)).toEqual(Array(3).fill('voter')),
      40_000,
    );
    expect(await leader.propose(Buffer.from('command'))).toEqual(new Uint8Array(0));
    const followers = nodes.filter((node) => node !== leader);
    await expect(followers[0]?.propose(Buffer.from('x'))).rejects.toMatchObject({ code: 'RAFT_NOT_LEADER' });
    await expect(followers[0]?.election.guard(async () => 1)).rejects.toMatchObject({ code: 'LEADERSHIP_LOST' });
    expect(await leader.election.guard(async ({ term }) => term)).toBe(leader.status().term);
    await leader.shutdown();
    const next = await leaderOf(followers);
    expect(next.election.isLeader).toBe(true);
    await Promise.all(nodes.map((node) => node.shutdown()));
  }, 120_000);

  it('say what is missing when nothing tells who founds the cluster', async () => {
    await using node = RaftNodeManager.withMemory(new RaftConfig('nodes').nodeId(0).peers({ 0: '127.0.0.1:1' }));
    await node.start();
    await expect(node.bootstrapOrJoin()).rejects.toThrow(
      "pass a client to bootstrapOrJoin, or configure .peers(…) and .bootstrap('expect')",
    );
  });
});

describe('the ordinal of a pod', () => {
  it('comes from its name', () => {
    vi.stubEnv('POD_NAME', 'my-operator-2');
    expect(RaftNodeManager.nodeIdFromHostname()).toBe(2);
    vi.stubEnv('POD_NAME', 'laptop');
    expect(() => RaftNodeManager.nodeIdFromHostname()).toThrow(expect.objectContaining({ code: 'POD_NAME_INVALID' }));
  });

  it('reads as in the documentation', () => {
    vi.stubEnv('POD_NAME', 'my-operator-2');
    const WebApp = customResource({ group: 'example.com', version: 'v1', kind: 'WebApp', spec: Type.Object({}) });
    const operator = new Operator(WebApp)
      .reconcile(async () => {})
      .withLeaderElection(
        new RaftConfig('my-cluster')
          .nodeId(RaftNodeManager.nodeIdFromHostname())
          .serviceName('my-operator-headless')
          .namespace('default'),
      );
    expect(operator).toBeInstanceOf(Operator);
  });
});
