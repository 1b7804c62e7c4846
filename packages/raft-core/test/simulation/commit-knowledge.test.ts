/** Found by simulation: whole clusters that stood still because a membership was in force at some and unknown to others. */
import { expect, it } from 'vitest';
import { ScriptedCluster, scriptedUuid } from '../../src/testing/index.ts';

it('lets a voter that does not know its own promotion learn it from the candidate it refuses', () => {
  const script = new ScriptedCluster({ voters: [1], learners: [2] });
  script.elect(1);
  script.change(1, { transition: 'auto', steps: [{ type: 'addVoter', member: { id: 2, uuid: scriptedUuid(2) } }] });
  script.settle();
  script.compact(1, script.status(1).applied + 1);

  // One more entry reaches only the follower's disk; then both die, and the follower forgets what was committed.
  script.propose(1, Uint8Array.of(1));
  script.process(1);
  script.deliver();
  script.process(2);
  script.persist(2);
  script.drop();
  script.restart(1);
  script.restart(2);
  script.settle();
  expect(script.status(1).lastIndex).toBeLessThan(script.status(2).lastIndex);
  expect(script.status(2).configuration.voters.map(({ id }) => id)).toEqual([1]);

  script.elect(1);
  expect(script.leader).toBe(0);
  expect(script.status(2).configuration.voters.map(({ id }) => id)).toEqual([1, 2]);
  script.elect(2);
  expect(script.leader).toBe(2);
});
