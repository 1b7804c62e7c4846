/**
 * The file `FORMAT` says which version wrote a data directory. A newer format is refused, a directory of something else
 * too; nothing in it is touched.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { RaftError } from '@k8sop/raft-core';
import { corrupt } from './storage-error.ts';
import { syncDirectory } from './synced-file.ts';

/** Version 1: `log/` (LevelDB), `meta/slot-a`, `meta/slot-b`, `meta/watermark`, `snapshots/`. */
export const formatVersion = 1;
const fileName = 'FORMAT';
const mark = 'k8sop-raft ';
const ownNames = new Set([fileName, 'log', 'meta', 'snapshots']);

/** What may lie in an otherwise empty directory: mount points, and what was set aside before. */
export function isForeign(name: string): boolean {
  return name !== 'lost+found' && !name.startsWith('corrupt-');
}

/**
 * Marks an empty directory as ours, or checks the mark.
 *
 * @throws `STORAGE_FORMAT_NEWER`, `STORAGE_CORRUPT` (mark missing or unreadable, and no files but ours), `STORAGE_FAILED` (a
 *   directory of something else, also where it has a `log` of its own).
 */
export async function claimDirectory(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter(isForeign);
  const path = join(directory, fileName);
  const found = names.includes(fileName) ? await readFile(path, 'utf8') : '';
  // A mark cut short with nothing beside it: the disk ran full, or the power failed, while it was written.
  const unfinished = names.every((name) => name === fileName) && formatLine(formatVersion).startsWith(found);
  if (unfinished && found !== formatLine(formatVersion)) {
    await writeFile(path, formatLine(formatVersion), { flush: true });
    await syncDirectory(directory);
    return;
  }
  const others = names.filter((name) => !ownNames.has(name));
  const marked = found.startsWith(mark);
  // Damage of our own is set aside by whoever opens; what somebody else may miss is not even moved.
  if (others.length > 0 && !marked) {
    throw new RaftError(
      'STORAGE_FAILED',
      `data directory ${directory} holds something else (${others.slice(0, 3).join(', ')}); give the node an empty directory`,
    );
  }
  if (!names.includes(fileName)) throw corrupt(directory, `${fileName} is missing`);
  assertReadable(directory, found);
}

/** `k8sop-raft <version> <crc32 of the words before>`: a damaged version never looks like a newer one. */
export function formatLine(version: number): string {
  const marked = `${mark}${version}`;
  return `${marked} ${crc32(marked).toString(16).padStart(8, '0')}\n`;
}

/** @throws as `claimDirectory`, for the content of `FORMAT`. */
export function assertReadable(directory: string, content: string): void {
  const version = Number(/^k8sop-raft ([1-9]\d{0,5}) /.exec(content)?.[1]);
  if (content !== formatLine(version)) throw corrupt(directory, `${fileName} is unreadable`);
  if (version > formatVersion) {
    throw new RaftError(
      'STORAGE_FORMAT_NEWER',
      `data directory ${directory} has format ${version}, this version reads up to ${formatVersion}; run the version that wrote it, or a newer one`,
    );
  }
}
