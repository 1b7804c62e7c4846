/** The client against a real API server over TLS sockets, faults included. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isRuntimeError, RuntimeError } from '../src/errors.ts';
import { type Leadership, unelectedLeadership } from '../src/leadership-gate.ts';
import { silentLogger } from '../src/logger.ts';
import { type Metrics, noMetrics } from '../src/metrics.ts';
import { configMap, configMapKind, TestCluster, until } from './test-cluster.ts';

const { signal } = new AbortController();
const key = { namespace: 'default', name: 'a' };
const configMaps = { resource: 'configmaps' };

describe('HttpKubeClient', () => {
  let cluster: TestCluster;

  beforeEach(async () => {
    cluster = await TestCluster.start({ controllers: 'none' });
  });

  afterEach(async () => {
    await cluster[Symbol.asyncDispose]();
  });

  it('creates, reads, patches and deletes', async () => {
    const { client } = cluster;
    const created = await client.create(configMapKind, configMap('a', { k: '1' }), { signal, fieldManager: 'm' });
    expect(created).toMatchObject({ created: true, object: { kind: 'ConfigMap', data: { k: '1' } } });
    const operations = [
      { op: 'test', path: '/data/k', value: '1' },
      { op: 'replace', path: '/data/k', value: '2' },
    ] as const;
    await client.jsonPatch(configMapKind, key, operations, { signal });
    await client.mergePatch(configMapKind, key, { data: { l: '3' } }, { signal });
    expect(await client.get(configMapKind, key, { signal })).toMatchObject({ data: { k: '2', l: '3' } });
    expect(await client.delete(configMapKind, key, { signal })).toMatchObject({ outcome: 'gone' });
    expect(await client.get(configMapKind, key, { signal })).toBeUndefined();
    expect(await client.delete(configMapKind, key, { signal })).toEqual({ outcome: 'absent' });
  });

  it('applies; a second equal apply is a no-op with an unchanged version', async () => {
    const { client } = cluster;
    const options = { signal, fieldManager: 'm' };
    const first = await client.apply(configMapKind, configMap('a', { k: '1' }), options);
    const second = await client.apply(configMapKind, configMap('a', { k: '1' }), options);
    expect([first.created, second.created]).toEqual([true, false]);
    expect(second.object.metadata.resourceVersion).toBe(first.object.metadata.resourceVersion);
  });

  it('deletes only the incarnation it was told', async () => {
    const { client } = cluster;
    await client.create(configMapKind, configMap('a'), { signal });
    expect(await client.delete(configMapKind, key, { signal, uid: 'another' })).toEqual({ outcome: 'absent' });
    expect(await client.get(configMapKind, key, { signal })).toBeDefined();
  });

  it('says whether a kind is served', async () => {
    const missing = { apiVersion: 'example.com/v1', kind: 'Thing', plural: 'things', namespaced: true };
    expect(await cluster.client.serves(configMapKind, { signal })).toBe(true);
    expect(await cluster.client.serves(missing, { signal })).toBe(false);
  });

  it('list items carry apiVersion and kind, and pages continue', async () => {
    const { client } = cluster;
    await client.create(configMapKind, configMap('a'), { signal });
    await client.create(configMapKind, configMap('b'), { signal });
    const scope = { signal, namespace: 'default', limit: 1 };
    const first = await client.listPage(configMapKind, scope);
    expect(first.continue).toBeDefined();
    const next = await client.listPage(configMapKind, { ...scope, continue: String(first.continue) });
    expect([first.items[0], next.items[0]]).toMatchObject([
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' } },
    ]);
    expect(next.continue).toBeUndefined();
  });

  it('asks for metadata only and still names the kind', async () => {
    const { client } = cluster;
    await client.create(configMapKind, configMap('a', { big: 'x' }), { signal });
    const { items } = await client.listPage(configMapKind, { signal, namespace: 'default', metadataOnly: true });
    expect(items[0]).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'a' } });
    expect(items[0]?.data).toBeUndefined();
  });

  describe('failures', () => {
    it('waits as long as a 429 says, then goes on', async () => {
      const fault = cluster.server.inject({ ...configMaps, verb: 'create' }, { status: 429, retryAfter: 1, times: 1 });
      const startedMs = performance.now();
      await cluster.client.create(configMapKind, configMap('a'), { signal });
      expect(fault.hits).toBe(1);
      expect(performance.now() - startedMs).toBeGreaterThan(950);
    });

    it('never repeats a create whose answer was lost', async () => {
      cluster.server.inject({ ...configMaps, verb: 'create' }, { drop: 'after' });
      const create = cluster.client.create(configMapKind, configMap('a'), { signal });
      await expect(create).rejects.toMatchObject({ code: 'WRITE_OUTCOME_UNKNOWN' });
      expect(await cluster.client.get(configMapKind, key, { signal })).toBeDefined();
      expect(cluster.server.trace.requests({ verb: 'create', resource: 'configmaps' })).toHaveLength(1);
    });

    it('repeats an apply whose answer was lost', async () => {
      cluster.server.inject({ ...configMaps, method: 'PATCH' }, { drop: 'after', times: 1 });
      const options = { signal, fieldManager: 'm' };
      const { object } = await cluster.client.apply(configMapKind, configMap('a', { k: '1' }), options);
      expect(object.data).toEqual({ k: '1' });
    });

    it('repeats a read whose answer was cut short', async () => {
      await cluster.client.create(configMapKind, configMap('a'), { signal });
      cluster.server.inject({ ...configMaps, verb: 'get' }, { truncate: 20, times: 2 });
      expect(await cluster.client.get(configMapKind, key, { signal })).toBeDefined();
    });

    it('passes other answers on as the server worded them', async () => {
      cluster.server.inject({ ...configMaps, verb: 'create' }, { status: 500 });
      const create = cluster.client.create(configMapKind, configMap('a'), { signal });
      await expect(create).rejects.toMatchObject({ name: 'StatusError', code: 500, reason: 'InternalError' });
    });

    it('rejects with the abort reason, at once', async () => {
      cluster.server.inject({ ...configMaps, verb: 'get' }, { delayMs: 60_000 });
      const aborting = new AbortController();
      const reading = cluster.client.get(configMapKind, key, { signal: aborting.signal });
      aborting.abort(new Error('shutting down'));
      await expect(reading).rejects.toThrow('shutting down');
    });

    it('tells the server its own timeout', async () => {
      await cluster.client.create(configMapKind, configMap('a'), { signal });
      const [request] = cluster.server.trace.requests({ verb: 'create', resource: 'configmaps' });
      expect(request?.query).toContain('timeout=15s');
    });

    it('gives up a mutation after its timeout', async () => {
      await using slow = await TestCluster.start({ controllers: 'none' }, { mutationTimeoutMs: 200 });
      slow.server.inject({ ...configMaps, verb: 'create' }, { delayMs: 60_000 });
      const create = slow.client.create(configMapKind, configMap('a'), { signal });
      await expect(create).rejects.toMatchObject({ code: 'WRITE_OUTCOME_UNKNOWN' });
    });

    it('says that nothing was sent when nobody listens', async () => {
      await cluster.server.stop();
      const create = cluster.client.create(configMapKind, configMap('a'), { signal });
      await expect(create).rejects.toMatchObject({ code: 'API_UNREACHABLE' });
    });

    it('survives a restart of the server on the same port', async () => {
      let down: Promise<unknown> = Promise.resolve();
      await cluster.server.restart(() => {
        down = cluster.client.create(configMapKind, configMap('a'), { signal });
        return Promise.resolve();
      });
      expect(await down).toMatchObject({ created: true });
    });
  });

  describe('fence', () => {
    it('a lost leadership sends nothing', async () => {
      const fence: Leadership = { ...unelectedLeadership, stamp: 'c.7', assertHeld: leadershipOver };
      const create = cluster.client.create(configMapKind, configMap('a'), { signal, fence });
      await expect(create).rejects.toMatchObject({ code: 'LEADERSHIP_LOST' });
      expect(cluster.server.trace.requests({ verb: 'create', resource: 'configmaps' })).toHaveLength(0);
    });

    it('is checked again before each attempt', async () => {
      const aborting = new AbortController();
      let checks = 0;
      const fence: Leadership = {
        ...unelectedLeadership,
        signal: aborting.signal,
        assertHeld: () => [() => {}, leadershipOver][checks++]?.(),
      };
      cluster.server.inject({ ...configMaps, verb: 'create' }, { status: 429, retryAfter: 0, times: 3 });
      const create = cluster.client.create(configMapKind, configMap('a'), { signal, fence });
      await expect(create).rejects.toSatisfy((error) => isRuntimeError(error, 'LEADERSHIP_LOST'));
      expect(cluster.server.trace.requests({ verb: 'create', resource: 'configmaps' })).toHaveLength(1);
    });

    it('cuts a write in flight when the lease ends', async () => {
      const lease = new AbortController();
      cluster.server.inject({ ...configMaps, verb: 'create' }, { delayMs: 60_000 });
      const fence: Leadership = { ...unelectedLeadership, signal: lease.signal, assertHeld: () => lease.abort() };
      const create = cluster.client.create(configMapKind, configMap('a'), { signal, fence });
      await expect(create).rejects.toMatchObject({ code: 'LEADERSHIP_LOST' });
    });

    it('learns which writes left and were not answered', async () => {
      const lease = new AbortController();
      let left = 0;
      let unanswered = 0;
      const fence: Leadership = {
        ...unelectedLeadership,
        signal: lease.signal,
        assertHeld: () => void left++,
        unanswered: () => void unanswered++,
      };
      await cluster.client.create(configMapKind, configMap('a'), { signal, fence });
      expect({ left, unanswered }).toEqual({ left: 1, unanswered: 0 });
      cluster.server.inject({ ...configMaps, verb: 'create' }, { delayMs: 60_000 });
      const create = cluster.client.create(configMapKind, configMap('b'), { signal, fence });
      await until(() => left === 2);
      lease.abort();
      await expect(create).rejects.toMatchObject({ code: 'LEADERSHIP_LOST' });
      expect(unanswered).toBe(1);
    });

    it('is looked at once more in the socket: what was only begun is not sent, and not taken for sent', async () => {
      let unanswered = 0;
      const fence: Leadership = {
        ...unelectedLeadership,
        remainingMs: () => 0,
        assertHeld: inTurn(() => {}, leadershipOver),
        unanswered: () => void unanswered++,
      };
      const create = cluster.client.create(configMapKind, configMap('a'), { signal, fence });
      await expect(create).rejects.toMatchObject({ code: 'LEADERSHIP_LOST' });
      expect(unanswered).toBe(0);
      await cluster.client.create(configMapKind, configMap('b'), { signal });
      expect(cluster.server.trace.requests({ verb: 'create', resource: 'configmaps' })).toHaveLength(1);
      expect(await cluster.client.get(configMapKind, key, { signal })).toBeUndefined();
    });

    it('of one write is nothing to the reads and writes around it', async () => {
      const over: Leadership = {
        ...unelectedLeadership,
        remainingMs: () => 0,
        assertHeld: inTurn(() => {}, leadershipOver),
      };
      const outcomes = await Promise.allSettled([
        cluster.client.get(configMapKind, key, { signal }),
        cluster.client.create(configMapKind, configMap('a'), { signal, fence: over }),
        cluster.client.create(configMapKind, configMap('b'), { signal, fence: unelectedLeadership }),
        cluster.client.get(configMapKind, key, { signal }),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    });

    it('a write that left when the lease was over is told, and counts as sent', async () => {
      const told: unknown[] = [];
      const logger = {
        ...silentLogger,
        warn: (message: string, fields?: object) => void told.push({ message, ...fields }),
      };
      const counted: unknown[] = [];
      const counter: Metrics['counter'] = ({ name }) => ({ inc: (labels) => void counted.push({ name, ...labels }) });
      const metrics = { ...noMetrics, counter };
      await using late = await TestCluster.start({ controllers: 'none' }, { logger, metrics });
      let unanswered = 0;
      const fence: Leadership = {
        ...unelectedLeadership,
        stamp: 'c.7',
        remainingMs: inTurn(
          () => 50,
          () => 0,
        ),
        assertHeld: inTurn(() => {}, leadershipOver),
        unanswered: () => void unanswered++,
      };
      const create = late.client.create(configMapKind, configMap('a'), { signal, fence });
      await expect(create).rejects.toMatchObject({ code: 'LEADERSHIP_LOST' });
      const request = 'POST /api/v1/namespaces/default/configmaps';
      expect(told).toEqual([expect.objectContaining({ request, fence: 'c.7', lateMs: expect.any(Number) })]);
      expect(counted).toContainEqual({ name: 'k8sop_late_writes_total', method: 'POST' });
      expect(unanswered).toBe(1);
    });

    it('travels as a header', async () => {
      const fence: Leadership = { ...unelectedLeadership, stamp: 'cluster.0000000007' };
      await cluster.client.create(configMapKind, configMap('a'), { signal, fence });
      const [request] = cluster.server.trace.requests({ verb: 'create', resource: 'configmaps' });
      expect(request?.fence).toBe('cluster.0000000007');
    });
  });

  it('logs each warning of the server once', async () => {
    const warnings: unknown[] = [];
    const logger = { ...silentLogger, warn: (_message: string, fields?: object) => void warnings.push(fields) };
    await using warned = await TestCluster.start({ controllers: 'none' }, { logger });
    const odd = { ...configMap('a'), extra: 1 };
    await warned.client.create(configMapKind, odd, { signal });
    await warned.client.create(configMapKind, { ...odd, metadata: { ...odd.metadata, name: 'b' } }, { signal });
    expect(warnings).toEqual([expect.objectContaining({ warning: 'unknown field "extra"' })]);
  });
});

/** Answers as each step says, then always as the last. */
function inTurn<T>(...steps: readonly (() => T)[]): () => T {
  let turn = 0;
  return () => (steps[turn++] ?? steps.at(-1))?.() as T;
}

function leadershipOver(): never {
  throw new RuntimeError('LEADERSHIP_LOST', 'the lease is over');
}
