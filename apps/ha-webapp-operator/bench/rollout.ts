/**
 * What a rolling restart, and scaling from three to five and back, cost those who wait for the operator.
 *
 *     npm run bench -- rollout [--rounds 2] [--storage level,memory] [--json]
 *
 * The replicas and the API server are processes; one of 50 WebApps changes every 5 ms. A hand-over is from the last write of the
 * old leader to the first of the new one; the pause is the longest time without a write, which a lost majority would make
 * long. Any overlap, a second cluster, a second generation, or a median hand-over above 20 ms ends with code 1.
 */
import { parseArgs } from 'node:util';
import { endOfExperiment } from '../harness/end-of-experiment.ts';
import { type Quantiles, quantilesOf } from '../harness/quantiles.ts';
import { type Continuity, rollingRestart, scaleUpAndDown } from '../harness/rollout.ts';
import { Stage } from '../harness/stage.ts';
import { createWebApps, startLoad } from '../harness/steady-load.ts';

type Storage = 'level' | 'memory';

interface Found {
  readonly handover: Quantiles & { readonly count: number };
  readonly longestPauseMs: number;
}

interface Outcome {
  readonly rollingRestart: Found;
  readonly scaling: Found;
  readonly writes: number;
  readonly overlaps: number;
  readonly clusters: number;
  readonly generation: number;
}

const objects = 50;
const everyMs = 5;
const handoverLimitMs = 20;

const { rounds, storages, json } = readOptions();
const over = endOfExperiment();
const outcomes: Partial<Record<Storage, Outcome>> = {};
for (const storage of storages) outcomes[storage] = await measure(storage);
const missed = Object.entries(outcomes).flatMap(([storage, outcome]) => missedBy(storage, outcome));
const ok = missed.length === 0;
console.log(JSON.stringify({ ok, rounds, ...outcomes, missed }));
if (!ok) process.exitCode = 1;

async function measure(storage: Storage): Promise<Outcome> {
  await using stage = await Stage.open({ source: true, replicas: 5, disk: storage === 'level', signal: over });
  await stage.scale(3);
  await stage.startAll([0, 1, 2]);
  await stage.awaitVoters(3);
  await createWebApps(stage.api, objects);
  const load = startLoad(stage.api, { objects, everyMs });
  const restarts: Continuity[] = [];
  const scalings: Continuity[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      restarts.push(tell(storage, 'rolling restart', await rollingRestart(stage)));
      scalings.push(tell(storage, '3 to 5 to 3', await scaleUpAndDown(stage)));
    }
  } finally {
    await load.stop();
  }
  const { oracle } = stage.server;
  const found = { rollingRestart: summaryOf(restarts), scaling: summaryOf(scalings) };
  const { length: overlaps } = oracle.overlaps;
  const generation = Number(oracle.token.split('.')[0]);
  return { ...found, writes: oracle.count, overlaps, clusters: oracle.clusterIds.length, generation };
}

function tell(storage: Storage, what: string, found: Continuity): Continuity {
  const handovers = found.handoversMs.map((ms) => ms.toFixed(1)).join(', ') || 'none';
  const line = `${storage.padEnd(7)} ${what.padEnd(16)} hand-overs ${handovers}; longest pause ${found.longestPauseMs.toFixed(1)} ms`;
  if (!json) console.log(line);
  return found;
}

function summaryOf(found: readonly Continuity[]): Found {
  const handoversMs = found.flatMap((each) => each.handoversMs);
  const longestPauseMs = quantilesOf(found.map((each) => each.longestPauseMs)).max;
  return { handover: { count: handoversMs.length, ...quantilesOf(handoversMs) }, longestPauseMs };
}

function missedBy(storage: string, { rollingRestart: restart, overlaps, clusters, generation }: Outcome): string[] {
  return [
    ...(restart.handover.p50 > handoverLimitMs ? [`${storage}: hand-over p50 ${restart.handover.p50} > 20 ms`] : []),
    ...(overlaps > 0 ? [`${storage}: ${overlaps} overlaps`] : []),
    ...(clusters === 1 ? [] : [`${storage}: ${clusters} clusters`]),
    ...(generation === 1 ? [] : [`${storage}: generation ${generation}, a majority was lost`]),
  ];
}

function readOptions(): { rounds: number; storages: readonly Storage[]; json: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        rounds: { type: 'string', default: '2' },
        storage: { type: 'string', default: 'level,memory' },
        json: { type: 'boolean', default: false },
      },
    });
    const rounds = Number(values.rounds);
    if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds ${values.rounds} is no count of at least 1`);
    const storages = values.storage.split(',').map((name) => {
      if (name === 'level' || name === 'memory') return name;
      throw new Error(`--storage ${name} is not level or memory`);
    });
    return { rounds, storages, json: values.json };
  } catch (error) {
    console.error(`rollout: ${(error as Error).message}`);
    process.exit(2);
  }
}
