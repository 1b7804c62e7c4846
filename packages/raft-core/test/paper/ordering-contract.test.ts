/** The ordering contract of effects, as far as the core states it; what the driver owes is in `test/driver/ordering.test.ts`. */
import { describe, expect, it } from 'vitest';
import { createRaftCore } from '../../src/core/raft-node.ts';
import type { StoredLog } from '../../src/core/core-options.ts';
import { createEffects } from '../../src/core/effect.ts';
import { configurationOf, encodeConfiguration } from '../../src/configuration.ts';
import { ScriptedCluster, scriptedUuid } from '../../src/testing/index.ts';
import {
  append,
  appendsTo,
  entries,
  entry,
  heartbeat,
  preVoteRequest,
  preVoteResponse,
  receive,
  said,
  settled,
  snapshotOffer,
  touching,
  voteRequest,
} from './peer-messages.ts';

/** A second of a lone voter, with everything it asks for done at once; its effects as text. */
function runAlone(stored: StoredLog): string {
  const core = createRaftCore({ id: 1, uuid: scriptedUuid(1), stored, nowMs: 0, seed: 5, checkState: true });
  const lines: string[] = [];
  for (let ms = 10; ms < 1000; ms += 10) {
    core.step({ type: 'tick', lateMs: 0 }, ms);
    const out = createEffects();
    while (core.drain(out)) {
      lines.push(JSON.stringify(out));
      if (out.persistToken !== null) core.step({ type: 'persisted', token: out.persistToken }, ms);
      if (out.applyTo > 0) core.step({ type: 'applied', index: out.applyTo }, ms);
    }
  }
  return lines.join('\n');
}

const three = (): ScriptedCluster => new ScriptedCluster({ voters: [1, 2, 3] });

/** Node 2 of three asks for votes in term 2, and its own is being stored; no other message is on its way. */
function candidate(): ScriptedCluster {
  const script = three();
  script.advance(300);
  script.campaign(2);
  script.process(2);
  script.drop();
  receive(script, preVoteResponse({ from: 3, to: 2 }));
  script.process(2);
  return script;
}

describe('ordering contract', () => {
  it('O1: a revocation is handed out by the very drain that hands out what follows from it', () => {
    const script = settled(three());
    script.transfer(1, 2);
    script.step(1, { type: 'reconcilerStopped', term: 2 });
    script.process(1);
    expect(script.node(1).revoked).toEqual([2]);
    expect(script.network).toContainEqual(expect.objectContaining({ type: 'timeoutNow' }));
  });

  it('O2: the term of an entry is stored with it or before it', () => {
    const script = three();
    receive(script, append({ term: 7, entries: [entry(2, 7)] }));
    script.process(2);
    expect(script.node(2).part).toMatchObject({ hardState: { term: 7 }, entries: [{ index: 2, term: 7 }] });
  });

  it('O3: what a leader’s log replaces is discarded in the same batch that stores the replacement', () => {
    const script = three();
    receive(script, append({ entries: entries(2, 4, 2) }));
    script.process(2);
    script.persist(2);
    receive(script, append({ from: 3, term: 3, entries: [entry(2, 3)] }));
    script.process(2);
    expect(script.node(2).part).toMatchObject({ truncateFrom: 2, entries: [{ index: 2, term: 3 }] });
    script.persist(2);
    expect(script.node(2).disk.map(({ index, term }) => `${index}/${term}`)).toEqual(['1/1', '2/3']);
  });

  it('O4: an acknowledgement of entries that were truncated meanwhile never leaves', () => {
    const script = three();
    receive(script, append({ entries: [entry(2, 2)] }));
    script.process(2);
    // A slow disk: more entries arrive and wait, then a new leader's log replaces them.
    receive(script, append({ prevIndex: 2, prevTerm: 2, entries: entries(3, 5, 2) }));
    receive(script, append({ from: 3, term: 3, entries: [entry(2, 2), entry(3, 3)] }));
    do script.persist(2);
    while (script.process(2));
    expect(said(script, 'appendAccepted').map(({ to, matchIndex }) => [to, matchIndex])).toEqual([
      [1, 2],
      [3, 3],
    ]);
  });

  it('O5: nothing but a pre-vote names a term that is not durable', () => {
    const script = three();
    receive(script, heartbeat({ term: 7 }));
    receive(script, append({ term: 7 }));
    receive(script, append({ term: 7, prevIndex: 9, prevTerm: 6 }));
    while (script.process(2));
    expect(script.network).toEqual([]);
    script.persist(2);
    expect(script.network.map(({ type, term }) => [type, term])).toEqual([
      ['heartbeatResponse', 7],
      ['appendAccepted', 7],
      ['appendRejected', 7],
    ]);
  });

  it('O5: a refused pre-vote tells no term that is not durable; a granted one names the candidate’s', () => {
    const script = three();
    receive(script, heartbeat({ term: 7 }));
    receive(script, preVoteRequest({ from: 3, term: 3 }));
    script.process(2);
    expect(script.network).toEqual([]);
    script.persist(2);
    expect(script.network).toContainEqual(
      expect.objectContaining({ type: 'preVoteResponse', granted: false, term: 7 }),
    );
  });

  it('O5: a pre-vote request leaves at once, a vote request while the own vote is stored', () => {
    const script = three();
    script.advance(300);
    script.campaign(2);
    script.process(2);
    expect(script.network.map(({ type }) => type)).toEqual(['preVoteRequest', 'preVoteRequest']);
    script.drop();
    receive(script, preVoteResponse({ from: 3, to: 2 }));
    script.process(2);
    expect(script.node(2).hardState.term).toBe(1);
    expect(script.network.map(({ type, term }) => [type, term])).toEqual([
      ['voteRequest', 2],
      ['voteRequest', 2],
    ]);
  });

  it('O5: a vote request waits for the entries that it names', () => {
    const script = three();
    receive(script, append({ entries: [entry(2, 2)] }));
    script.advance(300);
    script.campaign(2);
    receive(script, preVoteResponse({ from: 3, to: 2, term: 3 }));
    script.process(2);
    expect(said(script, 'voteRequest')).toEqual([]);
    script.persist(2);
    expect(said(script, 'voteRequest')).toMatchObject([{ lastIndex: 2 }, { lastIndex: 2 }]);
  });

  it('O5: a candidate that crashes before its vote is stored may vote for another; a grant that comes late elects nobody', () => {
    const script = candidate();
    script.deliver(({ to }) => to === 3);
    script.drop();
    script.process(3);
    script.persist(3);
    expect(said(script, 'voteResponse')).toMatchObject([{ from: 3, to: 2, term: 2, granted: true }]);
    script.restart(2);
    script.advance(300);
    receive(script, voteRequest({ from: 1, to: 2 }));
    script.process(2);
    script.persist(2);
    script.deliver(({ to }) => to === 2);
    expect(script.node(2).hardState).toMatchObject({ term: 2, vote: 1 });
    expect(script.status(2)).toMatchObject({ role: 'follower', term: 2 });
  });

  it('O6: a candidate’s own vote counts once it is durable', () => {
    const script = three();
    script.advance(300);
    script.campaign(2);
    receive(script, preVoteResponse({ from: 3, to: 2 }));
    receive(script, { type: 'voteResponse', from: 3, to: 2, term: 2, granted: true });
    expect(script.status(2).role).toBe('candidate');
    script.process(2);
    script.persist(2);
    expect(script.status(2).role).toBe('leader');
  });

  it('O6: a candidate leads once its own vote is durable, even when all others have voted for it', () => {
    const script = candidate();
    for (const from of [1, 3]) receive(script, { type: 'voteResponse', from, to: 2, term: 2, granted: true });
    expect(script.status(2).role).toBe('candidate');
    script.persist(2);
    expect(script.status(2).role).toBe('leader');
  });

  it('O6: a node whose disk has not answered for as long as a promise does not stand', () => {
    const script = three();
    receive(script, heartbeat({ term: 2 }));
    script.process(2);
    script.advance(300);
    script.campaign(2);
    expect(script.status(2).role).toBe('follower');
    script.persist(2);
    script.campaign(2);
    expect(script.status(2).role).toBe('preCandidate');
  });

  it('O6: a leader’s own entries count once they are durable', () => {
    const script = new ScriptedCluster({ voters: [1] });
    script.elect(1);
    script.propose(1, Uint8Array.of(1));
    script.process(1);
    expect(script.status(1).commit).toBe(2);
    script.persist(1);
    expect(script.status(1).commit).toBe(3);
  });

  it('O7: a report of an older truncation generation vouches for the hard state only', () => {
    const script = three();
    receive(script, append({ entries: entries(2, 3, 2) }));
    script.process(2);
    receive(script, append({ from: 3, term: 3, entries: entries(2, 3, 3) }));
    script.persist(2);
    expect(script.status(2)).toMatchObject({ durableTerm: 2, durableIndex: 1, lastIndex: 3 });
    expect(script.network.filter(({ to }) => to === 3)).toEqual([]);
    script.process(2);
    script.persist(2);
    expect(script.status(2)).toMatchObject({ durableTerm: 3, durableIndex: 3 });
    const toNewLeader = script.network.filter(({ to }) => to === 3);
    expect(toNewLeader).toEqual([expect.objectContaining({ type: 'appendAccepted', matchIndex: 3 })]);
  });

  it('O8: one storage part at a time; what comes later joins the next', () => {
    const script = three();
    receive(script, append({ entries: [entry(2, 2)] }));
    script.process(2);
    receive(script, append({ prevIndex: 2, prevTerm: 2, entries: [entry(3, 2)] }));
    receive(script, append({ prevIndex: 3, prevTerm: 2, entries: [entry(4, 2)] }));
    script.process(2);
    expect(script.node(2).part?.entries.map(({ index }) => index)).toEqual([2]);
    script.persist(2);
    script.process(2);
    expect(script.node(2).part?.entries.map(({ index }) => index)).toEqual([3, 4]);
  });

  it('O9: nothing is applied before it is committed and durable', () => {
    const script = three();
    receive(script, append({ entries: entries(2, 3, 2), commit: 3 }));
    script.process(2);
    expect(script.status(2).commit).toBe(3);
    expect(script.node(2).applyTo).toBe(0);
    script.persist(2);
    script.process(2);
    expect(script.node(2).applyTo).toBe(3);
  });

  it('O9: one apply at a time, in order', () => {
    const script = three();
    receive(script, append({ entries: entries(2, 3, 2), commit: 2 }));
    script.process(2);
    script.persist(2);
    script.process(2);
    expect(script.node(2).applyTo).toBe(2);
    receive(script, heartbeat({ commit: 3 }));
    script.process(2);
    expect(script.node(2).applyTo).toBe(2);
    script.apply(2);
    script.process(2);
    expect(script.node(2).applyTo).toBe(3);
    script.apply(2);
    expect(script.node(2).applied.map(({ index }) => index)).toEqual([2, 3]);
  });

  it('O9: one apply takes no more bytes than allowed', () => {
    const script = new ScriptedCluster({ voters: [1, 2, 3], core: { maxApplyBytes: 3 } });
    receive(script, append({ entries: entries(2, 11, 2), commit: 11 }));
    script.process(2);
    script.persist(2);
    script.process(2);
    expect(script.node(2).applyTo).toBe(4);
  });

  it('O9: a configuration counts from apply, not from append', () => {
    const script = settled(three());
    script.change(1, { transition: 'auto', steps: [{ type: 'remove', id: 3 }] });
    while (script.process(1));
    script.persist(1);
    expect(script.status(1).configuration.voters).toHaveLength(3);
    script.settle();
    expect(script.status(1).configuration.voters).toHaveLength(2);
  });

  it('O10: a snapshot waits for the apply under way', () => {
    const script = three();
    receive(script, append({ entries: [entry(2, 2)], commit: 2 }));
    script.process(2);
    script.persist(2);
    script.process(2);
    expect(script.node(2).applyTo).toBe(2);
    receive(script, snapshotOffer(script, { index: 9, term: 2 }));
    while (script.process(2)) script.persist(2);
    expect(script.node(2).install).toBeNull();
    script.apply(2);
    script.process(2);
    expect(script.node(2).install).toMatchObject({ index: 9 });
  });

  it('O10: a snapshot is acknowledged only once log, state and membership equal it', () => {
    const script = three();
    receive(script, append({ entries: [entry(2, 2)] }));
    script.settle();
    script.drop();
    receive(script, snapshotOffer(script, { index: 9, term: 2 }));
    while (script.process(2)) script.persist(2);
    expect(script.network).toEqual([]);
    script.apply(2);
    script.process(2);
    expect(script.network).toEqual([expect.objectContaining({ type: 'appendAccepted', matchIndex: 9 })]);
    expect(script.node(2)).toMatchObject({ disk: [], diskFirst: 10, snapshot: { index: 9 } });
  });

  it('O11: lost, duplicated and reordered messages end in the same log', () => {
    const script = settled(three());
    for (let i = 0; i < 4; i++) {
      script.propose(1, Uint8Array.of(i));
      script.process(1);
    }
    script.network.reverse();
    script.network.push(...script.network.map((message) => ({ ...message })));
    script.drop(appendsTo(3));
    script.settle();
    script.run(10);
    expect(script.nodes.map(({ log }) => log)).toEqual([1, 2, 3].map(() => script.node(1).log));
    expect(script.status(1)).toMatchObject({ commit: 6, lastIndex: 6 });
  });

  it('O12: no write of the leader’s own disk delays appends or heartbeats', () => {
    const script = settled(three());
    script.propose(1, Uint8Array.of(1));
    script.process(1);
    expect(script.node(1).part).not.toBeNull();
    script.drop();
    script.tick(3, [1]);
    script.process(1);
    expect(script.network.map(({ type }) => type)).toEqual(['heartbeat', 'heartbeat']);
    script.settle(touching(3));
    expect(script.status(1).commit).toBe(3);
  });

  it('the same events give the same effects, whatever object they come in', () => {
    const configuration = configurationOf([{ id: 1, uuid: scriptedUuid(1) }]);
    const first = { index: 1, term: 1, type: 'configuration', data: encodeConfiguration(configuration) } as const;
    const hardState = { term: 1, vote: 0, promiseMs: 0 };
    const stored: StoredLog = { hardState, snapshot: null, entries: [first], firstIndex: 1, commit: 1 };
    const play = (): string => runAlone(stored);
    expect(play()).toBe(play());
    expect(play().length).toBeGreaterThan(1000);
  });
});
