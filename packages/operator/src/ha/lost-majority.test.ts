import type { Member } from '@k8sop/raft-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GenesisRecord } from './genesis-record.ts';
import { lostMajority, type LossVerdict, type SelfDescription } from './lost-majority.ts';

const clusterId = 'c';
const member = (id: number): Member => ({ id, uuid: `old-${id}` });

function recordOf(voters: readonly number[], pending: readonly number[] | null = null): GenesisRecord {
  return {
    clusterId,
    generation: 3,
    founder: member(1),
    voters: voters.map(member),
    pendingVoters: pending === null ? null : pending.map(member),
  };
}

const plain = { leaderId: 0, leaderSeenMsAgo: -1, promiseMs: 150 };
/** Started again with nothing. */
const fresh = (id: number): SelfDescription => ({
  ...plain,
  id,
  uuid: `new-${id}`,
  clusterId: '',
  generation: 0,
  empty: true,
});
/** The member it was. */
const member3 = (id: number, change: Partial<SelfDescription> = {}): SelfDescription => ({
  ...plain,
  id,
  uuid: `old-${id}`,
  clusterId,
  generation: 3,
  empty: false,
  ...change,
});
const led = (id: number): SelfDescription => member3(id, { leaderId: 2, leaderSeenMsAgo: 20 });

function verdictOn(record: GenesisRecord, answers: readonly SelfDescription[], heldMs = 300): LossVerdict {
  return lostMajority(record, { answers: new Map(answers.map((a) => [a.id, a])), heldMs, promiseMs: 150 });
}

describe('a lost majority', () => {
  it.each([
    { why: 'all three come back with nothing', voters: [1, 2, 3], answers: [fresh(1), fresh(2), fresh(3)], is: 'lost' },
    { why: 'two of three, the third silent', voters: [1, 2, 3], answers: [fresh(1), fresh(2)], is: 'lost' },
    {
      why: 'two of three, the third still there without a leader',
      voters: [1, 2, 3],
      answers: [fresh(1), fresh(2), member3(3, { leaderId: 2, leaderSeenMsAgo: 400 })],
      is: 'lost',
    },
    { why: 'the only voter of all', voters: [1], answers: [fresh(1), member3(2)], is: 'lost' },
    { why: 'one of two voters: the other can never win alone', voters: [1, 2], answers: [fresh(1)], is: 'lost' },
    { why: 'one of three', voters: [1, 2, 3], answers: [fresh(1), member3(2), member3(3)], is: 'alive' },
    { why: 'silence proves nothing', voters: [1, 2, 3], answers: [fresh(1)], is: 'alive' },
    { why: 'silence of all', voters: [1, 2, 3], answers: [], is: 'alive' },
    {
      why: 'a third one still hears a leader',
      voters: [1, 2, 3],
      answers: [fresh(1), fresh(2), led(3)],
      is: 'alive',
    },
    {
      why: 'a learner still hears a leader',
      voters: [1, 2, 3],
      answers: [fresh(1), fresh(2), led(7)],
      is: 'alive',
    },
    {
      why: 'a leader of another cluster counts for nothing',
      voters: [1, 2, 3],
      answers: [fresh(1), fresh(2), { ...led(3), clusterId: 'other' }],
      is: 'lost',
    },
    {
      why: 'empty under the same uuid: a founder that crashed before it began',
      voters: [1],
      answers: [{ ...fresh(1), uuid: 'old-1' }],
      is: 'alive',
    },
    {
      why: 'another uuid that is not empty: a replaced voter that the record lags behind',
      voters: [1, 2, 3],
      answers: [fresh(1), member3(2, { uuid: 'new-2' }), member3(3)],
      is: 'alive',
    },
    {
      why: 'somebody is of the next generation: the record read is old',
      voters: [1, 2, 3],
      answers: [fresh(1), fresh(2), member3(3, { generation: 4 })],
      is: 'alive',
    },
  ])('$is: $why', ({ voters, answers, is }) => {
    expect(verdictOn(recordOf(voters), answers).type).toBe(is);
  });

  it('is not proven by an answer under another id than asked', () => {
    const answers = new Map([[1, fresh(2)]]); // an address that leads elsewhere
    expect(lostMajority(recordOf([1]), { answers, heldMs: 300, promiseMs: 150 }).type).toBe('alive');
  });

  it('must hold for voters and for those of a pending change', () => {
    const answers = [fresh(1), fresh(2), member3(3), member3(4), member3(5)];
    expect(verdictOn(recordOf([1, 2, 3], [1, 2, 3, 4, 5]), answers).type).toBe('alive');
    expect(verdictOn(recordOf([1, 2, 3, 4, 5], [1, 2, 3]), answers).type).toBe('alive');
    expect(verdictOn(recordOf([1, 2, 3], [1, 2]), answers).type).toBe('lost');
  });

  it('must hold for twice the longest promise', () => {
    const answers = [fresh(1), fresh(2), fresh(3)];
    const record = recordOf([1, 2, 3]);
    expect(verdictOn(record, answers, 299).type).toBe('suspected');
    expect(verdictOn(record, answers, 300).type).toBe('lost');
    const slow = [...answers, member3(4, { promiseMs: 1_000 })];
    expect(verdictOn(record, slow, 1_999).type).toBe('suspected');
    expect(verdictOn(record, slow, 2_000).type).toBe('lost');
  });

  it('is told in one sentence', () => {
    expect(verdictOn(recordOf([1, 2, 3]), [fresh(1), member3(2)]).why).toBe(
      'of the voters 0, 1, 2, lost: 0; silent: 2',
    );
  });

  it('is declared exactly when no quorum could ever elect again', () => {
    const ids = [1, 2, 3, 4, 5];
    const state = fc.constantFrom<State>('member', 'fresh', 'silent');
    const subset = fc.subarray(ids, { minLength: 1 });
    fc.assert(
      fc.property(fc.tuple(state, state, state, state, state), subset, fc.option(subset), (states, voters, pending) => {
        const answers = ids.flatMap((id) => answerOf[states[id - 1] as State](id));
        const { type } = verdictOn(recordOf(voters, pending), answers, 1e9);
        expect(type).toBe(expectedVerdict(states, voters, pending));
      }),
      { numRuns: 500 },
    );
  });
});

type State = 'member' | 'fresh' | 'silent';

const answerOf: Readonly<Record<State, (id: number) => readonly SelfDescription[]>> = {
  member: (id) => [member3(id)],
  fresh: (id) => [fresh(id)],
  silent: () => [],
};

/** Whoever is silent may come back with its votes; whoever is fresh never will. */
function expectedVerdict(
  states: readonly State[],
  voters: readonly number[],
  pending: readonly number[] | null,
): LossVerdict['type'] {
  const canElect = (among: readonly number[]): boolean =>
    among.filter((id) => states[id - 1] !== 'fresh').length * 2 > among.length;
  return canElect(voters) || (pending !== null && canElect(pending)) ? 'alive' : 'lost';
}
