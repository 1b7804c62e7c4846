import { createHash } from 'node:crypto';
import { openClusterAuth, HttpKubeClient, silentLogger, noMetrics, systemClock, systemRandom } from '@k8sop/runtime';
import { RaftNodeManager } from '@k8sop/operator';
import { openLevelLogStore } from '@k8sop/raft-level';
import { describe, expect, it, vi } from 'vitest';
import { beginningOf, decideBeginning, foundingRecord } from '../src/ha/begin-node.ts';
import { GenesisRecords } from '../src/ha/genesis-record.ts';
import type { OpenedStorage } from '../src/ha/raft-node.ts';
import { encodeCommand } from '../src/ha/kv-command.ts';
import { KvStateMachine } from '../src/ha/kv-state-machine.ts';
import { NodeGroup } from './node-group.ts';
import { TestCluster } from './test-cluster.ts';

const signal = new AbortController().signal;

function emptyStorage(id: number, uuid = `00000000-0000-4000-8000-00000000000${id}`): OpenedStorage {
  return {
    id,
    identity: { uuid, clusterId: '', generation: 0 } as OpenedStorage['identity'],
    empty: true,
    setAside: undefined,
  };
}

async function connect(cluster: TestCluster): Promise<HttpKubeClient> {
  const auth = await openClusterAuth({ kubeconfig: cluster.kubeconfig });
  const ports = { clock: systemClock, random: systemRandom, logger: silentLogger, metrics: noMetrics };
  return new HttpKubeClient({ ...ports, auth, userAgent: 'genesis' });
}

describe('the founding of a cluster', () => {
  it('has one founder however many race; a crash after it repeats it; a wiped founder joins', async () => {
    await using cluster = await TestCluster.start();
    await using client = await connect(cluster);
    const records = new GenesisRecords(client, { namespace: 'default', clusterName: 'race' });
    const begin = (storage: OpenedStorage): ReturnType<typeof decideBeginning> =>
      decideBeginning({ storage, records, signal, sleep: async () => {}, onRetry: () => {} });
    const nodes = [1, 2, 3].map((id) => emptyStorage(id));
    expect(await Promise.all(nodes.map(begin))).toEqual(Array(3).fill({ type: 'search' }));
    await Promise.all(nodes.map((storage) => records.create(foundingRecord(storage), signal)));
    const beginnings = await Promise.all(nodes.map(begin));
    expect(beginnings.map(({ type }) => type).sort()).toEqual(['bootstrap', 'join', 'join']);
    const founder = nodes[beginnings.findIndex(({ type }) => type === 'bootstrap')] as OpenedStorage;
    const stored = await records.read(signal);
    expect(stored?.record).toMatchObject({ generation: 1, founder: { id: founder.id, uuid: founder.identity.uuid } });
    expect(await begin(founder)).toMatchObject({
      type: 'bootstrap',
      bootstrap: { clusterId: stored?.record.clusterId },
    });
    const wiped = emptyStorage(founder.id, '00000000-0000-4000-8000-0000000000ff');
    expect(beginningOf(wiped, stored?.record)).toMatchObject({ type: 'join' });
    expect(await begin(wiped)).toMatchObject({ type: 'join' });
  });

  it('asks again, ever more slowly, while the record cannot be read, and never guesses', async () => {
    await using cluster = await TestCluster.start();
    await using client = await connect(cluster);
    const broken = new GenesisRecords(client, { namespace: 'default', clusterName: 'away' });
    await cluster.create('/api/v1/namespaces/default/configmaps', {
      metadata: { name: 'raft-away' },
      data: { 'record.json': '{"clusterId":""}' },
    });
    const stop = new AbortController();
    const waits: number[] = [];
    const tries = new Map([[6, () => stop.abort(new Error('seen enough'))]]);
    const deciding = decideBeginning({
      storage: emptyStorage(1),
      records: broken,
      signal: stop.signal,
      sleep: async () => {},
      onRetry: (_, delayMs) => {
        waits.push(delayMs);
        tries.get(waits.length)?.();
      },
    });
    await expect(deciding).rejects.toThrow('seen enough');
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000]);
  });
});

describe('three nodes from nothing', () => {
  it('found one cluster, the same after each was restarted: memory storage (P1)', async () => {
    await using group = await NodeGroup.open(3);
    await Promise.all([0, 1, 2].map((ordinal) => group.start(ordinal, 'memory')));
    await group.membership([0, 1, 2]);
    const before = await group.record();
    for (const ordinal of [0, 1, 2]) {
      await group.stop(ordinal);
      await group.start(ordinal, 'memory');
      await group.membership([0, 1, 2]);
    }
    expect(await group.record()).toMatchObject({ clusterId: before.clusterId, generation: 1 });
  }, 120_000);

  it('found nothing while the API server is away, and one cluster when it is back', async () => {
    await using group = await NodeGroup.open(3);
    const starting: Promise<unknown>[] = [];
    await group.kube.api.restart(async () => {
      for (const ordinal of [0, 1, 2]) starting.push(group.start(ordinal));
      await group.problem('waits for the cluster record');
      expect([...group.nodes.values()].some((node) => node.election.isLeader)).toBe(false);
    });
    await Promise.all(starting);
    await group.membership([0, 1, 2]);
    expect(await group.record()).toMatchObject({ generation: 1 });
  }, 120_000);

  it('a founder that crashed right after it had created the record founds that very cluster', async () => {
    await using group = await NodeGroup.open(3);
    const store = await openLevelLogStore({ directory: group.dataDir(1) });
    const { identity } = await store.load({ signal });
    await store[Symbol.asyncDispose]();
    const founder = { id: 2, uuid: identity.uuid };
    const clusterId = '00000000-0000-4000-8000-00000000cafe';
    const records = new GenesisRecords(group.client, { namespace: 'default', clusterName: 'group' });
    await records.create({ clusterId, generation: 1, founder, voters: [founder], pendingVoters: null }, signal);
    await Promise.all([0, 1, 2].map((ordinal) => group.start(ordinal)));
    await group.membership([0, 1, 2]);
    expect(await group.record()).toMatchObject({ clusterId, generation: 1, founder });
  }, 120_000);

  it('agree on who leads, whoever it is (P3)', async () => {
    await using group = await NodeGroup.open(3);
    await Promise.all([0, 1, 2].map((ordinal) => group.start(ordinal)));
    await group.membership([0, 1, 2]);
    const seen = new Set<number>();
    for (let round = 0; round < 2; round++) {
      const leader = await group.leader();
      const { term } = group.node(leader).status();
      await vi.waitFor(() => {
        const views = [...group.nodes.values()].map((node) => [node.status().leaderId - 1, node.status().term]);
        expect(views).toEqual(Array(3).fill([leader, term]));
      }, 40_000);
      seen.add(leader);
      await group.stop(leader);
      await group.start(leader);
    }
    expect(seen.size).toBe(2);
  }, 120_000);
});

describe('a state machine', () => {
  it('is the same after a restart, its old entries compacted away (P6)', async () => {
    await using group = await NodeGroup.open(1);
    const machine = new KvStateMachine();
    const open = async (stateMachine: KvStateMachine): Promise<RaftNodeManager> => {
      const node = RaftNodeManager.withLevel(group.config(0), group.dataDir(0), { stateMachine });
      await node.start();
      await node.bootstrapOrJoin({ client: group.client });
      await node.election.waitForLeadership({ signal: AbortSignal.timeout(40_000) });
      return node;
    };
    const first = await open(machine);
    const put = (i: number): Promise<unknown> =>
      first.propose(encodeCommand({ op: 'put', key: `key-${i % 97}`, value: Buffer.from(`value ${i}`) }));
    for (let from = 0; from < 12_000; from += 1_000) {
      await Promise.all(Array.from({ length: 1_000 }, (_, i) => put(from + i)));
    }
    await vi.waitFor(() => expect(first.status().snapshotIndex).toBeGreaterThan(0), 40_000);
    await first.shutdown();
    const restored = new KvStateMachine();
    await using second = await open(restored);
    expect(second.status().snapshotIndex).toBeGreaterThan(0);
    expect(await imageOf(restored)).toEqual(await imageOf(machine));
  }, 120_000);
});

async function imageOf(machine: KvStateMachine): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of machine.snapshot({ signal })) hash.update(chunk);
  return hash.digest('hex');
}
