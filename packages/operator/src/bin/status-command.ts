/**
 * `k8sop-raft status`: who leads, under which term and generation, and who the members are. Asks running replicas on their probe
 * port, or reads a data directory; changes nothing.
 */
import { stat } from 'node:fs/promises';
import { decodeConfiguration, ordinalOf, RaftError } from '@k8sop/raft-core';
import { inspectDataDirectory } from '@k8sop/raft-level';
import type { ElectionReport, MemberReport } from '../ha/node-report.ts';
import { isSound } from './inspect-command.ts';
import type { RaftCommandOutput } from './run-raft.ts';

/** What a directory alone can tell. */
interface StoredReport extends Pick<ElectionReport, 'clusterId' | 'generation' | 'uuid' | 'term' | 'lastIndex'> {
  readonly members: readonly MemberReport[];
  readonly health: ElectionReport['health'];
}

type TargetReport = { readonly target: string } & (
  | ({ readonly from: 'replica' } & ElectionReport)
  | ({ readonly from: 'directory' } & StoredReport)
  | { readonly from: 'nothing'; readonly error: string }
);

const answerLimitMs = 5_000;

/** @returns 0 when every target is healthy, else 1. */
export async function statusCommand(
  targets: readonly string[],
  { json }: { readonly json: boolean },
  output: RaftCommandOutput,
): Promise<number> {
  const reports = await Promise.all(targets.map(reportOf));
  if (json) for (const report of reports) output.out(`${JSON.stringify(report)}\n`);
  else output.out(reports.map(textOf).join('\n'));
  for (const report of reports) if (report.from === 'nothing') output.err(`k8sop-raft: ${report.error}\n`);
  return reports.every((report) => report.from !== 'nothing' && report.health.ok) ? 0 : 1;
}

async function reportOf(target: string): Promise<TargetReport> {
  try {
    return /^https?:\/\//.test(target) ? await askReplica(target) : await readDirectory(target);
  } catch (error) {
    return { target, from: 'nothing', error: (error as Error).message };
  }
}

async function askReplica(target: string): Promise<TargetReport> {
  const url = new URL('/raft', target).href;
  const answer = await fetch(url, { signal: AbortSignal.timeout(answerLimitMs) }).catch((cause: unknown) => {
    const why = ((cause as Error).cause as Error | undefined)?.message ?? (cause as Error).message;
    throw new RaftError(
      'RAFT_PEER_UNREACHABLE',
      `${url} does not answer (${why}): is the operator running, and is this its probe port?`,
      { cause },
    );
  });
  const text = await answer.text();
  if (answer.status === 404) {
    throw new RaftError(
      'RAFT_PEER_UNREACHABLE',
      `${url}: this operator elects no leader by Raft; it needs .withLeaderElection(new RaftConfig(…))`,
    );
  }
  if (!answer.ok) throw new RaftError('RAFT_PEER_UNREACHABLE', `${url}: ${answer.status} ${text.trim()}`);
  return { target, from: 'replica', ...(JSON.parse(text) as ElectionReport) };
}

async function readDirectory(target: string): Promise<TargetReport> {
  await stat(target).catch((cause: unknown) => {
    throw new RaftError(
      'RAFT_INVALID_INPUT',
      `${target} is neither the URL of a probe port, as in http://127.0.0.1:8081, nor a data directory`,
      { cause },
    );
  });
  const report = await inspectDataDirectory(target);
  const [meta] = report.slots.filter((slot) => slot !== undefined).sort((a, b) => b.seq - a.seq);
  const written = report.entries.findLast(({ type }) => type === 'configuration');
  const configuration = written === undefined ? meta?.snapshot?.configuration : decodeConfiguration(written.data);
  const { voters = [], learners = [] } = configuration ?? {};
  const as = (role: MemberReport['role'], members: typeof voters): MemberReport[] =>
    members.map(({ id, uuid }) => ({ ordinal: ordinalOf(id), uuid, role }));
  const sound = isSound(report);
  return {
    target,
    from: 'directory',
    clusterId: meta?.identity.clusterId ?? '',
    generation: meta?.identity.generation ?? 0,
    uuid: meta?.identity.uuid ?? '',
    term: meta?.hardState.term ?? 0,
    lastIndex: report.entries.at(-1)?.index ?? meta?.snapshot?.index ?? 0,
    members: [...as('voter', voters), ...as('learner', learners)],
    health: sound ? { ok: true } : { ok: false, detail: `damaged; see k8sop-raft inspect ${target}` },
  };
}

function textOf(report: TargetReport): string {
  if (report.from === 'nothing') return `${report.target}\n  ${row('health', 'does not answer')}`;
  const { target, clusterId, generation, uuid, term, members, health } = report;
  const node = report.from === 'replica' ? nodeRows(report) : [row('last index', String(report.lastIndex))];
  const rows = [
    row('cluster', clusterId === '' ? 'none yet' : `${clusterId}, generation ${generation}`),
    row('uuid', uuid),
    row('term', String(term)),
    ...node,
    row('health', `${health.ok ? 'ok' : 'not ready'}${health.detail === undefined ? '' : `: ${health.detail}`}`),
    ...members.map((member) => row('member', memberText(member))),
  ];
  return `${target}\n${rows.map((line) => `  ${line}`).join('')}`;
}

function nodeRows(report: ElectionReport): readonly string[] {
  const { role, ordinal, leader, leaseMs, commit, applied, lastIndex, storage } = report;
  return [
    row('node', `${ordinal}, ${role}`),
    row('leader', leader === null ? 'none known' : `${leader}${leader === ordinal ? ' (this node)' : ''}`),
    ...(leader === ordinal ? [row('lease', leaseMs === null ? 'lapsed' : `${leaseMs} ms left`)] : []),
    row('log', `last ${lastIndex}, committed ${commit}, applied ${applied}`),
    row('storage', storage),
  ];
}

function memberText({ ordinal, role, uuid, match, seenMsAgo }: MemberReport): string {
  const seen = seenMsAgo === undefined || seenMsAgo < 0 ? 'not seen' : `seen ${seenMsAgo} ms ago`;
  return `${ordinal} ${role.padEnd(7)} ${uuid}${match === undefined ? '' : `, match ${match}, ${seen}`}`;
}

function row(name: string, value: string): string {
  return `${name.padEnd(12)}${value}\n`;
}
