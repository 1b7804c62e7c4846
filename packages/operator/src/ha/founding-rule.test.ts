import { describe, expect, it } from 'vitest';
import { type FoundingFacts, foundingVerdict, recordBackMs, youngMs } from './founding-rule.ts';
import type { SelfDescription } from './lost-majority.ts';

const empty = (id: number): [number, SelfDescription] => [
  id,
  {
    id,
    uuid: `u${id}`,
    clusterId: '',
    generation: 0,
    empty: true,
    leaderId: 0,
    leaderSeenMsAgo: -1,
    promiseMs: 150,
  },
];
const member = (id: number, clusterId: string, generation = 1): [number, SelfDescription] => [
  id,
  { ...empty(id)[1], clusterId, generation, empty: false },
];
const facts = (answers: readonly [number, SelfDescription][], more: Partial<FoundingFacts> = {}): FoundingFacts => ({
  selfId: 1,
  answers: new Map(answers),
  replicas: [1, 2, 3],
  maxVoters: 5,
  heldMs: 0,
  onDisk: true,
  ageMs: 10 * youngMs,
  agreed: false,
  ...more,
});

describe('an empty node without a record', () => {
  it('joins a cluster that anybody knows of, in its latest generation, whatever else holds', () => {
    const answers = [empty(1), member(2, 'c', 4), member(3, 'c', 5)];
    expect(foundingVerdict(facts(answers))).toMatchObject({ type: 'join', clusterId: 'c', generation: 5 });
    const sure = { agreed: true, onDisk: false, heldMs: 1e9, ageMs: 0 };
    expect(foundingVerdict(facts([empty(1), member(2, 'c')], sure))).toMatchObject({ type: 'join', clusterId: 'c' });
    const beyond = [empty(1), empty(2), empty(3), member(7, 'c')];
    expect(foundingVerdict(facts(beyond))).toMatchObject({ type: 'join', clusterId: 'c' });
  });

  it('founds nothing if it is not among the wanted replicas: it is about to be stopped', () => {
    const verdict = foundingVerdict(facts([empty(1), empty(2), empty(3)], { selfId: 4, agreed: true }));
    expect(verdict).toMatchObject({ type: 'wait', why: '3 is not among the wanted replicas' });
  });

  it('takes no side between several clusters', () => {
    const answers = [empty(1), member(2, 'c'), member(3, 'd')];
    expect(foundingVerdict(facts(answers, { agreed: true }))).toMatchObject({
      type: 'ask',
      why: expect.stringContaining('c, d'),
    });
  });

  it.each([
    { replicas: 1, answer: 1, maxVoters: 5, type: 'found' },
    { replicas: 2, answer: 1, maxVoters: 5, type: 'wait' }, // the other may be the only voter
    { replicas: 2, answer: 2, maxVoters: 5, type: 'found' },
    { replicas: 3, answer: 1, maxVoters: 5, type: 'wait' },
    { replicas: 3, answer: 2, maxVoters: 5, type: 'found' },
    { replicas: 5, answer: 2, maxVoters: 5, type: 'wait' },
    { replicas: 5, answer: 3, maxVoters: 5, type: 'found' },
    { replicas: 5, answer: 3, maxVoters: 3, type: 'wait' }, // the two silent ones may elect among three voters
    { replicas: 7, answer: 4, maxVoters: 5, type: 'wait' },
    { replicas: 7, answer: 5, maxVoters: 5, type: 'found' },
  ])(
    'of $replicas replicas, $answer empty, at most $maxVoters voters: $type',
    ({ replicas, answer, maxVoters, type }) => {
      const ids = Array.from({ length: replicas }, (_, index) => index + 1);
      const answers = ids.slice(0, answer).map(empty);
      expect(foundingVerdict(facts(answers, { replicas: ids, maxVoters }))).toMatchObject({ type });
    },
  );

  it.each([
    { why: 'a leader may still write the record again', more: { heldMs: recordBackMs - 1, ageMs: 0 }, type: 'wait' },
    { why: 'the set is too young to have lost anything', more: { heldMs: recordBackMs, ageMs: 0 }, type: 'found' },
    { why: 'there is no set to look at', more: { heldMs: recordBackMs, ageMs: undefined }, type: 'found' },
    { why: 'what was in memory is gone', more: { heldMs: recordBackMs, onDisk: false }, type: 'found' },
    { why: 'the silent may come back with their disks', more: { heldMs: 1e9 }, type: 'ask' },
    { why: 'a person says that they do not', more: { agreed: true }, type: 'found' },
  ])('with a silent majority: $type, because $why', ({ more, type }) => {
    expect(foundingVerdict(facts([empty(1)], more))).toMatchObject({
      type,
      why: expect.stringContaining('silent: 1, 2'),
    });
  });
});
