/**
 * The run a piece of code belongs to, through asynchronous calls: libraries that know nothing of `Context` can still
 * put the reconcile id into their log lines.
 */

import { AsyncLocalStorage } from 'node:async_hooks';

/** Identity of a run. */
export interface ReconcileScope {
  readonly controller: string;
  readonly reconcileId: string;
}

const storage: AsyncLocalStorage<ReconcileScope> = new AsyncLocalStorage();

/** The run around the caller; undefined outside of one. */
export function currentReconcile(): ReconcileScope | undefined {
  return storage.getStore();
}

/** Runs `fn` inside `scope`. */
export function runInScope<T>(scope: ReconcileScope, fn: () => T): T {
  return storage.run(scope, fn);
}
