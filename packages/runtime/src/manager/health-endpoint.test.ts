import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CheckResult, type HealthEndpoint, startHealthEndpoint } from './health-endpoint.ts';

let endpoint: HealthEndpoint;
let ready: CheckResult;
let leaderCheck: () => CheckResult;

beforeEach(async () => {
  ready = { ok: true };
  leaderCheck = () => ({ ok: false, detail: 'standby' });
  endpoint = await startHealthEndpoint({
    port: 0,
    host: '127.0.0.1',
    live: () => [{ name: 'event-loop', check: () => ({ ok: true }) }],
    ready: () => [
      { name: 'watch/pods', check: () => ready },
      { name: 'other', check: () => ({ ok: true, detail: 'fine' }) },
    ],
    leader: () => leaderCheck(),
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', body: 'up 1\n' }),
    pages: {
      '/raft': async () => ({ term: 3 }),
      '/away': () => Promise.reject(new Error('not now')),
    },
  });
});
afterEach(() => endpoint.close());

async function get(path: string): Promise<{ status: number; text: string; type: string | null }> {
  const answer = await fetch(`http://127.0.0.1:${endpoint.port}${path}`);
  return { status: answer.status, text: await answer.text(), type: answer.headers.get('content-type') };
}

describe('probes', () => {
  it.each(['/healthz', '/health', '/livez', '/readyz', '/ready'])('%s says ok', async (path) => {
    expect(await get(path)).toMatchObject({ status: 200, text: 'ok\n' });
  });

  it('lists every check when asked', async () => {
    expect((await get('/readyz?verbose')).text).toBe('[+]watch/pods ok\n[+]other ok: fine\nreadyz check passed\n');
  });

  it('names what fails, without being asked', async () => {
    ready = { ok: false, detail: 'Pod: may not list pods' };
    expect(await get('/readyz')).toMatchObject({
      status: 503,
      text: '[-]watch/pods failed: Pod: may not list pods\n[+]other ok: fine\nreadyz check failed\n',
    });
    expect((await get('/healthz')).status).toBe(200);
  });

  it('answers for the leader, metrics, unknown paths and methods', async () => {
    expect(await get('/leader')).toMatchObject({ status: 503, text: 'standby\n' });
    expect(await get('/metrics')).toMatchObject({ status: 200, text: 'up 1\n', type: 'text/plain; version=0.0.4' });
    expect(await get('/else')).toMatchObject({ status: 404, text: expect.stringContaining('/metrics, /raft') });
    const posted = await fetch(`http://127.0.0.1:${endpoint.port}/healthz`, { method: 'POST' });
    expect(posted.status).toBe(405);
  });

  it('answers 500 when what it asks throws, and goes on', async () => {
    leaderCheck = () => {
      throw new Error('nobody knows');
    };
    expect(await get('/leader')).toMatchObject({ status: 500, text: 'nobody knows\n' });
    expect((await get('/healthz')).status).toBe(200);
  });

  it('shows further pages as JSON, and says when one cannot be shown', async () => {
    expect(await get('/raft')).toMatchObject({ status: 200, text: '{"term":3}\n', type: 'application/json' });
    expect(await get('/away')).toMatchObject({ status: 503, text: '/away: not now\n' });
    expect((await get('/toString')).status).toBe(404);
  });

  it.each(['//[', '//', '/%', '/healthz/../raft?%', '*'])('survives a request for %s', async (target) => {
    const answered = Promise.withResolvers<string>();
    const socket = connect(endpoint.port, '127.0.0.1');
    socket.once('data', (data) => answered.resolve(data.toString()));
    socket.write(`GET ${target} HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n`);
    expect(await answered.promise).toMatch(/^HTTP\/1\.1 404 /);
    expect(await get('/healthz')).toMatchObject({ status: 200 });
  });

  it('fails to start on a port in use', async () => {
    const again = startHealthEndpoint({
      port: endpoint.port,
      host: '127.0.0.1',
      live: () => [],
      ready: () => [],
      leader: () => ({ ok: true }),
      metrics: async () => ({ contentType: '', body: '' }),
    });
    await expect(again).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringContaining(`probe port ${endpoint.port} cannot be opened (EADDRINUSE)`),
    });
  });
});
