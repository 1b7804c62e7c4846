import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/entry.ts';
import type { Message } from '../../src/message.ts';
import { ScriptedCluster, scriptedUuid } from '../../src/testing/index.ts';

function receive(script: ScriptedCluster, message: Message): void {
  script.step(message.to, { type: 'message', message, senderUuid: scriptedUuid(message.from) });
}

function entries(from: number, to: number, term: number): Entry[] {
  return Array.from({ length: to - from + 1 }, (_, i) => ({
    index: from + i,
    term,
    type: 'command',
    data: new Uint8Array(1),
  }));
}

function appendOf(rest: { entries: Entry[]; prevIndex?: number; commit?: number }): Message {
  const base = {
    type: 'append',
    from: 1,
    to: 2,
    term: 2,
    prevIndex: 1,
    prevTerm: 1,
    commit: 0,
    round: 1,
    promiseMs: 150,
  } as const;
  return { ...base, ...rest };
}

function hasEmptyEntryOfTerm(term: number): (message: Message) => boolean {
  return (message) =>
    message.type === 'append' && message.entries.some((entry) => entry.type === 'empty' && entry.term === term);
}

describe('rules that are easy to lose', () => {
  it('Figure 8: an entry of an older term on a majority is not committed until one of the own term is', () => {
    const script = new ScriptedCluster({ voters: [1, 2, 3] });
    script.elect(1);
    script.propose(1, new Uint8Array(2));
    script.settle(({ type }) => type === 'append');
    script.tick(30, [1]);
    script.settle(() => true);
    script.advance(400);
    script.campaign(1);
    script.settle(hasEmptyEntryOfTerm(3));
    receive(script, { type: 'appendAccepted', from: 2, to: 1, term: 3, matchIndex: 3, round: 1 });
    expect(script.status(1)).toMatchObject({ role: 'leader', term: 3, commit: 2, durableIndex: 4 });
    script.run(8);
    expect(script.status(1).commit).toBe(4);
  });

  it('grants no lease while the own first entry is committed but not applied (H4)', () => {
    const script = new ScriptedCluster({ voters: [1] });
    script.advance(300);
    script.campaign(1);
    script.process(1);
    script.persist(1);
    script.process(1);
    script.persist(1);
    script.process(1);
    expect(script.status(1)).toMatchObject({ role: 'leader', commit: 2, applied: 1 });
    script.tick(3);
    script.process(1);
    expect(script.node(1).leases).toEqual([]);
    script.apply(1);
    script.process(1);
    expect(script.node(1).leases).toHaveLength(1);
  });

  it('gives the only voter a lease and reads, without anybody to answer', () => {
    const script = new ScriptedCluster({ voters: [1] });
    script.elect(1);
    expect(script.status(1).leaseUntilMs).toBeGreaterThan(script.nowMs);
    script.run(50);
    expect(script.status(1).leaseUntilMs).toBeGreaterThan(script.nowMs);
    script.advance(400);
    script.step(1, { type: 'readIndex', requestId: 1 });
    script.settle();
    expect(script.node(1).reads).toEqual([{ requestId: 1, index: 2 }]);
  });

  it('acknowledges an append from before the commit index instead of looking for it', () => {
    const script = new ScriptedCluster({ voters: [1, 2, 3] });
    script.elect(1);
    script.propose(1, Uint8Array.of(1));
    script.settle();
    script.run(3);
    script.compact(2);
    receive(script, appendOf({ entries: entries(2, 2, 2) }));
    script.process(2);
    expect(script.network).toEqual([expect.objectContaining({ type: 'appendAccepted', matchIndex: 3 })]);
  });

  it('is not rewound by an old snapshot once the log was compacted', () => {
    const script = new ScriptedCluster({ voters: [1, 2, 3] });
    script.elect(1);
    script.propose(1, Uint8Array.of(1));
    script.settle();
    script.run(3);
    script.compact(2);
    const { configuration } = script.status(2);
    const snapshot = { index: 2, term: 2, configuration, timing: null, sizeBytes: 1, checksum: 1 };
    receive(script, { type: 'snapshot', from: 1, to: 2, term: 2, snapshot, round: 1, promiseMs: 150 });
    script.settle();
    expect(script.status(2)).toMatchObject({ installing: false, commit: 3, snapshotIndex: 3 });
  });

  it('drops acknowledgements of entries that a snapshot is about to replace', () => {
    const script = new ScriptedCluster({ voters: [1, 2, 3] });
    receive(script, appendOf({ entries: entries(2, 4, 2) }));
    const { configuration } = script.status(2);
    const snapshot = { index: 11, term: 2, configuration, timing: null, sizeBytes: 1, checksum: 1 };
    receive(script, { type: 'snapshot', from: 1, to: 2, term: 2, snapshot, round: 1, promiseMs: 150 });
    while (script.process(2)) script.persist(2);
    expect(script.network).not.toContainEqual(expect.objectContaining({ type: 'appendAccepted', matchIndex: 4 }));
    script.apply(2);
    script.process(2);
    expect(script.network).toContainEqual(expect.objectContaining({ type: 'appendAccepted', matchIndex: 11 }));
  });

  it('does not count the own vote when an older storage part completes (O6)', () => {
    const script = new ScriptedCluster({ voters: [1, 2, 3] });
    receive(script, appendOf({ entries: entries(2, 2, 2) }));
    script.advance(400);
    script.step(2, { type: 'tick', lateMs: 0 }); // the part is handed out now: a disk that is slower does not stand
    script.process(2);
    script.campaign(2);
    receive(script, {
      type: 'preVoteResponse',
      from: 3,
      to: 2,
      term: 3,
      granted: true,
      remainingMs: 0,
      commit: 0,
      commitTerm: 0,
    });
    expect(script.status(2)).toMatchObject({ role: 'candidate', term: 3, durableTerm: 1 });
    script.persist(2);
    receive(script, { type: 'voteResponse', from: 3, to: 2, term: 3, granted: true });
    expect(script.status(2)).toMatchObject({ role: 'candidate', durableTerm: 2 });
    script.process(2);
    script.persist(2);
    expect(script.status(2)).toMatchObject({ role: 'leader', durableTerm: 3 });
  });

  it('answers no message above its durable term (O5)', () => {
    const script = new ScriptedCluster({ voters: [1, 2, 3] });
    receive(script, { type: 'heartbeat', from: 1, to: 2, term: 7, commit: 0, round: 1, promiseMs: 150, successor: 0 });
    script.process(2);
    expect(script.network).toEqual([]);
    script.persist(2);
    expect(script.network).toEqual([expect.objectContaining({ type: 'heartbeatResponse', term: 7 })]);
  });

  it('holds an answer back until a longer promise is durable (H3, H10)', () => {
    const script = new ScriptedCluster({ voters: [1, 2, 3] });
    script.elect(1);
    receive(script, { type: 'heartbeat', from: 1, to: 2, term: 2, commit: 0, round: 1, promiseMs: 1000, successor: 0 });
    script.process(2);
    expect(script.network).toEqual([]);
    script.persist(2);
    expect(script.node(2).hardState.promiseMs).toBe(1000);
    expect(script.network).toHaveLength(1);
    receive(script, { type: 'heartbeat', from: 1, to: 2, term: 2, commit: 0, round: 1, promiseMs: 150, successor: 0 });
    expect(script.status(2).promiseLeftMs).toBe(1000);
  });

  it('computes the lease from the round’s promise, not from later timing (H10)', () => {
    const script = new ScriptedCluster({ voters: [1, 2, 3] });
    script.elect(1);
    script.proposeTiming(1, { electionTimeoutMs: 1000, heartbeatMs: 100 });
    script.settle();
    expect(script.status(1).timing.electionTimeoutMs).toBe(1000);
    expect(script.status(1).leaseUntilMs - script.nowMs).toBeLessThan(121);
    script.run(10);
    expect(script.status(1).leaseUntilMs - script.nowMs).toBeGreaterThan(700);
    expect(script.nodes.map(({ core }) => core.timing.electionTimeoutMs)).toEqual([1000, 1000, 1000]);
  });

  it('doubles timing cluster-wide when a voter’s ticks run late', () => {
    const script = new ScriptedCluster({ voters: [1, 2, 3] });
    script.elect(1);
    const lateness = [0, 0, 35, 0] as const;
    for (let i = 0; i < 6100; i++) {
      script.advance(10);
      for (const id of [1, 2, 3]) script.step(id, { type: 'tick', lateMs: lateness[id as 1] });
      script.settle();
    }
    expect(script.nodes.map(({ core }) => core.timing)).toEqual(
      [1, 2, 3].map(() => ({ electionTimeoutMs: 300, heartbeatMs: 60 })),
    );
    expect(script.leader).toBe(1);
  });

  it('one seed, one history: traces are equal byte for byte', () => {
    const history = (): string => {
      const lines: string[] = [];
      const script = new ScriptedCluster({
        voters: [1, 2, 3],
        onTrace: (node, event, nowMs) => lines.push(`${nowMs} ${node} ${JSON.stringify(event)}`),
      });
      script.run(100);
      script.restart(script.leader);
      script.run(100);
      return lines.join('\n');
    };
    const first = history();
    expect(history()).toBe(first);
    expect(first.split('\n').length).toBeGreaterThan(10);
  });
});
