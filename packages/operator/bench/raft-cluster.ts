/**
 * Replicated writes per second: three processes on this machine, 256-byte values, each write on a majority's disks before it
 * counts, at 1, 16, 64 and 256 in flight; beside etcd in interleaved rounds where it is installed. A regression means that
 * group commit, the driver or the transport got slower.
 *
 *     npm run bench -- raft-cluster [--rounds N] [--json]
 *
 * Our load runs in the leader's process, as `ctx.replicated` does; etcd's is a gRPC client, as etcd's users have.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePorts } from './free-ports.ts';
import { type EtcdCluster, etcdVersion, startEtcd } from './raft-cluster-etcd.ts';
import type { FromNode, ToNode } from './raft-cluster-node.ts';
import { heard } from './child-messages.ts';

const levels = [1, 16, 64, 256];
const valueBytes = 256;
const sliceMs = 1_500;

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' }, json: { type: 'boolean' } } });
const rounds = Number(values.rounds);
const directory = await mkdtemp(join(tmpdir(), 'k8sop-raft-cluster-'));
const nodes: ChildProcess[] = [];
try {
  const leader = await startNodes();
  const version = etcdVersion();
  await using etcd = version === undefined ? undefined : await startEtcd(directory, await freePorts(6));
  const results = await measure(leader, etcd);
  const summary = {
    bench: 'raft-cluster',
    valueBytes,
    rounds,
    writesPerS: results.ours,
    etcd: version === undefined ? null : { version, writesPerS: results.etcd, ratio: results.ratio },
  };
  for (const level of levels)
    console.log(
      `${String(level).padStart(4)} in flight: ${results.ours[level]} writes/s${version === undefined ? '' : `, etcd ${results.etcd[level]} (ratio ${results.ratio[level]})`}`,
    );
  if (values.json) console.log(JSON.stringify(summary));
} finally {
  await Promise.all(nodes.map(stop));
  await rm(directory, { recursive: true, force: true });
}

type Figures = Record<number, number>;

async function measure(
  leader: ChildProcess,
  etcd: EtcdCluster | undefined,
): Promise<{ ours: Figures; etcd: Figures; ratio: Figures }> {
  const samples = new Map(levels.map((level) => [level, { ours: [] as number[], etcd: [] as number[] }]));
  for (let round = 0; round < rounds; round++) {
    for (const [inFlight, sample] of samples) {
      sample.ours.push(await loadOurs(leader, inFlight));
      if (etcd) sample.etcd.push(await etcd.writesPerS(inFlight, sliceMs, valueBytes));
    }
  }
  const figures = (pick: (sample: { ours: number[]; etcd: number[] }) => number): Figures =>
    Object.fromEntries([...samples].map(([level, sample]) => [level, pick(sample)]));
  return {
    ours: figures(({ ours }) => Math.round(median(ours))),
    etcd: figures((sample) => Math.round(median(sample.etcd))),
    ratio: figures((sample) => Math.round((median(sample.ours) / median(sample.etcd)) * 100) / 100),
  };
}

async function startNodes(): Promise<ChildProcess> {
  const ports = await freePorts(3);
  const peers = Object.fromEntries(ports.map((port, i) => [i, `127.0.0.1:${port}`]));
  for (const ordinal of [0, 1, 2]) {
    const child = fork(new URL('./raft-cluster-node.ts', import.meta.url), {
      execArgv: ['--conditions=@k8sop/source'],
    });
    nodes.push(child);
    tell(child, { type: 'setup', setup: { ordinal, dataDir: join(directory, `node-${ordinal}`), peers } });
    await heard<FromNode>(child, (message) => message.type === 'ready');
  }
  return await Promise.any(
    nodes.map(async (child) => {
      await heard<FromNode>(child, (message) => message.type === 'view' && message.leader && message.voters === 3);
      return child;
    }),
  );
}

async function loadOurs(leader: ChildProcess, inFlight: number): Promise<number> {
  tell(leader, { type: 'load', inFlight, ms: sliceMs, valueBytes });
  const message = await heard<FromNode>(leader, ({ type }) => type === 'loaded');
  return (message as Extract<FromNode, { type: 'loaded' }>).writesPerS;
}

function tell(child: ChildProcess, message: ToNode): void {
  child.send(message);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  tell(child, { type: 'stop' });
  await once(child, 'exit');
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
