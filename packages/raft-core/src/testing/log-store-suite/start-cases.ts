/** What a store holds before anything was written, and what names it. */
import { run, wait } from './store-content.ts';
import type { StoreCase } from './log-store-suite.ts';

export const startCases: readonly StoreCase[] = [
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
