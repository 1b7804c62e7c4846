/**
 * Refuses a write before it begins when the disk is nearly full. A write that fails half-way leaves LevelDB's log with half
 * a record, behind which later records are lost; so the store does not let it come to that, and stops writing when somebody
 * else took the room in between.
 */
import { statfs } from 'node:fs/promises';
import { RaftError } from '@k8sop/raft-core';

/** Free space that entries and received snapshots never use, in bytes. 32 MiB. */
export const reserveBytes: number = 32 * 1024 * 1024;
/** The part of it left for LevelDB to rewrite its files; what takes no room to speak of, or gives some back, may use the rest. */
export const lastReserveBytes: number = 16 * 1024 * 1024;
/** Ask the file system again after this many bytes. */
const recheckBytes = 4 * 1024 * 1024;

export type FreeBytes = (directory: string) => Promise<number>;

export async function freeBytesOf(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

export class DiskSpace {
  readonly #directory: string;
  readonly #freeBytes: FreeBytes;
  /** Bytes that may be written before the next look. */
  #credit = 0;

  constructor(directory: string, freeBytes: FreeBytes = freeBytesOf) {
    this.#directory = directory;
    this.#freeBytes = freeBytes;
  }

  /** For what the disk fills with. @throws `STORAGE_FULL`: nothing was written, try again when there is room. */
  async claim(sizeBytes: number): Promise<void> {
    if (this.#credit < sizeBytes) {
      const free = await this.#above(reserveBytes, sizeBytes);
      this.#credit = Math.min(free, recheckBytes + sizeBytes);
    }
    this.#credit -= sizeBytes;
  }

  /** For votes, own snapshots, compaction and opening: without them a full log would stay full. @throws `STORAGE_FULL` */
  async claimLast(sizeBytes: number): Promise<void> {
    await this.#above(lastReserveBytes, sizeBytes);
  }

  async #above(reserve: number, sizeBytes: number): Promise<number> {
    const free = (await this.#freeBytes(this.#directory)) - reserve;
    if (free >= sizeBytes) return free;
    throw new RaftError(
      'STORAGE_FULL',
      `no room for ${sizeBytes} B in ${this.#directory}: ${Math.max(0, free)} B left above the reserve of ${reserve} B; free space or enlarge the volume`,
    );
  }
}
