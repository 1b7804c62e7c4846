import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiServer, type ManualClock, manualClock, startApiServer } from '../src/index.ts';
import { ApiClient, configMap } from './api-client.ts';

const path = '/api/v1/namespaces/default/configmaps';
/** What a client says, depending on how far the answer had come. */
const connectionLost = /closed|terminated|aborted|ECONNRESET/;
let api: ApiServer;
let client: ApiClient;
beforeEach(async () => {
  api = await startApiServer();
  client = new ApiClient(api);
});
afterEach(async () => {
  await client[Symbol.asyncDispose]();
  await api.stop();
});

async function revision(): Promise<string> {
  return (await client.get(path)).body.metadata.resourceVersion;
}

describe('injected faults', () => {
  it('answers a status as often as asked, with Retry-After, then works again', async () => {
    const fault = api.inject({ verb: 'create', resource: 'configmaps' }, { status: 429, retryAfter: 3, times: 2 });
    const first = await client.create(path, configMap('a'));
    expect(first).toMatchObject({
      status: 429,
      headers: { 'retry-after': '3' },
      body: { kind: 'Status', reason: 'TooManyRequests', code: 429, details: { retryAfterSeconds: 3 } },
    });
    expect((await client.create(path, configMap('a'))).status).toBe(429);
    expect((await client.create(path, configMap('a'))).status).toBe(201);
    expect(fault.hits).toBe(2);
  });

  it('strikes before authentication', async () => {
    api.inject({ path: '/api' }, { status: 401, times: 1 });
    expect(await client.get(path)).toMatchObject({ status: 401, body: { reason: 'Unauthorized' } });
    expect((await client.get(path)).status).toBe(200);
  });

  it('answers a conflict, and stops when removed', async () => {
    await client.create(path, configMap('c'));
    const fault = api.inject({ verb: 'patch', name: 'c' }, { conflict: true });
    expect(await client.merge(`${path}/c`, {})).toMatchObject({ status: 409, body: { reason: 'Conflict' } });
    fault.remove();
    expect((await client.merge(`${path}/c`, { data: { a: '1' } })).status).toBe(200);
  });

  it('drops the connection before the work is done', async () => {
    api.inject({ verb: 'create' }, { drop: 'before', times: 1 });
    await expect(client.create(path, configMap('d'))).rejects.toThrow(connectionLost);
    expect((await client.get(`${path}/d`)).status).toBe(404);
  });

  it('drops the connection after the work is done, so that its outcome is unknown', async () => {
    api.inject({ verb: 'create' }, { drop: 'after', times: 1 });
    await expect(client.create(path, configMap('d'))).rejects.toThrow(connectionLost);
    expect((await client.get(`${path}/d`)).status).toBe(200);
  });

  it('cuts a watch stream in the middle of an event', async () => {
    api.inject({ verb: 'watch' }, { truncate: 40, times: 1 });
    const stream = await client.watch(`${path}?watch=1&resourceVersion=${await revision()}`);
    await client.create(path, configMap('t'));
    await expect(stream.take(1)).rejects.toThrow(connectionLost);
  });

  it('sends a body in slow pieces without losing any of it', async () => {
    await client.create(path, configMap('s', { text: 'x'.repeat(500) }));
    api.inject({ verb: 'get' }, { slow: { bytes: 100, everyMs: 1 }, times: 1 });
    expect((await client.get(`${path}/s`)).body.data.text).toHaveLength(500);
  });

  it('delays the handling of a request', async () => {
    api.inject({ verb: 'list' }, { delayMs: 30, times: 1 });
    const startedMs = performance.now();
    await client.get(path);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(25);
  });
});

describe('history', () => {
  it('ends a watch from a compacted revision with one ERROR event of code 410', async () => {
    const before = await revision();
    await client.create(path, configMap('a'));
    api.compact();
    const stream = await client.watch(`${path}?watch=1&resourceVersion=${before}`);
    const events = await stream.rest();
    expect(stream.status).toBe(200);
    expect(events).toMatchObject([{ type: 'ERROR', object: { code: 410, reason: 'Expired' } }]);
  });

  it('refuses a compacted continue token, and goes on with the fresh one', async () => {
    for (const name of ['a', 'b', 'c']) await client.create(path, configMap(name));
    const first = await client.get(`${path}?limit=1`);
    await client.delete(`${path}/c`);
    api.compact();
    const token = encodeURIComponent(first.body.metadata.continue);
    const refused = await client.get(`${path}?limit=5&continue=${token}`);
    expect(refused).toMatchObject({ status: 410, body: { reason: 'Expired' } });
    const fresh = encodeURIComponent(refused.body.metadata.continue);
    const rest = await client.get(`${path}?limit=5&continue=${fresh}`);
    expect(rest.body.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual(['b']);
  });

  it('serves pages of one snapshot while objects come and go', async () => {
    for (const name of ['a', 'b', 'c']) await client.create(path, configMap(name));
    const first = await client.get(`${path}?limit=2`);
    expect(first.body.metadata.remainingItemCount).toBe(1);
    await client.delete(`${path}/c`);
    await client.create(path, configMap('bb'));
    const second = await client.get(`${path}?limit=2&continue=${encodeURIComponent(first.body.metadata.continue)}`);
    expect(second.body.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual(['c']);
    expect(second.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
  });

  it('closes watches in order, only those that match', async () => {
    const closing = await client.watch(`${path}?watch=1`);
    const staying = await client.watch('/api/v1/namespaces/default/secrets?watch=1');
    expect(api.closeWatches({ resource: 'configmaps' })).toBe(1);
    expect(await closing.rest()).toEqual([]);
    await client.create('/api/v1/namespaces/default/secrets', { metadata: { name: 's' } });
    expect((await staying.take(1))[0]).toMatchObject({ type: 'ADDED' });
    staying.close();
  });
});

describe('restart and snapshots', () => {
  it('breaks a watch, comes back on the same port with the same state, and replays what was missed', async () => {
    await client.create(path, configMap('a'));
    const seen = await revision();
    const broken = await client.watch(`${path}?watch=1&resourceVersion=${seen}`);
    const { port } = api;
    const ended = broken.rest().catch((error: unknown) => String(error));
    await api.restart();
    expect(await ended).toMatch(connectionLost);
    expect(api.port).toBe(port);
    await client.create(path, configMap('b'));
    const resumed = await client.watch(`${path}?watch=1&resourceVersion=${seen}`);
    expect((await resumed.take(1))[0]).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'b' } } });
    resumed.close();
  });

  it('hands state, port and authority to the next server', async () => {
    const { body: created } = await client.create(path, configMap('a'));
    const snapshot = api.snapshot();
    const { port, authority } = api;
    const token = api.token();
    await api.stop();
    const tokens = { [token]: { name: 'admin', groups: ['system:masters'] } };
    api = await startApiServer({ port, snapshot, tokens, authority });
    expect((await client.get(`${path}/a`)).body).toEqual(created);
  });

  it('restores a snapshot without ever lowering the revision, and ends watches', async () => {
    await client.create(path, configMap('kept'));
    const snapshot = api.snapshot();
    await client.create(path, configMap('undone'));
    const later = Number(await revision());
    const stream = await client.watch(`${path}?watch=1&resourceVersion=${later}`);
    api.restore(snapshot);
    expect(await stream.rest()).toEqual([]);
    const { body } = await client.get(path);
    expect(body.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual(['kept']);
    expect(Number(body.metadata.resourceVersion)).toBeGreaterThan(later);
  });

  it('resets to the first moment', async () => {
    await client.create(path, configMap('a'));
    api.inject({ verb: 'list' }, { status: 500 });
    await api.reset();
    expect(await client.get(path)).toMatchObject({ status: 200, body: { items: [] } });
    expect(api.trace.requests()).toHaveLength(1);
  });
});

describe('trace', () => {
  it('tells who did what under which fence', async () => {
    await client.create(path, configMap('a'), { headers: { 'k8sop-fence': '7', 'user-agent': 'test/1' } });
    expect(api.trace.requests({ verb: 'create', resource: 'configmaps' })).toEqual([
      expect.objectContaining({ method: 'POST', path, user: 'admin', code: 201, fence: '7', userAgent: 'test/1' }),
    ]);
  });
});

describe('rights', () => {
  it('withholds and gives back what a rule denies', async () => {
    api.deny('admin', [{ verbs: ['list', 'watch'], resources: ['configmaps'] }]);
    expect(await client.get(path)).toMatchObject({
      status: 403,
      body: {
        reason: 'Forbidden',
        message:
          'configmaps is forbidden: User "admin" cannot list resource "configmaps" in API group "" in the namespace "default"',
        details: { kind: 'configmaps' },
      },
    });
    expect((await client.create(path, configMap('a'))).status).toBe(201);
    api.deny('admin', []);
    expect((await client.get(path)).status).toBe(200);
  });
});

describe('time', () => {
  let clock: ManualClock;
  beforeEach(async () => {
    await client[Symbol.asyncDispose]();
    await api.stop();
    clock = manualClock();
    api = await startApiServer({ clock, random: 42 });
    client = new ApiClient(api);
  });

  it('stamps objects with the manual clock and seeded names', async () => {
    const { body } = await client.create(path, { metadata: { generateName: 'gen-' } });
    expect(body.metadata.creationTimestamp).toBe('2024-01-01T00:00:00Z');
    expect(body.metadata.name).toMatch(/^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  it('sends bookmarks every minute to watches that allow them', async () => {
    const stream = await client.watch(`${path}?watch=1&allowWatchBookmarks=true&resourceVersion=${await revision()}`);
    await clock.advance('60s');
    expect(await stream.take(1)).toMatchObject([
      { type: 'BOOKMARK', object: { kind: 'ConfigMap', metadata: { resourceVersion: await revision() } } },
    ]);
    stream.close();
  });

  it('ends a watch after timeoutSeconds', async () => {
    const stream = await client.watch(`${path}?watch=1&timeoutSeconds=7`);
    const ended = stream.rest();
    await clock.advance('7s');
    expect(await ended).toEqual([]);
  });
});
