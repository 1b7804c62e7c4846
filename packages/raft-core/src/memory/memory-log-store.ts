/**
 * A `LogStore` in memory: the reference implementation of the port. `reopen` plays a restart on the same disk.
 *
 * Nothing survives the process, so a real node that uses it draws a new uuid per start.
 */
import { entriesSizeBytes, type Entry } from '../entry.ts';
import { RaftError } from '../errors.ts';
import { emptyHardState, type HardState } from '../hard-state.ts';
import type { LogIndex } from '../ids.ts';
import type {
  AppendBatch,
  LogStore,
  ReadRange,
  SnapshotSink,
  SnapshotSource,
  StoredState,
  StoreIdentity,
  WaitOptions,
} from '../ports/log-store.ts';
import { sameSnapshot, type SnapshotMeta, type SnapshotRef } from '../snapshot.ts';
import { crc32 } from './crc32.ts';

interface StoredSnapshot {
  readonly ref: SnapshotRef;
  readonly content: Uint8Array;
}

/** Received and not installed snapshots a store holds. */
const maxReceived = 4;

/** The "disk": what a restart keeps. */
interface Disk {
  identity: StoreIdentity;
  hardState: HardState;
  entries: Entry[];
  firstIndex: LogIndex;
  commit: LogIndex;
  snapshot: StoredSnapshot | null;
  received: StoredSnapshot[];
  partial: { readonly ref: SnapshotRef; readonly chunks: Uint8Array[] } | null;
}

/** A store on an empty memory disk. */
export function openMemoryLogStore(options: { readonly uuid: string }): MemoryLogStore {
  return new MemoryLogStore({
    identity: { uuid: options.uuid, startCount: 1, clusterId: '', generation: 0 },
    hardState: emptyHardState,
    entries: [],
    firstIndex: 1,
    commit: 0,
    snapshot: null,
    received: [],
    partial: null,
  });
}

export class MemoryLogStore implements LogStore {
  readonly #disk: Disk;
  #closed = false;
  #writing = false;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** The same disk after a restart; this store is closed. */
  reopen(): MemoryLogStore {
    this.#closed = true;
    const { identity } = this.#disk;
    this.#disk.identity = { ...identity, startCount: identity.startCount + 1 };
    return new MemoryLogStore(this.#disk);
  }

  async load({ signal }: WaitOptions): Promise<StoredState> {
    this.#assertOpen(signal);
    const { identity, hardState, snapshot, firstIndex, commit } = this.#disk;
    return { identity, hardState, snapshot: snapshot?.ref ?? null, firstIndex, lastIndex: this.#lastIndex, commit };
  }

  async saveCluster(cluster: { clusterId: string; generation: number }, options: WaitOptions): Promise<void> {
    await this.#write(options, () => {
      this.#disk.identity = { ...this.#disk.identity, ...cluster };
    });
  }

  async saveHardState(hardState: HardState, options: WaitOptions): Promise<void> {
    await this.#write(options, () => {
      this.#disk.hardState = hardState;
    });
  }

  async append(batch: AppendBatch, options: WaitOptions): Promise<void> {
    await this.#write(options, () => this.#append(batch));
  }

  async read({ from, to, maxBytes }: ReadRange, { signal }: WaitOptions): Promise<readonly Entry[]> {
    this.#assertOpen(signal);
    const { entries, firstIndex } = this.#disk;
    if (from < firstIndex || from > this.#lastIndex) {
      throw new RaftError('STORAGE_OUT_OF_RANGE', `entry ${from} is outside ${firstIndex}..${this.#lastIndex}`);
    }
    const found = entries.slice(from - firstIndex, Math.min(to, this.#lastIndex) - firstIndex + 1);
    let count = 1;
    while (count < found.length && entriesSizeBytes(found.slice(0, count + 1)) <= maxBytes) count += 1;
    return found.slice(0, count);
  }

  async createSnapshot(meta: SnapshotMeta, { signal }: WaitOptions): Promise<SnapshotSink> {
    this.#assertOpen(signal);
    return new MemorySink([], {
      finish: (content) => {
        const ref: SnapshotRef = { ...meta, sizeBytes: content.byteLength, checksum: crc32(content) };
        if (ref.index >= (this.#disk.snapshot?.ref.index ?? 0)) this.#disk.snapshot = { ref, content };
        this.#forgetReceived(ref.index);
        return ref;
      },
      abort: () => {},
    });
  }

  async receiveSnapshot(ref: SnapshotRef, { signal }: WaitOptions): Promise<SnapshotSink> {
    this.#assertOpen(signal);
    const known = this.#disk.partial;
    const partial = known !== null && sameSnapshot(known.ref, ref) ? known : { ref, chunks: [] };
    this.#disk.partial = partial;
    const forget = (): void => {
      if (this.#disk.partial === partial) this.#disk.partial = null;
    };
    return new MemorySink(partial.chunks, {
      finish: (content) => {
        forget();
        if (content.byteLength !== ref.sizeBytes || crc32(content) !== ref.checksum) {
          const sizes = `${content.byteLength} of ${ref.sizeBytes} B`;
          throw new RaftError(
            'RAFT_SNAPSHOT_MISMATCH',
            `received snapshot ${ref.index} differs (${sizes}); send it again`,
          );
        }
        this.#keepReceived({ ref, content });
        return ref;
      },
      abort: forget,
    });
  }

  async installSnapshot(ref: SnapshotRef, options: WaitOptions): Promise<void> {
    await this.#write(options, () => {
      if (this.#disk.snapshot !== null && sameSnapshot(this.#disk.snapshot.ref, ref) && this.#lastIndex === ref.index)
        return;
      const found = this.#disk.received.find((snapshot) => sameSnapshot(snapshot.ref, ref));
      if (found === undefined)
        throw new RaftError('STORAGE_OUT_OF_RANGE', `no received snapshot ${ref.index} to install`);
      this.#disk.snapshot = found;
      this.#forgetReceived(ref.index);
      this.#disk.entries = [];
      this.#disk.firstIndex = ref.index + 1;
      this.#disk.commit = ref.index;
    });
  }

  async compact(firstIndex: LogIndex, options: WaitOptions): Promise<void> {
    await this.#write(options, () => {
      const limit = (this.#disk.snapshot?.ref.index ?? 0) + 1;
      if (firstIndex > limit) {
        throw new RaftError(
          'STORAGE_OUT_OF_RANGE',
          `cannot compact to ${firstIndex}: the snapshot reaches ${limit - 1}`,
        );
      }
      if (firstIndex <= this.#disk.firstIndex) return;
      this.#disk.entries = this.#disk.entries.slice(firstIndex - this.#disk.firstIndex);
      this.#disk.firstIndex = firstIndex;
    });
  }

  async openSnapshot(ref: SnapshotRef, { signal }: WaitOptions): Promise<SnapshotSource> {
    this.#assertOpen(signal);
    const all = [this.#disk.snapshot, ...this.#disk.received];
    const found = all.find((snapshot) => snapshot !== null && sameSnapshot(snapshot.ref, ref));
    if (!found) throw new RaftError('STORAGE_OUT_OF_RANGE', `snapshot ${ref.index} is gone`);
    return new MemorySource(found);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
  }

  /** One waits until it is installed, while others may arrive from later leaders. */
  #keepReceived(snapshot: StoredSnapshot): void {
    const others = this.#disk.received.filter(({ ref }) => !sameSnapshot(ref, snapshot.ref));
    if (others.length >= maxReceived) {
      throw new RaftError(
        'STORAGE_FULL',
        `${others.length} received snapshots wait to be installed; send it again later`,
      );
    }
    this.#disk.received = [...others, snapshot];
  }

  /** Received snapshots at or below the newest one will never be installed. */
  #forgetReceived(index: LogIndex): void {
    this.#disk.received = this.#disk.received.filter(({ ref }) => ref.index > index);
  }

  get #lastIndex(): LogIndex {
    return this.#disk.firstIndex + this.#disk.entries.length - 1;
  }

  /** Takes one turn of the event loop's microtasks, so that overlapping writes are noticed as on a disk. */
  async #write({ signal }: WaitOptions, change: () => void): Promise<void> {
    this.#assertOpen(signal);
    if (this.#writing) throw new RaftError('STORAGE_BUSY', 'a write is under way; await it first');
    this.#writing = true;
    try {
      await Promise.resolve();
      this.#assertOpen(signal);
      change();
    } finally {
      this.#writing = false;
    }
  }

  #append({ truncateFrom, entries, commit }: AppendBatch): void {
    const { firstIndex } = this.#disk;
    const keepTo = truncateFrom === 0 ? this.#lastIndex : Math.min(this.#lastIndex, truncateFrom - 1);
    if (truncateFrom !== 0 && truncateFrom < firstIndex) {
      throw new RaftError(
        'STORAGE_OUT_OF_RANGE',
        `cannot truncate from ${truncateFrom}: the log begins at ${firstIndex}`,
      );
    }
    entries.forEach((entry, i) => {
      if (entry.index === keepTo + 1 + i) return;
      throw new RaftError('STORAGE_OUT_OF_RANGE', `entry ${entry.index} would leave a gap after ${keepTo + i}`);
    });
    this.#disk.entries.length = keepTo - firstIndex + 1;
    for (const entry of entries) this.#disk.entries.push(entry);
    this.#disk.commit = Math.min(Math.max(this.#disk.commit, commit), this.#lastIndex);
  }

  #assertOpen(signal: AbortSignal): void {
    signal.throwIfAborted();
    if (this.#closed) throw new RaftError('STORAGE_CLOSED', 'the store is closed');
  }
}

class MemorySink implements SnapshotSink {
  readonly #chunks: Uint8Array[];
  readonly #end: { finish: (content: Uint8Array) => SnapshotRef; abort: () => void };

  constructor(chunks: Uint8Array[], end: { finish: (content: Uint8Array) => SnapshotRef; abort: () => void }) {
    this.#chunks = chunks;
    this.#end = end;
  }

  get sizeBytes(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  }

  async write(chunk: Uint8Array, { signal }: WaitOptions): Promise<void> {
    signal.throwIfAborted();
    this.#chunks.push(chunk.slice());
  }

  async finish({ signal }: WaitOptions): Promise<SnapshotRef> {
    signal.throwIfAborted();
    const content = new Uint8Array(this.sizeBytes);
    let at = 0;
    for (const chunk of this.#chunks) {
      content.set(chunk, at);
      at += chunk.byteLength;
    }
    return this.#end.finish(content);
  }

  async abort(): Promise<void> {
    this.#end.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

class MemorySource implements SnapshotSource {
  readonly #stored: StoredSnapshot;

  constructor(stored: StoredSnapshot) {
    this.#stored = stored;
  }

  get snapshot(): SnapshotRef {
    return this.#stored.ref;
  }

  async read(offset: number, maxBytes: number, { signal }: WaitOptions): Promise<Uint8Array> {
    signal.throwIfAborted();
    return this.#stored.content.subarray(offset, offset + maxBytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
