/**
 * A disk that can be full: a small file system in memory. It is mounted in the namespace of whoever experiments, so it is gone
 * with that process at the latest.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** More than the reserve that the store keeps free. */
const sizeMiB = 64;
const block = Buffer.alloc(1 << 20);

export class SmallDisk {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** @throws Error where mounting is not allowed. */
  static async mount(directory: string): Promise<SmallDisk> {
    await mkdir(directory, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'k8sop', directory]);
    return new SmallDisk(directory);
  }

  /** Leaves not one byte free. */
  async fill(): Promise<void> {
    const file = await open(this.#filler, 'w');
    try {
      for (;;) await file.write(block);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      await file.close();
    }
  }

  async free(): Promise<void> {
    await rm(this.#filler, { force: true });
  }

  unmount(): void {
    execFileSync('umount', [this.directory]);
  }

  get #filler(): string {
    return join(this.directory, 'filler');
  }
}
