/**
 * A `LogStore` on disk: LevelDB for entries, small synced files for what LevelDB could lose silently.
 *
 * Rules of one write: the batch is synced before the answer, and the watermark follows it. After a write that failed
 * half-way no other is begun: behind half a record LevelDB would lose it without a word. Opening and verification are in
 * `open-level-log-store.ts`.
 */
import {
  type AppendBatch,
  type Entry,
  type HardState,
  type LogIndex,
  type LogStore,
  RaftError,
  type ReadRange,
  sameSnapshot,
  type SnapshotMeta,
  type SnapshotRef,
  type SnapshotSink,
  type SnapshotSource,
  type StoredState,
  type WaitOptions,
} from '@k8sop/raft-core';
import type { DiskSpace } from './disk-space.ts';
import type { LogDatabase } from './log-database.ts';
import type { MetaFile } from './meta-file.ts';
import type { SnapshotFiles } from './snapshot-files.ts';
import { corrupt, storageError } from './storage-error.ts';
import type { WatermarkFile } from './watermark-file.ts';

export interface LevelLogStoreParts {
  readonly directory: string;
  readonly database: LogDatabase;
  readonly meta: MetaFile;
  readonly watermark: WatermarkFile;
  readonly snapshots: SnapshotFiles;
  readonly space: DiskSpace;
  readonly generation: number;
  readonly lastIndex: LogIndex;
}

/** Bytes that a small file may take when it is rewritten. */
const metaBytes = 64 * 1024;
const recordOverheadBytes = 64;

export class LevelLogStore implements LogStore {
  readonly #parts: LevelLogStoreParts;
  readonly #stop = new AbortController();
  #generation: number;
  #lastIndex: LogIndex;
  #writing = false;
  #closed = false;
  /** Why nothing is written any more. */
  #failure: RaftError | undefined;
  /** Removal of compacted entries, which nobody waits for. */
  #removal: Promise<void> = Promise.resolve();

  constructor(parts: LevelLogStoreParts) {
    this.#parts = parts;
    this.#generation = parts.generation;
    this.#lastIndex = parts.lastIndex;
  }

  async load({ signal }: WaitOptions): Promise<StoredState> {
    this.#assertOpen(signal);
    const { identity, hardState, snapshot, firstIndex } = this.#parts.meta.current;
    const { commit } = this.#parts.watermark.current;
    return {
      identity,
      hardState,
      snapshot,
      firstIndex,
      lastIndex: this.#lastIndex,
      commit: Math.min(Math.max(commit, snapshot?.index ?? 0), this.#lastIndex),
    };
  }

  async saveCluster(
    cluster: { readonly clusterId: string; readonly generation: number },
    { signal }: WaitOptions,
  ): Promise<void> {
    await this.#writeSmall(signal, async () => {
      const { clusterId, generation } = cluster;
      await this.#updateMeta((meta) => ({ ...meta, identity: { ...meta.identity, clusterId, generation } }));
    });
  }

  async saveHardState(hardState: HardState, { signal }: WaitOptions): Promise<void> {
    await this.#writeSmall(signal, () => this.#updateMeta((meta) => ({ ...meta, hardState })));
  }

  async append(batch: AppendBatch, { signal }: WaitOptions): Promise<void> {
    const sizeBytes = batch.entries.reduce((sum, { data }) => sum + data.byteLength + recordOverheadBytes, 0);
    const claim = (): Promise<void> => this.#parts.space.claim(sizeBytes);
    await this.#write(signal, claim, async () => {
      const { truncateFrom, entries, commit } = batch;
      this.#assertFits(truncateFrom, entries);
      const remains = truncateFrom > 0 ? Math.min(truncateFrom - 1, this.#lastIndex) : this.#lastIndex;
      const generation = truncateFrom > 0 ? this.#generation + 1 : this.#generation;
      await this.#parts.database.write({
        removeFrom: remains + 1,
        removeTo: this.#lastIndex,
        entries,
        generation: truncateFrom > 0 ? generation : undefined,
      });
      this.#generation = generation;
      this.#lastIndex = entries.at(-1)?.index ?? remains;
      this.#parts.watermark.write({ generation, lastIndex: this.#lastIndex, commit });
    });
  }

  async read({ from, to, maxBytes }: ReadRange, { signal }: WaitOptions): Promise<readonly Entry[]> {
    this.#assertOpen(signal);
    const { firstIndex } = this.#parts.meta.current;
    if (from < firstIndex || from > this.#lastIndex) {
      throw outOfRange(`entry ${from} is outside ${firstIndex} to ${this.#lastIndex}`);
    }
    const entries: Entry[] = [];
    let sizeBytes = 0;
    for (let index = from; index <= Math.min(to, this.#lastIndex); index++) {
      const record = await this.#parts.database.record(index);
      if (record?.entry === undefined) {
        if (index < this.#parts.meta.current.firstIndex) throw outOfRange(`entry ${index} was compacted away`);
        throw corrupt(this.#parts.directory, `entry ${index} ${record ? 'has a bad checksum' : 'is missing'}`);
      }
      sizeBytes += record.entry.data.byteLength;
      if (entries.length > 0 && sizeBytes > maxBytes) break;
      entries.push(record.entry);
      signal.throwIfAborted();
    }
    return entries;
  }

  async createSnapshot(meta: SnapshotMeta, { signal }: WaitOptions): Promise<SnapshotSink> {
    this.#assertOpen(signal);
    return await this.#parts.snapshots.create(meta, (snapshot) =>
      this.#orFail('sealing a snapshot', () =>
        this.#updateMeta((current) =>
          snapshot.index > (current.snapshot?.index ?? 0) ? { ...current, snapshot } : current,
        ),
      ),
    );
  }

  async receiveSnapshot(snapshot: SnapshotRef, { signal }: WaitOptions): Promise<SnapshotSink> {
    this.#assertOpen(signal);
    return await this.#parts.snapshots.receive(snapshot);
  }

  async installSnapshot(snapshot: SnapshotRef, { signal }: WaitOptions): Promise<void> {
    await this.#writeSmall(signal, async () => {
      const { meta, database, snapshots, watermark } = this.#parts;
      const installed = meta.current.snapshot;
      const done = installed !== null && sameSnapshot(installed, snapshot) && this.#lastIndex === snapshot.index;
      if (done && meta.current.firstIndex === snapshot.index + 1) return;
      if (!(await snapshots.has(snapshot))) {
        throw outOfRange(`no finished snapshot ${snapshot.index}-${snapshot.term} is here`);
      }
      const generation = this.#generation + 1;
      const firstIndex = snapshot.index + 1;
      // From here on the old log is void: an interrupted removal is finished at open.
      await this.#updateMeta((current) => ({ ...current, snapshot, firstIndex, logGeneration: generation }));
      await this.#removal;
      await database.removeAll(this.#stop.signal);
      await database.write({ removeFrom: 1, removeTo: 0, entries: [], generation });
      this.#generation = generation;
      this.#lastIndex = snapshot.index;
      watermark.write({ generation, lastIndex: snapshot.index, commit: snapshot.index });
    });
  }

  async compact(firstIndex: LogIndex, { signal }: WaitOptions): Promise<void> {
    await this.#writeSmall(signal, async () => {
      const { meta, snapshots, database } = this.#parts;
      const limit = (meta.current.snapshot?.index ?? 0) + 1;
      if (firstIndex > limit) throw outOfRange(`cannot compact up to ${firstIndex}: the snapshot ends at ${limit - 1}`);
      const advances = firstIndex > meta.current.firstIndex;
      if (advances) await this.#updateMeta((current) => ({ ...current, firstIndex }));
      await snapshots.removeReplaced(meta.current.snapshot);
      if (advances) {
        this.#removal = this.#removal
          .then(() => this.#orFail('removing entries', () => database.removeBelow(firstIndex, this.#stop.signal)))
          .catch(() => {}); // nobody waits: the next write says it
      }
    });
  }

  async openSnapshot(snapshot: SnapshotRef, { signal }: WaitOptions): Promise<SnapshotSource> {
    this.#assertOpen(signal);
    return await this.#parts.snapshots.open(snapshot);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stop.abort();
    await this.#removal;
    await this.#parts.database.close();
    await this.#parts.watermark.close();
    await this.#parts.meta.close();
  }

  /** Hard state first, then the watermark's word that it was acknowledged. */
  async #updateMeta(change: Parameters<MetaFile['update']>[0]): Promise<void> {
    const { seq } = await this.#parts.meta.update(change);
    this.#parts.watermark.write({ metaSeq: seq });
  }

  /** For what takes no room to speak of, or gives some back. */
  async #writeSmall(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    await this.#write(signal, () => this.#parts.space.claimLast(metaBytes), work);
  }

  async #write(signal: AbortSignal, claim: () => Promise<void>, work: () => Promise<void>): Promise<void> {
    this.#assertOpen(signal);
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#writing) {
      throw new RaftError('STORAGE_BUSY', 'a write is under way; await it before the next (one write at a time)');
    }
    this.#writing = true;
    try {
      await claim();
      await this.#orFail('writing', work);
    } finally {
      this.#writing = false;
    }
  }

  /** Runs what writes. A failure is the end of writing, unless nothing was begun. */
  async #orFail(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const failure = storageError(this.#parts.directory, what, error);
      if (failure.code !== 'STORAGE_OUT_OF_RANGE') this.#failure ??= failure;
      throw failure;
    }
  }

  #assertOpen(signal: AbortSignal): void {
    signal.throwIfAborted();
    if (this.#closed) throw new RaftError('STORAGE_CLOSED', `the store of ${this.#parts.directory} is closed`);
  }

  #assertFits(truncateFrom: LogIndex, entries: readonly Entry[]): void {
    const { firstIndex } = this.#parts.meta.current;
    if (truncateFrom > 0 && (truncateFrom < firstIndex || truncateFrom > this.#lastIndex + 1)) {
      throw outOfRange(`cannot truncate from ${truncateFrom}: the log holds ${firstIndex} to ${this.#lastIndex}`);
    }
    const next = truncateFrom > 0 ? truncateFrom : this.#lastIndex + 1;
    const [first] = entries;
    if (first && first.index !== next) throw outOfRange(`entry ${first.index} does not follow ${next - 1}`);
    entries.forEach((entry, i) => {
      const before = entries[i - 1];
      if (before && (entry.index !== before.index + 1 || entry.term < before.term)) {
        throw outOfRange(
          `entry ${entry.index} of term ${entry.term} does not follow ${before.index} of ${before.term}`,
        );
      }
    });
  }
}

function outOfRange(message: string): RaftError {
  return new RaftError('STORAGE_OUT_OF_RANGE', message);
}
