/** Small durable files: written whole, synced, and their directory synced when a name appears or goes. */
import { type FileHandle, open } from 'node:fs/promises';

/** Makes created, renamed and removed names in a directory survive a power loss. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Replaces the whole content in place and waits for the disk. A crash may leave it torn: the content carries a checksum. */
export async function replaceSynced(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  await handle.truncate(bytes.byteLength);
  await overwriteSynced(handle, bytes);
}

/** The same for content of the same size or more. */
export async function overwriteSynced(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  await writeFully(handle, bytes, 0);
  await handle.datasync();
}

/** Writes all bytes at a position; one `write` may take fewer than it was given. */
export async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.byteLength) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.byteLength - done, position + done);
    done += bytesWritten;
  }
}

/** Opens for reading and writing, creating an empty file where there is none; never truncates. */
export async function openOrCreate(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return await open(path, 'wx+', 0o600);
  }
}
