/** Two nodes that stand for election at once: the story of a crash whose last heartbeat reached one follower only. */
import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/message.ts';
import { ScriptedCluster, scriptedUuid } from '../../src/testing/index.ts';

const crashed = 1;
const survivors = [2, 3];

function ofCrashed({ from, to }: Message): boolean {
  return from === crashed || to === crashed;
}

function ofCrashedOrVoteRequest(message: Message): boolean {
  return ofCrashed(message) || message.type === 'voteRequest';
}

/** Node 1 leads and dies; its last heartbeat reaches `heard` alone, `lateMs` after the other's last one. */
function crash(heard: number, lateMs: number): ScriptedCluster {
  const script = new ScriptedCluster({ voters: [1, 2, 3] });
  script.elect(crashed);
  script.run(6);
  script.tick(Math.floor(lateMs / 10), survivors);
  script.advance(lateMs % 10);
  const { term, commit } = script.status(crashed);
  const last = {
    type: 'heartbeat',
    from: crashed,
    to: heard,
    term,
    commit,
    round: 99,
    promiseMs: 150,
    successor: 2,
  } as const;
  script.step(heard, { type: 'message', message: last, senderUuid: scriptedUuid(crashed) });
  for (const id of survivors) script.step(id, { type: 'peerUnreachable', peer: crashed });
  return script;
}

/** Ticks the survivors, whose messages cross, until one of them leads; the time it took. */
function msUntilLeader(script: ScriptedCluster, drops: (message: Message) => boolean = ofCrashed): number {
  const startMs = script.nowMs;
  while (!survivors.some((id) => script.status(id).role === 'leader') && script.nowMs < startMs + 1_000) {
    script.tick(1, survivors);
    script.settle(drops);
  }
  return script.nowMs - startMs;
}

const skews = Array.from({ length: 31 }, (_, ms) => ms);

describe('rivals', () => {
  it.each(survivors)('elect a leader within 190 ms of the last heartbeat, which only %i heard', (heard) => {
    const waits = skews.map((lateMs) => msUntilLeader(crash(heard, lateMs)));
    expect(Math.max(...waits)).toBeLessThanOrEqual(190);
  });

  it('of two that ask at once the lower id goes first, the other gives way', () => {
    const script = crash(2, 0);
    script.advance(300);
    for (const id of survivors) script.campaign(id);
    script.settle(ofCrashed);
    expect(script.status(2)).toMatchObject({ role: 'leader', term: 3 });
    expect(script.status(3)).toMatchObject({ role: 'follower', term: 3, leaderId: 2 });
  });

  it('who granted a pre-vote does not stand while that candidate is about to win', () => {
    const script = crash(2, 0);
    script.advance(151);
    script.tick(1, [2]);
    script.process(2);
    script.drop(ofCrashed);
    script.deliver();
    script.tick(5, [3]);
    expect(script.status(3)).toMatchObject({ role: 'follower', term: 2 });
    script.tick(2, [3]);
    expect(script.status(3).role).toBe('preCandidate');
  });

  it('who goes first refuses a pre-vote for one heartbeat, then no longer', () => {
    const script = crash(2, 0);
    script.advance(300);
    script.campaign(2);
    script.process(2);
    script.drop();
    const ask = {
      type: 'preVoteRequest',
      from: 3,
      to: 2,
      term: 3,
      lastIndex: 2,
      lastTerm: 2,
      commit: 0,
      commitTerm: 0,
    } as const;
    const answerOf2 = (): Message | undefined => {
      script.step(2, { type: 'message', message: ask, senderUuid: scriptedUuid(3) });
      script.process(2);
      return script.network.pop();
    };
    expect(answerOf2()).toMatchObject({ granted: false, remainingMs: 30 });
    script.tick(2, [2]);
    expect(answerOf2()).toMatchObject({ granted: false, remainingMs: 10 });
    script.tick(1, [2]);
    expect(answerOf2()).toMatchObject({ granted: true });
    expect(script.status(2).role).toBe('follower');
  });

  it('ask again within two heartbeats where votes were split all the same', () => {
    const script = crash(2, 0);
    script.advance(300);
    const notYet = ({ type }: Message): boolean => type === 'preVoteRequest';
    for (const id of survivors) {
      script.campaign(id);
      script.process(id);
      script.drop(notYet);
      const granted = {
        type: 'preVoteResponse',
        from: 5 - id,
        to: id,
        term: 3,
        granted: true,
        remainingMs: 0,
      } as const;
      const message = { ...granted, commit: 0, commitTerm: 0 };
      script.step(id, { type: 'message', message, senderUuid: scriptedUuid(5 - id) });
    }
    script.settle(ofCrashed);
    expect(survivors.map((id) => script.status(id))).toEqual([
      expect.objectContaining({ role: 'candidate', term: 3 }),
      expect.objectContaining({ role: 'candidate', term: 3 }),
    ]);
    expect(msUntilLeader(script)).toBeLessThanOrEqual(40);
  });

  it('stand again soon when the first is silenced after it was let go ahead', () => {
    const script = crash(2, 0);
    script.advance(300);
    for (const id of survivors) script.campaign(id);
    script.settle(ofCrashedOrVoteRequest);
    expect(script.status(3).role).toBe('follower');
    expect(msUntilLeader(script)).toBeLessThanOrEqual(140);
  });
});
