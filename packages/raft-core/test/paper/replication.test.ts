import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/entry.ts';
import type { AppendRequest, Message } from '../../src/message.ts';
import { ScriptedCluster, scriptedUuid } from '../../src/testing/index.ts';

const bytes = (value: number): Uint8Array => Uint8Array.of(value);

function entry(index: number, term: number): Entry {
  return { index, term, type: 'command', data: bytes(index) };
}

function append(rest: Partial<AppendRequest>): AppendRequest {
  return {
    type: 'append',
    from: 1,
    to: 2,
    term: 2,
    prevIndex: 1,
    prevTerm: 1,
    entries: [],
    commit: 0,
    round: 1,
    promiseMs: 150,
    ...rest,
  };
}

function receive(script: ScriptedCluster, message: Message): void {
  script.step(message.to, { type: 'message', message, senderUuid: scriptedUuid(message.from) });
}

function cluster(): ScriptedCluster {
  const script = new ScriptedCluster({ voters: [1, 2, 3] });
  script.elect(1);
  return script;
}

/** Messages that touch a node. */
function touching(id: number): (message: Message) => boolean {
  return ({ from, to }) => from === id || to === id;
}

function isAppendOfTerm(term: number): (message: Message) => boolean {
  return (message) => message.type === 'append' && message.entries.some((entry) => entry.term === term);
}

describe('replication (Raft §5.3)', () => {
  it('commits an entry once a majority holds it durably', () => {
    const script = cluster();
    script.propose(1, bytes(1));
    script.process(1);
    expect(script.status(1).commit).toBe(2);
    script.deliver();
    script.process(2);
    script.persist(2);
    script.deliver();
    expect(script.status(1).commit).toBe(2);
    script.persist(1);
    expect(script.status(1).commit).toBe(3);
  });

  it('acknowledges no entry before it is durable (vote or ack used before persistence)', () => {
    const script = cluster();
    script.propose(1, bytes(1));
    script.process(1);
    script.deliver();
    script.process(2);
    expect(script.network.filter(({ from }) => from === 2)).toEqual([]);
    script.persist(2);
    expect(script.network).toContainEqual(expect.objectContaining({ type: 'appendAccepted', from: 2, matchIndex: 3 }));
  });

  it('never commits an entry of an older term by counting (Figure 8; TestLeaderOnlyCommitsLogFromCurrentTerm)', () => {
    const script = cluster();
    script.propose(1, bytes(1));
    script.settle(({ type }) => type === 'append');
    script.advance(300);
    script.tick(30, [1]);
    script.settle(() => true);
    expect(script.status(1).role).toBe('follower');
    script.advance(300);
    script.campaign(1);
    script.settle(isAppendOfTerm(3));
    expect(script.status(1)).toMatchObject({ role: 'leader', term: 3, commit: 2 });
    script.run(4);
    expect(script.status(1).commit).toBe(4);
  });

  it.each([
    { commit: 5, entries: [entry(2, 2), entry(3, 2)], expected: 3, why: 'not beyond the last new entry' },
    { commit: 2, entries: [entry(2, 2), entry(3, 2)], expected: 2, why: 'as far as the leader says' },
    { commit: 9, entries: [], expected: 1, why: 'an empty append proves only its previous entry' },
  ])('follower commit: $why (TestFollowerCommitEntry)', ({ commit, entries, expected }) => {
    const script = new ScriptedCluster({ voters: [1, 2, 3] });
    receive(script, append({ commit, entries }));
    expect(script.status(2).commit).toBe(expected);
  });

  it('truncates nothing on a stale append: what agrees stays (reordered and duplicated appends)', () => {
    const script = new ScriptedCluster({ voters: [1, 2, 3] });
    receive(script, append({ entries: [entry(2, 2), entry(3, 2), entry(4, 2)] }));
    receive(script, append({ entries: [entry(2, 2)] }));
    expect(script.node(2).log).toEqual(['1/1', '2/2', '3/2', '4/2']);
  });

  it('replaces conflicting entries from the first that differs (Figure 7)', () => {
    const script = new ScriptedCluster({ voters: [1, 2, 3] });
    receive(script, append({ entries: [entry(2, 2), entry(3, 2), entry(4, 2)] }));
    receive(script, append({ from: 3, term: 4, prevIndex: 2, prevTerm: 2, entries: [entry(3, 4)] }));
    expect(script.node(2).log).toEqual(['1/1', '2/2', '3/4']);
  });

  it('ignores a storage report of an older truncation generation (O7)', () => {
    const script = new ScriptedCluster({ voters: [1, 2, 3] });
    receive(script, append({ entries: [entry(2, 2), entry(3, 2)] }));
    script.process(2);
    receive(script, append({ from: 3, term: 3, entries: [entry(2, 3)] }));
    script.persist(2);
    expect(script.status(2).durableIndex).toBe(1);
    expect(script.network).not.toContainEqual(expect.objectContaining({ type: 'appendAccepted', term: 3 }));
    script.process(2);
    script.persist(2);
    expect(script.node(2).disk.map(({ index, term }) => `${index}/${term}`)).toEqual(['1/1', '2/3']);
    expect(script.status(2).durableIndex).toBe(2);
  });

  it('stores hard state before entries of its term; after a crash between them no entry is there (O2)', () => {
    const script = new ScriptedCluster({ voters: [1, 2, 3] });
    receive(script, append({ entries: [entry(2, 2)] }));
    script.process(2);
    expect(script.node(2).part).toMatchObject({ hardState: { term: 2 }, truncateFrom: 0 });
    script.restart(2);
    expect(script.status(2)).toMatchObject({ term: 1, lastIndex: 1 });
  });

  it('sends leader appends and heartbeats without waiting for the own disk (O12)', () => {
    const script = cluster();
    script.propose(1, bytes(1));
    script.process(1);
    expect(script.node(1).part).not.toBeNull();
    expect(script.network.map(({ type }) => type)).toEqual(['append', 'append']);
    script.drop();
    script.tick(3, [1]);
    script.process(1);
    expect(script.network.map(({ type }) => type)).toEqual(['heartbeat', 'heartbeat']);
  });

  it('keeps messages and bytes in flight within the window, and the window is empty at rest', () => {
    const script = new ScriptedCluster({ voters: [1, 2, 3], core: { maxInflightMessages: 4, maxMessageBytes: 8 } });
    script.elect(1);
    for (let i = 0; i < 20; i++) script.propose(1, new Uint8Array(8));
    script.process(1);
    expect(script.status(1).peers.map(({ inflightMessages }) => inflightMessages)).toEqual([0, 4, 4]);
    script.settle();
    expect(script.status(1).peers.map(({ match, inflightMessages }) => [match, inflightMessages])).toEqual([
      [22, 0],
      [22, 0],
      [22, 0],
    ]);
  });

  it('recovers appends that were lost without any error (stuck window)', () => {
    const script = cluster();
    script.propose(1, bytes(1));
    script.settle(({ type }) => type === 'append');
    script.run(12);
    expect(script.status(1)).toMatchObject({ commit: 3, lastIndex: 3 });
    expect(script.status(3).lastIndex).toBe(3);
  });

  it('brings a follower with a diverging log back (§5.3 backtracking)', () => {
    const script = new ScriptedCluster({ voters: [1, 2, 3] });
    receive(script, append({ from: 3, to: 1 }));
    receive(script, append({ from: 3, term: 2, entries: Array.from({ length: 9 }, (_, i) => entry(i + 2, 2)) }));
    script.settle(() => true);
    script.advance(500);
    script.campaign(1);
    script.settle(touching(2));
    script.run(60);
    const { leader } = script;
    expect(script.nodes.map(({ log }) => log)).toEqual([1, 2, 3].map(() => script.node(leader).log));
  });

  it('refuses proposals beyond maxUncommittedBytes and takes them again after commit (unbounded growth)', () => {
    const script = new ScriptedCluster({ voters: [1, 2, 3], core: { maxUncommittedBytes: 100 } });
    script.elect(1);
    script.propose(1, new Uint8Array(90));
    expect(() => script.propose(1, new Uint8Array(20))).toThrow(
      expect.objectContaining({ code: 'RAFT_PROPOSAL_DROPPED' }),
    );
    script.settle();
    script.propose(1, new Uint8Array(20));
    expect(script.status(1).uncommittedBytes).toBe(20);
  });

  it('steps aside when its disk stalls longer than a promise', () => {
    const script = cluster();
    script.run(6);
    script.propose(1, bytes(1));
    script.process(1);
    for (let i = 0; i < 60; i++) {
      script.tick();
      for (const id of [1, 2, 3]) while (script.process(id));
      for (const id of [2, 3]) script.persist(id);
      for (const id of [1, 2, 3]) script.apply(id);
      script.deliver();
    }
    expect(script.leader).not.toBe(1);
    expect(script.node(1).revoked).toContain(2);
  });
});

describe('reads', () => {
  it('serves no read before an entry of the own term is committed (TestReadOnlyForNewLeader)', () => {
    const script = new ScriptedCluster({ voters: [1, 2, 3] });
    script.advance(300);
    script.campaign(1);
    script.settle(({ type }) => type === 'append');
    expect(script.status(1).role).toBe('leader');
    script.step(1, { type: 'readIndex', requestId: 5 });
    script.settle(({ type }) => type === 'append');
    expect(script.node(1).reads).toEqual([]);
    script.run(6);
    expect(script.node(1).reads).toEqual([{ requestId: 5, index: 2 }]);
  });

  it('answers from the lease at once, without it only after a quorum answered a later round', () => {
    const script = cluster();
    script.step(1, { type: 'readIndex', requestId: 1 });
    script.process(1);
    expect(script.node(1).reads).toHaveLength(1);
    script.advance(200);
    script.step(1, { type: 'readIndex', requestId: 2 });
    script.process(1);
    expect(script.node(1).reads).toHaveLength(1);
    script.settle();
    expect(script.node(1).reads).toEqual([
      { requestId: 1, index: 2 },
      { requestId: 2, index: 2 },
    ]);
  });

  it('answers no read after leadership was lost', () => {
    const script = cluster();
    script.advance(200);
    script.step(1, { type: 'readIndex', requestId: 2 });
    script.tick(40, [1]);
    script.settle(() => true);
    expect(script.node(1).reads).toEqual([]);
    expect(script.status(1).pendingReads).toBe(0);
  });
});

describe('snapshots (Raft §7)', () => {
  it('sends one to a follower the log no longer reaches, which then follows (stuck in snapshot state)', () => {
    const script = cluster();
    for (let i = 0; i < 5; i++) script.propose(1, bytes(i));
    script.settle(({ to }) => to === 3);
    script.compact(1);
    script.run(10);
    expect(script.status(3)).toMatchObject({ snapshotIndex: 7, lastIndex: 7, commit: 7 });
    expect(script.status(3).configuration).toEqual(script.status(1).configuration);
    script.propose(1, bytes(9));
    script.run(4);
    expect(script.status(3).lastIndex).toBe(8);
    expect(script.status(1).peers.map(({ state }) => state)).toEqual(['replicate', 'replicate', 'replicate']);
  });

  it('reads older entries from storage when memory dropped them', () => {
    const script = new ScriptedCluster({ voters: [1, 2, 3], core: { trailingEntries: 0 } });
    script.elect(1);
    for (let i = 0; i < 5; i++) script.propose(1, bytes(i));
    script.settle(({ to }) => to === 3);
    expect(script.status(1).firstIndex).toBe(8);
    script.run(20);
    expect(script.node(3).disk.map(({ index }) => index)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('ignores a snapshot at or below the commit index (TestRestoreIgnoreSnapshot)', () => {
    const script = cluster();
    script.propose(1, bytes(1));
    script.settle();
    script.run(4);
    const snapshot = {
      index: 2,
      term: 2,
      configuration: script.status(1).configuration,
      timing: null,
      sizeBytes: 1,
      checksum: 1,
    };
    receive(script, { type: 'snapshot', from: 1, to: 2, term: 2, snapshot, round: 1, promiseMs: 150 });
    script.process(2);
    expect(script.node(2).install).toBeNull();
    expect(script.status(2)).toMatchObject({ lastIndex: 3, commit: 3, snapshotIndex: 0 });
  });

  it('restores a joint configuration with outgoing voters (TestRestoreWithVotersOutgoing)', () => {
    const script = new ScriptedCluster({ voters: [1, 2, 3] });
    const member = (id: number): { id: number; uuid: string } => ({ id, uuid: scriptedUuid(id) });
    const configuration = {
      voters: [2, 3, 4].map(member),
      outgoing: [1, 2, 3].map(member),
      learners: [],
      learnersNext: [],
      autoLeave: false,
    };
    const snapshot = { index: 11, term: 11, configuration, timing: null, sizeBytes: 1, checksum: 1 };
    receive(script, { type: 'snapshot', from: 1, to: 2, term: 11, snapshot, round: 1, promiseMs: 150 });
    script.settle(() => true);
    expect(script.status(2)).toMatchObject({ configuration, lastIndex: 11, lastTerm: 11, commit: 11, applied: 11 });
  });

  it('restarts from snapshot and log: applied entries are not lost, none is applied twice (S8)', () => {
    const script = cluster();
    for (let i = 0; i < 4; i++) script.propose(1, bytes(i));
    script.settle();
    script.run(4);
    script.compact(2);
    script.propose(1, bytes(9));
    script.settle();
    script.restart(2);
    expect(script.status(2)).toMatchObject({ applied: 6, commit: 6, lastIndex: 7 });
    script.run(8);
    expect(script.node(2).applied.map(({ index }) => index)).toEqual([7]);
  });
});
