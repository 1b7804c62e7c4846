/** The store on disk keeps the contract of the storage port. */
import { logStoreSuite } from '@k8sop/raft-core/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { newDirectory, openStore, removeDirectories } from './data-directory.ts';

afterAll(removeDirectories);

logStoreSuite({ describe, it, expect }, async () => {
  const directory = newDirectory();
  const store = await openStore(directory);
  const reopen = async (): ReturnType<typeof openStore> => {
    await store[Symbol.asyncDispose]();
    return await openStore(directory);
  };
  return { store, reopen };
});
