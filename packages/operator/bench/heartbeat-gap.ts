/**
 * How long a follower hears nothing from its leader, and a leader nothing from a follower, while each node's main thread parses
 * 37 MB of JSON and while a snapshot of 1 GiB goes to a node that was away. Three processes on this machine, LevelDB and gRPC,
 * default timing: a heartbeat every 30 ms. A regression means that bulk work got in the way of the lease.
 *
 *     npm run bench -- heartbeat-gap [--snapshot-mib 1024] [--parses 10] [--json]
 *
 * A p99 above 60 ms, or a process that grew with the snapshot, ends with code 1.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePorts } from './free-ports.ts';
import type { FromNode, ToNode } from './heartbeat-gap-node.ts';
import { heard } from './child-messages.ts';

const gateMs = 60;
/** How much a node may grow while a snapshot passes through it, in bytes; far below the snapshot. */
const memoryGateBytes = 256 * 1024 * 1024;
const jsonBytes = 37_000_000;
const idleMs = 3_000;

interface Gaps {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly count: number;
}

const { values } = parseArgs({
  options: {
    'snapshot-mib': { type: 'string', default: '1024' },
    parses: { type: 'string', default: '10' },
    json: { type: 'boolean' },
  },
});
const snapshotBytes = Number(values['snapshot-mib']) * 1024 * 1024;
const parses = Number(values.parses);
const directory = await mkdtemp(join(tmpdir(), 'k8sop-heartbeat-gap-'));
const nodes: ChildProcess[] = [];
try {
  report(await measure());
} finally {
  await Promise.all(nodes.map(end));
  await rm(directory, { recursive: true, force: true });
}

type Phase = { readonly heartbeats: Gaps; readonly answers: Gaps };
interface Result {
  readonly idle: Phase;
  readonly parse: Phase & { readonly parseMs: Omit<Gaps, 'count'> };
  readonly snapshot: Phase & { readonly sizeBytes: number; readonly tookMs: number; readonly grownMiB: number };
}

async function measure(): Promise<Result> {
  const ports = await freePorts(3);
  const peers = Object.fromEntries(ports.map((port, i) => [i, `127.0.0.1:${port}`]));
  const start = async (ordinal: number): Promise<ChildProcess> => {
    const child = fork(new URL('./heartbeat-gap-node.ts', import.meta.url), {
      execArgv: ['--conditions=@k8sop/source'],
    });
    nodes.push(child);
    const dataDir = join(directory, `node-${ordinal}`);
    tell(child, { type: 'setup', setup: { ordinal, dataDir, peers, snapshotBytes } });
    await heard<FromNode>(child, ({ type }) => type === 'ready');
    return child;
  };
  await Promise.all([start(0), start(1)]);
  const leader = await Promise.any(
    nodes.map(async (child) => {
      await heard<FromNode>(child, (message) => message.type === 'view' && message.leader);
      return child;
    }),
  );
  const idle = await during(() => sleep(idleMs));
  const parseMs: number[] = [];
  const parse = await during(async () => {
    for (const child of nodes) parseMs.push(...(await parseOn(child)));
  });
  tell(leader, { type: 'write', count: 150 });
  const compacted = nodes.map((child) =>
    heard<FromNode>(child, (message) => message.type === 'view' && message.snapshotIndex > 0),
  );
  await Promise.all(compacted);
  let tookMs = 0;
  const snapshot = await during(async () => {
    const startMs = performance.now();
    const late = await start(2);
    await heard<FromNode>(late, (message) => message.type === 'view' && message.restoredBytes >= snapshotBytes);
    tookMs = performance.now() - startMs;
  });
  const { grownBytes } = snapshot;
  return {
    idle,
    parse: { ...parse, parseMs: quantilesOf(parseMs) },
    snapshot: { ...snapshot, sizeBytes: snapshotBytes, tookMs, grownMiB: Math.round(grownBytes / 1024 / 1024) },
  };
}

async function parseOn(child: ChildProcess): Promise<readonly number[]> {
  tell(child, { type: 'parse', text: { sizeBytes: jsonBytes, times: parses } });
  const message = await heard<FromNode>(child, ({ type }) => type === 'parsed');
  return (message as Extract<FromNode, { type: 'parsed' }>).tookMs;
}

/** Runs `work` and collects what every node noted meanwhile. */
async function during(work: () => Promise<unknown>): Promise<Phase & { readonly grownBytes: number }> {
  for (const child of nodes) tell(child, { type: 'begin' });
  await work();
  const heartbeats: number[] = [];
  const answers: number[] = [];
  let grownBytes = 0;
  for (const child of nodes) {
    const memory = heard<FromNode>(child, ({ type }) => type === 'memory');
    const gaps = heard<FromNode>(child, ({ type }) => type === 'gaps');
    tell(child, { type: 'report' });
    const { heartbeatMs, answerMs } = (await gaps) as Extract<FromNode, { type: 'gaps' }>;
    heartbeats.push(...heartbeatMs);
    answers.push(...answerMs);
    grownBytes = Math.max(grownBytes, ((await memory) as Extract<FromNode, { type: 'memory' }>).grownBytes);
  }
  return { heartbeats: quantilesOf(heartbeats), answers: quantilesOf(answers), grownBytes };
}

function report({ idle, parse, snapshot }: Result): void {
  const phases = { idle: phaseOf(idle), parse: phaseOf(parse), snapshot: phaseOf(snapshot) };
  const missed = Object.entries(phases).flatMap(([name, { heartbeats, answers }]) => [
    ...(heartbeats.p99 <= gateMs ? [] : [`${name}: heartbeats p99 ${heartbeats.p99} > ${gateMs} ms`]),
    ...(answers.p99 <= gateMs ? [] : [`${name}: answers p99 ${answers.p99} > ${gateMs} ms`]),
  ]);
  if (snapshot.grownMiB * 1024 * 1024 > memoryGateBytes)
    missed.push(`a process grew by ${snapshot.grownMiB} MiB > ${memoryGateBytes / 1024 / 1024} MiB`);
  for (const [name, { heartbeats, answers }] of Object.entries(phases))
    console.log(
      `${name.padEnd(8)} heartbeats p50 ${heartbeats.p50}, p99 ${heartbeats.p99}, max ${heartbeats.max} ms; answers p50 ${answers.p50}, p99 ${answers.p99}, max ${answers.max} ms`,
    );
  const { sizeBytes, tookMs, grownMiB } = snapshot;
  const summary = {
    bench: 'heartbeat-gap',
    ok: missed.length === 0,
    ...phases,
    parseMs: parse.parseMs,
    transfer: { sizeBytes, tookMs: Math.round(tookMs), grownMiB },
    missed,
  };
  if (values.json === true) console.log(JSON.stringify(summary));
  else for (const line of missed) console.error(line);
  if (missed.length > 0) process.exitCode = 1;
}

function phaseOf({ heartbeats, answers }: Phase): Phase {
  return { heartbeats, answers };
}

function quantilesOf(numbers: readonly number[]): Gaps {
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = (share: number): number => {
    const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
    return Math.round(value * 10) / 10;
  };
  return { p50: at(0.5), p99: at(0.99), max: at(1), count: sorted.length };
}

function tell(child: ChildProcess, message: ToNode): void {
  child.send(message);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
