/** Found by simulation: a lease that outlived its promises, because timing changed within one round. */
import { expect, it } from 'vitest';
import { ScriptedCluster } from '../../src/testing/index.ts';
import type { Message } from '../../src/message.ts';

/** Promise lengths asked for, by round. */
function promisesByRound(messages: readonly Message[]): ReadonlyMap<number, ReadonlySet<number>> {
  const rounds = new Map<number, Set<number>>();
  for (const message of messages) {
    const asked = 'promiseMs' in message ? [message] : [];
    for (const { round, promiseMs } of asked) rounds.set(round, (rounds.get(round) ?? new Set()).add(promiseMs));
  }
  return rounds;
}

it('asks for one length of promise per round, even when timing changes within a millisecond', () => {
  const script = new ScriptedCluster({ voters: [1, 2, 3] });
  const sent: Message[] = [];
  script.elect(1);
  for (const electionTimeoutMs of [1000, 150]) {
    script.proposeTiming(1, { electionTimeoutMs, heartbeatMs: 30 });
    script.settle((message) => {
      sent.push(message);
      return false;
    });
    script.propose(1, Uint8Array.of(1));
    script.settle((message) => {
      sent.push(message);
      return false;
    });
  }
  const lengths = [...promisesByRound(sent).values()].map((promises) => promises.size);
  expect(JSON.stringify(sent)).toContain('"promiseMs":1000');
  expect(new Set(lengths)).toEqual(new Set([1]));
});
