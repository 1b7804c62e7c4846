/**
 * The storage port of one process over a disk that survives it. Writes take time and can be struck by a crash at each
 * boundary; snapshots that arrive are kept in part.
 */
import { entriesSizeBytes, type Entry } from '../../entry.ts';
import { RaftError } from '../../errors.ts';
import type { HardState } from '../../hard-state.ts';
import type { LogIndex } from '../../ids.ts';
import { crc32 } from '../../memory/crc32.ts';
import type {
  AppendBatch,
  LogStore,
  ReadRange,
  SnapshotSink,
  SnapshotSource,
  StoredState,
  WaitOptions,
} from '../../ports/log-store.ts';
import { sameSnapshot, type SnapshotMeta, type SnapshotRef } from '../../snapshot.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import type { SimulatedNode } from './simulated-node.ts';
import { hold } from './simulation-failure.ts';
import { SimulatedWaits } from './simulated-waits.ts';
import type { WriteStep } from './storage-writer.ts';

export class SimulatedStore implements LogStore {
  readonly #node: SimulatedNode;
  readonly #disk: SimulatedDisk;
  readonly #waits: SimulatedWaits;
  #writing: WriteStep['name'] | null = null;
  #opened: StoredState | null = null;

  constructor(node: SimulatedNode) {
    this.#node = node;
    this.#disk = node.disk;
    this.#waits = new SimulatedWaits(node);
    this.#disk.startCount += 1;
  }

  async load({ signal }: WaitOptions): Promise<StoredState> {
    signal.throwIfAborted();
    const { uuid, startCount, clusterId, hardState, snapshot, firstIndex, lastIndex } = this.#disk;
    const before = this.#opened;
    const unchanged = before?.lastIndex === lastIndex && before.identity.clusterId === clusterId;
    const commit = unchanged ? before.commit : this.#node.world.rememberedCommit(this.#disk);
    this.#opened = {
      identity: { uuid, startCount, clusterId, generation: clusterId === '' ? 0 : 1 },
      hardState,
      snapshot: snapshot?.ref ?? null,
      firstIndex,
      lastIndex,
      commit,
    };
    return this.#opened;
  }

  async saveCluster({ clusterId }: { readonly clusterId: string }, options: WaitOptions): Promise<void> {
    const write = (): void => {
      this.#disk.clusterId = clusterId;
    };
    await this.#write('cluster', write, options);
  }

  async saveHardState(hardState: HardState, options: WaitOptions): Promise<void> {
    await this.#write('hardState', () => this.#disk.writeHardState(hardState), options);
  }

  async append({ truncateFrom, entries, commit }: AppendBatch, options: WaitOptions): Promise<void> {
    const write = (): void => {
      this.#disk.writeEntries(truncateFrom, entries, commit);
      this.#node.world.oracle.stored(this.#disk, entries);
    };
    await this.#write('entries', write, options);
  }

  async read({ from, to, maxBytes }: ReadRange, { signal }: WaitOptions): Promise<readonly Entry[]> {
    const { random } = this.#node.world;
    await this.#waits.wait(random.below(3), signal);
    const { firstIndex, lastIndex, entries } = this.#disk;
    if (from < firstIndex || from > lastIndex) throw outOfRange(`entry ${from} is outside ${firstIndex}..${lastIndex}`);
    const found: Entry[] = [];
    const most = 1 + random.below(20);
    for (const entry of entries.slice(from - firstIndex, Math.min(to, lastIndex) - firstIndex + 1)) {
      if (found.length > 0 && (found.length === most || entriesSizeBytes([...found, entry]) > maxBytes)) break;
      found.push(entry);
    }
    this.#node.world.cover('entriesFromStorage');
    return found;
  }

  async createSnapshot(meta: SnapshotMeta, { signal }: WaitOptions): Promise<SnapshotSink> {
    signal.throwIfAborted();
    const chunks: Uint8Array[] = [];
    return this.#sink(chunks, async (content, options) => {
      await this.#waits.wait(this.#node.syncDelayMs + this.#node.world.random.below(20), options.signal);
      const ref: SnapshotRef = { ...meta, sizeBytes: content.byteLength, checksum: crc32(content) };
      this.#disk.keepOwn({ ref, content });
      return ref;
    });
  }

  async receiveSnapshot(ref: SnapshotRef, { signal }: WaitOptions): Promise<SnapshotSink> {
    signal.throwIfAborted();
    const { partial } = this.#disk;
    const chunks = partial !== null && sameSnapshot(partial.ref, ref) ? partial.chunks : [];
    if (chunks.length > 0) this.#node.world.cover('snapshotResumed');
    this.#disk.partial = { ref, chunks };
    return this.#sink(chunks, async (content, options) => {
      await this.#waits.wait(this.#node.syncDelayMs, options.signal);
      this.#disk.partial = null;
      if (content.byteLength !== ref.sizeBytes || crc32(content) !== ref.checksum) {
        throw new RaftError('RAFT_SNAPSHOT_MISMATCH', `snapshot ${ref.index} differs from what was announced`);
      }
      this.#disk.keepReceived({ ref, content });
      return ref;
    });
  }

  async installSnapshot(ref: SnapshotRef, options: WaitOptions): Promise<void> {
    if (!this.#disk.received.some((received) => sameSnapshot(received.ref, ref))) {
      throw outOfRange(`snapshot ${ref.index} is not there`);
    }
    await this.#write('install', () => this.#disk.install(ref), options);
    this.#node.world.cover('snapshotInstall');
  }

  async compact(firstIndex: LogIndex, options: WaitOptions): Promise<void> {
    await this.#write('compact', () => this.#disk.compact(firstIndex), options);
  }

  async openSnapshot(ref: SnapshotRef, { signal }: WaitOptions): Promise<SnapshotSource> {
    signal.throwIfAborted();
    const { snapshot } = this.#disk;
    if (snapshot === null || !sameSnapshot(snapshot.ref, ref)) throw outOfRange(`snapshot ${ref.index} is gone`);
    return {
      snapshot: ref,
      read: async (offset, maxBytes, wait) => {
        await this.#waits.wait(0, wait.signal);
        return snapshot.content.subarray(offset, offset + maxBytes);
      },
      [Symbol.asyncDispose]: async () => {},
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #write(name: WriteStep['name'], write: () => void, { signal }: WaitOptions): Promise<void> {
    hold(this.#writing === null, 'S10', () => `O8: ${name} begins while ${this.#writing} is being written`);
    this.#writing = name;
    await this.#waits.until<void>(signal, (resolve) =>
      this.#node.writer.write({ steps: [{ name, write }], done: resolve }),
    );
    this.#writing = null;
  }

  #sink(
    chunks: Uint8Array[],
    finish: (content: Uint8Array, options: WaitOptions) => Promise<SnapshotRef>,
  ): SnapshotSink {
    const waits = this.#waits;
    return {
      get sizeBytes() {
        return chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
      },
      write: async (chunk, { signal }) => {
        await waits.wait(0, signal);
        chunks.push(chunk.slice());
      },
      finish: async (options) => await finish(Uint8Array.from(chunks.flatMap((chunk) => [...chunk])), options),
      abort: async () => {
        chunks.length = 0;
      },
      [Symbol.asyncDispose]: async () => {},
    };
  }
}

function outOfRange(message: string): RaftError {
  return new RaftError('STORAGE_OUT_OF_RANGE', message);
}
