/**
 * The lease holes: ways in which two leaders could act at once, each closed by one rule. Those of the process around
 * the core (frozen clocks, blocked threads, requests under way) are tested where they are closed.
 */
import { describe, expect, it } from 'vitest';
import type { Heartbeat, Message } from '../../src/message.ts';
import { ScriptedCluster, scriptedUuid } from '../../src/testing/index.ts';
import {
  append,
  heartbeat,
  heartbeatResponse,
  noting,
  receive,
  said,
  settled,
  touching,
  until,
  voteRequest,
} from './peer-messages.ts';

const cluster = (core: ConstructorParameters<typeof ScriptedCluster>[0]['core'] = {}): ScriptedCluster =>
  settled(new ScriptedCluster({ voters: [1, 2, 3], core }));

/** Node 1 hears of a higher term and steps down. */
function depose(script: ScriptedCluster, term = 3): void {
  receive(script, heartbeatResponse({ term, round: 0 }));
  expect(script.status(1)).toMatchObject({ role: 'follower', term });
}

function leaseEndMs(script: ScriptedCluster): number {
  return script.node(1).leases.at(-1)?.validUntilMs ?? 0;
}

/** Takes note of the length of promise that a message's round asks for; drops nothing. */
function noteLength(asked: Map<number, Set<number>>, message: Message): boolean {
  if (message.type !== 'append' && message.type !== 'heartbeat') return false;
  const { round, promiseMs } = message;
  asked.set(round, (asked.get(round) ?? new Set()).add(promiseMs));
  return false;
}

describe('H1: a hand-over bypasses promises', () => {
  it('H1: a hand-over revokes first, once', () => {
    const script = cluster();
    script.transfer(1, 2);
    script.process(1);
    expect(script.node(1).revoked).toEqual([2]);
    expect(script.network.filter(({ type }) => type === 'timeoutNow')).toEqual([]);
  });

  it('H1: no TimeoutNow before the reconcilers stopped or the lease lapsed', () => {
    const script = cluster();
    const endMs = leaseEndMs(script);
    script.transfer(1, 2);
    const sent: number[] = [];
    const ended = until(
      () => script.leader !== 1,
      () => {
        script.tick();
        script.settle(noting('timeoutNow', () => sent.push(script.nowMs)));
      },
    );
    expect(ended).toBe(true);
    expect(sent[0]).toBeGreaterThanOrEqual(endMs);
  });

  it('H1: no Goodbye while the lease lasts, however long the hand-over takes', () => {
    const script = cluster();
    // A promise far longer than the two timeouts after which a hand-over is given up.
    script.proposeTiming(1, { electionTimeoutMs: 10_000, heartbeatMs: 30 });
    script.settle();
    script.run(10);
    script.proposeTiming(1, { electionTimeoutMs: 100, heartbeatMs: 20 });
    script.settle();
    const endMs = leaseEndMs(script);
    expect(endMs - script.nowMs).toBeGreaterThan(5000);
    script.transfer(1, 3);
    const goodbyes: number[] = [];
    const ended = until(
      () => script.status(1).role !== 'leader',
      () => {
        script.tick(1, [1, 2]);
        script.settle(noting('goodbye', () => goodbyes.push(script.nowMs), touching(3)));
      },
    );
    expect(ended).toBe(true);
    expect(goodbyes[0]).toBeGreaterThanOrEqual(endMs);
  });

  it('H1: nothing renews a revoked lease for the rest of the term', () => {
    const script = cluster();
    script.transfer(1, 2);
    script.process(1);
    const endMs = leaseEndMs(script);
    for (let i = 0; i < 6; i++) {
      script.tick();
      script.settle(({ type }) => type === 'timeoutNow');
    }
    expect(leaseEndMs(script)).toBe(endMs);
  });

  it('H1: nothing renews a revoked lease: not even answers that arrived just before', () => {
    const script = cluster();
    const { length } = script.node(1).leases;
    script.tick(3, [1]);
    script.process(1);
    for (const { to, round } of said(script, 'heartbeat')) receive(script, heartbeatResponse({ from: to, round }));
    script.transfer(1, 2);
    script.process(1);
    expect(script.node(1).revoked).toEqual([2]);
    expect(script.node(1).leases).toHaveLength(length);
  });

  it('H1: no read is served from a revoked lease', () => {
    const script = cluster();
    script.transfer(1, 2);
    script.step(1, { type: 'reconcilerStopped', term: 2 });
    script.step(1, { type: 'readIndex', requestId: 1 });
    script.process(1);
    expect(script.node(1).reads).toEqual([]);
  });

  it('H1: a vote by order of the old leader still waits for the own lease', () => {
    const script = cluster();
    depose(script);
    receive(script, voteRequest({ from: 2, to: 1, term: 4, transfer: true }));
    expect(script.status(1)).toMatchObject({ term: 3, vote: 0 });
    script.advance(leaseEndMs(script) - script.nowMs);
    receive(script, voteRequest({ from: 2, to: 1, term: 4, transfer: true }));
    expect(script.status(1)).toMatchObject({ term: 4, vote: 2 });
  });

  it('H1: a vote by order of the old leader breaks the promise to that leader', () => {
    const script = cluster();
    receive(script, voteRequest({ from: 3, term: 3, transfer: true }));
    expect(script.status(2)).toMatchObject({ term: 3, vote: 3 });
  });
});

describe('H2: a campaign on connection loss', () => {
  it('H2: a broken connection ends no promise', () => {
    const script = cluster();
    const leftMs = script.status(2).promiseLeftMs;
    script.step(2, { type: 'peerUnreachable', peer: 1 });
    expect(script.status(2)).toMatchObject({ suspect: true, promiseLeftMs: leftMs });
    script.tick(Math.floor(leftMs / 10) - 1, [2]);
    expect(script.status(2)).toMatchObject({ role: 'follower', term: 2 });
  });

  it('H2: forgetting the leader ends no promise', () => {
    const script = cluster();
    const { promiseLeftMs } = script.status(2);
    script.step(2, { type: 'forgetLeader', term: 2 });
    expect(script.status(2)).toMatchObject({ leaderId: 0, promiseLeftMs });
    script.campaign(2);
    expect(script.status(2).role).toBe('follower');
  });

  it('H2: a candidate of a higher term gets no vote while the promise lasts', () => {
    const script = cluster();
    receive(script, voteRequest({ from: 3, term: 9 }));
    expect(script.status(2)).toMatchObject({ term: 2, leaderId: 1 });
    script.advance(script.status(2).promiseLeftMs);
    receive(script, voteRequest({ from: 3, term: 9 }));
    expect(script.status(2)).toMatchObject({ term: 9, vote: 3 });
  });

  it('H2: a Goodbye counts only from the leader that is followed', () => {
    const script = cluster();
    script.step(2, { type: 'forgetLeader', term: 2 });
    script.advance(10);
    script.restart(2);
    const before = script.status(2);
    receive(script, { type: 'goodbye', from: 3, to: 2, term: 1 });
    expect(script.status(2)).toEqual(before);
    script.run(4);
    const { promiseLeftMs } = script.status(3);
    receive(script, { type: 'goodbye', from: 1, to: 3, term: 1 });
    expect(script.status(3)).toMatchObject({ leaderId: 1, promiseLeftMs });
  });

  it('H2: a Goodbye of the leader of the term voids the promise to it', () => {
    const script = cluster();
    receive(script, { type: 'goodbye', from: 1, to: 3, term: 2 });
    expect(script.status(3)).toMatchObject({ leaderId: 0, promiseLeftMs: 0 });
  });
});

describe('H3: a restarted voter forgot its answer', () => {
  it('H3: a restarted voter refuses votes for one promise, to the millisecond', () => {
    const script = cluster();
    script.restart(2);
    script.advance(149);
    receive(script, voteRequest({ from: 3, term: 3 }));
    expect(script.status(2).term).toBe(2);
    script.advance(1);
    receive(script, voteRequest({ from: 3, term: 3 }));
    expect(script.status(2)).toMatchObject({ term: 3, vote: 3 });
  });

  it.each(Array.from({ length: 12 }, (_, i) => i * 10))(
    'H3: voters restarted %i ms into a lease elect nobody before it ends',
    (intoMs) => {
      const script = cluster();
      const endMs = leaseEndMs(script);
      script.advance(intoMs);
      for (const id of [2, 3]) script.restart(id);
      const ended = until(
        () => script.status(2).role === 'leader',
        () => {
          script.tick(1, [2, 3]);
          script.campaign(2);
          script.settle(touching(1));
        },
      );
      expect(ended).toBe(true);
      expect(script.nowMs).toBeGreaterThanOrEqual(endMs);
    },
  );

  it('H3: the longest promise survives a restart', () => {
    const script = cluster();
    receive(script, heartbeat({ promiseMs: 1000 }));
    script.process(2);
    script.persist(2);
    script.restart(2);
    expect(script.status(2).promiseLeftMs).toBe(1000);
  });

  it('H3: a longer promise is durable before it is answered', () => {
    const script = cluster();
    receive(script, heartbeat({ promiseMs: 1000 }));
    receive(script, append({ prevIndex: 2, prevTerm: 2, promiseMs: 1000 }));
    script.process(2);
    expect(script.network).toEqual([]);
    script.persist(2);
    expect(script.node(2).hardState.promiseMs).toBe(1000);
    expect(script.network.map(({ type }) => type)).toEqual(['heartbeatResponse', 'appendAccepted']);
  });

  it('H3: a node without a past promised nothing and need not wait', () => {
    const script = cluster();
    script.addEmpty(4);
    expect(script.status(4).promiseLeftMs).toBe(0);
  });
});

describe('H4: a new leader acts early', () => {
  it('H4: no lease while the own first entry is not applied', () => {
    const script = new ScriptedCluster({ voters: [1] });
    script.advance(300);
    script.campaign(1);
    for (let i = 0; i < 2; i++) {
      script.process(1);
      script.persist(1);
    }
    script.process(1);
    script.tick(3);
    script.process(1);
    expect(script.status(1)).toMatchObject({ role: 'leader', commit: 2, applied: 1 });
    expect(script.node(1).leases).toEqual([]);
    script.apply(1);
    script.process(1);
    expect(script.node(1).leases).toHaveLength(1);
  });
});

describe('H8: an ex-leader steps down and votes at once', () => {
  it('H8: an ex-leader refuses votes until its own lease is over', () => {
    const script = cluster();
    const endMs = leaseEndMs(script);
    depose(script);
    script.advance(endMs - script.nowMs - 1);
    receive(script, voteRequest({ from: 2, to: 1, term: 4 }));
    expect(script.status(1)).toMatchObject({ term: 3, vote: 0 });
    script.advance(1);
    receive(script, voteRequest({ from: 2, to: 1, term: 4 }));
    expect(script.status(1)).toMatchObject({ term: 4, vote: 2 });
  });

  it('H8: only quorum overlap is the ex-leader: nobody is elected before its lease is over', () => {
    const script = cluster();
    const endMs = leaseEndMs(script);
    depose(script);
    // Node 3 is gone; node 2 kept no promise, as after a Goodbye of an earlier term.
    receive(script, { type: 'goodbye', from: 1, to: 2, term: 2 });
    const ended = until(
      () => script.status(2).role === 'leader',
      () => {
        script.tick(1, [2]);
        script.campaign(2);
        script.settle(touching(3));
      },
    );
    expect(ended).toBe(true);
    expect(script.nowMs).toBeGreaterThanOrEqual(endMs);
  });

  it('H8: the reconcilers’ acknowledgement ends the refusal', () => {
    const script = cluster();
    depose(script);
    script.step(1, { type: 'reconcilerStopped', term: 2 });
    receive(script, voteRequest({ from: 2, to: 1, term: 4 }));
    expect(script.status(1)).toMatchObject({ term: 4, vote: 2 });
  });

  it('H8: an acknowledgement of another term ends nothing', () => {
    const script = cluster();
    depose(script);
    const { promiseLeftMs } = script.status(1);
    for (const term of [1, 3]) script.step(1, { type: 'reconcilerStopped', term });
    expect(promiseLeftMs).toBeGreaterThan(0);
    expect(script.status(1).promiseLeftMs).toBe(promiseLeftMs);
  });
});

describe('H9: one joint half, or a learner, counted', () => {
  const member = (id: number): { id: number; uuid: string } => ({ id, uuid: scriptedUuid(id) });

  it.each([
    { half: 'outgoing', cut: [2, 3] },
    { half: 'incoming', cut: [4, 5] },
  ])('H9: one half of a joint quorum gives no lease: the $half one is cut off', ({ cut }) => {
    const script = cluster();
    for (const id of [4, 5]) script.addEmpty(id);
    const steps = [
      { type: 'addVoter', member: member(4) },
      { type: 'addVoter', member: member(5) },
      { type: 'remove', id: 2 },
      { type: 'remove', id: 3 },
    ] as const;
    script.change(1, { transition: 'explicit', steps });
    script.run(10);
    expect(script.status(1).configuration.outgoing).toHaveLength(3);
    const endMs = leaseEndMs(script);
    for (let i = 0; i < 8; i++) {
      script.tick();
      script.settle(touching(...cut));
    }
    expect(leaseEndMs(script)).toBe(endMs);
  });

  it('H9: learners give no lease', () => {
    const script = settled(new ScriptedCluster({ voters: [1, 2, 3], learners: [4, 5, 6] }));
    const endMs = leaseEndMs(script);
    for (let i = 0; i < 8; i++) {
      script.tick();
      script.settle(touching(2, 3));
    }
    expect(leaseEndMs(script)).toBe(endMs);
  });
});

describe('H10: promises of several lengths', () => {
  it('H10: promises never shorten', () => {
    const script = cluster();
    receive(script, heartbeat({ promiseMs: 1000 }));
    receive(script, heartbeat({ promiseMs: 150 }));
    receive(script, append({ prevIndex: 2, prevTerm: 2, promiseMs: 150 }));
    expect(script.status(2).promiseLeftMs).toBe(1000);
  });

  it('H10: the lease rests on what the round asked for, not on later timing', () => {
    const script = cluster();
    script.proposeTiming(1, { electionTimeoutMs: 1000, heartbeatMs: 100 });
    script.settle(({ type }) => type === 'heartbeat');
    expect(script.status(1).timing.electionTimeoutMs).toBe(1000);
    expect(leaseEndMs(script) - script.nowMs).toBeLessThan(121);
    for (const { id, core } of script.nodes.slice(1)) {
      expect(leaseEndMs(script) - script.nowMs, `promise of ${id}`).toBeLessThanOrEqual(core.status().promiseLeftMs);
    }
  });

  it('H10: an answer that arrives after timing was raised counts for what its round asked for', () => {
    const script = cluster();
    script.proposeTiming(1, { electionTimeoutMs: 1000, heartbeatMs: 100 });
    script.process(1);
    const beganMs = script.nowMs;
    script.persist(1);
    script.deliver();
    for (const id of [2, 3]) {
      script.process(id);
      script.persist(id);
    }
    script.deliver(({ from }) => from === 2);
    script.process(1);
    script.apply(1);
    expect(script.status(1).timing.electionTimeoutMs).toBe(1000);
    script.deliver(({ from }) => from === 3);
    script.process(1);
    expect(leaseEndMs(script)).toBeLessThanOrEqual(beganMs + 121);
  });

  it('H10: one round asks for one length of promise, even when timing changes within a millisecond', () => {
    const script = cluster();
    const asked = new Map<number, Set<number>>();
    const note = (message: Message): boolean => noteLength(asked, message);
    for (const electionTimeoutMs of [1000, 150]) {
      script.proposeTiming(1, { electionTimeoutMs, heartbeatMs: 30 });
      script.settle(note);
      script.propose(1, Uint8Array.of(1));
      script.settle(note);
    }
    expect([...asked.values()].filter(({ size }) => size > 1)).toEqual([]);
    expect([...asked.values()].some((lengths) => lengths.has(1000))).toBe(true);
  });

  it('H10: an answer to a shorter promise is worth no longer one that an earlier round asked for', () => {
    const script = new ScriptedCluster({ voters: [1, 2, 3, 4, 5], core: { electionTimeoutMs: 1000 } });
    script.elect(1);
    const exchange = (to: number): void => {
      script.process(1);
      script.deliver((message) => message.to === to);
      script.process(to);
      script.persist(to);
      script.process(to);
      script.deliver((message) => message.to === 1);
    };
    script.proposeTiming(1, { electionTimeoutMs: 150, heartbeatMs: 30 });
    script.process(1);
    script.persist(1);
    exchange(2);
    exchange(4);
    script.drop();
    script.tick(20, [1]);
    script.process(1);
    exchange(2);
    script.drop();
    script.apply(1);
    script.tick(3, [1]);
    exchange(4);
    script.process(1);
    expect(script.status(1).timing.electionTimeoutMs).toBe(150);
    expect(leaseEndMs(script)).toBeLessThanOrEqual(script.nowMs + script.status(4).promiseLeftMs);
  });
});

describe('H11: a late or duplicate answer', () => {
  it('H11: a late or duplicate answer counts for the round that it echoes', () => {
    const script = cluster();
    script.tick(3, [1]);
    script.process(1);
    const [{ round }] = said(script, 'heartbeat') as [Heartbeat, Heartbeat];
    const beganMs = script.nowMs;
    script.drop();
    script.tick(6, [1]);
    script.process(1);
    script.drop();
    for (let i = 0; i < 3; i++) receive(script, heartbeatResponse({ round }));
    script.process(1);
    expect(leaseEndMs(script)).toBeGreaterThan(beganMs);
    expect(leaseEndMs(script)).toBeLessThanOrEqual(beganMs + 121);
  });

  it('H11: an answer to a round that is not remembered any more counts for nothing', { timeout: 60_000 }, () => {
    const script = cluster();
    script.tick(3, [1]);
    script.process(1);
    const [{ round }] = said(script, 'heartbeat') as [Heartbeat, Heartbeat];
    const endMs = leaseEndMs(script);
    // The memory of rounds is a ring of 4096: the same place holds a newer one by now.
    for (let i = 0; i < 4096; i++) {
      script.tick(3, [1]);
      script.process(1);
      script.drop();
      for (const id of [2, 3]) receive(script, heartbeatResponse({ from: id, round: 0 }));
    }
    receive(script, heartbeatResponse({ round }));
    script.process(1);
    expect(script.status(1).role).toBe('leader');
    expect(leaseEndMs(script)).toBe(endMs);
  });

  it('H11: an answer of an earlier term counts for nothing', () => {
    const script = cluster();
    const endMs = leaseEndMs(script);
    script.tick(3, [1]);
    script.process(1);
    const [{ round }] = said(script, 'heartbeat') as [Heartbeat, Heartbeat];
    receive(script, heartbeatResponse({ term: 1, round }));
    script.process(1);
    expect(leaseEndMs(script)).toBe(endMs);
  });
});

describe('H12: a removed leader keeps its lease', () => {
  it('H12: a removed leader gives its lease up when the removal applies', () => {
    const script = cluster();
    script.change(1, { transition: 'auto', steps: [{ type: 'remove', id: 1 }] });
    for (let i = 0; i < 20; i++) script.propose(1, Uint8Array.of(i));
    script.settle();
    expect(script.status(1).role).toBe('follower');
    expect(script.node(1).revoked).toEqual([2]);
    expect(script.status(1).leaseUntilMs).toBe(0);
  });
});

describe('length of a lease', () => {
  it('the lease is the promise less clock error and margin', () => {
    const script = cluster({ clockRateError: 0.1, leaseMarginMs: 20 });
    script.tick(2, [1]);
    script.process(1);
    const beganMs = script.nowMs;
    script.settle();
    expect(leaseEndMs(script)).toBeCloseTo(beganMs + (150 * 0.9) / 1.1 - 20, 6);
  });

  it('the lease of the default settings is 120 ms', () => {
    const script = cluster();
    script.tick(2, [1]);
    script.process(1);
    const beganMs = script.nowMs;
    script.settle();
    expect(Math.floor(leaseEndMs(script) - beganMs)).toBe(120);
  });
});
