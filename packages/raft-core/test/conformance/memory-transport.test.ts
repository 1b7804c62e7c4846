/** The memory transport keeps the contract of the transport port. */
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { MemoryNetwork, transportSuite } from '../../src/testing/index.ts';

transportSuite({ describe, it, expect }, () => {
  const network = new MemoryNetwork();
  return {
    create: (id) => network.transport(id),
    started: () => {},
    turn: async () => {
      await setImmediate();
    },
  };
});
