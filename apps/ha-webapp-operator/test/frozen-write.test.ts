/** H5: the worst moment to be frozen is between the last look at the lease and the system call. Here it is hit on purpose. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FencedWrite, parseStamp } from '../harness/fence-oracle.ts';
import { LateWrites } from '../harness/late-writes.ts';
import type { Replica } from '../harness/replica.ts';
import { Stage } from '../harness/stage.ts';
import { createWebApps, webappName, webappsPath } from '../harness/steady-load.ts';

const over = new AbortController();
const late = new LateWrites();
const limitMs = 120_000;
const app = webappName(0);
let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open({
    source: true,
    signal: over.signal,
    env: { NODE_OPTIONS: `--import=${new URL('../harness/frozen-write.ts', import.meta.url).href}` },
    onLine: (line) => late.hear(line),
  });
}, limitMs);

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
}, limitMs);

const ofSuccessor =
  (token: string) =>
  ({ fence, resource, name }: FencedWrite): boolean =>
    parseStamp(fence).token > token && resource === 'deployments.apps' && name === app;

async function untilStopped({ pid }: Replica): Promise<void> {
  while (!/^State:\tT/m.test(await readFile(`/proc/${pid}/status`, 'utf8'))) {
    await new Promise((again) => setTimeout(again, 10));
  }
}

it(
  'H5: a write that was frozen on its way out is refused by the server once a successor has written, and told of',
  async () => {
    const freezes = join(stage.directory, 'freeze');
    for (const replica of stage.replicas) replica.start({ FROZEN_WRITE_FILE: freezes });
    await Promise.all(stage.replicas.map((replica) => replica.ready(over.signal)));
    await stage.awaitVoters(3);
    const { server, api } = stage;
    const created = server.nextWrite(({ resource }) => resource === 'services');
    await createWebApps(api, 1);
    await created;

    const leader = await stage.awaitLeader();
    const before = server.oracle.token;
    await writeFile(freezes, '');
    const succeeded = server.nextWrite(ofSuccessor(before));
    await api.patch(`${webappsPath}/${app}`, { spec: { replicas: 7 } });
    await untilStopped(leader);
    await succeeded;

    leader.signal('SIGCONT');
    const line = await leader.logged(({ msg }) => msg === 'the lease ended while a write was on its way out');
    const request = `PATCH /apis/apps/v1/namespaces/default/deployments/${app}`;
    expect(line).toMatchObject({ level: 'warn', request, lateMs: expect.any(Number) });
    expect(parseStamp(String(line['fence'])).token).toBe(before);
    expect(line['lateMs']).toBeGreaterThan(0);
    expect(late.count).toBe(1);

    const next = server.nextWrite(({ name }) => name === app);
    await leader.ready(over.signal);
    await api.patch(`${webappsPath}/${app}`, { spec: { replicas: 8 } });
    await next;
    expect(server.oracle.overlaps).toEqual([]);
  },
  limitMs,
);
