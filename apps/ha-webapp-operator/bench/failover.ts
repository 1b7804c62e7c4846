/**
 * How long nobody works when the leader is killed, asked to leave, frozen or cut off.
 *
 *     npm run bench -- failover [--rounds 20] [--variant crash,sigterm,sigstop,partition] [--json]
 *                               [--election-timeout 150] [--storage level|memory] [--saturate]
 *
 * Three replicas with storage on disk (or none) and an API server, each a process; one of 50 WebApps changes every 5 ms. Failover is
 * from the signal to the first write of the successor that the server carried out; for SIGTERM from the last write of the old
 * leader. `leader` is the part until the successor was elected. Where etcd is installed, its leader is killed in turn with ours:
 * `etcd` is from the signal to its next leader, with timeouts of 20/200 ms, or the election timeout that was asked for and a tenth
 * of it; its storage is always on disk. `--saturate` keeps one core busy. `flagged` counts the overlaps of which their writer told
 * that it was frozen on the way. A figure over its gate, or any overlap, ends with code 1; the gates are for the default timeout
 * and a host with nothing else to do. A slow round tells on stderr what each replica logged meanwhile.
 */
import { randomInt } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { endOfExperiment } from '../harness/end-of-experiment.ts';
import { type FailoverSteps, stepNames, stepsOf, storyOf } from '../harness/failover-steps.ts';
import { LateWrites } from '../harness/late-writes.ts';
import { enterNetwork } from '../harness/network.ts';
import { type Quantiles, quantilesOf } from '../harness/quantiles.ts';
import type { Replica } from '../harness/replica.ts';
import { Stage } from '../harness/stage.ts';
import { createWebApps, startLoad } from '../harness/steady-load.ts';
import { takeOver } from '../harness/take-over.ts';
import { EtcdCluster, type EtcdTimeouts, etcdVersion } from './failover-etcd.ts';

type Variant = 'crash' | 'sigterm' | 'sigstop' | 'partition';

const objects = 50;
const everyMs = 5;
/** Between two rounds. Longer than the longest wait before a redial, so that no round begins with a link still down. */
const settledMs = [1_000, 2_000] as const;

/** What an idle host must reach, in ms. */
const gates: Readonly<Record<Variant, Partial<Quantiles>>> = {
  crash: { p50: 200, max: 350 },
  sigterm: { p50: 20 },
  sigstop: { p99: 450 },
  partition: { p99: 450 },
};

/** Slower rounds tell their story on stderr. */
const slowMs: Readonly<Record<Variant, number>> = { crash: 200, sigterm: 40, sigstop: 350, partition: 350 };

interface Options {
  readonly rounds: number;
  readonly variants: readonly Variant[];
  readonly electionTimeoutMs: number;
  readonly etcdTimeouts: EtcdTimeouts;
  readonly storage: 'level' | 'memory';
  /** One core is busy with something else. */
  readonly saturate: boolean;
  readonly json: boolean;
}

const defaultTimeoutMs = 150;

const options = readOptions();
const { rounds, json, electionTimeoutMs, etcdTimeouts, storage, saturate } = options;
const gated = electionTimeoutMs === defaultTimeoutMs && !saturate;
const network = options.variants.includes('partition') ? await enterNetwork(console.error) : undefined;
const variants = options.variants.filter((variant) => variant !== 'partition' || network !== undefined);
const over = endOfExperiment();
const results = new Map<Variant, { failoverMs: number[]; steps: FailoverSteps[] }>(
  variants.map((variant) => [variant, { failoverMs: [], steps: [] }]),
);
const version = variants.includes('crash') ? etcdVersion() : undefined;
const etcdMs: number[] = [];
const late = new LateWrites();
const stage = await Stage.open({
  source: true,
  program: fileURLToPath(new URL('./timed-operator.ts', import.meta.url)),
  env: { ELECTION_TIMEOUT_MS: String(electionTimeoutMs) },
  disk: storage === 'level',
  network,
  signal: over,
  onLine: (line) => late.hear(line),
});
const busy = saturate ? new Worker('for (;;);', { eval: true }) : undefined;
let clean = false;
try {
  await measure();
  clean = true;
} finally {
  if (!clean) for (const { ordinal, tail } of stage.replicas) console.error(`replica ${ordinal}:\n${tail}\n`);
  await busy?.terminate();
  await stage[Symbol.asyncDispose]();
}
report();

async function measure(): Promise<void> {
  await stage.startAll();
  await stage.awaitVoters(3);
  await createWebApps(stage.api, objects);
  const load = startLoad(stage.api, { objects, everyMs });
  const etcd = version === undefined ? undefined : await EtcdCluster.start(etcdTimeouts);
  try {
    for (let round = 0; round < rounds; round++) {
      for (const variant of variants) await once(variant);
      if (etcd !== undefined) etcdMs.push(await etcd.crash());
    }
  } finally {
    await etcd?.[Symbol.asyncDispose]();
    await load.stop();
  }
}

async function once(variant: Variant): Promise<void> {
  await sleepMs(randomInt(...settledMs));
  over.throwIfAborted();
  const act = { crash: kill, sigterm: end, sigstop: freeze, partition: isolate }[variant];
  const seen = await takeOver(stage, act);
  const ms = variant === 'sigterm' ? seen.gapMs : seen.failoverMs;
  const steps = stepsOf(stage, seen);
  const result = results.get(variant);
  result?.failoverMs.push(ms);
  if (steps !== undefined) result?.steps.push(steps);
  if (!json)
    console.log(`${variant.padEnd(8)} ${seen.from} → ${seen.to} ${ms.toFixed(1).padStart(7)} ms  ${textOf(steps)}`);
  if (ms > slowMs[variant] + electionTimeoutMs - defaultTimeoutMs) console.error(storyOf(stage, seen));
  await recover(variant, stage.replica(seen.from));
}

async function recover(variant: Variant, replica: Replica): Promise<void> {
  if (variant === 'sigstop') {
    replica.signal('SIGCONT');
  } else if (variant === 'partition') {
    stage.network.heal(replica.ordinal, 'peers');
  } else {
    await stage.restart(replica.ordinal);
  }
  await replica.ready(over);
  await stage.awaitVoters(3);
}

function report(): void {
  const { overlaps, count, clusterIds } = stage.server.oracle;
  const summary = Object.fromEntries(
    [...results].map(([variant, { failoverMs, steps }]) => [
      variant,
      { ...quantilesOf(failoverMs), leader: leaderQuantiles(steps), steps: medians(steps) },
    ]),
  );
  const missed = [...results].flatMap(([variant, { failoverMs }]) => missedGates(variant, quantilesOf(failoverMs)));
  const setting = { storage, electionTimeoutMs, saturated: saturate };
  const ok = missed.length === 0 && overlaps.length === 0 && clusterIds.length === 1;
  const flagged = overlaps.filter((overlap) => late.include(overlap.late)).length;
  const etcd = version === undefined ? null : { version, ...etcdTimeouts, ...quantilesOf(etcdMs) };
  console.log(
    JSON.stringify({
      ok,
      rounds,
      ...setting,
      ...summary,
      etcd,
      writes: count,
      overlaps: overlaps.length,
      flagged,
      missed,
    }),
  );
  if (!ok) process.exitCode = 1;
}

function missedGates(variant: Variant, found: Quantiles): string[] {
  if (!gated) return [];
  return Object.entries(gates[variant])
    .filter(([name, limit]) => found[name as keyof Quantiles] > limit)
    .map(([name, limit]) => `${variant} ${name} ${found[name as keyof Quantiles]} > ${limit} ms`);
}

function medians(steps: readonly FailoverSteps[]): Record<string, number> {
  return Object.fromEntries(stepNames.map((name) => [name, quantilesOf(steps.map((step) => step[name])).p50]));
}

/** From the signal until the successor was elected. */
function leaderQuantiles(steps: readonly FailoverSteps[]): Quantiles {
  return quantilesOf(steps.map(({ standsMs, electedMs }) => standsMs + electedMs));
}

function textOf(steps: FailoverSteps | undefined): string {
  return stepNames.map((name) => `${name.slice(0, -2)} ${(steps?.[name] ?? Number.NaN).toFixed(0)}`).join(', ');
}

function kill(leader: Replica): number {
  return leader.signal('SIGKILL');
}

function end(leader: Replica): number {
  return leader.signal('SIGTERM');
}

function freeze(leader: Replica): number {
  return leader.signal('SIGSTOP');
}

/** Keeps its connection to the API server: only its lease stops it. */
function isolate({ ordinal }: Replica): number {
  return stage.network.cut(ordinal, 'peers');
}

function sleepMs(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

function readOptions(): Options {
  try {
    const { values } = parseArgs({
      options: {
        rounds: { type: 'string', default: '20' },
        variant: { type: 'string', default: 'crash,sigterm,sigstop,partition' },
        'election-timeout': { type: 'string' },
        storage: { type: 'string', default: 'level' },
        saturate: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    });
    const { variant, storage, saturate, json, 'election-timeout': timeout } = values;
    const rounds = Number(values.rounds);
    if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds ${values.rounds} is no count of at least 1`);
    const variants = variant.split(',').map((name) => {
      if (name in gates) return name as Variant;
      throw new Error(`--variant "${name}" is none of ${Object.keys(gates).join(', ')}`);
    });
    const electionTimeoutMs = Number(timeout ?? defaultTimeoutMs);
    if (electionTimeoutMs % 10 !== 0 || electionTimeoutMs < 100 || electionTimeoutMs > 1_000)
      throw new Error(`--election-timeout ${timeout} is none of 100, 110 … 1000 ms`);
    if (storage !== 'level' && storage !== 'memory') throw new Error(`--storage ${storage} is not level or memory`);
    const electionMs = timeout === undefined ? 200 : electionTimeoutMs;
    const etcdTimeouts = { heartbeatMs: electionMs / 10, electionMs };
    return { rounds, variants, electionTimeoutMs, etcdTimeouts, storage, saturate, json };
  } catch (error) {
    console.error(`failover: ${(error as Error).message}`);
    process.exit(2);
  }
}
