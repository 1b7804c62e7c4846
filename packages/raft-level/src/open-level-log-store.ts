/**
 * Opens a data directory and holds it to its own word: everything acknowledged is there, or the directory is refused as
 * `STORAGE_CORRUPT`. Nothing is deleted but what was never acknowledged.
 */
import { randomUUID } from 'node:crypto';
import { access, constants, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { emptyHardState, type LogStore } from '@k8sop/raft-core';
import { DiskSpace, type FreeBytes } from './disk-space.ts';
import { claimDirectory } from './format-version.ts';
import { LevelLogStore } from './level-log-store.ts';
import { LogDatabase } from './log-database.ts';
import { type Meta, MetaFile, readSlots } from './meta-file.ts';
import { recoverLog } from './recover-log.ts';
import { SnapshotFiles } from './snapshot-files.ts';
import { corrupt, storageError } from './storage-error.ts';
import { syncDirectory } from './synced-file.ts';
import { readWatermark, type Watermark, WatermarkFile, watermarkName } from './watermark-file.ts';

export interface LevelLogStoreOptions {
  /** The node's own directory, on a local disk. Created when missing; one process at a time. */
  readonly directory: string;
  /** The new storage's identity. @default a random uuid */
  readonly newUuid?: () => string;
  /** Free bytes of the directory's file system. @default `statfs` */
  readonly freeBytes?: FreeBytes;
}

/**
 * Opens or creates the storage of one node. The new start count is durable when this resolves.
 *
 * @throws `STORAGE_CORRUPT` (set the directory aside, rejoin as a new member), `STORAGE_FORMAT_NEWER`, `STORAGE_FULL`,
 *   `STORAGE_FAILED` (in use, not writable, or a directory of something else; the message names it and the fix).
 */
export async function openLevelLogStore(options: LevelLogStoreOptions): Promise<LogStore> {
  const directory = resolve(options.directory);
  const space = new DiskSpace(directory, options.freeBytes);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    await space.claimLast(1024 * 1024);
    await claimDirectory(directory);
    for (const name of ['meta', 'snapshots']) await mkdir(join(directory, name), { recursive: true, mode: 0o700 });
    await syncDirectory(directory);
  } catch (error) {
    throw storageError(directory, 'preparing the directory', error);
  }
  const database = await LogDatabase.open(directory); // also the lock against a second process
  try {
    return await openParts(directory, database, space, options.newUuid ?? randomUUID);
  } catch (error) {
    await database.close();
    throw storageError(directory, 'opening', error);
  }
}

async function openParts(
  directory: string,
  database: LogDatabase,
  space: DiskSpace,
  newUuid: () => string,
): Promise<LevelLogStore> {
  const snapshots = new SnapshotFiles(join(directory, 'snapshots'), space);
  const generation = await database.generation();
  const found = await readMeta(directory, database, newUuid);

  const { watermark } = found;
  const { signal } = new AbortController();

  let current = generation ?? 0;
  const voidLog = current < found.meta.logGeneration;
  if (voidLog) await database.removeAll(signal); // a snapshot was installed and the removal of the old log interrupted
  if (voidLog || generation === undefined) {
    current = found.meta.logGeneration;
    await database.write({ removeFrom: 1, removeTo: 0, entries: [], generation: current });
  }
  const acknowledged = voidLog ? { ...watermark, generation: 0 } : watermark;
  const recovery = await recoverLog(database.records(), found.meta, current, acknowledged);
  if (!recovery.ok) throw corrupt(directory, recovery.problem);
  const { log } = recovery;
  // Also when nothing is cut: LevelDB begins a new file at each open, and the first sync of a new file takes longer than those
  // that follow. An election would wait for it.
  const [removeFrom, removeTo] = log.cutFrom > 0 ? [log.cutFrom, log.foundTo] : [1, 0];
  await database.write({ removeFrom, removeTo, entries: [], generation: current });
  await database.removeBelow(found.meta.firstIndex, signal);
  if (found.meta.snapshot)
    await snapshots.verify(found.meta.snapshot).catch((error: unknown) => {
      throw corrupt(directory, `the snapshot of ${found.meta.snapshot?.index} is missing or damaged`, error);
    });
  await snapshots.removeOthers(found.meta.snapshot);

  const { identity } = found.meta;
  const started = { ...identity, startCount: identity.startCount + 1 };
  const next = { ...found.meta, seq: found.meta.seq + 1, identity: started };
  const meta = await MetaFile.open(join(directory, 'meta'), next, found.newest);
  const file = await WatermarkFile.open(join(directory, 'meta', watermarkName), {
    metaSeq: meta.current.seq,
    generation: current,
    lastIndex: log.lastIndex,
    commit: Math.min(watermark.commit, log.lastIndex),
  });
  return new LevelLogStore({
    directory,
    database,
    meta,
    watermark: file,
    snapshots,
    space,
    generation: current,
    lastIndex: log.lastIndex,
  });
}

/** The newer sound slot, which one it is, and the watermark; or a new storage's first state. */
async function readMeta(
  directory: string,
  database: LogDatabase,
  newUuid: () => string,
): Promise<{ meta: Meta; newest: 0 | 1; watermark: Watermark }> {
  const metaDirectory = join(directory, 'meta');
  const [a, b] = await readSlots(metaDirectory);
  const watermark = await readWatermark(join(metaDirectory, watermarkName));
  if (watermark === 'damaged') throw corrupt(directory, 'the watermark has a bad checksum');
  const newest = a !== undefined && (b === undefined || a.seq >= b.seq) ? 0 : 1;
  const meta = newest === 0 ? a : b;
  if (watermark === 'absent' && (await database.isEmpty()) && (meta === undefined || meta.seq === 1)) {
    // Nothing was ever acknowledged: the watermark is the last file that the first open makes durable.
    const nothing = { metaSeq: 0, generation: 0, lastIndex: 0, commit: 0 };
    return { meta: newStorage(newUuid()), newest, watermark: nothing };
  }
  if (meta === undefined) throw corrupt(directory, 'both copies of the hard state are missing or damaged');
  if (watermark === 'absent') throw corrupt(directory, 'the watermark is missing');
  if (meta.seq < watermark.metaSeq) {
    throw corrupt(directory, `the hard state found is number ${meta.seq}, ${watermark.metaSeq} was acknowledged`);
  }
  if ((await database.generation()) === undefined) throw corrupt(directory, 'the truncation generation is missing');
  return { meta, newest, watermark };
}

function newStorage(uuid: string): Meta {
  return {
    seq: 0,
    identity: { uuid, startCount: 0, clusterId: '', generation: 0 },
    hardState: emptyHardState,
    snapshot: null,
    firstIndex: 1,
    logGeneration: 0,
  };
}
