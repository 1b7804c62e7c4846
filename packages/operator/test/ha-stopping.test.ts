/** Replicas that all stop at the same moment: nobody can take over, so nobody is waited for. */
import type { RaftConfig } from '@k8sop/operator';
import { describe, expect, it } from 'vitest';
import { NodeGroup } from './node-group.ts';

const electionTimeoutMs = 4_000;

describe('a whole cluster that stops at once', () => {
  it.each(['level', 'memory'] as const)(
    'ends without the four election timeouts that a hand-over may take: %s',
    async (storage) => {
      await using group = await NodeGroup.open(3);
      const patient = (ordinal: number): RaftConfig =>
        group.config(ordinal).electionTimeout(`${electionTimeoutMs}ms`).heartbeat('100ms');
      await Promise.all([0, 1, 2].map((ordinal) => group.start(ordinal, storage, patient(ordinal))));
      await group.membership([0, 1, 2]);
      const startedMs = performance.now();
      await Promise.all([0, 1, 2].map((ordinal) => group.stop(ordinal)));
      expect(performance.now() - startedMs).toBeLessThan(2 * electionTimeoutMs);
    },
    90_000,
  );
});
