/**
 * `k8sop-raft recover`: a person agrees that a generation may be given up. The command founds nothing: it marks the record, and a
 * node founds the next generation once it has proven, from inside the network, that the majority is lost for good. Where the
 * record was deleted and nobody is left to write it again, an empty node founds the cluster once a person agrees.
 */
import {
  HttpKubeClient,
  noMetrics,
  openClusterAuth,
  silentLogger,
  sleep,
  systemClock,
  systemRandom,
} from '@k8sop/runtime';
import { RaftError } from '@k8sop/raft-core';
import { readEnvironment, readRaftEnvironment } from '../env.ts';
import { type GenesisRecord, GenesisRecords, type StoredRecord } from '../ha/genesis-record.ts';
import type { RaftCommandOutput } from './run-raft.ts';

export interface RecoverOptions {
  readonly clusterName: string;
  /** @default `POD_NAMESPACE`, else the service account's, else 'default' */
  readonly namespace: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly acceptDataLoss: boolean;
  /** Takes the agreement back. */
  readonly withdraw: boolean;
  /** How long to wait for the next generation. */
  readonly waitMs: number;
  readonly json: boolean;
}

const pollMs = 500;

/** @returns 0 once the next generation is founded, or the agreement taken back; 1 otherwise. */
export async function recoverCommand(options: RecoverOptions, output: RaftCommandOutput): Promise<number> {
  const { clusterName, kubeconfig } = options;
  const namespace = options.namespace ?? readRaftEnvironment().namespace;
  const auth = await openClusterAuth(kubeconfig === undefined ? readEnvironment().cluster : { kubeconfig });
  const ports = { clock: systemClock, random: systemRandom, logger: silentLogger, metrics: noMetrics };
  await using client = new HttpKubeClient({ ...ports, auth, userAgent: 'k8sop-raft' });
  const records = new GenesisRecords(client, { namespace, clusterName });
  const signal = AbortSignal.timeout(options.waitMs + 30_000);
  const stored = await records.read(signal);
  if (stored === undefined && options.acceptDataLoss) return await foundAnew(records, options, signal, output);
  const { record } = stored ?? missing(records);
  const tell = (type: string, text: string): void =>
    output.out(options.json ? `${JSON.stringify({ ...summary(record), type })}\n` : text);
  if (options.withdraw) {
    await mark(records, undefined, signal);
    tell('withdrawn', `cluster ${clusterName}: generation ${record.generation} is kept\n`);
    return 0;
  }
  if (!options.acceptDataLoss) {
    tell('refused', textOf(clusterName, record));
    output.err('k8sop-raft: nothing was changed; repeat with --accept-data-loss to agree\n');
    return 1;
  }
  await mark(records, record, signal);
  const next = await awaitRecord(records, (now) => now.generation > record.generation, options.waitMs, signal);
  if (next === undefined) {
    output.err(
      `k8sop-raft: agreed, but no node has found the majority lost within ${options.waitMs} ms. The agreement stays until ` +
        `--withdraw. 'k8sop-raft status' on each pod says what it waits for; a pod that does not answer is not lost\n`,
    );
    return 1;
  }
  const founder = next.founder.id - 1;
  const text = `cluster ${clusterName}: ${founder} founded generation ${next.generation}; the others join it by themselves\n`;
  output.out(options.json ? `${JSON.stringify({ ...summary(next), type: 'recovered' })}\n` : text);
  return 0;
}

/** The record is gone, and a person says that so is the cluster: an empty node may found one. */
async function foundAnew(
  records: GenesisRecords,
  { clusterName, waitMs, json }: RecoverOptions,
  signal: AbortSignal,
  output: RaftCommandOutput,
): Promise<number> {
  await records.vacate(signal);
  const found = await awaitRecord(records, () => true, waitMs, signal);
  if (found === undefined) {
    output.err(
      `k8sop-raft: agreed in ConfigMap ${records.name}, but no empty node has founded a cluster within ${waitMs} ms. ` +
        `'k8sop-raft status' on each pod says what it waits for; to take it back, delete the ConfigMap\n`,
    );
    return 1;
  }
  const text = `cluster ${clusterName}: recorded as ${found.clusterId}, generation ${found.generation}\n`;
  output.out(json ? `${JSON.stringify({ ...summary(found), type: 'recovered' })}\n` : text);
  return 0;
}

async function readRecord(records: GenesisRecords, signal: AbortSignal): Promise<StoredRecord> {
  return (await records.read(signal)) ?? missing(records);
}

function missing(records: GenesisRecords): never {
  throw new RaftError(
    'RAFT_INVALID_INPUT',
    `there is no ConfigMap ${records.name}: check the cluster's name, as given to RaftConfig, and --namespace. If somebody deleted ` +
      `it, any leader writes it again within 30 s; if no member of that cluster is left, nor its disks, repeat with ` +
      `--accept-data-loss, and an empty pod founds the cluster anew`,
  );
}

/** Sets or takes back the agreement, whatever else changes at the same time. */
async function mark(records: GenesisRecords, agreed: GenesisRecord | undefined, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const stored = await readRecord(records, signal);
    const { abandon: _before, ...record } = stored.record;
    if (agreed !== undefined && record.generation !== agreed.generation) return; // left already
    const next = agreed === undefined ? record : { ...record, abandon: agreed.generation };
    if ((await records.swap(stored, next, signal)) !== undefined) return;
  }
}

async function awaitRecord(
  records: GenesisRecords,
  wanted: (record: GenesisRecord) => boolean,
  waitMs: number,
  signal: AbortSignal,
): Promise<GenesisRecord | undefined> {
  const limitMs = systemClock.nowMs() + waitMs;
  for (;;) {
    const stored = await records.read(signal);
    if (stored !== undefined && wanted(stored.record)) return stored.record;
    if (systemClock.nowMs() >= limitMs) return undefined;
    await sleep(systemClock, pollMs, { signal });
  }
}

function summary({ clusterId, generation, founder, voters }: GenesisRecord): object {
  return { clusterId, generation, founder: founder.id - 1, voters: voters.map(({ id }) => id - 1) };
}

function textOf(clusterName: string, { clusterId, generation, voters }: GenesisRecord): string {
  const ordinals = voters.map(({ id }) => id - 1).join(', ');
  return (
    `cluster ${clusterName} (${clusterId}), generation ${generation}, voters ${ordinals}\n` +
    `To recover means to give up this generation: everything in ctx.replicated is lost, and data directories that still\n` +
    `hold it are set aside (corrupt-<n>), not deleted. Your custom resources are not touched.\n` +
    `It happens only if a majority of the voters' pods answer with empty storage. Restore their volumes instead if you can.\n`
  );
}
