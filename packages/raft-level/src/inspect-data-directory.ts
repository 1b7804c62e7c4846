/**
 * Describes a data directory without changing a byte of it, damaged or not: what can still be read is told, what cannot is
 * named. LevelDB writes on open, so the log is read from a temporary copy.
 */
import { cp, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Entry, RaftError } from '@k8sop/raft-core';
import { LogDatabase } from './log-database.ts';
import { type Meta, readSlots } from './meta-file.ts';
import { readWatermark, type Watermark, watermarkName } from './watermark-file.ts';

export interface DataDirectoryReport {
  readonly directory: string;
  /** Content of `FORMAT`, undefined when it is missing. */
  readonly format: string | undefined;
  /** Both copies of the hard state; `undefined` is missing or damaged. */
  readonly slots: readonly [Meta | undefined, Meta | undefined];
  readonly watermark: Watermark | 'absent' | 'damaged';
  readonly generation: number | undefined;
  /** Readable entries, at most `maxEntries`, the newest. */
  readonly entries: readonly Entry[];
  readonly entryCount: number;
  /** Indexes whose record is damaged, at most 100. */
  readonly damaged: readonly number[];
  /** Stretches of missing indexes, at most 100. */
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
  readonly snapshots: readonly { readonly name: string; readonly sizeBytes: number }[];
  /** What could not be read at all, in words. */
  readonly problems: readonly string[];
}

/** @param options.maxEntries newest entries to keep in the report. @default 100 */
export async function inspectDataDirectory(
  directory: string,
  options: { readonly maxEntries?: number } = {},
): Promise<DataDirectoryReport> {
  const root = resolve(directory);
  const problems: string[] = [];
  const attempt = async <T>(what: string, work: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      problems.push(`${what}: ${(error as Error).message}`);
      return otherwise;
    }
  };
  await stat(root); // a missing directory is the caller's mistake, not a finding
  const format = await attempt('FORMAT', () => readFile(join(root, 'FORMAT'), 'utf8'), undefined);
  const slots = await attempt('meta', () => readSlots(join(root, 'meta')), [undefined, undefined] as const);
  const watermark = await attempt(
    'watermark',
    () => readWatermark(join(root, 'meta', watermarkName)),
    'absent' as const,
  );
  const snapshots = await attempt('snapshots', () => listSnapshots(join(root, 'snapshots')), []);
  const log = await attempt('log', () => inspectLog(root, options.maxEntries ?? 100), emptyLog);
  return { directory: root, format: format?.trim(), slots, watermark, snapshots, problems, ...log };
}

type LogReport = Pick<DataDirectoryReport, 'generation' | 'entries' | 'entryCount' | 'damaged' | 'gaps'>;
const emptyLog: LogReport = { generation: undefined, entries: [], entryCount: 0, damaged: [], gaps: [] };

async function inspectLog(root: string, maxEntries: number): Promise<LogReport> {
  const copy = await temporaryDirectory();
  try {
    await cp(join(root, 'log'), join(copy, 'log'), { recursive: true });
    const database = await LogDatabase.open(copy);
    try {
      return await readLog(database, maxEntries);
    } finally {
      await database.close();
    }
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** In a container whose root is read-only `/dev/shm` may be all that takes a file. */
async function temporaryDirectory(): Promise<string> {
  const places = [tmpdir(), '/dev/shm'];
  for (const place of places) {
    const made = await mkdtemp(join(place, 'k8sop-inspect-')).catch(() => undefined);
    if (made !== undefined) return made;
  }
  throw new RaftError(
    'STORAGE_FAILED',
    `it is read from a copy, and neither ${places.join(' nor ')} takes one; set TMPDIR to a directory that can be written`,
  );
}

async function readLog(database: LogDatabase, maxEntries: number): Promise<LogReport> {
  const entries: Entry[] = [];
  const damaged: number[] = [];
  const gaps: { from: number; to: number }[] = [];
  let entryCount = 0;
  let last: number | undefined;
  for await (const { index, entry } of database.records()) {
    if (last !== undefined && index > last + 1 && gaps.length < 100) gaps.push({ from: last + 1, to: index - 1 });
    last = index;
    entryCount += 1;
    if (entry === undefined) {
      if (damaged.length < 100) damaged.push(index);
      continue;
    }
    entries.push(entry);
    if (entries.length > maxEntries) entries.shift();
  }
  const generation = await database.generation().catch(() => undefined); // damaged: shown as unknown
  return { generation, entries, entryCount, damaged, gaps };
}

async function listSnapshots(directory: string): Promise<{ name: string; sizeBytes: number }[]> {
  const names = (await readdir(directory)).sort();
  return Promise.all(names.map(async (name) => ({ name, sizeBytes: (await stat(join(directory, name))).size })));
}
