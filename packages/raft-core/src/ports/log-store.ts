/**
 * Durable storage of one node: hard state, log, snapshots.
 *
 * **Order.** The driver has at most one of `saveHardState`, `append`, `compact`, `installSnapshot` running (O8) and
 * awaits each; a store rejects a second one with `STORAGE_BUSY` and writes nothing. Reads and snapshot sinks may run
 * beside them at any time.
 *
 * **Durability.** A resolved write has reached the disk (synced). A rejected write with `STORAGE_FULL` wrote nothing
 * and may be tried again; after any other rejection the store must not be used further and the node stops.
 *
 * **Ownership.** Entries and chunks given to the store are never changed by anybody; those it returns neither.
 *
 * **Errors.** `RaftError` with a `STORAGE_*` code; after dispose every call rejects with `STORAGE_CLOSED`.
 */
import type { Entry } from '../entry.ts';
import type { HardState } from '../hard-state.ts';
import type { LogIndex } from '../ids.ts';
import type { SnapshotMeta, SnapshotRef } from '../snapshot.ts';

/** The storage's own identity. `uuid` and `startCount` are durable before an open store is returned. */
export interface StoreIdentity {
  /** Drawn when the storage was created; memory stores draw one per start. */
  readonly uuid: string;
  /** Raised by one on every open; 1 for a new storage. */
  readonly startCount: number;
  /** Empty string until `saveCluster`. */
  readonly clusterId: string;
  /** 0 until `saveCluster`. */
  readonly generation: number;
}

/** Everything a node needs to start, consistent with itself (a store that cannot promise that fails to open). */
export interface StoredState {
  readonly identity: StoreIdentity;
  /** `{ term: 0, vote: 0, promiseMs: 0 }` for an empty storage. */
  readonly hardState: HardState;
  /** The newest complete snapshot, or null. */
  readonly snapshot: SnapshotRef | null;
  /** First entry held; `lastIndex + 1` when the log is empty. At most `snapshot.index + 1` (1 without snapshot). */
  readonly firstIndex: LogIndex;
  /** Last entry held; `firstIndex - 1` when the log is empty. Never below `snapshot.index`. */
  readonly lastIndex: LogIndex;
  /** A commit index known to have been reached; a hint that may lag, never one that leads. */
  readonly commit: LogIndex;
}

/** One write: all of it or nothing survives a crash. */
export interface AppendBatch {
  /** Entries with index ≥ this are discarded first; 0: none. Raises the truncation generation on disk. */
  readonly truncateFrom: LogIndex;
  /** Contiguous; the first follows the last entry that remains. May be empty when only truncating. */
  readonly entries: readonly Entry[];
  /** Commit index known now; kept as the hint of `StoredState.commit`, need not be synced. */
  readonly commit: LogIndex;
}

export interface LogStore extends AsyncDisposable {
  /** State found at open. Resolves with the same facts until the first write. */
  load(options: WaitOptions): Promise<StoredState>;

  /** Binds the storage to a cluster and generation. Durable when resolved; before the first entry or vote. */
  saveCluster(
    cluster: { readonly clusterId: string; readonly generation: number },
    options: WaitOptions,
  ): Promise<void>;

  /** Replaces the hard state. Durable and atomic: a crash leaves the old or the new one (O2). */
  saveHardState(hardState: HardState, options: WaitOptions): Promise<void>;

  /**
   * Truncates and appends as one atomic, synced batch (O3).
   * @throws `STORAGE_OUT_OF_RANGE` when the entries would leave a gap or `truncateFrom` is below `firstIndex`;
   *   nothing is written.
   */
  append(batch: AppendBatch, options: WaitOptions): Promise<void>;

  /**
   * Entries from `from` up to and including `to`, stopping early once `maxBytes` of data are reached (always at
   * least one entry).
   * @throws `STORAGE_OUT_OF_RANGE` when `from` is outside `firstIndex..lastIndex`; `STORAGE_CORRUPT`.
   */
  read(range: ReadRange, options: WaitOptions): Promise<readonly Entry[]>;

  /**
   * Opens a sink for a snapshot of this node's own state machine. Becomes the newest snapshot with `finish()`:
   * content synced, then the reference durable. `abort()` or dispose removes what was written.
   */
  createSnapshot(meta: SnapshotMeta, options: WaitOptions): Promise<SnapshotSink>;

  /**
   * Opens a sink for a snapshot announced by a leader. A partial file of the same snapshot (`sameSnapshot`) is
   * continued at `sizeBytes`; any other partial file is removed. Survives restarts. `finish()` keeps the file,
   * synced, but does not touch the log: that is `installSnapshot`.
   */
  receiveSnapshot(snapshot: SnapshotRef, options: WaitOptions): Promise<SnapshotSink>;

  /**
   * Makes a received snapshot the state of this store (O10): its reference durable, then the whole log dropped, so
   * that `firstIndex` is `snapshot.index + 1`. A crash leaves the state before or after. Idempotent.
   * @throws `STORAGE_OUT_OF_RANGE` when no such finished snapshot is there.
   */
  installSnapshot(snapshot: SnapshotRef, options: WaitOptions): Promise<void>;

  /**
   * Discards entries below `firstIndex` (≤ newest snapshot's index + 1) and snapshots older than the newest. May do
   * the removal in the background; reads below `firstIndex` fail at once.
   */
  compact(firstIndex: LogIndex, options: WaitOptions): Promise<void>;

  /**
   * Reads the content of a finished snapshot. Stays readable until disposed, even if a newer one replaces it.
   * @throws `STORAGE_OUT_OF_RANGE` when it is gone.
   */
  openSnapshot(snapshot: SnapshotRef, options: WaitOptions): Promise<SnapshotSource>;
}

/** Every wait can be cancelled; a cancelled write may or may not have happened. */
export interface WaitOptions {
  readonly signal: AbortSignal;
}

export interface ReadRange {
  readonly from: LogIndex;
  readonly to: LogIndex;
  readonly maxBytes: number;
}

/** A snapshot being written. One writer; calls are awaited one by one. */
export interface SnapshotSink extends AsyncDisposable {
  /** Bytes held so far: where the next chunk belongs. Above 0 at open only when resuming. */
  readonly sizeBytes: number;
  /** Appends a chunk; the bytes may be reused once resolved. Durability comes with `finish`. */
  write(chunk: Uint8Array, options: WaitOptions): Promise<void>;
  /**
   * Syncs and seals.
   * @throws `RAFT_SNAPSHOT_MISMATCH` when size or checksum differ from an announced reference; the bytes are removed.
   */
  finish(options: WaitOptions): Promise<SnapshotRef>;
  /** Removes the bytes. Dispose without `finish` keeps a received one for resuming and removes an own one. */
  abort(): Promise<void>;
}

/** A snapshot being read; concurrent reads are allowed. */
export interface SnapshotSource extends AsyncDisposable {
  readonly snapshot: SnapshotRef;
  /** Up to `maxBytes` bytes from `offset`; empty only at the end. @throws `STORAGE_CORRUPT` on a bad chunk. */
  read(offset: number, maxBytes: number, options: WaitOptions): Promise<Uint8Array>;
}
