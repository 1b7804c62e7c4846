/** `k8sop-raft inspect DIR`: what a data directory holds. Changes nothing, damaged or not. */
import { inspect } from 'node:util';
import { type DataDirectoryReport, inspectDataDirectory } from '@k8sop/raft-level';
import type { RaftCommandOutput } from './run-raft.ts';

/** @returns 0 for a sound directory, 1 for a damaged one. @throws for a directory that is not there. */
export async function inspectCommand(
  directory: string,
  { json }: { readonly json: boolean },
  output: RaftCommandOutput,
): Promise<number> {
  const report = await inspectDataDirectory(directory);
  output.out(json ? `${JSON.stringify({ ...report, entries: report.entries.map(plainEntry) })}\n` : textOf(report));
  return isSound(report) ? 0 : 1;
}

export function isSound({ format, slots, watermark, damaged, gaps, problems }: DataDirectoryReport): boolean {
  const meta = slots.some((slot) => slot !== undefined);
  return (
    format !== undefined && meta && watermark !== 'damaged' && damaged.length + gaps.length + problems.length === 0
  );
}

/** Without the command's bytes: they are the application's, and may be secret. */
function plainEntry(entry: DataDirectoryReport['entries'][number]): object {
  const { index, term, type, data } = entry;
  return { index, term, type, bytes: data.byteLength };
}

function textOf(report: DataDirectoryReport): string {
  const { slots, entries, entryCount, damaged, gaps, snapshots, problems } = report;
  const [newest] = slots.filter((slot) => slot !== undefined).sort((a, b) => b.seq - a.seq);
  const { identity, hardState } = newest ?? {};
  const lines = [
    `directory   ${report.directory}`,
    `format      ${report.format ?? 'missing'}`,
    `cluster     ${identity?.clusterId || 'none'}`,
    `uuid        ${identity?.uuid ?? 'unknown'}`,
    `hard state  ${hardState === undefined ? 'damaged: both copies' : inspect(hardState, { breakLength: Infinity })}`,
    `entries     ${entryCount}${entries.length === 0 ? '' : `, up to index ${entries.at(-1)?.index} of term ${entries.at(-1)?.term}`}`,
    `watermark   ${inspect(report.watermark, { breakLength: Infinity })}`,
    `snapshots   ${snapshots.map(({ name, sizeBytes }) => `${name} (${sizeBytes} B)`).join(', ') || 'none'}`,
    ...damaged.map((index) => `damaged     entry ${index}`),
    ...gaps.map(({ from, to }) => `missing     entries ${from} to ${to}`),
    ...problems.map((problem) => `problem     ${problem}`),
  ];
  return `${lines.join('\n')}\n`;
}
