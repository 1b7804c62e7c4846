/** Found by simulation: an answer to a round with a short promise was counted for an earlier round with a long one. */
import { expect, it } from 'vitest';
import { ScriptedCluster } from '../../src/testing/index.ts';

/** Sends what node 1 has to say to `to` alone and brings back the answer. */
function exchange(script: ScriptedCluster, to: number): void {
  script.process(1);
  script.deliver((message) => message.to === to);
  script.process(to);
  script.persist(to);
  script.process(to);
  script.deliver((message) => message.to === 1);
}

it('gives a lease no longer than the promise of every member of its quorum', () => {
  const script = new ScriptedCluster({ voters: [1, 2, 3, 4, 5], core: { electionTimeoutMs: 1000, heartbeatMs: 30 } });
  script.elect(1);
  script.proposeTiming(1, { electionTimeoutMs: 150, heartbeatMs: 30 });
  script.process(1);
  script.persist(1);
  exchange(script, 2);
  exchange(script, 4);
  script.drop();

  // A round of the long promise reaches node 2 alone, then one of the short promise node 4 alone.
  script.tick(20, [1]);
  script.process(1);
  exchange(script, 2);
  script.drop();
  script.apply(1);
  script.tick(3, [1]);
  exchange(script, 4);
  script.process(1);

  expect(script.status(1).timing.electionTimeoutMs).toBe(150);
  const promisedUntilMs = script.nowMs + script.status(4).promiseLeftMs;
  expect(script.node(1).leases.at(-1)?.validUntilMs).toBeLessThanOrEqual(promisedUntilMs);
});
