import { expect, it } from 'vitest';
import { ScriptedCluster } from '../../src/testing/index.ts';

it('a voter that missed the last words of a removed leader learns from a refused pre-vote that it votes alone now', () => {
  const script = new ScriptedCluster({ voters: [1, 2] });
  script.elect(1);
  script.run(4);
  script.change(1, { transition: 'auto', steps: [{ type: 'remove', id: 1 }] });
  while (script.process(1));
  script.persist(1);
  script.deliver();
  script.process(2);
  script.persist(2);
  // An entry that only the old leader holds makes its log the longer one.
  script.propose(1, Uint8Array.of(1));
  script.process(1);
  script.persist(1);
  script.drop(({ from }) => from === 1);
  script.deliver();
  script.settle(({ from }) => from === 1);
  expect(script.status(1)).toMatchObject({ role: 'follower', commit: 3, lastIndex: 4 });
  expect(script.status(2)).toMatchObject({ commit: 2, lastIndex: 3 });
  script.run(100);
  expect(script.leader).toBe(2);
  expect(script.status(2).configuration.voters.map(({ id }) => id)).toEqual([2]);
});
