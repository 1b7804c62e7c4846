/**
 * What every `LogStore` owes, as tests for any framework: an adapter supplies a factory and tests only its own risks.
 * After each case the store is opened again and must hold the very same.
 */
import { configurationOf, encodeConfiguration, type Configuration } from '../configuration.ts';
import type { Entry } from '../entry.ts';
import type { LogIndex, Term } from '../ids.ts';
import type { LogStore } from '../ports/log-store.ts';
import type { SnapshotMeta, SnapshotRef } from '../snapshot.ts';
import { crc32 } from '../memory/crc32.ts';
import { codeOf, type SuiteFramework } from './suite-framework.ts';

/** A fresh, empty store, and a way to close and open it again on the same storage. */
export interface StoreFixture {
  readonly store: LogStore;
  reopen(): Promise<LogStore>;
}

interface StoreCase {
  readonly name: string;
  readonly run: (store: LogStore, expect: SuiteFramework['expect']) => Promise<void>;
}

const { signal } = new AbortController();
const wait = { signal };
const unlimited = 1_000_000_000;
const configuration: Configuration = configurationOf(
  [
    { id: 1, uuid: 'a' },
    { id: 2, uuid: 'b' },
  ],
  [{ id: 3, uuid: 'c' }],
);

/** Registers the suite. `open` is called once per case. */
export function logStoreSuite(framework: SuiteFramework, open: () => Promise<StoreFixture>): void {
  const { describe, it, expect } = framework;
  for (const [group, cases] of Object.entries(groups)) {
    describe(group, () => {
      for (const { name, run } of cases) {
        it(name, async () => {
          const fixture = await open();
          if (cases !== start) await fixture.store.saveHardState({ term: 9, vote: 1, promiseMs: 150 }, wait);
          await run(fixture.store, expect);
          const before = await contentOf(fixture.store);
          const reopened = await fixture.reopen();
          expect(await contentOf(reopened)).toEqual(before);
          await reopened[Symbol.asyncDispose]();
          expect(await codeOf(reopened.load(wait))).toEqual('STORAGE_CLOSED');
        });
      }
    });
  }
}

const start: readonly StoreCase[] = [
  {
    name: 'begins empty, with a uuid and the first start counted',
    run: async (store, expect) => {
      const { identity, ...state } = await store.load(wait);
      expect(state).toEqual({
        hardState: { term: 0, vote: 0, promiseMs: 0 },
        snapshot: null,
        firstIndex: 1,
        lastIndex: 0,
        commit: 0,
      });
      expect([identity.startCount, identity.clusterId, identity.generation]).toEqual([1, '', 0]);
    },
  },
  {
    name: 'keeps the cluster',
    run: async (store, expect) => {
      await store.saveCluster({ clusterId: 'k', generation: 2 }, wait);
      const { identity } = await store.load(wait);
      expect([identity.clusterId, identity.generation]).toEqual(['k', 2]);
    },
  },
  {
    name: 'replaces the hard state as a whole',
    run: async (store, expect) => {
      await store.saveHardState({ term: 3, vote: 2, promiseMs: 150 }, wait);
      await store.saveHardState({ term: 4, vote: 0, promiseMs: 300 }, wait);
      expect((await store.load(wait)).hardState).toEqual({ term: 4, vote: 0, promiseMs: 300 });
    },
  },
  {
    name: 'keeps terms, votes and promises up to the largest safe integer',
    run: async (store, expect) => {
      const hardState = { term: Number.MAX_SAFE_INTEGER, vote: 7, promiseMs: 10_000 };
      await store.saveHardState(hardState, wait);
      expect((await store.load(wait)).hardState).toEqual(hardState);
    },
  },
  {
    name: 'keeps a fractional promise',
    run: async (store, expect) => {
      await store.saveHardState({ term: 1, vote: 1, promiseMs: 150.5 }, wait);
      expect((await store.load(wait)).hardState.promiseMs).toEqual(150.5);
    },
  },
  {
    name: 'never gives a commit hint above the last index',
    run: async (store, expect) => {
      await store.saveHardState({ term: 1, vote: 0, promiseMs: 0 }, wait);
      await store.append({ truncateFrom: 0, entries: run(1, 5), commit: 99 }, wait);
      const { commit, lastIndex } = await store.load(wait);
      expect(commit <= lastIndex).toEqual(true);
    },
  },
];

const log: readonly StoreCase[] = [
  ...[1, 2, 20, 300].map(
    (count): StoreCase => ({
      name: `appends ${count} at once`,
      run: async (store, expect) => {
        await append(store, run(1, count));
        expect(await bounds(store)).toEqual([1, count]);
        expect(await indexes(store, 1, count)).toEqual(run(1, count).map(({ index }) => index));
      },
    }),
  ),
  {
    name: 'appends batch after batch',
    run: async (store, expect) => {
      for (const index of [1, 2, 3]) await append(store, run(index, index));
      expect(await indexes(store, 1, 3)).toEqual([1, 2, 3]);
    },
  },
  {
    name: 'keeps every type, term and byte',
    run: async (store, expect) => {
      const entries: readonly Entry[] = [
        { index: 1, term: 1, type: 'configuration', data: encodeConfiguration(configuration) },
        { index: 2, term: 1, type: 'empty', data: new Uint8Array(0) },
        { index: 3, term: 4, type: 'command', data: Uint8Array.from({ length: 256 }, (_, i) => i) },
        { index: 4, term: 9, type: 'timing', data: Uint8Array.of(0, 0, 0, 150, 0, 0, 0, 30) },
      ];
      await append(store, entries);
      const found = await store.read({ from: 1, to: 4, maxBytes: unlimited }, wait);
      expect(found.map(plain)).toEqual(entries.map(plain));
    },
  },
  {
    name: 'keeps an entry of a mebibyte',
    run: async (store, expect) => {
      const data = new Uint8Array(1024 * 1024).fill(7);
      await append(store, [{ index: 1, term: 1, type: 'command', data }]);
      const [entry] = await store.read({ from: 1, to: 1, maxBytes: 1 }, wait);
      expect([entry?.data.byteLength, entry?.data.every((byte) => byte === 7)]).toEqual([data.byteLength, true]);
    },
  },
  {
    name: 'refuses a gap and writes nothing',
    run: async (store, expect) => {
      await append(store, run(1, 3));
      expect(await codeOf(append(store, run(5, 6)))).toEqual('STORAGE_OUT_OF_RANGE');
      expect(await bounds(store)).toEqual([1, 3]);
    },
  },
  {
    name: 'refuses to overwrite without truncating',
    run: async (store, expect) => {
      await append(store, run(1, 3));
      expect(await codeOf(append(store, run(2, 4, 2)))).toEqual('STORAGE_OUT_OF_RANGE');
      expect(await terms(store, 1, 3)).toEqual([1, 1, 1]);
    },
  },
  {
    name: 'refuses a second write while one is under way, and finishes the first',
    run: async (store, expect) => {
      const first = append(store, run(1, 2));
      const second = codeOf(append(store, run(3, 4)));
      const third = codeOf(store.saveHardState({ term: 10, vote: 9, promiseMs: 150 }, wait));
      await first;
      expect([await second, await third]).toEqual(['STORAGE_BUSY', 'STORAGE_BUSY']);
      expect(await bounds(store)).toEqual([1, 2]);
      expect((await store.load(wait)).hardState.term).toEqual(9);
    },
  },
];

const truncation: readonly StoreCase[] = [
  ...[11, 6, 5, 1].map(
    (from): StoreCase => ({
      name: `truncates ten entries from ${from}`,
      run: async (store, expect) => {
        await append(store, run(1, 10));
        await store.append({ truncateFrom: from, entries: [], commit: 0 }, wait);
        expect(await bounds(store)).toEqual([1, from - 1]);
      },
    }),
  ),
  {
    name: 'replaces a tail by another in one write',
    run: async (store, expect) => {
      await append(store, run(1, 10));
      await store.append({ truncateFrom: 5, entries: run(5, 6, 2), commit: 4 }, wait);
      expect(await terms(store, 1, 6)).toEqual([1, 1, 1, 1, 2, 2]);
      expect(await bounds(store)).toEqual([1, 6]);
    },
  },
  {
    name: 'replaces a tail by a longer one, twice',
    run: async (store, expect) => {
      await append(store, run(1, 3));
      await store.append({ truncateFrom: 2, entries: run(2, 6, 2), commit: 0 }, wait);
      await store.append({ truncateFrom: 4, entries: run(4, 8, 3), commit: 0 }, wait);
      expect(await terms(store, 1, 8)).toEqual([1, 2, 2, 3, 3, 3, 3, 3]);
    },
  },
  {
    name: 'does not truncate what belongs to a gap-leaving batch',
    run: async (store, expect) => {
      await append(store, run(1, 5));
      const gap = store.append({ truncateFrom: 3, entries: run(4, 5, 2), commit: 0 }, wait);
      expect(await codeOf(gap)).toEqual('STORAGE_OUT_OF_RANGE');
      expect(await terms(store, 1, 5)).toEqual([1, 1, 1, 1, 1]);
    },
  },
  {
    name: 'refuses to truncate below the first entry',
    run: async (store, expect) => {
      await filledTo(store, 10);
      await snapshotAt(store, 6);
      await store.compact(7, wait);
      const below = store.append({ truncateFrom: 4, entries: [], commit: 0 }, wait);
      expect(await codeOf(below)).toEqual('STORAGE_OUT_OF_RANGE');
      expect(await bounds(store)).toEqual([7, 10]);
    },
  },
];

const reading: readonly StoreCase[] = [
  ...(
    [
      [1, 1, [1]],
      [1, 10, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
      [4, 7, [4, 5, 6, 7]],
      [10, 10, [10]],
      [9, 99, [9, 10]],
    ] as const
  ).map(
    ([from, to, found]): StoreCase => ({
      name: `reads ${from} to ${to} of ten`,
      run: async (store, expect) => {
        await append(store, run(1, 10));
        expect(await indexes(store, from, to)).toEqual(found);
      },
    }),
  ),
  {
    name: 'stops at the byte limit, never before one entry',
    run: async (store, expect) => {
      await append(store, run(1, 10));
      const counts: number[] = [];
      for (const maxBytes of [0, 1, 4, 8, 11, 12]) {
        counts.push((await store.read({ from: 1, to: 10, maxBytes }, wait)).length);
      }
      expect(counts).toEqual([1, 1, 1, 2, 2, 3]);
    },
  },
  ...[0, 11].map(
    (from): StoreCase => ({
      name: `refuses to read from ${from} of ten`,
      run: async (store, expect) => {
        await append(store, run(1, 10));
        expect(await codeOf(store.read({ from, to: 12, maxBytes: unlimited }, wait))).toEqual('STORAGE_OUT_OF_RANGE');
      },
    }),
  ),
  {
    name: 'refuses to read an empty log',
    run: async (store, expect) => {
      expect(await codeOf(store.read({ from: 1, to: 1, maxBytes: 1 }, wait))).toEqual('STORAGE_OUT_OF_RANGE');
    },
  },
  {
    name: 'reads beside a write',
    run: async (store, expect) => {
      await append(store, run(1, 5));
      const writing = append(store, run(6, 9));
      expect(await indexes(store, 1, 5)).toEqual([1, 2, 3, 4, 5]);
      await writing;
      expect(await indexes(store, 6, 9)).toEqual([6, 7, 8, 9]);
    },
  },
];

const compaction: readonly StoreCase[] = [
  ...[1, 6, 20].map(
    (firstIndex): StoreCase => ({
      name: `discards what lies below ${firstIndex}`,
      run: async (store, expect) => {
        await filledTo(store, 20);
        await snapshotAt(store, 19);
        await store.compact(firstIndex, wait);
        expect(await bounds(store)).toEqual([firstIndex, 20]);
        const below = store.read({ from: firstIndex - 1, to: 20, maxBytes: 1 }, wait);
        expect(await codeOf(below)).toEqual('STORAGE_OUT_OF_RANGE');
      },
    }),
  ),
  {
    name: 'refuses to discard what no snapshot holds',
    run: async (store, expect) => {
      await filledTo(store, 10);
      await snapshotAt(store, 5);
      expect(await codeOf(store.compact(7, wait))).toEqual('STORAGE_OUT_OF_RANGE');
      expect(await bounds(store)).toEqual([1, 10]);
    },
  },
  {
    name: 'discards the whole log and appends after it',
    run: async (store, expect) => {
      await filledTo(store, 10);
      await snapshotAt(store, 10);
      await store.compact(11, wait);
      expect(await bounds(store)).toEqual([11, 10]);
      await append(store, run(11, 12));
      expect(await indexes(store, 11, 12)).toEqual([11, 12]);
    },
  },
  {
    name: 'never brings discarded entries back',
    run: async (store, expect) => {
      await filledTo(store, 10);
      await snapshotAt(store, 8);
      await store.compact(9, wait);
      await store.compact(4, wait);
      expect(await bounds(store)).toEqual([9, 10]);
    },
  },
];

const snapshots: readonly StoreCase[] = [
  {
    name: 'keeps membership, learners included, and timing',
    run: async (store, expect) => {
      await filledTo(store, 4);
      const timing = { electionTimeoutMs: 300, heartbeatMs: 60 };
      const ref = await writeSnapshot(store, { ...metaAt(4), timing }, [1, 2, 3]);
      expect((await store.load(wait)).snapshot).toEqual(ref);
      expect([ref.configuration, ref.timing]).toEqual([configuration, timing]);
    },
  },
  {
    name: 'keeps an empty image and one of many chunks',
    run: async (store, expect) => {
      await filledTo(store, 4);
      expect(await contentOfSnapshot(store, await writeSnapshot(store, metaAt(2), []))).toEqual([]);
      const long = Array.from({ length: 200_000 }, (_, i) => i % 251);
      expect(await contentOfSnapshot(store, await writeSnapshot(store, metaAt(4), long))).toEqual(long);
    },
  },
  {
    name: 'shows the newest snapshot',
    run: async (store, expect) => {
      await filledTo(store, 9);
      await snapshotAt(store, 3);
      await snapshotAt(store, 7);
      expect((await store.load(wait)).snapshot?.index).toEqual(7);
    },
  },
  {
    name: 'forgets a snapshot that was not finished',
    run: async (store, expect) => {
      await filledTo(store, 9);
      for (const end of ['abort', 'dispose'] as const) {
        const sink = await store.createSnapshot(metaAt(5), wait);
        await sink.write(Uint8Array.of(1), wait);
        await (end === 'abort' ? sink.abort() : sink[Symbol.asyncDispose]());
      }
      expect((await store.load(wait)).snapshot).toEqual(null);
    },
  },
  {
    name: 'installs a received snapshot: log gone, first entry after it',
    run: async (store, expect) => {
      await filledTo(store, 3);
      const ref = await receive(store, receivedAt(50), [9, 8, 7]);
      expect(await bounds(store)).toEqual([1, 3]);
      await store.installSnapshot(ref, wait);
      expect(await bounds(store)).toEqual([51, 50]);
      expect((await store.load(wait)).snapshot).toEqual(ref);
      expect(await contentOfSnapshot(store, ref)).toEqual([9, 8, 7]);
      await append(store, run(51, 52));
      expect(await indexes(store, 51, 52)).toEqual([51, 52]);
    },
  },
  {
    name: 'installs a snapshot twice as once',
    run: async (store, expect) => {
      const ref = await receive(store, receivedAt(5), [9, 8, 7]);
      await store.installSnapshot(ref, wait);
      await store.installSnapshot(ref, wait);
      expect(await bounds(store)).toEqual([6, 5]);
    },
  },
  {
    name: 'refuses to install what was not received',
    run: async (store, expect) => {
      await filledTo(store, 3);
      expect(await codeOf(store.installSnapshot(receivedAt(50), wait))).toEqual('STORAGE_OUT_OF_RANGE');
      expect(await bounds(store)).toEqual([1, 3]);
    },
  },
  {
    name: 'refuses a received snapshot that differs from its announcement',
    run: async (store, expect) => {
      expect(await codeOf(receive(store, receivedAt(5), [9, 8, 6]))).toEqual('RAFT_SNAPSHOT_MISMATCH');
      expect(await codeOf(receive(store, receivedAt(5), [9, 8]))).toEqual('RAFT_SNAPSHOT_MISMATCH');
      await receive(store, receivedAt(5), [9, 8, 7]);
    },
  },
  {
    name: 'keeps a snapshot readable while a newer one replaces it',
    run: async (store, expect) => {
      await filledTo(store, 9);
      const source = await store.openSnapshot(await writeSnapshot(store, metaAt(3), [1, 2]), wait);
      await snapshotAt(store, 9);
      await store.compact(10, wait);
      expect([...(await source.read(0, 10, wait))]).toEqual([1, 2]);
      await source[Symbol.asyncDispose]();
    },
  },
  {
    name: 'refuses to open what it does not have',
    run: async (store, expect) => {
      expect(await codeOf(store.openSnapshot(receivedAt(5), wait))).toEqual('STORAGE_OUT_OF_RANGE');
    },
  },
];

const waiting: readonly StoreCase[] = [
  {
    name: 'begins nothing once the signal has aborted',
    run: async (store, expect) => {
      const controller = new AbortController();
      controller.abort(new Error('enough'));
      const aborted = { signal: controller.signal };
      const outcomes = [
        await codeOf(store.saveHardState({ term: 10, vote: 1, promiseMs: 150 }, aborted)),
        await codeOf(store.append({ truncateFrom: 0, entries: run(1, 1), commit: 0 }, aborted)),
      ];
      expect(outcomes).toEqual(['Error: enough', 'Error: enough']);
      expect(await bounds(store)).toEqual([1, 0]);
    },
  },
];

const groups: Readonly<Record<string, readonly StoreCase[]>> = {
  'state at start': start,
  append: log,
  truncate: truncation,
  read: reading,
  compact: compaction,
  snapshot: snapshots,
  wait: waiting,
};

/** Entries `from..to` of one term, four bytes each. */
function run(from: LogIndex, to: LogIndex, term: Term = 1): readonly Entry[] {
  return Array.from({ length: to - from + 1 }, (_, i) => {
    const index = from + i;
    return { index, term, type: 'command', data: Uint8Array.of(term, 0, index >>> 8, index & 255) };
  });
}

function metaAt(index: LogIndex): SnapshotMeta {
  return { index, term: 1, configuration, timing: null };
}

/** Announcement of the bytes 9, 8, 7. */
function receivedAt(index: LogIndex): SnapshotRef {
  return { ...metaAt(index), sizeBytes: 3, checksum: crc32(Uint8Array.of(9, 8, 7)) };
}

async function append(store: LogStore, entries: readonly Entry[]): Promise<void> {
  await store.append({ truncateFrom: 0, entries, commit: 0 }, wait);
}

async function filledTo(store: LogStore, to: LogIndex): Promise<void> {
  await append(store, run(1, to));
}

async function writeSnapshot(store: LogStore, meta: SnapshotMeta, bytes: readonly number[]): Promise<SnapshotRef> {
  const sink = await store.createSnapshot(meta, wait);
  for (let at = 0; at < bytes.length; at += 65_536) {
    await sink.write(Uint8Array.from(bytes.slice(at, at + 65_536)), wait);
  }
  const ref = await sink.finish(wait);
  await sink[Symbol.asyncDispose]();
  return ref;
}

async function snapshotAt(store: LogStore, index: LogIndex): Promise<void> {
  await writeSnapshot(store, metaAt(index), [index]);
}

async function receive(store: LogStore, announced: SnapshotRef, bytes: readonly number[]): Promise<SnapshotRef> {
  const sink = await store.receiveSnapshot(announced, wait);
  try {
    await sink.write(Uint8Array.from(bytes), wait);
    return await sink.finish(wait);
  } finally {
    await sink[Symbol.asyncDispose]();
  }
}

async function contentOfSnapshot(store: LogStore, ref: SnapshotRef): Promise<readonly number[]> {
  const source = await store.openSnapshot(ref, wait);
  const bytes: number[] = [];
  for (;;) {
    const chunk = await source.read(bytes.length, 50_000, wait);
    if (chunk.byteLength === 0) break;
    for (const byte of chunk) bytes.push(byte);
  }
  await source[Symbol.asyncDispose]();
  return bytes;
}

async function bounds(store: LogStore): Promise<readonly LogIndex[]> {
  const { firstIndex, lastIndex } = await store.load(wait);
  return [firstIndex, lastIndex];
}

async function indexes(store: LogStore, from: LogIndex, to: LogIndex): Promise<readonly LogIndex[]> {
  return (await store.read({ from, to, maxBytes: unlimited }, wait)).map(({ index }) => index);
}

async function terms(store: LogStore, from: LogIndex, to: LogIndex): Promise<readonly Term[]> {
  return (await store.read({ from, to, maxBytes: unlimited }, wait)).map(({ term }) => term);
}

function plain({ index, term, type, data }: Entry): readonly unknown[] {
  return [index, term, type, [...data]];
}

/** Everything but the start count and the commit hint, which may differ after a restart. */
async function contentOf(store: LogStore): Promise<unknown> {
  const { identity, commit: _, ...state } = await store.load(wait);
  const { firstIndex: from, lastIndex: to } = state;
  const entries = to < from ? [] : await store.read({ from, to, maxBytes: unlimited }, wait);
  const { uuid, clusterId, generation } = identity;
  return { state, identity: { uuid, clusterId, generation }, entries: entries.map(plain) };
}
