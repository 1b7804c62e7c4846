/**
 * Disks that really run full. Each story (`full-disk-node.ts`) runs in a process with a mount namespace and a small file system
 * of its own, which ends with it; where mounting is not allowed, a limit on the size of files has to do.
 */
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { newDirectory, openStore, removeDirectories, reopen, signal } from './data-directory.ts';

afterAll(removeDirectories);

const smallDisk = 'mount -t tmpfs -o size=80m k8sop "$0" && exec "$@"';
const shortFiles = 'trap "" XFSZ; ulimit -f 1024; exec "$@"';
const node = [process.execPath, '--conditions=@k8sop/source', join(import.meta.dirname, 'full-disk-node.ts')];

const mountable = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs k8sop "$0"', tmpdir()]).status === 0;
const where = mountable ? '' : ' (skipped: needs a mount namespace of its own, `unshare -rm`)';

/** @returns what the story's process printed */
function tell(story: string): unknown {
  const directory = newDirectory();
  const command = [smallDisk, directory, ...node, story, directory];
  return resultOf(spawnSync('unshare', ['-rm', 'sh', '-c', ...command], { encoding: 'utf8', timeout: 110_000 }));
}

function resultOf({ status, stdout, stderr }: { status: number | null; stdout: string; stderr: string }): unknown {
  expect({ status, stderr }).toMatchObject({ status: 0 });
  return JSON.parse(stdout);
}

describe.skipIf(!mountable)(`a full disk${where}`, { timeout: 120_000 }, () => {
  it('in mid-write ends writing: nothing is acknowledged behind half a record, and all before it is there again', () => {
    const told = tell('taken-meanwhile') as { acknowledged: number };
    const { acknowledged } = told;
    expect(acknowledged).toBeGreaterThan(1);
    expect(told).toEqual({
      acknowledged,
      refusal: 'STORAGE_FAILED',
      afterwards: 'STORAGE_FAILED', // although there was room again
      vote2: 'STORAGE_FAILED',
      whileFull: [{ refused: 'STORAGE_FULL' }, { refused: 'STORAGE_FULL' }],
      files: ['FORMAT', 'log', 'meta', 'snapshots'], // nothing was set aside, nothing is gone
      found: { lastIndex: acknowledged, term: 1, whole: acknowledged },
    });
  });

  it('that the log itself fills still takes votes, the snapshot and the compaction that empty it', () => {
    const told = tell('own-growth') as { acknowledged: number };
    const { acknowledged } = told;
    expect(told).toEqual({
      acknowledged,
      refusal: 'STORAGE_FULL',
      still: { vote: 'done', snapshot: 'done', compact: 'done' },
      never: { append: 'STORAGE_FULL', vote: 'STORAGE_FULL', snapshot: 'STORAGE_FULL' },
      lastIndex: acknowledged,
      term: 2,
      found: { lastIndex: acknowledged, term: 2, snapshot: 1 },
    });
  });

  it('during the removal of compacted entries ends writing as well', () => {
    expect(tell('removal-fails')).toEqual({
      afterwards: 'STORAGE_FAILED',
      firstIndex: 20_000,
      lastIndex: 20_000,
      goesOn: 'done',
    });
  });

  it('costs a snapshot and nothing else; a received one is resumed', () => {
    expect(tell('snapshots')).toMatchObject({
      ownRefused: ['STORAGE_FULL', 'STORAGE_FULL'],
      left: 1, // the finished one
      goesOn: 'done',
      receivedRefused: 'STORAGE_FULL',
      resumed: true,
      finished: 'done',
      installed: 'done',
      kept: { lastIndex: 2, term: 1, whole: 1 },
      receivedLast: 1,
    });
  });

  it('at the very first start leaves a directory that opens as new', () => {
    expect(tell('first-open')).toEqual({
      whileFull: [{ refused: 'STORAGE_FULL' }, { refused: 'STORAGE_FULL' }],
      found: { lastIndex: 0, term: 0, whole: 0 },
    });
  });
});

describe('a limit that the file system does not tell', { timeout: 120_000 }, () => {
  it('ends writing at the first write that fails, and loses nothing acknowledged', async () => {
    const directory = newDirectory();
    const command = ['-c', shortFiles, 'sh', ...node, 'file-limit', directory];
    const told = resultOf(spawnSync('sh', command, { encoding: 'utf8', timeout: 110_000 })) as { acknowledged: number };
    const { acknowledged } = told;
    expect(told).toEqual({ acknowledged, refusal: 'STORAGE_FAILED', afterwards: 'STORAGE_FAILED' });
    expect(acknowledged).toBeGreaterThan(1);
    const found = await reopen(join(directory, 'data'));
    expect(found).toMatchObject({ state: { lastIndex: acknowledged } });
    await using store = await openStore(join(directory, 'data'));
    await store.saveHardState({ term: 2, vote: 1, promiseMs: 150 }, { signal });
  });
});
