/**
 * Rounds of harm and recovery under load. After each round every replica runs and is ready, and the leader has written; after
 * the last the objects agree with what was asked for. The oracles judge throughout: no overlap, no lost write, one cluster.
 */
import { randomInt } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { FenceOracle } from '../harness/fence-oracle.ts';
import { LateWrites } from '../harness/late-writes.ts';
import { type Network, networkSize } from '../harness/network.ts';
import type { LogLine, Replica } from '../harness/replica.ts';
import { Stage } from '../harness/stage.ts';
import { createWebApps, startLoad } from '../harness/steady-load.ts';
import { converged } from './ledger.ts';
import { members, nemeses, partitions, scaling } from './nemesis.ts';

export interface ChaosOptions {
  readonly rounds: number;
  /** Names among `nemeses` and `partitions`. One each in this order, then at random. @default all that are possible */
  readonly harm?: readonly string[];
  readonly signal: AbortSignal;
  /** Makes partitions possible. */
  readonly network?: Network | undefined;
  /** How long a recovery may take, in ms. @default 30000 */
  readonly recoveryLimitMs?: number;
  readonly say?: (line: string) => void;
}

export interface ChaosReport {
  readonly ok: boolean;
  readonly rounds: number;
  readonly overlaps: number;
  /** Those of which their writer told that it was frozen on the way. */
  readonly flagged: number;
  readonly lostWrites: number;
  readonly clusters: number;
  readonly writes: number;
  readonly changes: number;
  /** Rounds per kind of harm. */
  readonly harm: Readonly<Record<string, number>>;
  readonly slowestRecoveryMs: number;
  /** Why it ended early. */
  readonly failure?: string;
}

const objects = 20;
/** Scaling takes the longest: removal waits for over ten seconds. */
const harmLimitMs = 90_000;
/** These run at all times; others come and go with scaling. */
const wanted = [0, 1, 2];

/** Never rejects: what went wrong is in the report. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { signal, network, say = () => {}, recoveryLimitMs = 30_000 } = options;
  const done: Record<string, number> = {};
  let lostWrites = 0;
  const late = new LateWrites();
  const onLine = (whole: LogLine): void => {
    late.hear(whole);
    const { msg, ordinal, ...line } = whole;
    if (msg !== 'ledger: lost') return;
    lostWrites += 1;
    say(`replica ${ordinal} misses an acknowledged write: ${JSON.stringify(line)}`);
  };
  const program = fileURLToPath(new URL('./ledger-operator.ts', import.meta.url));
  const stage = await Stage.open({ source: true, replicas: networkSize, program, signal, network, onLine });
  let failure: string | undefined;
  let slowestRecoveryMs = 0;
  let changes = 0;
  let told = 0;
  try {
    await within(recoveryLimitMs, stage.startAll(wanted), 'the replicas are not ready');
    await within(recoveryLimitMs, stage.awaitVoters(wanted.length), 'the replicas do not all vote');
    await createWebApps(stage.api, objects);
    const load = startLoad(stage.api, { objects, everyMs: 20 });
    try {
      for (const [round, name] of plan(options).entries()) {
        signal.throwIfAborted();
        await sleepMs(randomInt(50, 400));
        say(`${String(round + 1).padStart(4)}  ${name}`);
        const harm = { ...scaling, ...nemeses, ...partitions }[name];
        await within(harmLimitMs, harm?.(stage) ?? Promise.resolve(), `"${name}" did not end`);
        const recoveryMs = await recover(stage, { after: name, limitMs: recoveryLimitMs });
        for (const overlap of stage.server.oracle.overlaps.slice(told))
          say(`overlap in this round: ${describe(overlap)}`);
        told = stage.server.oracle.overlaps.length;
        slowestRecoveryMs = Math.max(slowestRecoveryMs, recoveryMs);
        done[name] = (done[name] ?? 0) + 1;
      }
    } finally {
      await load.stop();
      changes = load.changes;
    }
    await within(recoveryLimitMs, converged(stage.api), 'the objects do not become what was asked for');
  } catch (error) {
    const states = members(stage).map(({ ordinal, tail }) => `replica ${ordinal}:\n${tail}`);
    failure = `${(error as Error).message}`;
    say([failure, ...states].join('\n\n'));
  } finally {
    await stage[Symbol.asyncDispose]();
  }
  const { oracle } = stage.server;
  const overlaps = oracle.overlaps.length;
  const flagged = oracle.overlaps.filter((overlap) => late.include(overlap.late)).length;
  const clusters = oracle.clusterIds.length;
  const rounds = Object.values(done).reduce((sum, count) => sum + count, 0);
  const ok = failure === undefined && overlaps === 0 && lostWrites === 0 && clusters === 1;
  const found = { ok, rounds, overlaps, flagged, lostWrites, clusters, writes: oracle.count, changes, harm: done };
  return { ...found, slowestRecoveryMs: Math.round(slowestRecoveryMs), ...(failure === undefined ? {} : { failure }) };
}

/** Each kind of harm once, then any. */
function plan({ rounds, network, harm }: ChaosOptions): readonly string[] {
  const names = harm ?? Object.keys({ ...scaling, ...nemeses, ...(network === undefined ? {} : partitions) });
  if (names.length === 0) return []; // all that was asked for needs namespaces
  return Array.from(
    { length: rounds },
    (_, round) => names[round < names.length ? round : randomInt(names.length)] ?? '',
  );
}

/** Starts what is stopped, and waits until all are ready and the leader has written. @returns how long that took. */
async function recover(
  stage: Stage,
  { after, limitMs }: { readonly after: string; readonly limitMs: number },
): Promise<number> {
  const fromMs = performance.now();
  const step = (work: Promise<unknown>, otherwise: string): Promise<unknown> =>
    within(limitMs - (performance.now() - fromMs), work, `no recovery after "${after}": ${otherwise}`);
  const replicas = wanted.map((ordinal) => stage.replica(ordinal));
  for (const replica of replicas) if (!replica.running) replica.start();
  const ready = replicas.map((replica) =>
    step(becomeReady(replica, stage.signal), `replica ${replica.ordinal} is not ready`),
  );
  await Promise.all(ready);
  await step(stage.awaitVoters(wanted.length), 'the replicas do not all vote');
  await step(
    stage.server.nextWrite(() => true),
    'nothing was written',
  );
  return performance.now() - fromMs;
}

/**
 * Starts it once more if it ends by itself, as kubelet would: peers that met a clone refuse the first start that counts as high as
 * the clone's.
 */
async function becomeReady(replica: Replica, signal: AbortSignal): Promise<void> {
  try {
    await replica.ready(signal);
  } catch (error) {
    if (replica.running || signal.aborted) throw error;
    replica.start();
    await replica.ready(signal);
  }
}

function describe({ late, after }: FenceOracle['overlaps'][number]): string {
  const ms = (late.atMs - after.atMs).toFixed(1);
  return `${late.verb} ${late.resource}/${late.name} (status ${late.code}) of ${late.fence}, ${ms} ms after one of ${after.fence}`;
}

async function within<T>(limitMs: number, work: Promise<T>, otherwise: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`${otherwise} within ${(limitMs / 1_000).toFixed(1)} s`)),
    limitMs,
  );
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function sleepMs(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
