/**
 * The command `k8sop-raft`: looks at a node from outside.
 *
 *     k8sop-raft inspect DIR [--json]    what a data directory holds; changes nothing, damaged or not
 *
 * Exit codes: 0 sound, 1 damaged or not readable, 2 called wrongly.
 */
import { inspect, parseArgs } from 'node:util';
import { type DataDirectoryReport, inspectDataDirectory } from '@k8sop/raft-level';

export interface RaftCommandOutput {
  out(text: string): void;
  err(text: string): void;
}

const usage = 'usage: k8sop-raft inspect DIR [--json]\n';

/** @returns the exit code. */
export async function runRaft(args: readonly string[], output: RaftCommandOutput): Promise<number> {
  const call = callOf(args);
  if (call === undefined) {
    output.err(usage);
    return 2;
  }
  try {
    const report = await inspectDataDirectory(call.directory);
    output.out(
      call.json ? `${JSON.stringify({ ...report, entries: report.entries.map(plainEntry) })}\n` : textOf(report),
    );
    return isSound(report) ? 0 : 1;
  } catch (error) {
    output.err(`k8sop-raft: ${(error as Error).message}\n`);
    return 1;
  }
}

function callOf(args: readonly string[]): { readonly directory: string; readonly json: boolean } | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { json: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    const [command, directory, ...more] = positionals;
    if (command !== 'inspect' || directory === undefined || more.length > 0) return undefined;
    return { directory, json: values.json };
  } catch {
    return undefined; // an option nobody knows: the usage says which there are
  }
}

function isSound({ format, slots, watermark, damaged, gaps, problems }: DataDirectoryReport): boolean {
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
