import { openClusterAuth, HttpKubeClient, silentLogger, noMetrics, systemClock, systemRandom } from '@k8sop/runtime';
import { describe, expect, it } from 'vitest';
import { beginningOf, decideBeginning } from '../src/ha/begin-node.ts';
import { GenesisRecords } from '../src/ha/genesis-record.ts';
import type { OpenedStorage } from '../src/ha/raft-node.ts';
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
