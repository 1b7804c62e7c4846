import { describe, expect, it } from 'vitest';
import type { CoreTrace } from '../../src/core/trace.ts';
import type { Message } from '../../src/message.ts';
import { ScriptedCluster, scriptedUuid } from '../../src/testing/index.ts';

function cluster(learners: readonly number[] = []): ScriptedCluster {
  const script = new ScriptedCluster({ voters: [1, 2, 3], learners });
  script.elect(1);
  script.run(4);
  return script;
}

function touching(id: number): (message: Message) => boolean {
  return ({ from, to }) => from === id || to === id;
}

function stop(script: ScriptedCluster): void {
  script.step(1, { type: 'reconcilerStopped', term: 2 });
}

describe('leadership transfer (thesis §3.10)', () => {
  it('may be timed by what each peer is known to know as committed: what a heartbeat told it that it answered', () => {
    const script = cluster();
    const knownBy = (id: number): number | undefined =>
      script.status(1).peers.find((peer) => peer.id === id)?.knownCommit;
    script.propose(1, new TextEncoder().encode('late'));
    script.settle();
    const { commit } = script.status(1);
    expect([knownBy(2), knownBy(3)]).toEqual([commit - 1, commit - 1]);
    script.tick(4, [1]);
    script.settle(touching(3));
    expect([knownBy(2), knownBy(3)]).toEqual([commit, commit - 1]);
  });

  it('revokes first and sends no TimeoutNow before the reconcilers stopped (H1)', () => {
    const script = cluster();
    script.transfer(1, 2);
    script.settle();
    expect(script.node(1).revoked).toEqual([2]);
    expect(script.leader).toBe(1);
    stop(script);
    script.settle();
    expect(script.leader).toBe(2);
  });

  it('goes on when the lease lapses without an answer', () => {
    const script = cluster();
    script.transfer(1, 2);
    script.run(13);
    expect(script.leader).toBe(2);
  });

  it('publishes no lease after revoking, for the rest of the term', () => {
    const script = cluster();
    script.transfer(1, 2);
    script.process(1);
    const { length } = script.node(1).leases;
    script.tick(6);
    script.settle(({ type }) => type === 'timeoutNow');
    expect(script.node(1).leases).toHaveLength(length);
  });

  it('moves to an up-to-date follower and back', () => {
    const script = cluster();
    script.transfer(1, 3);
    stop(script);
    script.settle();
    expect(script.leader).toBe(3);
    script.transfer(3, 1);
    script.step(3, { type: 'reconcilerStopped', term: 3 });
    script.settle();
    expect(script.leader).toBe(1);
  });

  it('chooses the best-matched live voter for target 0', () => {
    const script = cluster();
    script.propose(1, Uint8Array.of(1));
    script.settle(touching(2));
    script.transfer(1, 0);
    expect(script.status(1).transferTarget).toBe(3);
  });

  it('waits until a lagging target caught up (slow follower)', () => {
    const script = cluster();
    script.propose(1, Uint8Array.of(1));
    script.settle(touching(3));
    script.transfer(1, 3);
    stop(script);
    script.settle(({ type }) => type === 'append');
    expect(script.leader).toBe(1);
    script.run(6);
    expect(script.leader).toBe(3);
    expect(script.status(3).commit).toBe(4);
  });

  it('waits until the target knows that it votes: TimeoutNow is never wasted', () => {
    const traced: CoreTrace[] = [];
    const script = new ScriptedCluster({
      voters: [1, 2, 3],
      learners: [4],
      onTrace: (_node, event) => traced.push(event),
    });
    script.elect(1);
    script.run(4);
    script.change(1, { transition: 'auto', steps: [{ type: 'addVoter', member: { id: 4, uuid: scriptedUuid(4) } }] });
    script.settle();
    expect(script.status(4).configuration.voters).toHaveLength(3); // holds the entry, does not know it committed
    script.transfer(1, 4);
    stop(script);
    script.settle();
    expect(script.leader).toBe(4); // without a heartbeat's wait
    expect(traced.filter(({ type }) => type === 'ignored')).toEqual([]);
  });

  it('catches the target up by snapshot first', () => {
    const script = cluster();
    for (let i = 0; i < 4; i++) script.propose(1, Uint8Array.of(i));
    script.settle(touching(3));
    script.compact(1);
    script.transfer(1, 3);
    stop(script);
    script.run(8);
    expect(script.leader).toBe(3);
  });

  it.each([
    { target: 1, why: 'to self' },
    { target: 9, why: 'to a non-existing node' },
    { target: 4, why: 'to a learner' },
  ])('is refused $why', ({ target }) => {
    const script = cluster([4]);
    expect(() => script.transfer(1, target)).toThrow(expect.objectContaining({ code: 'RAFT_TRANSFER_REFUSED' }));
    expect(script.node(1).revoked).toEqual([]);
  });

  it('is refused on followers with the leader’s id', () => {
    const script = cluster();
    expect(() => script.transfer(2, 3)).toThrow(expect.objectContaining({ code: 'RAFT_NOT_LEADER', leaderId: 1 }));
  });

  it('drops proposals meanwhile', () => {
    const script = cluster();
    script.transfer(1, 2);
    expect(() => script.propose(1, Uint8Array.of(1))).toThrow(
      expect.objectContaining({ code: 'RAFT_PROPOSAL_DROPPED' }),
    );
  });

  it('says Goodbye and steps down when the target is gone: promises are void, another leads at once', () => {
    const script = cluster();
    script.transfer(1, 3);
    stop(script);
    for (let i = 0; i < 30; i++) {
      script.tick();
      script.settle(touching(3));
    }
    expect(script.status(1).role).toBe('follower');
    script.run(4);
    expect(script.leader).toBe(2);
  });

  it('takes another target when a second transfer names one', () => {
    const script = cluster();
    script.transfer(1, 3);
    script.settle(touching(3));
    script.transfer(1, 2);
    stop(script);
    script.settle();
    expect(script.leader).toBe(2);
  });

  it('keeps the same target when asked twice', () => {
    const script = cluster();
    script.transfer(1, 3);
    script.transfer(1, 3);
    stop(script);
    script.settle();
    expect(script.leader).toBe(3);
  });

  it('ends when a higher term shows up', () => {
    const script = cluster();
    script.transfer(1, 3);
    script.step(1, {
      type: 'message',
      message: { type: 'heartbeatResponse', from: 2, to: 1, term: 9, round: 0, lateMs: 0 },
      senderUuid: scriptedUuid(2),
    });
    expect(script.status(1)).toMatchObject({ role: 'follower', term: 9, transferTarget: 0 });
  });

  it('picks another target when the first is removed meanwhile (demoted target)', () => {
    const script = cluster();
    script.change(1, { transition: 'auto', steps: [{ type: 'remove', id: 3 }] });
    script.transfer(1, 3);
    script.settle();
    expect(script.status(1).transferTarget).toBe(2);
    stop(script);
    script.settle();
    expect(script.leader).toBe(2);
  });

  it('ignores TimeoutNow from a node that does not lead, and at non-voters', () => {
    const script = cluster([4]);
    const order = (from: number, to: number): void =>
      script.step(to, {
        type: 'message',
        message: { type: 'timeoutNow', from, to, term: 2 },
        senderUuid: scriptedUuid(from),
      });
    expect(() => order(3, 2)).toThrow(expect.objectContaining({ code: 'RAFT_INVALID_INPUT' }));
    order(1, 4);
    expect(script.status(2).term).toBe(2);
    expect(script.status(4).term).toBe(2);
  });

  it('accepts Goodbye only from the leader of the term (H2)', () => {
    const script = cluster();
    script.step(2, {
      type: 'message',
      message: { type: 'goodbye', from: 1, to: 2, term: 1 },
      senderUuid: scriptedUuid(1),
    });
    expect(script.status(2)).toMatchObject({ leaderId: 1 });
    expect(script.status(2).promiseLeftMs).toBeGreaterThan(0);
  });
});
