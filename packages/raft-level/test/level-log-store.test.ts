/** What a store on disk owes beyond the port: restarts, crashes in mid-write, foreign and full disks, second processes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { configurationOf, type LogStore, type SnapshotMeta } from '@k8sop/raft-core';
import { ClassicLevel } from 'classic-level';
import { afterAll, describe, expect, it } from 'vitest';
import { reserveBytes } from '../src/disk-space.ts';
import { formatLine, formatVersion } from '../src/format-version.ts';
import { inspectDataDirectory } from '../src/inspect-data-directory.ts';
import { type Meta, MetaFile, readSlots } from '../src/meta-file.ts';
import { openLevelLogStore } from '../src/open-level-log-store.ts';
import { setAsideDataDirectory } from '../src/set-aside.ts';
import { storageError } from '../src/storage-error.ts';
import {
  contentOf,
  copyOf,
  entry,
  filesIn,
  newDirectory,
  openStore,
  removeDirectories,
  reopen,
  signal,
} from './data-directory.ts';

afterAll(removeDirectories);

const configuration = configurationOf([
  { id: 1, uuid: 'u1' },
  { id: 2, uuid: 'u2' },
]);
const metaAt = (index: number, term = 1): SnapshotMeta => ({ index, term, configuration, timing: null });

async function fill(store: LogStore, to: number, term = 1): Promise<void> {
  await store.saveHardState({ term, vote: 1, promiseMs: 150 }, { signal });
  const entries = Array.from({ length: to }, (_, i) => entry(i + 1, term));
  await store.append({ truncateFrom: 0, entries, commit: 0 }, { signal });
}

async function snapshotAt(store: LogStore, index: number, text: string): Promise<void> {
  await using sink = await store.createSnapshot(metaAt(index), { signal });
  await sink.write(Buffer.from(text), { signal });
  await sink.finish({ signal });
}

describe('restart', () => {
  it('keeps identity, cluster, hard state and log, and counts the starts', async () => {
    const directory = newDirectory();
    const first = await openStore(directory);
    const { identity } = await first.load({ signal });
    await first.saveCluster({ clusterId: 'c', generation: 3 }, { signal });
    await fill(first, 3);
    await first[Symbol.asyncDispose]();
    await using second = await openStore(directory);
    const state = await second.load({ signal });
    expect(state.identity).toEqual({ uuid: identity.uuid, startCount: 2, clusterId: 'c', generation: 3 });
    expect(state).toMatchObject({ hardState: { term: 1, vote: 1, promiseMs: 150 }, firstIndex: 1, lastIndex: 3 });
  });

  it('continues a received snapshot where the last process left off', async () => {
    const directory = newDirectory();
    const content = Buffer.alloc(200_000, 'x');
    const source = newDirectory();
    await using origin = await openStore(source);
    await fill(origin, 5);
    await using own = await origin.createSnapshot(metaAt(5), { signal });
    await own.write(content, { signal });
    const announced = await own.finish({ signal });

    const first = await openStore(directory);
    const partial = await first.receiveSnapshot(announced, { signal });
    await partial.write(content.subarray(0, 150_000), { signal });
    await partial[Symbol.asyncDispose]();
    await first[Symbol.asyncDispose]();

    await using second = await openStore(directory);
    await using rest = await second.receiveSnapshot(announced, { signal });
    expect(rest.sizeBytes).toBe(2 * 64 * 1024); // whole chunks only
    await rest.write(content.subarray(rest.sizeBytes), { signal });
    await rest.finish({ signal });
    await second.installSnapshot(announced, { signal });
    expect(await second.load({ signal })).toMatchObject({ firstIndex: 6, lastIndex: 5, snapshot: announced });
  });
});

describe('a crash', () => {
  it('after an answer loses nothing', async () => {
    const directory = newDirectory();
    await using store = await openStore(directory);
    await fill(store, 5);
    await store.append({ truncateFrom: 4, entries: [entry(4, 1, 'other')], commit: 3 }, { signal });
    expect(await reopen(copyOf(directory))).toEqual(await contentOf(store));
  });

  it('in mid-append leaves all of the batch or nothing of it, at every byte of the tail', {
    timeout: 60_000,
  }, async () => {
    const directory = newDirectory();
    await using store = await openStore(directory);
    await fill(store, 3);
    const before = await contentOf(store);
    const acknowledged = copyOf(directory);
    await store.append({ truncateFrom: 3, entries: [entry(3, 1, 'new'), entry(4, 1)], commit: 2 }, { signal });
    const after = await contentOf(store);
    const wal = (root: string): string =>
      filesIn(join(root, 'log')).filter((path) => path.endsWith('.log'))[0] as string;
    const from = readFileSync(wal(acknowledged)).byteLength;
    const written = copyOf(directory);
    const to = readFileSync(wal(written)).byteLength;
    const watermark = readFileSync(join(acknowledged, 'meta/watermark')); // not yet rewritten when the batch was torn
    const outcomes = new Set<string>();
    for (let size = from; size <= to; size++) {
      const crashed = copyOf(written);
      truncateSync(wal(crashed), size);
      writeFileSync(join(crashed, 'meta/watermark'), watermark);
      outcomes.add(JSON.stringify(await reopen(crashed)));
    }
    expect(outcomes).toEqual(new Set([JSON.stringify(before), JSON.stringify(after)]));
  });

  it('while the hard state is rewritten leaves the old or the new one, at every byte', {
    timeout: 60_000,
  }, async () => {
    const directory = newDirectory();
    await using store = await openStore(directory);
    await fill(store, 1);
    const before = await contentOf(store);
    const unchanged = copyOf(directory);
    await store.saveHardState({ term: 2, vote: 2, promiseMs: 200 }, { signal });
    const after = await contentOf(store);
    const slot = readFileSync(join(directory, 'meta/slot-a'));
    const outcomes = new Set<string>();
    for (let size = 0; size <= slot.byteLength; size++) {
      const crashed = copyOf(unchanged);
      const old = readFileSync(join(crashed, 'meta/slot-a'));
      const torn = Buffer.concat([slot.subarray(0, size), old.subarray(size)]); // overwritten in place, not yet cut
      writeFileSync(join(crashed, 'meta/slot-a'), torn);
      outcomes.add(JSON.stringify(await reopen(crashed)));
    }
    expect(outcomes).toEqual(new Set([JSON.stringify(before), JSON.stringify(after)]));
  });

  it('between installing a snapshot and dropping the old log does not bring the old log back', async () => {
    const directory = newDirectory();
    const source = newDirectory();
    await using origin = await openStore(source);
    await fill(origin, 10);
    await using own = await origin.createSnapshot(metaAt(8), { signal });
    await own.write(Buffer.from('image'), { signal });
    const announced = await own.finish({ signal });
    await using store = await openStore(directory);
    await fill(store, 9);
    await using sink = await store.receiveSnapshot(announced, { signal });
    await sink.write(Buffer.from('image'), { signal });
    await sink.finish({ signal });
    const beforeDrop = copyOf(directory);
    await store.installSnapshot(announced, { signal });
    const crashed = copyOf(directory);
    rmSync(join(crashed, 'log'), { recursive: true });
    cpSync(join(beforeDrop, 'log'), join(crashed, 'log'), { recursive: true });
    expect(await reopen(crashed)).toEqual(await contentOf(store));
  });

  it('of the very first start, while the format was written, leaves a directory that opens as new', async () => {
    for (const torn of ['', formatLine(formatVersion).slice(0, 7)]) {
      const directory = newDirectory();
      writeFileSync(join(directory, 'FORMAT'), torn);
      expect(await reopen(directory)).toMatchObject({ state: { lastIndex: 0 } });
    }
  });

  it.each([
    { newest: 0 as const, stale: 'slot-b', kept: 'slot-a' },
    { newest: 1 as const, stale: 'slot-a', kept: 'slot-b' },
  ])('while the copies are made equal at open leaves the newest, in $kept', async ({ newest, stale, kept }) => {
    const directory = newDirectory();
    const store = await openStore(directory);
    await store[Symbol.asyncDispose]();
    const [meta] = await readSlots(join(directory, 'meta'));
    const broken = join(directory, 'broken');
    mkdirSync(broken);
    symlinkSync('/dev/null', join(broken, stale)); // cannot be cut to size: writing ends there
    writeFileSync(join(broken, kept), 'the newest');
    await expect(MetaFile.open(broken, meta as Meta, newest)).rejects.toThrow(/EINVAL|invalid/i);
    expect(readFileSync(join(broken, kept), 'utf8')).toBe('the newest');
  });

  it('before the first open finished leaves a directory that opens as new', async () => {
    const directory = newDirectory();
    await (await openStore(directory))[Symbol.asyncDispose]();
    const crashed = copyOf(directory);
    rmSync(join(crashed, 'meta/watermark'));
    writeFileSync(join(crashed, 'meta/slot-b'), 'torn');
    await using store = await openStore(crashed);
    expect(await store.load({ signal })).toMatchObject({ lastIndex: 0, hardState: { term: 0, vote: 0 } });
  });
});

describe('compaction', () => {
  it('forgets entries and older snapshots at once, and for good', async () => {
    const directory = newDirectory();
    await using store = await openStore(directory);
    await fill(store, 30);
    await snapshotAt(store, 10, 'ten');
    await snapshotAt(store, 20, 'twenty');
    await store.compact(16, { signal });
    await expect(store.read({ from: 15, to: 15, maxBytes: 1 }, { signal })).rejects.toMatchObject({
      code: 'STORAGE_OUT_OF_RANGE',
    });
    const found = await reopen(copyOf(directory));
    expect(found).toMatchObject({ state: { firstIndex: 16, lastIndex: 30, snapshot: { index: 20 } } });
    expect(filesIn(join(directory, 'snapshots'))).toHaveLength(1);
  });

  it('never goes beyond the newest snapshot', async () => {
    await using store = await openStore(newDirectory());
    await fill(store, 5);
    await snapshotAt(store, 3, 'three');
    await expect(store.compact(5, { signal })).rejects.toMatchObject({ code: 'STORAGE_OUT_OF_RANGE' });
  });
});

describe('bad directories', () => {
  it.each([
    { says: 'ENOSPC: no space left on device, write', code: 'STORAGE_FAILED', part: 'ran full' },
    { says: 'IO error: /data/corrupt-1/log/000003.log: Disk quota exceeded', code: 'STORAGE_FAILED', part: 'ran full' },
    { says: 'IO error: /data/corrupt-1/log/LOCK: Input/output error', code: 'STORAGE_FAILED', part: 'Input/output' },
    { says: 'Corruption: checksum mismatch', code: 'STORAGE_CORRUPT', part: 'checksum mismatch' },
  ])('are not told from their name: $says', ({ says, code, part }) => {
    const error = storageError('/data/corrupt-1', 'writing', new Error(says));
    expect(error).toMatchObject({ code, message: expect.stringContaining(part) });
  });

  it.each([
    { what: 'a file', files: ['photos.zip'], named: 'photos.zip' },
    { what: 'files beside a log', files: ['data.db', 'log/today'], named: 'data.db' },
    { what: 'files beside a format', files: ['FORMAT', 'data.db', 'meta/a'], named: 'data.db' },
  ])('of something else are refused and stay as they are: $what', async ({ files, named }) => {
    const directory = newDirectory();
    for (const file of files) {
      mkdirSync(dirname(join(directory, file)), { recursive: true });
      writeFileSync(join(directory, file), 'x');
    }
    await expect(openStore(directory)).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
      message: expect.stringMatching(
        `${directory} holds something else .*${named}.*; give the node an empty directory`,
      ),
    });
    expect(filesIn(directory)).toEqual(files.map((file) => join(directory, file)));
  });

  it("of another program's LevelDB are refused and stay as they are", async () => {
    const directory = newDirectory();
    const database = new ClassicLevel(directory);
    await database.put('theirs', 'value');
    await database.close();
    const before = filesIn(directory);
    await expect(openStore(directory)).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
      message: expect.stringContaining('holds something else'),
    });
    expect(filesIn(directory)).toEqual(before);
    const again = new ClassicLevel(directory);
    expect(await again.get('theirs')).toBe('value');
    await again.close();
  });

  it('of a newer format are refused, naming both versions', async () => {
    const directory = newDirectory();
    await (await openStore(directory))[Symbol.asyncDispose]();
    writeFileSync(join(directory, 'FORMAT'), formatLine(formatVersion + 1));
    await expect(openStore(directory)).rejects.toMatchObject({
      code: 'STORAGE_FORMAT_NEWER',
      message: expect.stringContaining(`format ${formatVersion + 1}`),
    });
  });

  it('open in another process are refused', async () => {
    const directory = newDirectory();
    const program = `
      const { openLevelLogStore } = await import(${JSON.stringify(new URL('../src/open-level-log-store.ts', import.meta.url).href)});
      const store = await openLevelLogStore({ directory: ${JSON.stringify(directory)} });
      console.log('open'); setInterval(() => {}, 1000);`;
    const other = spawn(process.execPath, ['--conditions=@k8sop/source', '--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(other.stdout, 'data');
      await expect(openStore(directory)).rejects.toMatchObject({
        code: 'STORAGE_FAILED',
        message: expect.stringContaining('another process'),
      });
    } finally {
      other.kill('SIGKILL');
      await once(other, 'exit');
    }
    await (await openStore(directory))[Symbol.asyncDispose](); // the lock went with its process
  });

  it('that lost their hard state beside a log are damaged, not new', async () => {
    const directory = newDirectory();
    const store = await openStore(directory);
    await fill(store, 3);
    await store[Symbol.asyncDispose]();
    rmSync(join(directory, 'meta'), { recursive: true });
    expect(await reopen(directory)).toEqual({ refused: 'STORAGE_CORRUPT' });
  });

  it('with an older hard state than was acknowledged are damaged: a vote must not be given twice', async () => {
    const directory = newDirectory();
    const store = await openStore(directory);
    await fill(store, 1);
    const old = copyOf(directory);
    await store.saveHardState({ term: 9, vote: 2, promiseMs: 150 }, { signal });
    await store[Symbol.asyncDispose]();
    for (const slot of ['slot-a', 'slot-b'])
      writeFileSync(join(directory, 'meta', slot), readFileSync(join(old, 'meta', slot)));
    expect(await reopen(directory)).toEqual({ refused: 'STORAGE_CORRUPT' });
  });

  it('are set aside whole, and the node starts as another member', async () => {
    const directory = newDirectory();
    const store = await openStore(directory);
    await fill(store, 3);
    const { identity } = await store.load({ signal });
    await store[Symbol.asyncDispose]();
    rmSync(join(directory, 'meta'), { recursive: true });
    const kept = await setAsideDataDirectory(directory);
    await using fresh = await openStore(directory);
    const state = await fresh.load({ signal });
    expect(state).toMatchObject({ lastIndex: 0, identity: { startCount: 1 } });
    expect(state.identity.uuid).not.toBe(identity.uuid);
    expect((await inspectDataDirectory(kept)).entryCount).toBe(3);
  });
});

describe('a full disk', () => {
  it('refuses a write before it begins, loses nothing, and goes on when there is room', async () => {
    const directory = newDirectory();
    let free = Number.MAX_SAFE_INTEGER;
    await using store = await openLevelLogStore({ directory, freeBytes: async () => free });
    await fill(store, 2);
    const before = await contentOf(store);
    free = reserveBytes + 1_000;
    const big = { ...entry(3, 1), data: new Uint8Array(8 * 1024 * 1024) };
    await expect(store.append({ truncateFrom: 0, entries: [big], commit: 0 }, { signal })).rejects.toMatchObject({
      code: 'STORAGE_FULL',
    });
    expect(await contentOf(store)).toEqual(before);
    free = Number.MAX_SAFE_INTEGER;
    await store.append({ truncateFrom: 0, entries: [entry(3, 1)], commit: 0 }, { signal });
    expect(await store.load({ signal })).toMatchObject({ lastIndex: 3 });
  });
});

describe('writes', () => {
  it('never overlap: the second is refused and writes nothing', async () => {
    await using store = await openStore(newDirectory());
    await store.saveHardState({ term: 1, vote: 0, promiseMs: 0 }, { signal });
    const first = store.append({ truncateFrom: 0, entries: [entry(1, 1)], commit: 0 }, { signal });
    await expect(
      store.append({ truncateFrom: 0, entries: [entry(1, 1, 'twin')], commit: 0 }, { signal }),
    ).rejects.toMatchObject({ code: 'STORAGE_BUSY' });
    await first;
    expect((await contentOf(store)).entries).toEqual(['1 1 command command 1']);
  });

  it.each([
    { why: 'a gap', batch: { truncateFrom: 0, entries: [entry(5, 1)], commit: 0 } },
    { why: 'a gap inside', batch: { truncateFrom: 0, entries: [entry(4, 1), entry(6, 1)], commit: 0 } },
    { why: 'a falling term', batch: { truncateFrom: 0, entries: [entry(4, 2), entry(5, 1)], commit: 0 } },
    { why: 'an entry that is there already', batch: { truncateFrom: 0, entries: [entry(3, 1)], commit: 0 } },
    { why: 'a truncation beyond the end', batch: { truncateFrom: 9, entries: [], commit: 0 } },
  ])('refuse $why and write nothing', async ({ batch }) => {
    await using store = await openStore(newDirectory());
    await fill(store, 3);
    await expect(store.append(batch, { signal })).rejects.toMatchObject({ code: 'STORAGE_OUT_OF_RANGE' });
    expect(await store.load({ signal })).toMatchObject({ lastIndex: 3 });
  });

  it('after dispose say that the store is closed', async () => {
    const store = await openStore(newDirectory());
    await store[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    await expect(store.load({ signal })).rejects.toMatchObject({ code: 'STORAGE_CLOSED' });
  });
});

describe('inspection', () => {
  it('tells what is there and changes no byte', async () => {
    const directory = newDirectory();
    const store = await openStore(directory);
    await fill(store, 4);
    await snapshotAt(store, 2, 'two');
    await store[Symbol.asyncDispose]();
    const bytes = (): string[] => filesIn(directory).map((path) => `${path} ${readFileSync(path).toString('base64')}`);
    const before = bytes();
    const report = await inspectDataDirectory(directory, { maxEntries: 2 });
    expect(report).toMatchObject({
      entryCount: 4,
      damaged: [],
      gaps: [],
      problems: [],
      slots: [{ snapshot: { index: 2 } }, {}],
    });
    expect(report.entries.map(({ index }) => index)).toEqual([3, 4]);
    expect(bytes()).toEqual(before);
  });
});
