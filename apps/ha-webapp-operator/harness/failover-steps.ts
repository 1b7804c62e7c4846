/**
 * Where the time of a failover went, from the successor's log lines: how long until it stood for election, until it was
 * elected, until its controllers led, and until its first write had been carried out.
 */
import type { Stage } from './stage.ts';
import type { TakeOver } from './take-over.ts';

export const stepNames = ['standsMs', 'electedMs', 'leadsMs', 'writesMs'] as const;

export type FailoverSteps = Readonly<Record<(typeof stepNames)[number], number>>;

/** Undefined when the successor's log does not show every step. Exact to a millisecond, as the log's times are. */
export function stepsOf(stage: Stage, { to, atMs, firstWrite }: TakeOver): FailoverSteps | undefined {
  const toHostMs = Number(process.hrtime.bigint()) / 1e6 - Date.now();
  const lines = stage.replica(to).lines.map((line) => ({ line, at: line.wallMs + toHostMs }));
  const after = lines.filter(({ at }) => at > atMs - 2 && at < firstWrite.atMs + 2);
  const role =
    (names: readonly unknown[]) =>
    ({ line }: (typeof after)[number]) =>
      line.msg === 'raft: role' && names.includes(line['role']);
  const elected = after.findLast(role(['leader']));
  const leads = after.findLast(({ line }) => line.msg === 'controller leads');
  if (elected === undefined || leads === undefined) return undefined;
  const stands = after.filter(({ at }) => at <= elected.at).find(role(['preCandidate', 'candidate'])) ?? elected;
  return {
    standsMs: stands.at - atMs,
    electedMs: elected.at - stands.at,
    leadsMs: leads.at - elected.at,
    writesMs: firstWrite.atMs - leads.at,
  };
}

/** What every replica logged from the signal to the first write, in order: milliseconds after the signal, ordinal, line. */
export function storyOf(stage: Stage, { atMs, firstWrite }: TakeOver): string {
  const toHostMs = Number(process.hrtime.bigint()) / 1e6 - Date.now();
  return stage.replicas
    .flatMap(({ lines }) => lines)
    .map((line) => ({ line, at: line.wallMs + toHostMs }))
    .filter(({ at }) => at > atMs - 2 && at < firstWrite.atMs + 2)
    .sort((a, b) => a.at - b.at)
    .map(({ line, at }) => {
      const { msg, ordinal, role = '', term = '', leader = '' } = line;
      return `  ${(at - atMs).toFixed(0).padStart(5)} ms  ${ordinal}  ${msg} ${String(role)} ${String(term)} ${String(leader)}`;
    })
    .join('\n');
}
