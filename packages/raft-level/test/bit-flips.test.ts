/**
 * One flipped bit in every byte of every file of a small store: the store opens with the identical state, or says
 * STORAGE_CORRUPT. LevelDB alone opens with a hole.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { configurationOf } from '@k8sop/raft-core';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type Content,
  contentOf,
  copyOf,
  discard,
  entry,
  filesIn,
  flipBit,
  newDirectory,
  openStore,
  removeDirectories,
  reopen,
  signal,
} from './data-directory.ts';

afterAll(removeDirectories);

async function smallStore(): Promise<{ directory: string; content: Content }> {
  const directory = newDirectory();
  await using store = await openStore(directory);
  await store.saveCluster({ clusterId: 'c1', generation: 1 }, { signal });
  await store.saveHardState({ term: 1, vote: 1, promiseMs: 150 }, { signal });
  await store.append({ truncateFrom: 0, entries: [entry(1, 1), entry(2, 1), entry(3, 1)], commit: 1 }, { signal });
  const meta = { index: 2, term: 1, configuration: configurationOf([{ id: 1, uuid: 'u' }]), timing: null };
  await using sink = await store.createSnapshot(meta, { signal });
  await sink.write(Buffer.from('state after two commands'), { signal });
  await sink.finish({ signal });
  await store.saveHardState({ term: 2, vote: 2, promiseMs: 150 }, { signal });
  await store.append({ truncateFrom: 3, entries: [entry(3, 2), entry(4, 2)], commit: 3 }, { signal });
  return { directory, content: await contentOf(store) };
}

const { directory, content } = await smallStore();
const files = filesIn(directory).map((path) => ({
  name: relative(directory, path),
  sizeBytes: readFileSync(path).byteLength,
}));

describe('a flipped bit', () => {
  it.each(files)(
    'in $name ($sizeBytes bytes) changes nothing or is found',
    { timeout: 120_000 },
    async ({ name, sizeBytes }) => {
      const outcomes = new Set<string>();
      for (let at = 0; at < sizeBytes; at++) {
        const copy = copyOf(directory);
        flipBit(`${copy}/${name}`, at);
        outcomes.add(JSON.stringify(await reopen(copy)));
        discard(copy);
      }
      const allowed = new Set([JSON.stringify({ refused: 'STORAGE_CORRUPT' }), JSON.stringify(content)]);
      expect([...outcomes].filter((outcome) => !allowed.has(outcome))).toEqual([]);
    },
  );
});
