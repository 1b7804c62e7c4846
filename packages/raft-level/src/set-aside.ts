/**
 * Moves a damaged data directory's files out of the way, so that the node can start empty and rejoin as a new member.
 * Nothing is deleted: the files stay in a folder `corrupt-<n>` inside, because the directory itself is often a mount.
 */
import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { isForeign } from './format-version.ts';
import { syncDirectory } from './synced-file.ts';

/** @returns the folder that now holds the files. The directory must not be open. */
export async function setAsideDataDirectory(directory: string): Promise<string> {
  const names = await readdir(directory);
  const numbers = names.map((name) => Number(/^corrupt-(\d+)$/.exec(name)?.[1] ?? 0));
  const target = join(directory, `corrupt-${Math.max(0, ...numbers) + 1}`);
  await mkdir(target, { mode: 0o700 });
  for (const name of names.filter(isForeign)) await rename(join(directory, name), join(target, name));
  await syncDirectory(target);
  await syncDirectory(directory);
  return target;
}
