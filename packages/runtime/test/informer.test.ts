/** Informers against a real API server over TLS sockets: every way a watch can fail. */
import type { ApiServer } from '@k8sop/apiserver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change, Informer } from '../src/cache/informer.ts';
import { SharedInformers } from '../src/cache/shared-informers.ts';
import type { ClusterAuth } from '../src/client/cluster-auth.ts';
import { HttpKubeClient } from '../src/client/http-kube-client.ts';
import { type Leadership, unelectedLeadership } from '../src/leadership-gate.ts';
import { RuntimeError } from '../src/errors.ts';
import type { Metrics } from '../src/metrics.ts';
import type { KubeObject } from '../src/object/kube-object.ts';
import type { ResourceKind } from '../src/object/resource-kind.ts';
import { seededRandom } from '../src/random.ts';
import { ManualClock } from '../src/testing/manual-clock.ts';
import { SocketProxy } from './socket-proxy.ts';
import { type ConfigMap, configMap, configMapKind, TestCluster, until } from './test-cluster.ts';

const { signal } = new AbortController();
const configMaps = { resource: 'configmaps' };
const watches = { ...configMaps, verb: 'watch' };

/** Counts by metric and label values. */
class CountingMetrics implements Metrics {
  readonly counts = new Map<string, number>();

  counter({ name }: { readonly name: string }): ReturnType<Metrics['counter']> {
    return {
      inc: (labels = {}, by = 1) => {
        const id = [name, ...Object.values(labels)].join(' ');
        this.counts.set(id, (this.counts.get(id) ?? 0) + by);
      },
    };
  }

  gauge(): ReturnType<Metrics['gauge']> {
    return { set: () => {} };
  }

  histogram(): ReturnType<Metrics['histogram']> {
    return { observe: () => {} };
  }

  /** Total of one metric over all labels. */
  total(name: string): number {
    return [...this.counts].filter(([id]) => id.startsWith(name)).reduce((sum, [, count]) => sum + count, 0);
  }
}

describe('informer', () => {
  let cluster: TestCluster;
  let metrics: CountingMetrics;
  let informers: SharedInformers;

  beforeEach(async () => {
    cluster = await TestCluster.start({ controllers: 'none' });
    metrics = new CountingMetrics();
    informers = new SharedInformers({ client: cluster.client, metrics });
  });

  afterEach(async () => {
    await informers[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
  });

  const write = async (name: string, data: Record<string, string> = {}): Promise<void> => {
    await cluster.client.apply(configMapKind, configMap(name, data), { signal, fieldManager: 'test' });
  };
  const watchConfigMaps = async (): Promise<{ informer: Informer<ConfigMap>; changes: string[] }> => {
    const { informer } = informers.acquire({ kind: configMapKind, namespaces: ['default'], metadataOnly: false });
    const changes: string[] = [];
    informer.addHandler((change) => changes.push(describeChange(change)));
    await informer.waitForSync({ signal });
    return { informer, changes };
  };
  const has = (informer: Informer<ConfigMap>, name: string): boolean =>
    informer.get({ namespace: 'default', name }) !== undefined;

  it('lists, then follows changes, with old and new state', async () => {
    await write('a', { k: '1' });
    const { informer, changes } = await watchConfigMaps();
    await write('a', { k: '2' });
    await write('b');
    await cluster.client.delete(configMapKind, { namespace: 'default', name: 'a' }, { signal });
    await until(() => changes.length === 4);
    expect(changes).toEqual([
      'added a {"k":"1"} initial',
      'updated a {"k":"2"} from {"k":"1"}',
      'added b {}',
      'deleted a {"k":"2"}',
    ]);
    expect(informer.list().map((object) => object.metadata.name)).toEqual(['b']);
  });

  it('a list of several pages is complete', async () => {
    const names = Array.from({ length: 1_203 }, (_, i) => `m-${String(i).padStart(4, '0')}`);
    await Promise.all(names.map((name) => cluster.client.create(configMapKind, configMap(name), { signal })));
    const { informer } = await watchConfigMaps();
    expect(informer.size).toBe(1_203);
    expect(cluster.server.trace.requests({ ...configMaps, verb: 'list' })).toHaveLength(3);
  });

  it('a replaced object is a deletion and an addition', async () => {
    const key = { namespace: 'default', name: 'a' };
    await write('a', { k: '1' });
    const { changes } = await watchConfigMaps();
    await cluster.client.delete(configMapKind, key, { signal });
    await write('a', { k: '2' });
    await until(() => changes.length === 3);
    expect(changes.slice(1)).toEqual(['deleted a {"k":"1"}', 'added a {"k":"2"}']);
  });

  describe('recovers from', () => {
    it('410: relists, tells deletions it slept through, and misses nothing', async () => {
      await write('old');
      const { informer, changes } = await watchConfigMaps();
      const outage = cluster.server.inject(watches, { status: 503 });
      cluster.server.closeWatches();
      await until(() => outage.hits > 0);
      await cluster.client.delete(configMapKind, { namespace: 'default', name: 'old' }, { signal });
      await write('new');
      cluster.server.compact();
      outage.remove();
      await until(() => has(informer, 'new'));
      await until(() => !has(informer, 'old'));
      expect(changes.slice(1).toSorted()).toEqual(['added new {} relisted', 'deleted old {} relisted']);
      expect(metrics.total('k8sop_watch_missed_events_total')).toBe(0);
    });

    it('an HTTP 500 on re-watch, without a list', async () => {
      const { informer } = await watchConfigMaps();
      const fault = cluster.server.inject(watches, { status: 500, times: 2 });
      cluster.server.closeWatches();
      await until(() => fault.hits === 2);
      await write('a');
      await until(() => has(informer, 'a'));
      expect(cluster.server.trace.requests({ ...configMaps, verb: 'list' })).toHaveLength(1);
    });

    it('a stream cut inside an event', async () => {
      cluster.server.inject(watches, { truncate: 100, times: 1 });
      const { informer } = await watchConfigMaps();
      await write('a', { k: 'x'.repeat(500) });
      await until(() => has(informer, 'a'));
      expect(metrics.total('k8sop_watch_restarts_total')).toBeGreaterThan(0);
    });

    it('a stream that arrives byte by byte', async () => {
      cluster.server.inject(watches, { slow: { bytes: 1, everyMs: 0 } });
      const { informer } = await watchConfigMaps();
      await write('a', { k: '🚢' });
      await until(() => has(informer, 'a'));
      expect(informer.get({ namespace: 'default', name: 'a' })?.data).toEqual({ k: '🚢' });
    });

    it('429 on the list', async () => {
      cluster.server.inject({ ...configMaps, verb: 'list' }, { status: 429, retryAfter: 1, times: 1 });
      const { informer } = await watchConfigMaps();
      expect(informer.state.phase).toBe('synced');
    });

    it('a restart of the server on the same port', async () => {
      const { informer } = await watchConfigMaps();
      await cluster.server.restart();
      await write('a');
      await until(() => has(informer, 'a'));
      expect(cluster.server.trace.requests({ ...configMaps, verb: 'list' })).toHaveLength(1);
    });

    it('missing rights: names kind and verb, and goes on once they are granted', async () => {
      const clock = new ManualClock();
      await using patient = new SharedInformers({ client: cluster.client, clock });
      const refusal = cluster.server.inject({ ...configMaps, verb: 'list' }, { status: 403 });
      const { informer } = patient.acquire({ kind: configMapKind, metadataOnly: false });
      await until(() => informer.state.phase === 'denied');
      expect(informer.state).toMatchObject({ phase: 'denied', verb: 'list', resource: 'configmaps' });
      refusal.remove();
      clock.advance(5_500);
      await informer.waitForSync({ signal });
      expect(informer.state).toEqual({ phase: 'synced' });
    });

    it('a kind that is not installed yet', async () => {
      const clock = new ManualClock();
      await using patient = new SharedInformers({ client: cluster.client, clock });
      const kind: ResourceKind = { apiVersion: 'example.com/v1', kind: 'Thing', plural: 'things', namespaced: true };
      const { informer } = patient.acquire({ kind });
      await until(() => informer.state.phase === 'absent');
      expect(informer.state).toMatchObject({ phase: 'absent', verb: 'list', resource: 'things.example.com' });
      await installThings(cluster);
      clock.advance(5_500);
      await informer.waitForSync({ signal });
      expect(informer.size).toBe(0);
    });
  });

  it.each([1, 2, 3])(
    'soak %i: random churn, cut watches and compactions end in an equal cache, no event missed',
    async (seed) => {
      const random = seededRandom(seed);
      const { informer } = await watchConfigMaps();
      const pickName = (): string => `m-${Math.floor(random.next() * 20)}`;
      const actions: readonly (() => Promise<unknown> | number | void)[] = [
        ...Array.from({ length: 12 }, () => (): Promise<void> => write(pickName(), { at: String(random.next()) })),
        ...Array.from({ length: 4 }, () => (): Promise<unknown> => {
          return cluster.client.delete(configMapKind, { namespace: 'default', name: pickName() }, { signal });
        }),
        () => cluster.server.closeWatches(),
        () => cluster.server.compact(),
      ];
      for (let round = 0; round < 400; round++) {
        await actions[Math.floor(random.next() * actions.length)]?.();
      }
      await write('last');
      await until(() => has(informer, 'last'));
      const { items } = await cluster.client.listPage(configMapKind, { signal, namespace: 'default' });
      const describeAll = (objects: readonly ConfigMap[]): string[] =>
        objects.map(({ metadata, data }) => `${metadata.name}@${metadata.resourceVersion} ${data?.['at']}`).toSorted();
      expect(describeAll(informer.list())).toEqual(describeAll(items));
      expect(metrics.total('k8sop_watch_missed_events_total')).toBe(0);
    },
    20_000, // the backoffs between cut watches add up
  );

  it('one failing kind leaves the others alone', async () => {
    cluster.server.inject({ resource: 'secrets' }, { status: 500 });
    const secrets = { apiVersion: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true };
    informers.acquire({ kind: secrets });
    const { informer } = await watchConfigMaps();
    await write('a');
    await until(() => has(informer, 'a'));
    expect(informers.statuses().map(({ kind, state }) => [kind.kind, state.phase])).toEqual([
      ['Secret', 'syncing'],
      ['ConfigMap', 'synced'],
    ]);
  });

  it('is shared by reference count, and stops with its last holder', async () => {
    const first = informers.acquire({ kind: configMapKind });
    const second = informers.acquire({ kind: configMapKind });
    expect(second.informer).toBe(first.informer);
    first.release();
    first.release();
    await second.informer.waitForSync({ signal });
    expect(informers.find(configMapKind, { metadataOnly: true })).toBe(second.informer);
    second.release();
    expect(informers.find(configMapKind, { metadataOnly: true })).toBeUndefined();
    expect(first.informer.state.phase).toBe('stopped');
  });

  it('never answers for more than it holds', () => {
    informers.acquire({ kind: configMapKind, namespaces: ['default'], metadataOnly: false });
    informers.acquire({ kind: configMapKind, labelSelector: 'app=a', metadataOnly: false });
    expect(informers.find(configMapKind, { namespace: 'default' })).toBeDefined();
    expect(informers.find(configMapKind, { namespace: 'other' })).toBeUndefined();
    expect(informers.find(configMapKind)).toBeUndefined();
  });

  it('a handler that throws is counted, and the others still hear', async () => {
    const { informer, changes } = await watchConfigMaps();
    informer.addHandler(() => {
      throw new Error('handler bug');
    });
    await write('a');
    await until(() => changes.length === 1);
    expect(metrics.total('k8sop_handler_errors_total')).toBe(1);
  });

  it('holds only metadata of Secrets and ConfigMaps unless asked', async () => {
    await write('a', { k: 'secret' });
    const { informer } = informers.acquire({ kind: configMapKind, namespaces: ['default'] });
    await informer.waitForSync({ signal });
    expect(informer.metadataOnly).toBe(true);
    expect(informer.list().map((object) => [object.kind, object.metadata.name, object.data])).toEqual([
      ['ConfigMap', 'a', undefined],
    ]);
  });
});

describe('sockets', () => {
  let cluster: TestCluster;
  let proxy: SocketProxy;
  let client: HttpKubeClient;

  beforeEach(async () => {
    cluster = await TestCluster.start({ controllers: 'none' });
    proxy = await SocketProxy.start(cluster.server.port);
    client = new HttpKubeClient({ auth: tokenAuth(cluster.server, proxy.url) });
  });

  afterEach(async () => {
    await client[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
  });

  it('50 lists use one connection', async () => {
    for (let i = 0; i < 50; i++) {
      await client.listPage(configMapKind, { signal });
    }
    expect(proxy.connectionCount).toBe(1);
  });

  it('five callers, each of whom asks again at once, use five', async () => {
    const caller = async (): Promise<void> => {
      for (let i = 0; i < 20; i++) await client.listPage(configMapKind, { signal, limit: 1 });
    };
    await Promise.all(Array.from({ length: 5 }, caller));
    expect(proxy.connectionCount).toBe(5);
  });

  it('a thousand requests at once use no more than 32', async () => {
    const requests = Array.from({ length: 1_000 }, () => client.listPage(configMapKind, { signal, limit: 1 }));
    await Promise.all(requests);
    expect(proxy.connectionCount).toBeLessThanOrEqual(32);
  });

  it('ten informers hold ten', async () => {
    await using informers = new SharedInformers({ client });
    const namespaces = Array.from({ length: 10 }, (_, i) => `ns-${i}`);
    const leases = namespaces.map((namespace) => informers.acquire({ kind: configMapKind, namespaces: [namespace] }));
    await Promise.all(leases.map(({ informer }) => informer.waitForSync({ signal })));
    await until(() => cluster.server.trace.requests({ verb: 'watch' }).length === 10);
    // The lists' own connections are idle by now and counted too, so watches are what stays busy.
    expect(proxy.openCount).toBeGreaterThanOrEqual(10);
    expect(proxy.openCount).toBeLessThanOrEqual(20);
  });

  it('a half-open watch is replaced after 70 s, without a list', async () => {
    const clock = new ManualClock();
    await using informers = new SharedInformers({ client, clock });
    const { informer } = informers.acquire({ kind: configMapKind, metadataOnly: false });
    await informer.waitForSync({ signal });
    await until(() => cluster.server.trace.requests({ verb: 'watch' }).length === 1);
    proxy.freeze();
    await cluster.client.create(configMapKind, configMap('a'), { signal });
    await clock.advanceAsync(70_001);
    await until(() => informer.get({ namespace: 'default', name: 'a' }) !== undefined);
    expect(cluster.server.trace.requests({ verb: 'list', resource: 'configmaps' })).toHaveLength(1);
  });

  it('a write that still waits for a connection when the lease ends is never sent (H7)', async () => {
    await using narrow = new HttpKubeClient({ auth: tokenAuth(cluster.server, proxy.url), maxInflightRequests: 1 });
    let held = true;
    const assertHeld = (): void => [leadershipOver, () => {}][Number(held)]?.();
    const fence: Leadership = { ...unelectedLeadership, assertHeld };
    cluster.server.inject({ resource: 'configmaps', verb: 'list' }, { delayMs: 50, times: 1 });
    const occupies = narrow.listPage(configMapKind, { signal });
    const waits = narrow.create(configMapKind, configMap('a'), { signal, fence });
    held = false;
    await occupies;
    await expect(waits).rejects.toMatchObject({ code: 'LEADERSHIP_LOST' });
    expect(cluster.server.trace.requests({ verb: 'create', resource: 'configmaps' })).toEqual([]);
  });

  it('a write that the lease has ended resets its connection: its bytes cannot arrive later (H14)', async () => {
    const lease = new AbortController();
    const fence: Leadership = { ...unelectedLeadership, signal: lease.signal, assertHeld: () => setImmediate(end) };
    const end = (): void => lease.abort();
    cluster.server.inject({ resource: 'configmaps', verb: 'create' }, { delayMs: 60_000 });
    const create = client.create(configMapKind, configMap('a'), { signal, fence });
    await expect(create).rejects.toMatchObject({ code: 'LEADERSHIP_LOST' });
    await until(() => proxy.resetCount === 1);
  });
});

function leadershipOver(): never {
  throw new RuntimeError('LEADERSHIP_LOST', 'over');
}

function tokenAuth(server: ApiServer, url: string): ClusterAuth {
  return {
    credentials: () =>
      Promise.resolve({ server: url, tls: { ca: server.ca }, headers: { authorization: `Bearer ${server.token()}` } }),
    refresh: () => Promise.resolve(false),
  };
}

function describeChange(change: Change<ConfigMap>): string {
  const { type, object, initial, relisted } = change;
  const from = change.type === 'updated' ? [`from ${JSON.stringify(change.previous.data)}`] : [];
  const flags = [...(initial ? ['initial'] : []), ...(relisted === true ? ['relisted'] : [])];
  return [type, object.metadata.name, JSON.stringify(object.data ?? {}), ...from, ...flags].join(' ');
}

async function installThings(cluster: TestCluster): Promise<void> {
  const kind: ResourceKind<KubeObject> = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    plural: 'customresourcedefinitions',
    namespaced: false,
  };
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const crd = {
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata: { name: 'things.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
  await cluster.client.create(kind, crd, { signal });
  const thing: ResourceKind = { apiVersion: 'example.com/v1', kind: 'Thing', plural: 'things', namespaced: true };
  while (!(await cluster.client.serves(thing, { signal }))) {
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}
