/** H5: the worst moment to be frozen is between the last look at the lease and the system call. Here it is hit on purpose. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FencedWrite, parseStamp } from '../harness/fence-oracle.ts';
import type { Replica } from '../harness/replica.ts';
import { Stage } from '../harness/stage.ts';
import { createWebApps, webappName, webappsPath } from '../harness/steady-load.ts';

const over = new AbortController();
const limitMs = 120_000;
const app = webappName(0);
const request = `PATCH /apis/apps/v1/namespaces/default/deployments/${app}`;
let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open({
    source: true,
    signal: over.signal,
    env: { NODE_OPTIONS: `--import=${new URL('../harness/frozen-write.ts', import.meta.url).href}` },
  });
}, limitMs);

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
}, limitMs);

const ofSuccessor =
  (token: string) =>
  ({ fence, resource, name }: FencedWrite): boolean =>
    parseStamp(fence).token > token && resource === 'deployments.apps' && name === app;

async function isStopped({ pid }: Replica): Promise<boolean> {
  return /^State:\tT/m.test(await readFile(`/proc/${pid}/status`, 'utf8'));
}

/** Whoever leads by then: on a busy machine the leader may change at any time. */
async function stopped(): Promise<Replica> {
  for (;;) {
    for (const replica of stage.replicas) if (await isStopped(replica)) return replica;
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

    await writeFile(freezes, '');
    const succeeded = server.nextWrite(ofSuccessor(server.oracle.token));
    await api.patch(`${webappsPath}/${app}`, { spec: { replicas: 7 } });
    const frozen = await stopped();
    const successor = await succeeded;

    frozen.signal('SIGCONT');
    const told = await frozen.logged((line) => line['request'] === request);
    expect(told).toMatchObject({ level: 'warn', msg: 'the lease ended while a write was on its way out' });
    expect(told['lateMs']).toBeGreaterThan(0);
    const fence = String(told['fence']);
    expect(parseStamp(fence).token < parseStamp(successor.fence).token).toBe(true);

    await frozen.ready(over.signal);
    const next = server.nextWrite(({ name }) => name === app);
    await api.patch(`${webappsPath}/${app}`, { spec: { replicas: 8 } });
    await next;
    expect(server.oracle.overlaps.filter(({ late }) => late.fence === fence)).toEqual([]);
  },
  limitMs,
);
