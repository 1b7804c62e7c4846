import { type ChangeStep, configurationOf, type Member } from '@k8sop/raft-core';
import { describe, expect, it } from 'vitest';
import { heirOfUnwanted, type MembershipView, planMembership, voterTarget } from './membership-plan.ts';

const member = (id: number): Member => ({ id, uuid: `u${id}` });
const members = (...ids: number[]): Member[] => ids.map(member);

function view(
  change: Partial<MembershipView> & {
    voters: number[];
    learners?: number[];
    lagging?: number[];
    dead?: number[];
    replicas?: number;
  },
): MembershipView {
  const { voters, learners = [], lagging = [], dead = [], replicas, selfId = 1, ...rest } = change;
  return {
    configuration: configurationOf(members(...voters), members(...learners)),
    selfId,
    peers: [...voters, ...learners]
      .filter((id) => id !== selfId)
      .map((id) => ({ id, caughtUp: !lagging.includes(id), live: !dead.includes(id) })),
    admitted: replicas,
    kept: replicas,
    maxVoters: 5,
    ...rest,
  };
}

const nameOf = (step: ChangeStep): string => `${step.type} ${step.type === 'remove' ? step.id : step.member.id}`;

describe('the number of voters', () => {
  it.each([
    [0, 0],
    [1, 1],
    [2, 1],
    [3, 3],
    [4, 3],
    [5, 5],
    [6, 5],
    [9, 5],
  ])('for %i members is %i', (count, voters) => {
    expect(voterTarget(count, 5)).toBe(voters);
  });
});

describe('the next membership change', () => {
  it.each([
    {
      why: 'three voters of three are as they should be',
      given: view({ voters: [1, 2, 3], replicas: 3 }),
      steps: undefined,
    },
    {
      why: 'a lone founder waits for the second learner: two voters are no better than one',
      given: view({ voters: [1], learners: [2] }),
      steps: undefined,
    },
    {
      why: 'two caught-up learners become voters together',
      given: view({ voters: [1], learners: [2, 3] }),
      steps: ['addVoter 2', 'addVoter 3'],
    },
    {
      why: 'a learner that lags is waited for',
      given: view({ voters: [1], learners: [2, 3], lagging: [3] }),
      steps: undefined,
    },
    {
      why: 'a wiped voter comes back alone: from two voters to three',
      given: view({ voters: [1, 2], learners: [3] }),
      steps: ['addVoter 3'],
    },
    { why: 'a dead learner is no voter', given: view({ voters: [1], learners: [2, 3], dead: [2] }), steps: undefined },
    { why: 'maxVoters holds', given: view({ voters: [1, 2, 3], learners: [4, 5], maxVoters: 3 }), steps: undefined },
    {
      why: 'scale-down removes the highest ordinal first',
      given: view({ voters: [1, 2, 3, 4, 5], replicas: 3 }),
      steps: ['remove 5'],
    },
    { why: 'unknown replicas remove nobody', given: view({ voters: [1, 2, 3, 4, 5] }), steps: undefined },
    {
      why: 'a lowered number that was read once removes nobody',
      given: view({ voters: [1, 2, 3, 4, 5], admitted: 3 }),
      steps: undefined,
    },
    {
      why: 'a lowered number that was read once promotes nobody beyond it',
      given: view({ voters: [1], learners: [2, 3], admitted: 2 }),
      steps: undefined,
    },
    {
      why: 'no removal that leaves no live majority',
      given: view({ voters: [1, 2, 3], replicas: 2, dead: [2] }),
      steps: undefined,
    },
    {
      why: 'the leader never removes itself',
      given: view({ voters: [1, 2, 3], replicas: 0, dead: [2, 3] }),
      steps: undefined,
    },
    { why: 'four voters become three', given: view({ voters: [1, 2, 3, 4] }), steps: ['addLearner 4'] },
    {
      why: 'an unwanted learner is not promoted',
      given: view({ voters: [1, 2], learners: [3], replicas: 2, dead: [2] }),
      steps: undefined,
    },
  ])('$why', ({ given, steps }) => {
    const planned = planMembership(given)?.change.steps.map(nameOf);
    expect(planned).toEqual(steps);
  });

  it.each([
    { why: 'a wanted leader stays', given: view({ voters: [1, 2, 3], replicas: 1 }), heir: undefined },
    { why: 'an unwanted one hands over', given: view({ voters: [1, 2, 3], selfId: 3, replicas: 1 }), heir: 1 },
    {
      why: 'to a live voter that is wanted',
      given: view({ voters: [1, 2, 3], selfId: 3, replicas: 2, dead: [1] }),
      heir: 2,
    },
    { why: 'to nobody else', given: view({ voters: [1, 2, 3], selfId: 3, replicas: 1, dead: [1] }), heir: undefined },
    { why: 'nor on one reading', given: view({ voters: [1, 2, 3], selfId: 3, admitted: 1 }), heir: undefined },
  ])('leadership: $why', ({ given, heir }) => {
    expect(heirOfUnwanted(given)).toBe(heir);
  });

  it('an unwanted leader demotes nobody', () => {
    expect(planMembership(view({ voters: [1, 3], selfId: 3, replicas: 1 }))).toBeUndefined();
  });

  it('waits while another change is under way', () => {
    const given = view({ voters: [1, 2, 3], learners: [4, 5] });
    const joint = { ...given.configuration, outgoing: members(1), autoLeave: true };
    expect(planMembership({ ...given, configuration: joint })).toBeUndefined();
  });
});
