/** Snapshots and what they make superfluous; waits that are cancelled. */
import { codeOf } from '../suite-framework.ts';
import {
  append,
  bounds,
  configuration,
  contentOfSnapshot,
  filledTo,
  indexes,
  metaAt,
  receive,
  receivedAt,
  run,
  snapshotAt,
  wait,
  writeSnapshot,
} from './store-content.ts';
import type { StoreCase } from './log-store-suite.ts';

export const compactionCases: readonly StoreCase[] = [
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

export const snapshotCases: readonly StoreCase[] = [
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
    name: 'keeps a received snapshot while a snapshot of its own lets it compact',
    run: async (store, expect) => {
      await filledTo(store, 9);
      const ref = await receive(store, receivedAt(50), [9, 8, 7]);
      await snapshotAt(store, 8);
      await store.compact(5, wait);
      await store.installSnapshot(ref, wait);
      expect(await bounds(store)).toEqual([51, 50]);
      expect(await contentOfSnapshot(store, ref)).toEqual([9, 8, 7]);
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

export const waitingCases: readonly StoreCase[] = [
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
