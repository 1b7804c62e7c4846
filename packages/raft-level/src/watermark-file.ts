/**
 * How far the log was acknowledged, kept outside LevelDB: `seq` of the hard state, truncation generation, last index,
 * commit. Rewritten in place after each synced batch and itself not synced, so it is exact after a process crash, may lag
 * after a power loss, and is never ahead of the log. One record fits a disk sector, so it is never torn.
 */
import { writeSync } from 'node:fs';
import { type FileHandle, readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { openOrCreate } from './synced-file.ts';

export interface Watermark {
  readonly metaSeq: number;
  readonly generation: number;
  readonly lastIndex: number;
  readonly commit: number;
}

export const watermarkName = 'watermark';
const recordBytes = 36;

/** `absent` for a missing or empty file, `damaged` when the checksum fails. */
export async function readWatermark(path: string): Promise<Watermark | 'absent' | 'damaged'> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'absent';
    throw error;
  }
  if (bytes.byteLength === 0) return 'absent';
  if (bytes.byteLength !== recordBytes) return 'damaged';
  const view = new DataView(bytes.buffer, bytes.byteOffset, recordBytes);
  if (view.getUint32(0) !== crc32(bytes.subarray(4))) return 'damaged';
  const field = (at: number): number => Number(view.getBigUint64(at));
  return { metaSeq: field(4), generation: field(12), lastIndex: field(20), commit: field(28) };
}

export class WatermarkFile {
  readonly #handle: FileHandle;
  readonly #record = new Uint8Array(recordBytes);
  #current: Watermark;

  private constructor(handle: FileHandle, current: Watermark) {
    this.#handle = handle;
    this.#current = current;
  }

  /** Opens the file and writes `initial`, synced. */
  static async open(path: string, initial: Watermark): Promise<WatermarkFile> {
    const file = new WatermarkFile(await openOrCreate(path), initial);
    file.write({});
    await file.#handle.datasync();
    return file;
  }

  get current(): Watermark {
    return this.#current;
  }

  /**
   * The operating system has it when this returns: it then survives the death of this process. Synchronous on purpose: 36 bytes
   * into the page cache take microseconds, a turn through the thread pool ten times as long, and every append waits for it.
   */
  write(change: Partial<Watermark>): void {
    this.#current = { ...this.#current, ...change };
    const { metaSeq, generation, lastIndex, commit } = this.#current;
    const view = new DataView(this.#record.buffer);
    [metaSeq, generation, lastIndex, commit].forEach((value, i) => view.setBigUint64(4 + 8 * i, BigInt(value)));
    view.setUint32(0, crc32(this.#record.subarray(4)));
    const written = writeSync(this.#handle.fd, this.#record, 0, recordBytes, 0);
    if (written !== recordBytes) throw new Error(`the watermark took ${written} of ${recordBytes} B`);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
