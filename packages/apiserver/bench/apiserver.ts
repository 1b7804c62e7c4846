/**
 * How fast is the server towards its clients? Server and load run in separate processes over HTTPS.
 *
 *     npm run bench -- apiserver [--json]
 *
 * - startMs: median of 10 processes from `startApiServer()` to `/readyz` 200. A regression means a slower inner loop for
 *   everybody whose tests start a server each.
 * - creates1PerS, creates16PerS: creates of 700-byte ConfigMaps over 1 and 16 HTTP/1.1 connections. A regression means
 *   that operators under load wait for the server instead of themselves.
 * - watchDeliveriesPerS: events × 100 watchers. A regression means that encoding or writing is done per watcher.
 *
 * Targets on 2 cores: start < 150, creates at 16 ≥ 3,000, deliveries ≥ 50,000.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Agent, Pool, request } from 'undici';
import { startApiServer } from '../src/index.ts';

const role = process.argv[2];
const here = fileURLToPath(import.meta.url);
const path = '/api/v1/namespaces/default/configmaps';
let created = 0;

if (role === 'server') await serve();
else if (role === 'start') await timeStart();
else await measure();

interface Serving {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
}

async function serve(): Promise<void> {
  const api = await startApiServer();
  process.send?.({ url: api.url, ca: api.ca, token: api.token() } satisfies Serving);
  process.once('disconnect', () => void api.stop());
}

async function timeStart(): Promise<void> {
  const startedMs = performance.now();
  await using api = await startApiServer();
  const agent = new Agent({ connect: { ca: api.ca } });
  const { statusCode, body } = await request(`${api.url}/readyz`, { dispatcher: agent });
  await body.dump();
  const elapsedMs = performance.now() - startedMs;
  if (statusCode !== 200) throw new Error(`/readyz answered ${statusCode}`);
  process.send?.(elapsedMs);
  await agent.destroy();
  process.disconnect?.();
}

async function measure(): Promise<void> {
  const json = process.argv.includes('--json');
  const startMs = median(await collectStarts(10));
  const server = fork(here, ['server'], { execArgv: process.execArgv });
  const [serving] = (await once(server, 'message')) as [Serving];
  try {
    const creates1PerS = await measureCreates(serving, 1, 4000);
    const creates16PerS = await measureCreates(serving, 16, 20_000);
    const watchDeliveriesPerS = await measureWatches(serving, 100, 3000);
    const result = {
      bench: 'apiserver',
      startMs: round(startMs),
      creates1PerS: Math.round(creates1PerS),
      creates16PerS: Math.round(creates16PerS),
      watchDeliveriesPerS: Math.round(watchDeliveriesPerS),
    };
    if (json) console.log(JSON.stringify(result));
    else console.table(result);
  } finally {
    server.disconnect();
  }
}

async function collectStarts(count: number): Promise<number[]> {
  const found: number[] = [];
  for (let i = 0; i < count; i++) {
    const child = fork(here, ['start'], { execArgv: process.execArgv });
    const [elapsedMs] = (await once(child, 'message')) as [number];
    found.push(elapsedMs);
    await once(child, 'exit');
  }
  return found;
}

/** About 700 bytes. */
function body(): string {
  const name = `bench-${created++}`;
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels: { app: 'bench', tier: 'load' }, annotations: { 'example.com/origin': 'bench' } },
    data: { a: 'x'.repeat(240), b: 'y'.repeat(240), name },
  });
}

async function measureCreates(serving: Serving, connections: number, count: number): Promise<number> {
  const pool = openPool(serving, connections);
  await createMany(pool, serving.token, connections, Math.min(count / 10, 1000));
  const startedMs = performance.now();
  await createMany(pool, serving.token, connections, count);
  const rate = (count * 1000) / (performance.now() - startedMs);
  await pool.destroy();
  return rate;
}

async function createMany(pool: Pool, token: string, inFlight: number, count: number): Promise<void> {
  let left = count;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const lane = async (): Promise<void> => {
    while (left-- > 0) {
      const answer = await pool.request({ method: 'POST', path, headers, body: body() });
      if (answer.statusCode !== 201) throw new Error(`a create answered ${answer.statusCode}`);
      await answer.body.dump();
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}

async function measureWatches(serving: Serving, watchers: number, events: number): Promise<number> {
  const pool = openPool(serving, 16);
  const agent = new Agent({ connect: { ca: serving.ca }, connections: watchers });
  const headers = { authorization: `Bearer ${serving.token}` };
  const list = await pool.request({ method: 'GET', path: `${path}?limit=1`, headers });
  const { metadata } = (await list.body.json()) as { metadata: { resourceVersion: string } };
  const counters = await Promise.all(
    Array.from({ length: watchers }, async () => {
      const url = `${serving.url}${path}?watch=1&resourceVersion=${metadata.resourceVersion}`;
      const { body } = await request(url, { dispatcher: agent, headers });
      body.on('error', () => undefined);
      return { body, done: countLines(body, events) };
    }),
  );
  const startedMs = performance.now();
  await createMany(pool, serving.token, 16, events);
  await Promise.all(counters.map(({ done }) => done));
  const rate = (events * watchers * 1000) / (performance.now() - startedMs);
  await Promise.all([agent.destroy(), pool.destroy()]);
  return rate;
}

async function countLines(body: AsyncIterable<Buffer>, wanted: number): Promise<void> {
  let seen = 0;
  for await (const chunk of body) {
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) seen++;
    if (seen >= wanted) return;
  }
  throw new Error(`a watch ended after ${seen} of ${wanted} events`);
}

function openPool({ url, ca }: Serving, connections: number): Pool {
  return new Pool(url, { connections, pipelining: 1, connect: { ca } });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
