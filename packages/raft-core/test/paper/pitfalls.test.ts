/**
 * Pitfalls: mistakes that implementations of Raft have made, each with the script that catches it. Every row of the
 * design's table is a `describe` of that name; some rows have more tests in the files named after their subject.
 */
import { describe, expect, it } from 'vitest';
import { encodeConfiguration, type ChangeStep } from '../../src/configuration.ts';
import { Prng } from '../../src/core/prng.ts';
import type { HardState } from '../../src/hard-state.ts';
import type { Heartbeat, Message } from '../../src/message.ts';
import { ScriptedCluster, scriptedUuid } from '../../src/testing/index.ts';
import {
  accepted,
  append,
  appendsBeyond,
  appendsOfTerm,
  appendsTo,
  entries,
  entry,
  heartbeat,
  heartbeatResponse,
  preVoteRequest,
  preVoteResponse,
  receive,
  said,
  settled,
  snapshotOffer,
  touching,
  until,
  voteRequest,
} from './peer-messages.ts';

const three = (): ScriptedCluster => new ScriptedCluster({ voters: [1, 2, 3] });
const led = (): ScriptedCluster => settled(three());
const member = (id: number, uuid = scriptedUuid(id)): { id: number; uuid: string } => ({ id, uuid });
const addVoter = (id: number, uuid?: string): ChangeStep => ({ type: 'addVoter', member: member(id, uuid) });
const addLearner = (id: number, uuid?: string): ChangeStep => ({ type: 'addLearner', member: member(id, uuid) });
const remove = (id: number): ChangeStep => ({ type: 'remove', id });
const refused = expect.objectContaining({ code: 'RAFT_CHANGE_REFUSED' });

/** Ticks and settles while messages of some are lost. */
function runWithout(script: ScriptedCluster, drops: (message: Message) => boolean, ticks: number): void {
  for (let i = 0; i < ticks; i++) {
    script.tick();
    script.settle(drops);
  }
}

/** Node 1 leads a joint phase from {1, 2, 3} to {1, 4, 5}. */
function joint(): ScriptedCluster {
  const script = led();
  for (const id of [4, 5]) script.addEmpty(id);
  script.change(1, { transition: 'explicit', steps: [addVoter(4), addVoter(5), remove(2), remove(3)] });
  script.run(20);
  expect(script.status(5).configuration.outgoing).toHaveLength(3);
  return script;
}

describe('committing older terms by counting', () => {
  it('an entry of an older term on a majority is not committed until one of the own term is (Figure 8)', () => {
    const script = led();
    script.propose(1, Uint8Array.of(1));
    script.settle(({ type }) => type === 'append');
    script.tick(30, [1]);
    script.settle(() => true);
    script.advance(400);
    script.campaign(1);
    script.settle(appendsOfTerm(3));
    expect(script.status(1)).toMatchObject({ role: 'leader', term: 3, commit: 2, lastIndex: 4 });
    receive(script, accepted({ term: 3, matchIndex: 3 }));
    receive(script, accepted({ from: 3, term: 3, matchIndex: 3 }));
    expect(script.status(1).commit).toBe(2);
    receive(script, accepted({ term: 3, matchIndex: 4 }));
    expect(script.status(1).commit).toBe(4);
  });
});

describe('double vote; vote used before persistence', () => {
  it('votes for nobody else in a term whose leader it follows', () => {
    const script = three();
    receive(script, heartbeat());
    script.advance(200);
    receive(script, voteRequest({ from: 3 }));
    while (script.process(2)) script.persist(2);
    expect(script.status(2).vote).toBe(0);
    expect(said(script, 'voteResponse')).toEqual([expect.objectContaining({ to: 3, granted: false })]);
  });

  it('gives one vote per term across a crash at the persist boundary (S2)', () => {
    const script = three();
    script.advance(200);
    receive(script, voteRequest({ from: 1 }));
    script.process(2);
    expect(script.network).toEqual([]);
    script.persist(2);
    expect(said(script, 'voteResponse')).toEqual([expect.objectContaining({ to: 1, granted: true })]);
    script.restart(2);
    script.advance(200);
    receive(script, voteRequest({ from: 3 }));
    expect(script.status(2).vote).toBe(1);
  });
});

describe('wrong up-to-date rule; commit beyond last new entry or match', () => {
  it('commits nothing beyond the last new entry, though its log is longer (TestFollowerCommitEntry)', () => {
    const script = three();
    receive(script, append({ entries: entries(2, 5, 2) }));
    receive(script, append({ from: 3, term: 3, prevIndex: 2, prevTerm: 2, commit: 5 }));
    expect(script.status(2)).toMatchObject({ commit: 2, lastIndex: 5 });
  });

  it('acknowledges nothing beyond the last new entry', () => {
    const script = three();
    receive(script, append({ entries: entries(2, 5, 2) }));
    while (script.process(2)) script.persist(2);
    script.drop();
    receive(script, append({ from: 3, term: 3, prevIndex: 2, prevTerm: 2 }));
    while (script.process(2)) script.persist(2);
    expect(said(script, 'appendAccepted')).toEqual([expect.objectContaining({ to: 3, matchIndex: 2 })]);
  });

  it('tells a follower no commit index above its match', () => {
    const script = led();
    script.propose(1, Uint8Array.of(1));
    script.settle(touching(3));
    script.tick(3, [1]);
    script.process(1);
    expect(said(script, 'heartbeat').map(({ to, commit }) => [to, commit])).toEqual([
      [2, 3],
      [3, 2],
    ]);
  });

  it('an old heartbeat takes nothing back (S9)', () => {
    const script = three();
    receive(script, append({ entries: entries(2, 3, 2), commit: 3 }));
    receive(script, heartbeat({ commit: 2 }));
    expect(script.status(2).commit).toBe(3);
  });

  it('learns a commit from a pre-vote only where its log has that very entry', () => {
    const script = three();
    receive(script, append({ term: 3, entries: entries(2, 3, 2) }));
    receive(script, preVoteRequest({ from: 3, term: 4, commit: 3, commitTerm: 3 }));
    expect(script.status(2).commit).toBe(1);
    receive(script, preVoteRequest({ from: 3, term: 4, commit: 2, commitTerm: 2 }));
    expect(script.status(2).commit).toBe(2);
  });

  it('refuses a pre-vote to an older log, so that the candidate’s term does not grow', () => {
    const script = led();
    script.advance(400);
    receive(script, preVoteRequest({ from: 3, term: 3, lastIndex: 1, lastTerm: 1 }));
    script.process(2);
    expect(said(script, 'preVoteResponse')).toEqual([expect.objectContaining({ granted: false, remainingMs: 0 })]);
  });
});

describe('truncating on a stale append; keeping conflicts', () => {
  it('reordered and duplicated appends remove nothing', () => {
    const script = three();
    receive(script, append({ entries: entries(2, 4, 2) }));
    receive(script, append({ entries: entries(2, 3, 2) }));
    receive(script, append({ prevIndex: 2, prevTerm: 2 }));
    expect(script.node(2).log).toEqual(['1/1', '2/2', '3/2', '4/2']);
  });

  it('refuses an append whose previous entry differs', () => {
    const script = three();
    receive(script, append({ entries: entries(2, 4, 2) }));
    while (script.process(2)) script.persist(2);
    script.drop();
    receive(script, append({ from: 3, term: 4, prevIndex: 3, prevTerm: 3, entries: [entry(4, 4)] }));
    while (script.process(2)) script.persist(2);
    expect(script.node(2).log).toEqual(['1/1', '2/2', '3/2', '4/2']);
    expect(said(script, 'appendRejected')).toEqual([
      expect.objectContaining({ rejectedIndex: 3, hintIndex: 3, hintTerm: 2 }),
    ]);
  });

  it.each([
    { name: 'a', log: [1, 1, 1, 4, 4, 5, 5, 6, 6] },
    { name: 'b', log: [1, 1, 1, 4] },
    { name: 'c', log: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6] },
    { name: 'd', log: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7] },
    { name: 'e', log: [1, 1, 1, 4, 4, 4, 4] },
    { name: 'f', log: [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3] },
  ])('Figure 7 ($name): the leader’s log replaces what differs', ({ log }) => {
    const script = three();
    const leaderTerms = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
    const logOf = (terms: readonly number[]): ReturnType<typeof entry>[] =>
      terms.slice(1).map((term, i) => entry(i + 2, term));
    receive(script, append({ from: 1, to: 3, term: 7, entries: logOf(log) }));
    receive(script, append({ from: 2, to: 1, term: 7, entries: logOf(leaderTerms) }));
    script.settle(() => true);
    script.advance(400);
    script.campaign(1);
    script.settle(touching(2));
    script.run(40);
    const { leader } = script;
    expect(script.node(leader).log.slice(0, 3)).toEqual(['1/1', '2/1', '3/1']);
    expect(script.nodes.map((node) => node.log)).toEqual([1, 2, 3].map(() => script.node(leader).log));
  });
});

describe('completion of a truncated write; entries durable before their term', () => {
  it('a delayed report of entries that were replaced vouches for nothing', () => {
    const script = three();
    receive(script, append({ entries: entries(2, 4, 2) }));
    script.process(2);
    receive(script, append({ from: 3, term: 3, entries: [entry(2, 3)] }));
    script.persist(2);
    expect(script.status(2)).toMatchObject({ durableIndex: 1, lastIndex: 2, lastTerm: 3 });
  });

  it('a crash between the two files leaves no entry without its term', () => {
    const script = three();
    receive(script, append({ term: 9, entries: [entry(2, 9)] }));
    script.process(2);
    script.node(2).hardState = script.node(2).part?.hardState as HardState;
    script.restart(2);
    expect(script.status(2)).toMatchObject({ term: 9, lastIndex: 1 });
  });
});

describe('half a joint quorum', () => {
  const halves = [
    { half: 'outgoing', cut: [2, 3] },
    { half: 'incoming', cut: [4, 5] },
  ];

  it.each(halves)('half a joint quorum: elects nobody while the $half half is cut off', ({ cut }) => {
    const script = joint();
    runWithout(script, () => true, 40);
    script.advance(400);
    script.campaign(1);
    script.settle(touching(...cut));
    expect(script.status(1).role).not.toBe('leader');
    script.advance(400);
    script.campaign(1);
    script.settle();
    expect(script.leader).toBe(1);
  });

  it.each(halves)('half a joint quorum: keeps no leader in office while the $half half is cut off', ({ cut }) => {
    const script = joint();
    for (let i = 0; i < 40; i++) {
      script.tick(1, [1]);
      script.settle(touching(...cut));
    }
    expect(script.status(1).role).not.toBe('leader');
  });

  it.each(halves)('half a joint quorum: commits nothing while the $half half is cut off', ({ cut }) => {
    const script = joint();
    const { commit } = script.status(1);
    script.propose(1, Uint8Array.of(1));
    script.settle(touching(...cut));
    expect(script.status(1).commit).toBe(commit);
    script.run(10);
    expect(script.status(1).commit).toBe(commit + 1);
  });

  it.each(halves)('half a joint quorum: answers no read while the $half half is cut off', ({ cut }) => {
    const script = joint();
    script.advance(140);
    script.step(1, { type: 'readIndex', requestId: 1 });
    script.settle(touching(...cut));
    expect(script.node(1).reads).toEqual([]);
    script.run(4);
    expect(script.node(1).reads).toHaveLength(1);
  });

  it('leaves an automatic joint phase as soon as it is applied, without waiting for a tick', () => {
    const script = led();
    script.change(1, { transition: 'implicit', steps: [addLearner(4)] });
    script.settle();
    expect(script.status(1).configuration).toMatchObject({ outgoing: [], learners: [member(4)] });
  });
});

describe('second pending change; campaign with one unapplied', () => {
  it('a second change is refused until the first is applied, on the same leader and on the next', () => {
    const script = led();
    script.change(1, { transition: 'auto', steps: [addLearner(4)] });
    expect(() => script.change(1, { transition: 'auto', steps: [addLearner(5)] })).toThrow(refused);
    script.settle(({ type }) => type === 'appendAccepted');
    script.advance(400);
    script.campaign(2);
    script.settle(({ type }) => type === 'append');
    expect(script.status(2).role).toBe('leader');
    expect(() => script.change(2, { transition: 'auto', steps: [addLearner(5)] })).toThrow(refused);
  });

  it('a change is refused while leadership is handed over', () => {
    const script = led();
    script.transfer(1, 2);
    expect(() => script.change(1, { transition: 'auto', steps: [addLearner(4)] })).toThrow(refused);
  });

  it('does not campaign when the entry at the commit index itself is an unapplied change', () => {
    const script = three();
    const { configuration } = script.status(2);
    const data = encodeConfiguration(configuration);
    receive(script, append({ entries: [{ index: 2, term: 2, type: 'configuration', data }], commit: 2 }));
    while (script.process(2)) script.persist(2);
    script.advance(400);
    script.campaign(2);
    expect(script.status(2)).toMatchObject({ role: 'follower', commit: 2, applied: 1 });
    script.apply(2);
    script.campaign(2);
    expect(script.status(2).role).toBe('preCandidate');
  });
});

describe('single-step change before own-term commit', () => {
  it('4 nodes, add and remove over two leaders: the second waits for its own first entry', () => {
    const script = settled(new ScriptedCluster({ voters: [1, 2, 3, 4] }));
    script.change(1, { transition: 'auto', steps: [addVoter(5)] });
    script.process(1);
    script.drop();
    script.advance(400);
    script.campaign(2);
    script.drop();
    script.settle((message) => [touching(1)(message), message.type === 'append'].includes(true));
    expect(script.status(2)).toMatchObject({ role: 'leader', commit: 2 });
    expect(() => script.change(2, { transition: 'auto', steps: [remove(1)] })).toThrow(refused);
    script.run(6);
    script.change(2, { transition: 'auto', steps: [remove(1)] });
    expect(script.status(2).configuration.voters).toHaveLength(4);
  });
});

describe('removed leader counts itself; removed node inflates terms', () => {
  it('commits at once what waited only for a voter that is removed', () => {
    const script = settled(new ScriptedCluster({ voters: [1, 2] }));
    script.change(1, { transition: 'auto', steps: [remove(2)] });
    script.process(1);
    script.deliver();
    script.process(2);
    script.persist(2);
    script.persist(1);
    // Behind the change, an entry that only the leader holds.
    script.propose(1, Uint8Array.of(1));
    script.process(1);
    script.persist(1);
    script.drop(({ from }) => from === 1);
    script.deliver();
    script.process(1);
    expect(script.status(1)).toMatchObject({ commit: 3, lastIndex: 4 });
    script.apply(1);
    expect(script.status(1)).toMatchObject({ commit: 4, configuration: { voters: [member(1)] } });
  });

  it('a removed leader does not count itself: S5', () => {
    const script = led();
    script.change(1, { transition: 'auto', steps: [remove(1)] });
    script.settle();
    expect(script.status(1)).toMatchObject({ role: 'follower', configuration: { voters: [member(2), member(3)] } });
    expect(() => script.propose(1, Uint8Array.of(1))).toThrow(expect.objectContaining({ code: 'RAFT_NOT_LEADER' }));
  });

  it('counts a commit as known only once the heartbeat that told it is answered, by a majority of the new members', () => {
    const script = settled(new ScriptedCluster({ voters: [1, 2, 3, 4] }));
    script.change(1, { transition: 'auto', steps: [remove(4)] });
    script.settle(({ type }) => type === 'heartbeat');
    const { configurationIndex } = script.status(1);
    expect(script.status(1).configuration.voters).toHaveLength(3);
    expect(script.node(1).core.isConfigurationKnown()).toBe(false);
    // Two heartbeats: the first is lost on its way to node 2, the second on its way to everybody.
    script.tick(3, [1]);
    script.process(1);
    const [first] = said(script, 'heartbeat') as [Heartbeat, Heartbeat];
    expect(first.commit).toBeGreaterThanOrEqual(configurationIndex);
    script.drop();
    expect(script.node(1).core.isConfigurationKnown()).toBe(false);
    receive(script, heartbeatResponse({ from: 3, round: first.round - 1 }));
    expect(script.node(1).core.isConfigurationKnown()).toBe(false);
    receive(script, heartbeatResponse({ from: 3, round: first.round }));
    expect(script.node(1).core.isConfigurationKnown()).toBe(true);
  });

  it('counts no membership as known while its joint phase is still to be left', () => {
    const script = settled(new ScriptedCluster({ voters: [1, 2, 3, 4] }));
    script.change(1, { transition: 'auto', steps: [remove(3), remove(4)] });
    const { lastIndex } = script.status(1);
    runWithout(script, appendsBeyond(lastIndex), 10);
    expect(script.status(1).configuration).toMatchObject({ autoLeave: true });
    expect(script.node(1).core.isConfigurationKnown()).toBe(false);
    script.run(10);
    expect(script.status(1).configuration).toMatchObject({ voters: [member(1), member(2)], outgoing: [] });
    expect(script.node(1).core.isConfigurationKnown()).toBe(true);
  });

  it('a removed node campaigns for 60 s: the term is unchanged', { timeout: 60_000 }, () => {
    const script = led();
    script.change(1, { transition: 'auto', steps: [remove(3)] });
    script.settle(touching(3));
    for (let i = 0; i < 6000; i++) {
      script.tick();
      script.settle();
    }
    expect(script.nodes.map(({ core }) => core.term)).toEqual([2, 2, 2]);
    expect(script.leader).toBe(1);
  });
});

describe('learner refuses a needed vote, campaigns, is promoted behind', () => {
  it('a learner by its own knowledge grants the vote that elects: its promotion may be news to it', () => {
    const script = settled(new ScriptedCluster({ voters: [1, 2, 3], learners: [4] }));
    script.advance(400);
    receive(script, voteRequest({ from: 2, to: 4, term: 3 }));
    while (script.process(4)) script.persist(4);
    expect(said(script, 'voteResponse')).toEqual([expect.objectContaining({ to: 2, granted: true })]);
  });

  it('a learner never campaigns, whatever it is told and however long it waits', () => {
    const script = settled(new ScriptedCluster({ voters: [1, 2, 3], learners: [4] }));
    script.tick(200, [4]);
    script.campaign(4);
    receive(script, { type: 'timeoutNow', from: 1, to: 4, term: 2 });
    expect(script.status(4)).toMatchObject({ role: 'follower', term: 2 });
  });

  it('a learner far behind does not pass the gate by answering heartbeats', () => {
    const script = settled(new ScriptedCluster({ voters: [1, 2, 3], learners: [4] }));
    for (let i = 0; i < 100; i++) script.propose(1, Uint8Array.of(i));
    runWithout(script, appendsTo(4), 40);
    expect(script.status(1).peers.at(-1)).toMatchObject({ id: 4, match: 2, caughtUp: false });
    const promote = (): void => script.change(1, { transition: 'auto', steps: [addVoter(4)] }, 'enforced');
    expect(promote).toThrow(refused);
    script.run(20);
    promote();
  });

  it('counts no learner: votes, entries, lease, quorum check', () => {
    const script = settled(new ScriptedCluster({ voters: [1, 2, 3], learners: [4, 5, 6] }));
    const { leaseUntilMs } = script.status(1);
    script.propose(1, Uint8Array.of(1));
    for (let i = 0; i < 8; i++) {
      script.tick(1, [1]);
      script.settle(touching(2, 3));
    }
    expect(script.status(1)).toMatchObject({ commit: 2, leaseUntilMs });
    for (let i = 0; i < 40; i++) {
      script.tick(1, [1]);
      script.settle(touching(2, 3));
    }
    expect(script.status(1).role).not.toBe('leader');
    script.advance(400);
    script.campaign(1);
    script.settle(touching(2, 3));
    expect(script.status(1)).toMatchObject({ role: 'preCandidate', term: 2 });
  });
});

describe('snapshot rewinds log or membership', () => {
  it('a snapshot at or below the commit index only is acknowledged (TestRestoreIgnoreSnapshot)', () => {
    const script = led();
    const before = script.status(2);
    receive(script, snapshotOffer(script, { index: 2, term: 2 }));
    script.process(2);
    expect(script.node(2).install).toBeNull();
    expect(script.status(2)).toMatchObject({ commit: before.commit, lastIndex: before.lastIndex });
  });

  it('a snapshot of entries that the log has only commits them', () => {
    const script = three();
    receive(script, append({ entries: entries(2, 4, 2) }));
    while (script.process(2)) script.persist(2);
    script.drop();
    receive(script, snapshotOffer(script, { index: 3, term: 2 }));
    script.process(2);
    expect(script.node(2).install).toBeNull();
    expect(script.status(2)).toMatchObject({ commit: 3, lastIndex: 4 });
    expect(said(script, 'appendAccepted')).toEqual([expect.objectContaining({ matchIndex: 3 })]);
  });
});

describe('stuck in probe or snapshot state; window leak', () => {
  it('stuck in probe: a lost probe is sent again with the next heartbeat answer', () => {
    const script = three();
    script.advance(300);
    script.campaign(1);
    script.settle(appendsTo(3));
    expect(script.status(3).lastIndex).toBe(1);
    script.run(6);
    expect(script.status(3).lastIndex).toBe(2);
    expect(script.status(1).peers.map(({ state }) => state)).toEqual(['replicate', 'replicate', 'replicate']);
  });

  function needingSnapshot(): ScriptedCluster {
    const script = led();
    for (let i = 0; i < 5; i++) script.propose(1, Uint8Array.of(i));
    script.settle(({ to }) => to === 3);
    script.compact(1);
    for (let i = 0; i < 40 && said(script, 'snapshot').length === 0; i++) {
      script.tick(1, [1]);
      for (const id of [1, 2, 3]) while (script.process(id)) script.persist(id);
      script.deliver(({ type }) => type !== 'snapshot');
    }
    expect(said(script, 'snapshot')).toHaveLength(1);
    return script;
  }

  it('stuck in snapshot: after a failed transfer the peer is offered it again', () => {
    const script = needingSnapshot();
    script.drop(({ type }) => type === 'snapshot');
    script.run(10);
    expect(script.status(3)).toMatchObject({ snapshotIndex: 7, lastIndex: 7 });
  });

  it('stuck in snapshot: an acknowledgement alone, without word from the transport, lets appends go on', () => {
    const script = needingSnapshot();
    const [offer] = said(script, 'snapshot') as [Message];
    script.network = script.network.filter((message) => message !== offer);
    receive(script, offer);
    script.propose(1, Uint8Array.of(9));
    script.run(10);
    expect(script.status(3)).toMatchObject({ snapshotIndex: 7, lastIndex: 8 });
  });

  it('sends a lost append again', () => {
    const script = led();
    script.propose(1, Uint8Array.of(1));
    script.settle(appendsTo(3));
    expect(script.status(3).lastIndex).toBe(2);
    script.run(10);
    expect(script.status(3).lastIndex).toBe(3);
  });

  it('a full window of lost appends opens again', () => {
    const core = { maxInflightMessages: 2, maxMessageBytes: 1 };
    const script = settled(new ScriptedCluster({ voters: [1, 2, 3], core }));
    for (let i = 0; i < 6; i++) script.propose(1, Uint8Array.of(i));
    script.settle(appendsTo(3));
    expect(script.status(1).peers[2]).toMatchObject({ inflightMessages: 2, paused: true });
    script.run(20);
    expect(script.status(3).lastIndex).toBe(8);
  });

  it('keeps the bytes in flight within the window', () => {
    const core = { maxInflightBytes: 100, maxMessageBytes: 50 };
    const script = settled(new ScriptedCluster({ voters: [1, 2, 3], core }));
    for (let i = 0; i < 10; i++) script.propose(1, new Uint8Array(50));
    script.process(1);
    const flying = script.status(1).peers.slice(1);
    expect(flying.map(({ inflightMessages, inflightBytes }) => [inflightMessages, inflightBytes])).toEqual([
      [2, 100],
      [2, 100],
    ]);
    script.settle();
    expect(script.status(1).peers.map(({ inflightBytes }) => inflightBytes)).toEqual([0, 0, 0]);
  });
});

describe('unbounded growth in partition', () => {
  it('a leader without followers takes what maxUncommittedBytes allows and drops the rest', () => {
    const script = settled(new ScriptedCluster({ voters: [1, 2, 3], core: { maxUncommittedBytes: 1000 } }));
    const take = (): void => script.propose(1, new Uint8Array(100));
    for (let i = 0; i < 10; i++) take();
    expect(take).toThrow(expect.objectContaining({ code: 'RAFT_PROPOSAL_DROPPED' }));
    expect(script.status(1)).toMatchObject({ uncommittedBytes: 1000, lastIndex: 12 });
  });
});

describe('stuck pre-candidate with higher term', () => {
  it('frees a leader of a term that is over: its messages are answered with the newer term', () => {
    const script = led();
    script.restart(2);
    script.node(2).hardState = { term: 7, vote: 0, promiseMs: 150 };
    script.restart(2);
    receive(script, heartbeat());
    receive(script, append());
    script.process(2);
    expect(said(script, 'heartbeatResponse').map(({ to, term }) => [to, term])).toEqual([
      [1, 7],
      [1, 7],
    ]);
    script.deliver();
    expect(script.status(1)).toMatchObject({ role: 'follower', term: 7 });
  });

  it('a pre-candidate of an older term learns the newer one from the refusal', () => {
    const script = led();
    script.advance(400);
    script.campaign(3);
    receive(script, preVoteResponse({ from: 2, to: 3, term: 7, granted: false }));
    expect(script.status(3)).toMatchObject({ role: 'follower', term: 7 });
  });

  it('a leader does not step down for a candidate of a higher term', () => {
    const script = led();
    receive(script, voteRequest({ from: 3, to: 1, term: 9 }));
    expect(script.status(1)).toMatchObject({ role: 'leader', term: 2 });
  });

  it('refuses a pre-vote while its promise lasts, and while it leads', () => {
    const script = led();
    const { promiseLeftMs } = script.status(2);
    receive(script, preVoteRequest({ from: 3, to: 2, term: 3 }));
    receive(script, preVoteRequest({ from: 3, to: 1, term: 3 }));
    for (const id of [1, 2]) script.process(id);
    expect(said(script, 'preVoteResponse').map(({ granted, remainingMs }) => [granted, remainingMs])).toEqual([
      [false, 150],
      [false, promiseLeftMs],
    ]);
  });
});

describe('read before own-term commit or after loss', () => {
  it('a read waits for a round that begins after it', () => {
    const script = led();
    script.tick(2, [1]);
    script.process(1);
    const earlier = said(script, 'heartbeat').map(({ round }) => round);
    script.drop();
    script.advance(140);
    script.step(1, { type: 'readIndex', requestId: 7 });
    for (const round of earlier) receive(script, heartbeatResponse({ round }));
    script.process(1);
    expect(script.node(1).reads).toEqual([]);
    script.settle();
    expect(script.node(1).reads).toEqual([{ requestId: 7, index: 2 }]);
  });

  it('a read by quorum waits for such a round even while the lease is held', () => {
    const script = led();
    script.step(1, { type: 'readIndex', requestId: 6 });
    script.step(1, { type: 'readIndex', requestId: 7, byQuorum: true });
    script.process(1);
    expect(script.node(1).reads).toEqual([{ requestId: 6, index: 2 }]);
    script.settle();
    expect(script.node(1).reads.map(({ requestId }) => requestId)).toEqual([6, 7]);
  });

  it('a read asked for before the loss of leadership is never answered', () => {
    const script = led();
    script.advance(140);
    script.step(1, { type: 'readIndex', requestId: 7 });
    script.process(1);
    receive(script, heartbeatResponse({ term: 5, round: 0 }));
    script.settle();
    expect(script.node(1).reads).toEqual([]);
  });
});

describe('transfer to absent, lagging or demoted target', () => {
  it('an absent target: leadership is given up after two timeouts, and another leads', () => {
    const script = led();
    script.transfer(1, 3);
    script.step(1, { type: 'reconcilerStopped', term: 2 });
    runWithout(script, touching(3), 40);
    expect(script.status(1).role).toBe('follower');
    expect(script.leader).toBe(2);
  });
});

describe('restart re-applies or loses applied entries', () => {
  it('every command is applied once, in order, across restarts with and without a snapshot', () => {
    const script = led();
    const applied: number[] = [];
    const collect = (): number => applied.push(...script.node(2).applied.map(({ index }) => index));
    for (let i = 0; i < 4; i++) script.propose(1, Uint8Array.of(i));
    script.run(4);
    collect();
    script.compact(2);
    script.restart(2);
    script.propose(1, Uint8Array.of(9));
    script.run(4);
    collect();
    expect(applied).toEqual([3, 4, 5, 6, 7]);
  });
});

describe('wiped disk votes as old self, or re-bootstraps', () => {
  it('wiped disk: votes and acknowledgements of another uuid never count', () => {
    const script = three();
    script.advance(300);
    script.campaign(1);
    receive(script, preVoteResponse({ from: 2 }), 'wiped');
    expect(script.status(1).role).toBe('preCandidate');
    receive(script, preVoteResponse({ from: 2 }));
    script.process(1);
    script.persist(1);
    receive(script, { type: 'voteResponse', from: 2, to: 1, term: 2, granted: true }, 'wiped');
    expect(script.status(1).role).toBe('candidate');
    receive(script, { type: 'voteResponse', from: 2, to: 1, term: 2, granted: true });
    script.process(1);
    script.persist(1);
    receive(script, accepted({ matchIndex: 2 }), 'wiped');
    expect(script.status(1)).toMatchObject({ role: 'leader', commit: 1 });
    receive(script, accepted({ matchIndex: 2 }));
    expect(script.status(1).commit).toBe(2);
  });

  it('wiped disk: {1, 2} commit, 1 is wiped, {1′, 3} elect nobody', () => {
    const script = led();
    script.propose(1, Uint8Array.of(1));
    script.settle(touching(3));
    expect(script.status(1).commit).toBe(3);
    script.addEmpty(1, 'wiped');
    for (let i = 0; i < 100; i++) {
      script.tick();
      script.settle(touching(2));
    }
    expect(script.leader).toBe(0);
    script.run(40);
    expect(script.leader).toBe(2);
    expect(script.status(3).commit).toBeGreaterThanOrEqual(3);
  });

  it('wiped disk: a replaced member starts with nothing acknowledged', () => {
    const script = led();
    script.change(1, { transition: 'auto', steps: [addLearner(3, 'wiped')] });
    script.settle(touching(3));
    expect(script.status(1).peers[2]).toMatchObject({ id: 3, uuid: 'wiped', match: 0, ackedRound: 0, knownCommit: 0 });
  });

  it('wiped disk: no change replaces a voter by another uuid under the same id at once', () => {
    const script = led();
    const steps = [addLearner(3, 'wiped'), addVoter(3, 'wiped')];
    expect(() => script.change(1, { transition: 'explicit', steps })).toThrow(refused);
  });

  it('a change keeps what the remaining members acknowledged', () => {
    const script = led();
    script.change(1, { transition: 'auto', steps: [addLearner(4)] });
    script.process(1);
    script.persist(1);
    script.deliver();
    script.process(2);
    script.persist(2);
    script.deliver();
    script.process(1);
    script.apply(1);
    expect(script.status(1).configuration.learners).toHaveLength(1);
    expect(script.status(1).peers[1]).toMatchObject({ id: 2, match: 3, state: 'replicate' });
  });
});

describe('hidden non-determinism', () => {
  it('votes, answers and members in any order of arrival lead to the same trace', () => {
    const history = (order: readonly number[]): string => {
      const lines: string[] = [];
      const script = new ScriptedCluster({
        voters: order,
        onTrace: (node, event, nowMs) => lines.push(`${nowMs} ${node} ${JSON.stringify(event)}`),
      });
      script.elect(1);
      script.run(50);
      return lines.filter((line) => line.split(' ')[1] === '1').join('\n');
    };
    expect(history([3, 1, 2])).toBe(history([1, 2, 3]));
  });

  it('draws the same random numbers for the same seed and id, others for others', () => {
    const draw = (seed: number, id: number): number[] => {
      const prng = new Prng(seed, id);
      return Array.from({ length: 8 }, () => prng.below(1000));
    };
    expect(draw(1, 1)).toEqual(draw(1, 1));
    expect(new Set([draw(1, 1), draw(1, 2), draw(2, 1)].map(String)).size).toBe(3);
  });
});

describe('stall starts election', () => {
  it('400 ms stall, queued heartbeats: read before the one late tick, they prevent a campaign', () => {
    const script = led();
    script.advance(400);
    receive(script, heartbeat({ commit: 2 }));
    script.step(2, { type: 'tick', lateMs: 390 });
    expect(script.status(2)).toMatchObject({ role: 'follower', electionElapsed: 1, leaderId: 1 });
  });

  it('400 ms stall, nothing queued: a late tick still counts as one', () => {
    const script = led();
    script.setElectionWait(2, 20);
    script.tick(1, [2]);
    const { electionElapsed } = script.status(2);
    script.advance(400);
    script.step(2, { type: 'tick', lateMs: 390 });
    expect(script.status(2)).toMatchObject({ role: 'follower', electionElapsed: electionElapsed + 1 });
  });
});

describe('id 0 treated as none', () => {
  it('ordinal 0 is node 1: it leads, votes, is voted for and takes over', () => {
    const script = settled(new ScriptedCluster({ voters: [1, 2] }));
    expect(script.status(2)).toMatchObject({ leaderId: 1, vote: 1 });
    script.transfer(1, 2);
    script.step(1, { type: 'reconcilerStopped', term: 2 });
    script.settle();
    script.transfer(2, 1);
    script.step(2, { type: 'reconcilerStopped', term: 3 });
    script.settle();
    expect(script.leader).toBe(1);
  });
});

describe('wedged main, stalled disk keep leadership', () => {
  it('a leader whose disk stalls hands over within three timeouts', () => {
    const script = led();
    script.propose(1, Uint8Array.of(1));
    script.process(1);
    const startMs = script.nowMs;
    const ended = until(
      () => script.leader !== 1,
      () => {
        script.tick();
        for (const id of [1, 2, 3]) while (script.process(id));
        for (const id of [2, 3]) script.persist(id);
        for (const id of [1, 2, 3]) script.apply(id);
        script.deliver();
      },
    );
    expect(ended).toBe(true);
    expect(script.nowMs - startMs).toBeLessThanOrEqual(450);
  });
});
