/**
 * Snapshots as files: `<index>-<term>-<checksum>.snap` once finished, `.part` while one is received (survives restarts),
 * `.own` while one is written here (removed at open).
 *
 * Content is cut into chunks of 64 KiB, each behind `length u32, crc u32`, so any offset can be read and checked alone.
 * A file is synced before it gets its final name, and the directory after. A disk that runs full before that costs the
 * snapshot and nothing else: `STORAGE_FULL`, and the sink takes no more.
 */
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import {
  RaftError,
  type SnapshotMeta,
  type SnapshotRef,
  type SnapshotSink,
  type SnapshotSource,
  type WaitOptions,
} from '@k8sop/raft-core';
import type { DiskSpace } from './disk-space.ts';
import { corrupt, isDiskFull, storageError } from './storage-error.ts';
import { openOrCreate, syncDirectory, writeFully } from './synced-file.ts';

const chunkBytes = 64 * 1024;
const headerBytes = 8;
const frameBytes = headerBytes + chunkBytes;

export function snapshotFileName({ index, term, checksum }: SnapshotRef): string {
  return `${index}-${term}-${checksum.toString(16).padStart(8, '0')}.snap`;
}

export class SnapshotFiles {
  readonly #directory: string;
  readonly #space: DiskSpace;

  constructor(directory: string, space: DiskSpace) {
    this.#directory = directory;
    this.#space = space;
  }

  /** Whether the finished file is there, with the size that the reference gives. */
  async has(snapshot: SnapshotRef): Promise<boolean> {
    const found = await stat(this.#path(snapshotFileName(snapshot))).catch(() => undefined);
    return found?.size === fileSizeOf(snapshot.sizeBytes);
  }

  /** A sink for an own snapshot; `seal` runs once the file has its final name, durably. */
  async create(meta: SnapshotMeta, seal: (snapshot: SnapshotRef) => Promise<void>): Promise<SnapshotSink> {
    const path = this.#path(`${meta.index}-${meta.term}.own`);
    await rm(path, { force: true });
    return await FileSink.open({
      path,
      directory: this.#directory,
      space: this.#space,
      meta,
      announced: undefined,
      seal,
    });
  }

  /** A sink for an announced snapshot, at the end of what is already here and sound. Other partial files are removed. */
  async receive(snapshot: SnapshotRef): Promise<SnapshotSink> {
    const name = `${snapshotFileName(snapshot)}.part`;
    await this.#removeWhere((other) => other.endsWith('.part') && other !== name);
    return await FileSink.open({
      path: this.#path(name),
      directory: this.#directory,
      space: this.#space,
      meta: snapshot,
      announced: snapshot,
      seal: async () => {},
    });
  }

  async open(snapshot: SnapshotRef): Promise<SnapshotSource> {
    let handle: FileHandle;
    try {
      handle = await open(this.#path(snapshotFileName(snapshot)), 'r');
    } catch (error) {
      throw new RaftError('STORAGE_OUT_OF_RANGE', `snapshot ${snapshot.index}-${snapshot.term} is gone`, {
        cause: error,
      });
    }
    return new FileSource(handle, snapshot, this.#directory);
  }

  /** Reads the whole snapshot once. @throws `STORAGE_CORRUPT` when a byte is not what was written. */
  async verify(snapshot: SnapshotRef): Promise<void> {
    await using source = await this.open(snapshot);
    const { signal } = new AbortController();
    let checksum = 0;
    for (let offset = 0; offset < snapshot.sizeBytes; ) {
      const chunk = await source.read(offset, chunkBytes, { signal });
      if (chunk.byteLength === 0) throw corrupt(this.#directory, `${snapshotFileName(snapshot)} ends at ${offset} B`);
      checksum = crc32(chunk, checksum);
      offset += chunk.byteLength;
    }
    if (checksum !== snapshot.checksum)
      throw corrupt(this.#directory, `${snapshotFileName(snapshot)} has another checksum`);
  }

  /** At open: removes finished snapshots other than `keep`, and what own snapshots left unfinished. */
  async removeOthers(keep: SnapshotRef | null): Promise<void> {
    const kept = keep === null ? '' : snapshotFileName(keep);
    await this.#removeWhere((name) => (name.endsWith('.snap') && name !== kept) || name.endsWith('.own'));
  }

  /** Removes finished snapshots that `current` replaces. One beyond it was received and waits to be installed. */
  async removeReplaced(current: SnapshotRef | null): Promise<void> {
    if (current === null) return;
    const kept = snapshotFileName(current);
    await this.#removeWhere(
      (name) => name.endsWith('.snap') && name !== kept && Number.parseInt(name, 10) <= current.index,
    );
  }

  async #removeWhere(unwanted: (name: string) => boolean): Promise<void> {
    const names = (await readdir(this.#directory)).filter(unwanted);
    await Promise.all(names.map((name) => rm(this.#path(name), { force: true })));
    if (names.length > 0) await syncDirectory(this.#directory);
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }
}

/** Size of the file that holds so many content bytes. */
function fileSizeOf(contentBytes: number): number {
  return contentBytes + Math.ceil(contentBytes / chunkBytes) * headerBytes;
}

interface FileSinkOptions {
  readonly path: string;
  readonly directory: string;
  readonly space: DiskSpace;
  readonly meta: SnapshotMeta;
  /** The reference that a leader announced; undefined for an own snapshot. */
  readonly announced: SnapshotRef | undefined;
  readonly seal: (snapshot: SnapshotRef) => Promise<void>;
}

class FileSink implements SnapshotSink {
  readonly #options: FileSinkOptions;
  readonly #handle: FileHandle;
  /** Content of the chunk that is not yet full. */
  readonly #pending = new Uint8Array(chunkBytes);
  #pendingBytes = 0;
  #fullChunks: number;
  #checksum: number;
  #open = true;
  /** Why this sink takes nothing more: half of a chunk may be in the file. */
  #failure: RaftError | undefined;

  private constructor(options: FileSinkOptions, handle: FileHandle, fullChunks: number, checksum: number) {
    this.#options = options;
    this.#handle = handle;
    this.#fullChunks = fullChunks;
    this.#checksum = checksum;
  }

  static async open(options: FileSinkOptions): Promise<FileSink> {
    let handle: FileHandle | undefined;
    try {
      handle = await openOrCreate(options.path);
      const { chunks, checksum } = await soundChunks(handle);
      await handle.truncate(chunks * frameBytes);
      return new FileSink(options, handle, chunks, checksum);
    } catch (error) {
      await handle?.close();
      throw sinkError(options.directory, error);
    }
  }

  get sizeBytes(): number {
    return this.#fullChunks * chunkBytes + this.#pendingBytes;
  }

  async write(chunk: Uint8Array, { signal }: WaitOptions): Promise<void> {
    signal.throwIfAborted();
    await this.#guard(async () => {
      const { meta, announced, space } = this.#options;
      const limit = announced?.sizeBytes ?? Number.POSITIVE_INFINITY;
      if (this.sizeBytes + chunk.byteLength > limit) throw mismatch(meta, `more than the announced ${limit} B arrived`);
      await (announced ? space.claim(chunk.byteLength) : space.claimLast(chunk.byteLength));
      for (let at = 0; at < chunk.byteLength; ) {
        const part = chunk.subarray(at, at + chunkBytes - this.#pendingBytes);
        this.#pending.set(part, this.#pendingBytes);
        this.#pendingBytes += part.byteLength;
        at += part.byteLength;
        if (this.#pendingBytes === chunkBytes) await this.#flush();
      }
    });
  }

  async finish({ signal }: WaitOptions): Promise<SnapshotRef> {
    signal.throwIfAborted();
    const { meta, announced, path, directory, seal } = this.#options;
    const sizeBytes = this.sizeBytes;
    await this.#guard(() => this.#flush());
    const snapshot: SnapshotRef = { ...meta, sizeBytes, checksum: this.#checksum };
    if (announced && (announced.sizeBytes !== sizeBytes || announced.checksum !== snapshot.checksum)) {
      await this.abort();
      throw mismatch(
        meta,
        `${sizeBytes} B with checksum ${snapshot.checksum} arrived, ${announced.sizeBytes} B with ${announced.checksum} were announced`,
      );
    }
    await this.#guard(() => this.#sync());
    await this.#guard(async () => {
      await this.#close();
      await rename(path, join(directory, snapshotFileName(snapshot)));
      await syncDirectory(directory);
      await seal(snapshot);
    });
    return snapshot;
  }

  async abort(): Promise<void> {
    await this.#close();
    await rm(this.#options.path, { force: true });
  }

  /** Keeps the full chunks of a received snapshot for resuming, and nothing of an own one. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#open) return;
    if (this.#options.announced === undefined) await this.abort();
    else await this.#close();
  }

  async #flush(): Promise<void> {
    if (this.#pendingBytes === 0) return;
    const content = this.#pending.subarray(0, this.#pendingBytes);
    const frame = new Uint8Array(headerBytes + content.byteLength);
    const view = new DataView(frame.buffer);
    view.setUint32(0, content.byteLength);
    view.setUint32(4, crc32(content));
    frame.set(content, headerBytes);
    await writeFully(this.#handle, frame, this.#fullChunks * frameBytes);
    this.#checksum = crc32(content, this.#checksum);
    this.#fullChunks += 1;
    this.#pendingBytes = 0;
  }

  /** What a failed sync leaves is not known to be on the disk, however it reads: nothing of it is kept. */
  async #sync(): Promise<void> {
    try {
      await this.#handle.sync();
    } catch (error) {
      await this.abort();
      throw error;
    }
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#handle.close();
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return await work();
    } catch (error) {
      const failure = sinkError(this.#options.directory, error);
      if (failure !== error) this.#failure = failure; // what comes with a code of its own was found before anything was written
      throw failure;
    }
  }
}

class FileSource implements SnapshotSource {
  readonly snapshot: SnapshotRef;
  readonly #handle: FileHandle;
  readonly #directory: string;

  constructor(handle: FileHandle, snapshot: SnapshotRef, directory: string) {
    this.#handle = handle;
    this.snapshot = snapshot;
    this.#directory = directory;
  }

  async read(offset: number, maxBytes: number, { signal }: WaitOptions): Promise<Uint8Array> {
    signal.throwIfAborted();
    if (offset >= this.snapshot.sizeBytes) return new Uint8Array(0);
    const content = await readChunk(this.#handle, Math.floor(offset / chunkBytes));
    const within = offset % chunkBytes;
    if (content === undefined || content.byteLength <= within) {
      throw corrupt(this.#directory, `${snapshotFileName(this.snapshot)} is damaged at ${offset} B`);
    }
    return content.subarray(within, within + maxBytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}

/** One chunk's content, or undefined when it is missing, torn or damaged. */
async function readChunk(handle: FileHandle, number: number): Promise<Uint8Array | undefined> {
  const frame = new Uint8Array(frameBytes);
  const { bytesRead } = await handle.read(frame, 0, frameBytes, number * frameBytes);
  if (bytesRead <= headerBytes) return undefined;
  const view = new DataView(frame.buffer);
  const length = view.getUint32(0);
  const content = frame.subarray(headerBytes, headerBytes + length);
  const whole = length >= 1 && length <= chunkBytes && bytesRead >= headerBytes + length;
  return whole && view.getUint32(4) === crc32(content) ? content : undefined;
}

/** How many full, sound chunks a partial file begins with, and the checksum of their content. */
async function soundChunks(handle: FileHandle): Promise<{ chunks: number; checksum: number }> {
  let chunks = 0;
  let checksum = 0;
  for (;;) {
    const content = await readChunk(handle, chunks);
    if (content === undefined || content.byteLength < chunkBytes) return { chunks, checksum };
    checksum = crc32(content, checksum);
    chunks += 1;
  }
}

/** A full disk ends the snapshot, not the store: nobody was told that it is there. */
function sinkError(directory: string, error: unknown): RaftError {
  if (error instanceof RaftError || !isDiskFull(error)) return storageError(directory, 'writing a snapshot', error);
  return new RaftError(
    'STORAGE_FULL',
    `the disk of ${directory} ran full while a snapshot was written; free space or enlarge the volume`,
    { cause: error },
  );
}

function mismatch({ index, term }: SnapshotMeta, what: string): RaftError {
  return new RaftError('RAFT_SNAPSHOT_MISMATCH', `snapshot ${index}-${term}: ${what}; send it again`);
}
