/**
 * How fast an operator brings a full cluster into shape, and how soon it answers an edit.
 *
 *     npm run bench -- reconcile [--objects 1000,10000] [--concurrency 32] [--json]
 *
 * Server, operator and load are processes of their own and speak HTTPS. `ratio` compares with a bare client that sends
 * the same mutations, 32 in flight; so the operator reconciles 32 objects at once, each of which has one request in
 * flight (the default of `.queue()` is 10). The operator runs with the options of Node that the start command of
 * `apps/webapp-operator` gives. A lower ratio or a higher `cpuUsPerReconcile` means that the runtime got slower;
 * a higher `peakRssMb`, that the cache got heavier.
 */
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { customResource } from '@k8sop/operator';
import { Type } from 'typebox';
import { type Access, Load, webappPath } from './reconcile-load.ts';

/** Each look costs the server two lists, and the ceiling has no such cost: they are rare until the end is near. */
const LOOK_EVERY_MS = { min: 10, max: 500 };
const EDITS_PER_SECOND = 100;
const EDIT_SECONDS = 5;

interface Run {
  readonly objects: number;
  readonly seconds: number;
  readonly reconcilesPerS: number;
  readonly startP50Ms: number;
  readonly startP99Ms: number;
  readonly cpuUsPerReconcile: number;
  readonly peakRssMb: number;
  readonly ceilingSeconds: number;
  readonly ratio: number;
}

const crd = customResource({
  group: 'example.com',
  version: 'v1',
  kind: 'WebApp',
  spec: Type.Object({ image: Type.String(), replicas: Type.Integer({ minimum: 0 }) }),
}).crd();

const { values: options } = parseArgs({
  options: {
    objects: { type: 'string', default: '1000,10000' },
    concurrency: { type: 'string', default: '32' },
    json: { type: 'boolean', default: false },
  },
});

const built = build();
const nodeOptions = await startOptions();
const runs: Run[] = [];
for (const objects of options.objects.split(',').map(Number)) {
  const ceilingSeconds = await withServer(objects, (load) => load.ceiling(objects));
  const measured = await withServer(objects, (load, access) => reconcileAll(objects, load, access));
  const run = {
    objects,
    ...measured,
    ceilingSeconds: round(ceilingSeconds),
    ratio: round(ceilingSeconds / measured.seconds),
  };
  runs.push(run);
  if (!options.json) console.log(run);
}
console.log(JSON.stringify({ bench: 'reconcile', concurrency: Number(options.concurrency), runs }));

/** Builds the packages, so that the operator runs as it does at a user's; false when that is impossible here. */
function build(): boolean {
  const args = ['run', 'build', '--filter=@k8sop/operator', '--output-logs=errors-only'];
  const { status } = spawnSync('turbo', args, { stdio: ['ignore', 2, 2] });
  if (status !== 0) console.error('the packages do not build: the operator runs from source, which costs memory');
  return status === 0;
}

function launch(
  file: string,
  { env = {}, nodeOptions = [] }: { env?: Readonly<Record<string, string>>; nodeOptions?: readonly string[] } = {},
): ChildProcess {
  const { PATH = '', HOME = '' } = process.env;
  const fromSource = !built || file.endsWith('.ts');
  return fork(fileURLToPath(new URL(file, import.meta.url)), {
    execArgv: [...nodeOptions, ...(fromSource ? ['--conditions=@k8sop/source'] : [])],
    env: { PATH, HOME, NODE_ENV: 'production', K8SOP_LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

/** What stands between `node` and the program in the template's start command. */
async function startOptions(): Promise<string[]> {
  const template = new URL('../../../apps/webapp-operator/package.json', import.meta.url);
  const { scripts } = JSON.parse(await readFile(template, 'utf8')) as { scripts: { start: string } };
  return scripts.start.split(' ').slice(1, -1);
}

/** A fresh server with `objects` WebApps. */
async function withServer<T>(objects: number, body: (load: Load, access: Access) => Promise<T>): Promise<T> {
  const server = launch('./reconcile-server.ts');
  const [access] = (await once(server, 'message')) as [Access];
  const load = new Load(access);
  try {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    await load.call({ method: 'POST', path, body: crd.toJSON() });
    await load.createWebApps(objects);
    return await body(load, access);
  } finally {
    await load.close();
    server.disconnect();
    await once(server, 'exit');
  }
}

async function reconcileAll(
  objects: number,
  load: Load,
  access: Access,
): Promise<Omit<Run, 'objects' | 'ceilingSeconds' | 'ratio'>> {
  const directory = await mkdtemp(join(tmpdir(), 'k8sop-bench-'));
  const kubeconfig = join(directory, 'kubeconfig');
  await writeFile(kubeconfig, access.kubeconfig);
  const startedMs = performance.now();
  const env = { KUBECONFIG: kubeconfig, CONCURRENCY: options.concurrency };
  const operator = launch('./reconcile-operator.mjs', { env, nodeOptions });
  try {
    const seconds = await secondsUntilComplete(objects, load, startedMs);
    const { cpuUs, peakRssMb } = await usage(operator);
    const latencies = await editLatencies(objects, load, operator);
    return {
      seconds: round(seconds),
      reconcilesPerS: Math.round(objects / seconds),
      startP50Ms: percentile(latencies, 0.5),
      startP99Ms: percentile(latencies, 0.99),
      cpuUsPerReconcile: Math.round(cpuUs / objects),
      peakRssMb: Math.round(peakRssMb),
    };
  } finally {
    if (operator.connected) operator.send('stop');
    await once(operator, 'exit');
    await rm(directory, { recursive: true });
  }
}

/** Seconds since `startedMs` when all children exist. Looks again after half of the time that the rest should take. */
async function secondsUntilComplete(objects: number, load: Load, startedMs: number): Promise<number> {
  for (;;) {
    const count = await load.childCount();
    const spentMs = performance.now() - startedMs;
    if (count >= objects) return spentMs / 1000;
    const restMs = (spentMs * (objects - count)) / count;
    await delay(Math.min(Math.max(restMs / 2, LOOK_EVERY_MS.min), LOOK_EVERY_MS.max));
  }
}

async function usage(operator: ChildProcess): Promise<{ cpuUs: number; peakRssMb: number }> {
  operator.send('usage');
  const [answer] = (await once(operator, 'message')) as [{ cpuUs: number; peakRssMb: number }];
  return answer;
}

/** Milliseconds from sending an edit to the start of the run it causes. */
async function editLatencies(objects: number, load: Load, operator: ChildProcess): Promise<number[]> {
  const sentMs = new Map<string, number>();
  const latencies: number[] = [];
  operator.on('message', (message: { type: string; name: string; atMs: number }) => {
    const at = sentMs.get(message.name);
    if (message.type !== 'start' || at === undefined) return;
    sentMs.delete(message.name);
    latencies.push(message.atMs - at);
  });
  operator.send('report starts');
  const edits = Math.min(objects, EDITS_PER_SECOND * EDIT_SECONDS);
  const beganMs = performance.now();
  const pending: Promise<unknown>[] = [];
  for (let i = 0; i < edits; i++) {
    await delay(Math.max(0, beganMs + (i * 1000) / EDITS_PER_SECOND - performance.now()));
    const name = `app-${i}`;
    sentMs.set(name, performance.timeOrigin + performance.now());
    const body = { spec: { replicas: 3 } };
    pending.push(
      load.call({ method: 'PATCH', path: `${webappPath}/${name}`, type: 'application/merge-patch+json', body }),
    );
  }
  await Promise.all(pending);
  for (let i = 0; sentMs.size > 0 && i < 200; i++) await delay(20);
  if (sentMs.size > 0) throw new Error(`${sentMs.size} of ${edits} edits never started a run`);
  return latencies;
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
