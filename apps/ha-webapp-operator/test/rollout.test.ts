/** A rolling update and 3 → 5 → 3 under load, with memory storage: each pod that leaves takes all it knew along. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { converged } from '../chaos/ledger.ts';
import type { LogLine } from '../harness/replica.ts';
import { rollingRestart, scaleUpAndDown } from '../harness/rollout.ts';
import { Stage } from '../harness/stage.ts';
import { createWebApps, startLoad, type SteadyLoad } from '../harness/steady-load.ts';

const over = new AbortController();
const lost: LogLine[] = [];
const objects = 10;
let stage: Stage;
let load: SteadyLoad;

beforeAll(async () => {
  stage = await Stage.open({
    source: true,
    replicas: 5,
    disk: false,
    program: fileURLToPath(new URL('../chaos/ledger-operator.ts', import.meta.url)),
    signal: over.signal,
    onLine: (line) => lost.push(...[line].filter(({ msg }) => msg === 'ledger: lost')),
  });
  await stage.scale(3);
  await stage.startAll([0, 1, 2]);
  await stage.awaitVoters(3);
  await createWebApps(stage.api, objects);
  load = startLoad(stage.api, { objects, everyMs: 20 });
}, 120_000);

afterAll(async () => {
  await load.stop();
  await stage[Symbol.asyncDispose]();
}, 120_000);

it('a rolling restart and 3 → 5 → 3 under load keep the quorum, one writer, and every acknowledged write', async () => {
  const before = await stage.record();
  const { handoversMs } = await rollingRestart(stage);
  await scaleUpAndDown(stage);
  await load.stop();
  await converged(stage.api);
  const { oracle } = stage.server;
  expect(handoversMs.length).toBeGreaterThan(0);
  expect(lost).toEqual([]);
  expect(oracle.overlaps).toEqual([]);
  expect(oracle.clusterIds).toEqual([before.clusterId]);
  expect(await stage.record()).toMatchObject({ clusterId: before.clusterId, generation: 1 });
}, 230_000);
