import { describe, expect, it } from 'vitest';
import type { Message, VoteRequest } from '../../src/message.ts';
import { ScriptedCluster, scriptedUuid } from '../../src/testing/index.ts';

const three = [1, 2, 3];

function cluster(voters: readonly number[] = three): ScriptedCluster {
  return new ScriptedCluster({ voters });
}

function request(from: number, to: number, rest: Partial<VoteRequest> = {}): VoteRequest {
  return { type: 'voteRequest', from, to, term: 2, lastIndex: 1, lastTerm: 1, transfer: false, ...rest };
}

function receive(script: ScriptedCluster, message: Message): void {
  script.step(message.to, { type: 'message', message, senderUuid: scriptedUuid(message.from) });
}

/** Messages that touch a node. */
function touching(id: number): (message: Message) => boolean {
  return ({ from, to }) => from === id || to === id;
}

/** Runs the named nodes until one of them leads; the time it took. */
function msUntilLeader(script: ScriptedCluster, id: number, options: { ids: number[]; dead: number }): number {
  const startMs = script.nowMs;
  while (script.status(id).role !== 'leader' && script.nowMs < startMs + 1000) {
    script.tick(1, options.ids);
    script.settle(touching(options.dead));
  }
  return script.nowMs - startMs;
}

describe('elections (Raft §5.2)', () => {
  it('elects one leader, which commits an entry of its own term first', () => {
    const script = cluster();
    script.elect(1);
    expect(script.leader).toBe(1);
    expect(script.nodes.map(({ log }) => log)).toEqual(three.map(() => ['1/1', '2/2']));
  });

  it('elects the only voter once its own vote is durable, not before (O6)', () => {
    const script = cluster([1]);
    script.advance(300);
    script.campaign(1);
    script.process(1);
    expect(script.status(1).role).toBe('candidate');
    script.persist(1);
    expect(script.status(1).role).toBe('leader');
  });

  it('votes at most once per term, and repeats the vote it gave (TestFollowerVote; double vote)', () => {
    const script = cluster();
    script.advance(300);
    receive(script, request(2, 1));
    receive(script, request(3, 1));
    receive(script, request(2, 1));
    script.process(1);
    script.persist(1);
    expect(script.network).toEqual([
      expect.objectContaining({ type: 'voteResponse', to: 2, granted: true }),
      expect.objectContaining({ type: 'voteResponse', to: 3, granted: false }),
      expect.objectContaining({ type: 'voteResponse', to: 2, granted: true }),
    ]);
  });

  it('remembers its vote across a crash right after the answer left (S2)', () => {
    const script = cluster();
    script.advance(300);
    receive(script, request(2, 1));
    script.process(1);
    script.persist(1);
    script.restart(1);
    script.advance(300);
    receive(script, request(3, 1));
    script.process(1);
    expect(script.status(1).vote).toBe(2);
    expect(script.network).toContainEqual(expect.objectContaining({ type: 'voteResponse', to: 3, granted: false }));
  });

  it('sends no vote before it is durable: a crash at the persist boundary forgets vote and answer alike', () => {
    const script = cluster();
    script.advance(300);
    receive(script, request(2, 1));
    script.process(1);
    expect(script.network).toEqual([]);
    script.restart(1);
    script.advance(300);
    receive(script, request(3, 1));
    script.process(1);
    script.persist(1);
    expect(script.network).toEqual([expect.objectContaining({ to: 3, granted: true })]);
  });

  it.each([
    { lastTerm: 1, lastIndex: 9, granted: false, why: 'older last term, longer log' },
    { lastTerm: 2, lastIndex: 2, granted: false, why: 'same term, shorter log' },
    { lastTerm: 2, lastIndex: 3, granted: true, why: 'equal log' },
    { lastTerm: 2, lastIndex: 9, granted: true, why: 'longer log' },
    { lastTerm: 3, lastIndex: 1, granted: true, why: 'newer last term, shorter log' },
  ])('up-to-date rule (§5.4.1, TestVoter): $why → $granted', ({ lastTerm, lastIndex, granted }) => {
    const script = cluster();
    script.elect(1);
    script.propose(1, Uint8Array.of(1));
    script.settle();
    script.advance(300);
    receive(script, request(3, 2, { term: 9, lastTerm, lastIndex }));
    script.process(2);
    script.persist(2);
    script.process(2);
    expect(script.network).toContainEqual(expect.objectContaining({ type: 'voteResponse', from: 2, granted }));
  });

  it('draws waits between one and two timeouts, different ones on different nodes', () => {
    const waits = cluster([1, 2, 3, 4, 5]).nodes.map(({ core }) => core.status().electionWait);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(15);
    expect(Math.max(...waits)).toBeLessThan(30);
    expect(new Set(waits).size).toBeGreaterThan(1);
  });

  it('returns to follower when another leader of the term shows up', () => {
    const script = cluster();
    script.elect(1);
    script.run(1);
    script.advance(300);
    script.campaign(2);
    expect(script.status(2).role).toBe('preCandidate');
    script.tick(3, [1]);
    script.process(1);
    script.deliver(({ type }) => type === 'heartbeat');
    expect(script.status(2)).toMatchObject({ role: 'follower', leaderId: 1 });
  });

  it('elects nobody on a split vote and one leader later', () => {
    const script = cluster([1, 2, 3, 4]);
    script.advance(300);
    for (const id of [1, 2]) script.campaign(id);
    script.settle(({ type }) => type === 'voteResponse');
    expect(script.leader).toBe(0);
    script.run(80);
    expect(script.leader).toBeGreaterThan(0);
  });
});

describe('pre-vote and check-quorum', () => {
  it('changes no term while a leader is alive: an isolated node returns without a stir', () => {
    const script = cluster();
    script.elect(1);
    for (let i = 0; i < 300; i++) {
      script.tick();
      script.settle(touching(3));
    }
    expect(script.status(3).term).toBe(2);
    script.run(20);
    expect(script.leader).toBe(1);
    expect(script.status(1).term).toBe(2);
  });

  it('steps down within two timeouts when no quorum answers (P8)', () => {
    const script = cluster();
    script.elect(1);
    expect(script.status(1).leaseUntilMs - script.nowMs).toBeLessThanOrEqual(121);
    script.tick(30, [1]);
    script.settle(() => true);
    expect(script.status(1).role).toBe('follower');
    expect(script.node(1).revoked).toEqual([2]);
  });

  it('answers a refused pre-vote with the rest of the promise', () => {
    const script = cluster();
    script.elect(1);
    script.step(2, {
      type: 'message',
      message: { type: 'preVoteRequest', from: 3, to: 2, term: 3, lastIndex: 9, lastTerm: 2, commit: 0, commitTerm: 0 },
      senderUuid: scriptedUuid(3),
    });
    script.process(2);
    expect(script.network).toEqual([expect.objectContaining({ granted: false, remainingMs: 150 })]);
  });

  it('frees a stuck candidate with a higher term (TestFreeStuckCandidateWithCheckQuorum)', () => {
    const script = cluster();
    script.elect(1);
    script.restart(3);
    script.node(3).hardState = { term: 7, vote: 3, promiseMs: 150 };
    script.restart(3);
    expect(script.status(3).term).toBe(7);
    script.run(80);
    const leader = script.leader;
    expect(script.status(leader).term).toBeGreaterThanOrEqual(8);
    expect(script.status(3)).toMatchObject({ leaderId: leader });
  });

  it('lets a restarted voter refuse for one promise (H3)', () => {
    const script = cluster();
    script.elect(1);
    script.restart(2);
    script.advance(149);
    receive(script, request(3, 2, { term: 3, lastIndex: 9, lastTerm: 2 }));
    expect(script.status(2).term).toBe(2);
    script.advance(2);
    receive(script, request(3, 2, { term: 3, lastIndex: 9, lastTerm: 2 }));
    expect(script.status(2)).toMatchObject({ term: 3, vote: 3 });
  });

  it('honours the longest promise ever acknowledged after a restart (H10)', () => {
    const script = cluster();
    script.node(2).hardState = { term: 1, vote: 0, promiseMs: 1000 };
    script.restart(2);
    expect(script.status(2).promiseLeftMs).toBe(1000);
  });

  it('keeps the promise when the connection breaks or the leader is forgotten (H2)', () => {
    const script = cluster();
    script.elect(1);
    script.step(2, { type: 'peerUnreachable', peer: 1 });
    script.step(2, { type: 'forgetLeader', term: 2 });
    script.tick(14, [2]);
    script.campaign(2);
    expect(script.status(2)).toMatchObject({ role: 'follower', term: 2 });
  });

  it('lets the successor campaign one tick after the promise, others two ticks later', () => {
    const script = cluster();
    script.elect(1);
    script.run(6);
    const { successor } = script.status(2);
    expect(successor).toBe(2);
    for (const id of [2, 3]) script.step(id, { type: 'peerUnreachable', peer: 1 });
    expect(msUntilLeader(script, 2, { ids: [2, 3], dead: 1 })).toBeLessThanOrEqual(170);
    expect(script.status(2).role).toBe('leader');
  });

  it('holds an ex-leader to its own lease until its reconcilers stopped (H8)', () => {
    const script = cluster();
    script.elect(1);
    script.run(4);
    script.step(1, {
      type: 'message',
      message: { type: 'heartbeatResponse', from: 2, to: 1, term: 3, round: 0, lateMs: 0 },
      senderUuid: scriptedUuid(2),
    });
    expect(script.status(1).role).toBe('follower');
    receive(script, request(2, 1, { term: 4, lastIndex: 9, lastTerm: 2 }));
    expect(script.status(1).term).toBe(3);
    script.step(1, { type: 'reconcilerStopped', term: 2 });
    receive(script, request(2, 1, { term: 4, lastIndex: 9, lastTerm: 2 }));
    expect(script.status(1)).toMatchObject({ term: 4, vote: 2 });
  });

  it('id 0 is none, ordinal 0 is node 1: leader, voter and transferee', () => {
    const script = cluster();
    script.elect(2);
    script.transfer(2, 1);
    script.step(2, { type: 'reconcilerStopped', term: 2 });
    script.settle();
    expect(script.leader).toBe(1);
    expect(script.status(2)).toMatchObject({ vote: 1, leaderId: 1 });
  });
});
