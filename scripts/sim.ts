/**
 * `npm run sim -- --runs N --ticks T [--driver] [--seed S] [--jobs J] [--json] [--verbose]`: simulated clusters under
 * faults. With `--driver` each node is the real driver over simulated ports; without, a bare core with more liberties.
 *
 * Seeds S, S+1, … are shared out among worker threads. Prints runs, speed, violations and coverage; under `--json` the
 * last line of stdout is one JSON object with `"violations"`. A broken rule prints its name, the end of the trace, one
 * line per event, and the command that repeats it. Exits 1 on a violation or, from 200 runs on, on a gap in coverage.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import {
  addCoverage,
  emptyCoverage,
  runDriverSimulation,
  runSimulation,
  uncovered,
  type Coverage,
  type SimulationResult,
  type Violation,
} from '../packages/raft-core/src/testing/index.ts';

interface Settings {
  readonly runs: number;
  readonly ticks: number;
  readonly seed: number;
  readonly jobs: number;
  readonly driver: boolean;
  readonly json: boolean;
  readonly verbose: boolean;
}

interface Failure extends Violation {
  readonly seed: number;
}

interface Totals {
  runs: number;
  nodeTicks: number;
  operations: number;
  unknownOutcomes: number;
  committed: number;
  terms: number;
  readonly coverage: Coverage;
  readonly failures: Failure[];
}

/** Share of operations whose outcome may stay unknown to their client. */
const maxUnknownShare = 0.01;
/** Lines of a failed run's trace that are shown; runs below this many prove nothing about coverage. */
const limits = { tailLines: 120, coverageRuns: 200, reportedFailures: 3, progressMs: 10_000 } as const;

if (isMainThread) await main();
else await work();

async function main(): Promise<void> {
  const settings = readSettings();
  if (typeof settings === 'string') {
    process.stderr.write(
      `${settings}\nusage: npm run sim -- --runs N --ticks T [--driver] [--seed S] [--jobs J] [--json] [--verbose]\n`,
    );
    process.exitCode = 2;
    return;
  }
  const { runs, ticks, seed, jobs } = settings;
  process.stderr.write(`simulating seeds ${seed} to ${seed + runs - 1}, ${ticks} ticks each, ${jobs} threads\n`);
  const totals = emptyTotals();
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: jobs }, (_, job) => runJob(settings, job, totals)));
  await report(settings, totals, (performance.now() - startedMs) / 1000);
}

function readSettings(): Settings | string {
  const options = {
    runs: { type: 'string', default: '200' },
    ticks: { type: 'string', default: '5000' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: String(Math.min(availableParallelism(), 16)) },
    driver: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  } as const;
  try {
    const { values } = parseArgs({ options, strict: true });
    const runs = wholeNumber('runs', values.runs, 10_000_000);
    const jobs = Math.min(runs, wholeNumber('jobs', values.jobs, 256));
    return {
      runs,
      jobs,
      ticks: wholeNumber('ticks', values.ticks, 1_000_000),
      seed: wholeNumber('seed', values.seed, 4_000_000_000),
      driver: values.driver,
      json: values.json,
      verbose: values.verbose,
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function wholeNumber(name: string, text: string, max: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1 && value <= max) return value;
  throw new Error(`--${name} ${text} is not a whole number from 1 to ${max}`);
}

function emptyTotals(): Totals {
  return {
    runs: 0,
    nodeTicks: 0,
    operations: 0,
    unknownOutcomes: 0,
    committed: 0,
    terms: 0,
    coverage: emptyCoverage(),
    failures: [],
  };
}

/** Runs every `jobs`-th seed in a thread of its own and adds up what it reports. */
async function runJob(settings: Settings, job: number, totals: Totals): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { settings, job } });
  await new Promise<void>((resolve, reject) => {
    let shownMs = performance.now();
    worker.on('message', (result: SimulationResult) => {
      addResult(totals, result);
      if (performance.now() - shownMs < limits.progressMs) return;
      shownMs = performance.now();
      process.stderr.write(`${totals.runs} runs, ${totals.failures.length} violations\n`);
    });
    worker.on('error', reject);
    worker.on('exit', () => resolve());
  });
}

function addResult(totals: Totals, result: SimulationResult): void {
  totals.runs += 1;
  totals.nodeTicks += result.nodeTicks;
  totals.operations += result.operations;
  totals.unknownOutcomes += result.unknownOutcomes;
  totals.committed += result.committed;
  totals.terms += result.terms;
  addCoverage(totals.coverage, result.coverage);
  if (result.violation !== null) totals.failures.push({ seed: result.seed, ...result.violation });
}

async function work(): Promise<void> {
  const { settings, job } = workerData as { settings: Settings; job: number };
  for (let i = job; i < settings.runs; i += settings.jobs) {
    parentPort?.postMessage(await run(settings, settings.seed + i));
  }
}

async function run(
  { driver, ticks }: Settings,
  seed: number,
  onLine?: (line: string) => void,
): Promise<SimulationResult> {
  const options = { seed, ticks, ...(onLine === undefined ? {} : { onLine }) };
  return driver ? await runDriverSimulation({ ...options, settle }) : runSimulation(options);
}

/** All microtasks have run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function report(settings: Settings, totals: Totals, seconds: number): Promise<void> {
  const { runs, nodeTicks, coverage, operations, unknownOutcomes, committed, terms } = totals;
  const failures = totals.failures.sort((a, b) => a.seed - b.seed);
  for (const failure of failures.slice(0, limits.reportedFailures)) await explain(settings, failure);
  const missing = uncovered(coverage, settings.driver ? 'driver' : 'core');
  const names = Object.keys(coverage).length;
  const unknownShare = operations === 0 ? 0 : unknownOutcomes / operations;
  const perSecond = Math.round(nodeTicks / seconds);
  const lines = [
    `${runs} runs of ${settings.ticks} ticks, ${seconds.toFixed(1)} s, ${perSecond} node-ticks/s on ${settings.jobs} threads`,
    `${committed} entries committed, ${terms} terms, ${operations} client operations, ${unknownOutcomes} of unknown outcome`,
    `coverage: ${names - missing.length} of ${names}${missing.length > 0 ? `, never seen: ${missing.join(', ')}` : ''}`,
    `violations: ${failures.length}`,
  ];
  if (settings.verbose) for (const [name, count] of Object.entries(coverage)) lines.push(`  ${name}: ${count}`);
  process.stdout.write(`${lines.join('\n')}\n`);
  const gap = runs >= limits.coverageRuns && missing.length > 0;
  if (settings.json) {
    const summary = {
      runs,
      ticks: settings.ticks,
      driver: settings.driver,
      seed: settings.seed,
      seconds,
      nodeTicksPerSecond: perSecond,
    };
    const counts = { committed, terms, operations, unknownShare, coverage, uncovered: missing };
    process.stdout.write(`${JSON.stringify({ ...summary, ...counts, failures, violations: failures.length })}\n`);
  }
  if (failures.length > 0 || gap || unknownShare > maxUnknownShare) process.exitCode = 1;
}

/** Runs the seed again, keeps the end of its trace and says how to repeat it. */
async function explain(settings: Settings, { seed, rule, message, atMs }: Failure): Promise<void> {
  const tail: string[] = [];
  const onLine = (line: string): void => {
    tail.push(line);
    if (tail.length > limits.tailLines) tail.shift();
  };
  await run(settings, seed, onLine);
  const lines = settings.verbose ? tail : tail.slice(-40);
  process.stdout.write(
    `\nviolation of ${rule} in seed ${seed} after ${atMs} ms: ${message}\n  time ms node event\n${lines.join('\n')}\n` +
      `repeat: npm run sim -- --runs 1 --ticks ${settings.ticks} ${settings.driver ? '--driver ' : ''}--seed ${seed} --verbose\n\n`,
  );
}
