/**
 * What every `LogStore` owes, as tests for any framework: an adapter supplies a factory and tests only its own risks.
 * After each case the store is opened again and must hold the very same.
 */
import type { LogStore } from '../../ports/log-store.ts';
import { codeOf, type SuiteFramework } from '../suite-framework.ts';
import { logCases, readingCases, truncationCases } from './log-cases.ts';
import { compactionCases, snapshotCases, waitingCases } from './snapshot-cases.ts';
import { startCases } from './start-cases.ts';
import { contentOf, wait } from './store-content.ts';

/** A fresh, empty store, and a way to close and open it again on the same storage. */
export interface StoreFixture {
  readonly store: LogStore;
  reopen(): Promise<LogStore>;
}

/** One case. */
export interface StoreCase {
  readonly name: string;
  readonly run: (store: LogStore, expect: SuiteFramework['expect']) => Promise<void>;
}

/** Registers the suite. `open` is called once per case. */
export function logStoreSuite(framework: SuiteFramework, open: () => Promise<StoreFixture>): void {
  const { describe, it, expect } = framework;
  for (const [group, cases] of Object.entries(groups)) {
    describe(group, () => {
      for (const { name, run } of cases) {
        it(name, async () => {
          const fixture = await open();
          if (cases !== startCases) await fixture.store.saveHardState({ term: 9, vote: 1, promiseMs: 150 }, wait);
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

const groups: Readonly<Record<string, readonly StoreCase[]>> = {
  'state at start': startCases,
  append: logCases,
  truncate: truncationCases,
  read: readingCases,
  compact: compactionCases,
  snapshot: snapshotCases,
  wait: waitingCases,
};
