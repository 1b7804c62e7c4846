/** The memory store keeps the contract of the storage port. */
import { describe, expect, it } from 'vitest';
import { openMemoryLogStore } from '../../src/memory/memory-log-store.ts';
import { logStoreSuite } from '../../src/testing/index.ts';

logStoreSuite({ describe, it, expect }, async () => {
  const store = openMemoryLogStore({ uuid: 'disk' });
  return { store, reopen: async () => store.reopen() };
});
