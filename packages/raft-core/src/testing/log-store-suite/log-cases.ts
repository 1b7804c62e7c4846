/** Entries: appended, truncated, read. */
import { encodeConfiguration } from '../../configuration.ts';
import type { Entry } from '../../entry.ts';
import { codeOf } from '../suite-framework.ts';
import {
  append,
  bounds,
  configuration,
  filledTo,
  indexes,
  plain,
  run,
  snapshotAt,
  terms,
  unlimited,
  wait,
} from './store-content.ts';
import type { StoreCase } from './log-store-suite.ts';

export const logCases: readonly StoreCase[] = [
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

export const truncationCases: readonly StoreCase[] = [
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

export const readingCases: readonly StoreCase[] = [
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
