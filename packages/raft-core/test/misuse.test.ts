import { describe, expect, it } from 'vitest';
import { configurationOf, encodeConfiguration } from '../src/configuration.ts';
import type { RaftCoreOptions } from '../src/core/core-options.ts';
import { createRaftCore } from '../src/core/raft-node.ts';
import type { RaftEvent } from '../src/core/event.ts';
import type { Entry } from '../src/entry.ts';
import { helloProblem, type Hello } from '../src/hello.ts';
import type { Message } from '../src/message.ts';
import { ScriptedCluster, scriptedUuid } from '../src/testing/index.ts';

const heartbeat = {
  type: 'heartbeat',
  from: 1,
  to: 2,
  term: 2,
  commit: 0,
  round: 1,
  promiseMs: 150,
  successor: 0,
} as const;
const entry: Entry = { index: 2, term: 2, type: 'command', data: new Uint8Array(1) };
const append = {
  type: 'append',
  from: 1,
  to: 2,
  term: 2,
  prevIndex: 1,
  prevTerm: 1,
  entries: [entry],
  commit: 0,
  round: 1,
  promiseMs: 150,
} as const;
const configuration = configurationOf([{ id: 1, uuid: 'u' }]);
const snapshot = { index: 5, term: 2, configuration, timing: null, sizeBytes: 1, checksum: 1 };

const malformed: readonly [string, object][] = [
  ['id 0', { ...heartbeat, from: 0 }],
  ['negative id', { ...heartbeat, from: -1 }],
  ['fractional id', { ...heartbeat, from: 1.5 }],
  ['id beyond 2^53', { ...heartbeat, from: 2 ** 53 }],
  ['message to itself', { ...heartbeat, from: 2 }],
  ['message for another', { ...heartbeat, to: 3 }],
  ['unknown kind', { ...heartbeat, type: 'surprise' }],
  ['kind of the prototype', { ...heartbeat, type: 'toString' }],
  ['term 0', { ...heartbeat, term: 0 }],
  ['fractional term', { ...heartbeat, term: 1.5 }],
  ['term beyond 2^53', { ...heartbeat, term: 2 ** 53 }],
  ['NaN round', { ...heartbeat, round: Number.NaN }],
  ['endless promise', { ...heartbeat, promiseMs: 1e9 }],
  ['commit above the log: entries lost', { ...heartbeat, commit: 99 }],
  ['gap in entries', { ...append, entries: [{ ...entry, index: 3 }] }],
  [
    'falling term in entries',
    {
      ...append,
      term: 3,
      entries: [
        { ...entry, term: 2 },
        { ...entry, index: 3, term: 1 },
      ],
    },
  ],
  ['entry term above the sender’s', { ...append, entries: [{ ...entry, term: 3 }] }],
  ['unknown entry type', { ...append, entries: [{ ...entry, type: 'other' }] }],
  ['entry without bytes', { ...append, entries: [{ ...entry, data: 'text' }] }],
  ['oversized entry', { ...append, entries: [{ ...entry, data: new Uint8Array(1024 * 1024 + 1) }] }],
  ['configuration that does not decode', { ...append, entries: [{ ...entry, type: 'configuration' }] }],
  ['timing that does not decode', { ...append, entries: [{ ...entry, type: 'timing' }] }],
  ['missing entries', { ...append, entries: undefined }],
  ['snapshot of nothing', { ...heartbeat, type: 'snapshot', snapshot: { ...snapshot, index: 0 } }],
  ['snapshot of a later term', { ...heartbeat, type: 'snapshot', snapshot: { ...snapshot, term: 9 } }],
  ['missing snapshot', { ...heartbeat, type: 'snapshot', snapshot: null }],
  [
    'negative remaining time',
    { type: 'preVoteResponse', from: 1, to: 2, term: 2, granted: false, remainingMs: -1, commit: 0, commitTerm: 0 },
  ],
];

describe('bad input: refused by name, nothing changes', () => {
  it.each(malformed)('message: %s', (_name, message) => {
    const script = new ScriptedCluster({ voters: [1, 2, 3] });
    const before = script.status(2);
    const event = { type: 'message', message: message as Message, senderUuid: scriptedUuid(1) } as const;
    expect(() => script.step(2, event)).toThrow(expect.objectContaining({ code: 'RAFT_INVALID_INPUT' }));
    expect(script.status(2)).toEqual(before);
  });

  it.each<[string, RaftEvent, string]>([
    ['empty proposal', { type: 'propose', commands: [] }, 'RAFT_INVALID_INPUT'],
    ['oversized command', { type: 'propose', commands: [new Uint8Array(1024 * 1024 + 1)] }, 'RAFT_ENTRY_TOO_LARGE'],
    ['no bytes', { type: 'propose', commands: ['text' as unknown as Uint8Array] }, 'RAFT_INVALID_INPUT'],
    [
      'unreported storage part',
      { type: 'persisted', token: { term: 1, lastIndex: 9, generation: 0, sequence: 9 } },
      'RAFT_INVALID_INPUT',
    ],
    ['applied beyond what was handed out', { type: 'applied', index: 99 }, 'RAFT_INVALID_INPUT'],
    [
      'snapshot above applied',
      { type: 'snapshotReady', snapshot: { ...snapshot, index: 99 }, firstIndex: 1 },
      'RAFT_INVALID_INPUT',
    ],
    [
      'timing out of range',
      { type: 'proposeTiming', timing: { electionTimeoutMs: 50, heartbeatMs: 30 } },
      'RAFT_INVALID_INPUT',
    ],
    ['unknown event', { type: 'nonsense' } as unknown as RaftEvent, 'RAFT_INVALID_INPUT'],
    [
      'change without steps',
      { type: 'confChange', change: { transition: 'auto', steps: [] }, checks: 'skipped' },
      'RAFT_CHANGE_REFUSED',
    ],
  ])('event: %s', (_name, event, code) => {
    const script = new ScriptedCluster({ voters: [1, 2, 3] });
    script.elect(1);
    const before = script.status(1);
    expect(() => script.step(1, event)).toThrow(expect.objectContaining({ code }));
    expect(script.status(1)).toEqual(before);
  });

  it('two leaders of one term: the second is refused', () => {
    const script = new ScriptedCluster({ voters: [1, 2, 3] });
    script.elect(1);
    const message = { ...heartbeat, from: 3 };
    const refusal = expect.objectContaining({ code: 'RAFT_INVALID_INPUT' });
    expect(() => script.step(2, { type: 'message', message, senderUuid: scriptedUuid(3) })).toThrow(refusal);
    expect(script.status(2).leaderId).toBe(1);
  });

  it('answers nobody could give: match above the log, rounds never begun', () => {
    const script = new ScriptedCluster({ voters: [1, 2, 3] });
    script.elect(1);
    const answer = { type: 'appendAccepted', from: 2, to: 1, term: 2, matchIndex: 99, round: 1 } as const;
    const refusal = expect.objectContaining({ code: 'RAFT_INVALID_INPUT' });
    const send = (message: Message): void => script.step(1, { type: 'message', message, senderUuid: scriptedUuid(2) });
    expect(() => send(answer)).toThrow(refusal);
    expect(() => send({ ...answer, matchIndex: 1, round: 999 })).toThrow(refusal);
    expect(script.status(1).commit).toBe(2);
  });

  it('answers of unknown members and of foreign uuids never count (S13)', () => {
    const script = new ScriptedCluster({ voters: [1, 2, 3] });
    script.elect(1);
    script.propose(1, Uint8Array.of(1));
    script.process(1);
    script.persist(1);
    const answer = { type: 'appendAccepted', from: 2, to: 1, term: 2, matchIndex: 3, round: 1 } as const;
    script.step(1, { type: 'message', message: answer, senderUuid: 'wiped' });
    script.step(1, { type: 'message', message: { ...answer, from: 9 }, senderUuid: scriptedUuid(9) });
    script.step(1, { type: 'message', message: { ...answer, from: 9, term: 50 }, senderUuid: scriptedUuid(9) });
    expect(script.status(1)).toMatchObject({ commit: 2, term: 2, role: 'leader' });
  });

  it('late and duplicate answers extend no lease (H11)', () => {
    const script = new ScriptedCluster({ voters: [1, 2, 3] });
    script.elect(1);
    const before = script.status(1).leaseUntilMs;
    const answer = { type: 'heartbeatResponse', from: 2, to: 1, term: 2, round: 1, lateMs: 0 } as const;
    script.advance(100);
    for (let i = 0; i < 3; i++) script.step(1, { type: 'message', message: answer, senderUuid: scriptedUuid(2) });
    script.process(1);
    expect(script.status(1).leaseUntilMs).toBe(before);
  });
});

const stored: RaftCoreOptions['stored'] = {
  hardState: { term: 2, vote: 0, promiseMs: 0 },
  snapshot: null,
  entries: [{ index: 1, term: 1, type: 'configuration', data: encodeConfiguration(configuration) }],
  firstIndex: 1,
  commit: 1,
};
const options: RaftCoreOptions = { id: 1, uuid: 'u', stored, nowMs: 0, seed: 0 };

describe('a store that lies is noticed at start', () => {
  it.each<[string, Partial<RaftCoreOptions['stored']>]>([
    ['a gap', { entries: [{ ...entry, index: 3 }] }],
    [
      'a falling term',
      {
        entries: [
          { ...entry, index: 1 },
          { ...entry, index: 2, term: 1 },
        ],
      },
    ],
    ['an entry of a later term', { hardState: { term: 0, vote: 0, promiseMs: 0 } }],
    ['a commit beyond the log', { commit: 9 }],
    ['a first index behind a gap', { firstIndex: 5 }],
  ])('%s', (_name, lie) => {
    const start = (): unknown => createRaftCore({ ...options, stored: { ...stored, ...lie } });
    expect(start).toThrow(expect.objectContaining({ code: 'STORAGE_CORRUPT' }));
  });
});

describe('options', () => {
  it.each<[string, Partial<RaftCoreOptions>]>([
    ['id 0', { id: 0 }],
    ['fractional id', { id: 1.5 }],
    ['empty uuid', { uuid: '' }],
    ['negative seed', { seed: -1 }],
    ['election timeout too short', { electionTimeoutMs: 90 }],
    ['heartbeat below two ticks', { heartbeatMs: 10 }],
    ['heartbeat above a quarter of the election timeout', { heartbeatMs: 50 }],
    ['no window', { maxInflightMessages: 0 }],
    ['a clock bound beyond reason', { clockRateError: 0.5 }],
  ])('%s is refused', (_name, bad) => {
    expect(() => createRaftCore({ ...options, ...bad })).toThrow(
      expect.objectContaining({ code: 'RAFT_INVALID_OPTION' }),
    );
  });
});

const own: Hello = {
  protocolMin: 1,
  protocolMax: 1,
  clusterId: 'c',
  generation: 1,
  id: 1,
  uuid: 'a',
  startCount: 1,
  bootId: 'x',
  promiseMs: 150,
};
const peer: Hello = { ...own, id: 2, uuid: 'b', bootId: 'y' };

describe('hello', () => {
  it.each<[string, Partial<Hello>, Hello | undefined]>([
    ['wrong cluster', { clusterId: 'other' }, undefined],
    ['other generation', { generation: 2 }, undefined],
    ['our own id', { id: 1 }, undefined],
    ['no common protocol', { protocolMin: 2, protocolMax: 3 }, undefined],
    ['older start of the same uuid (H13)', {}, { ...peer, startCount: 2 }],
    ['same start, other boot: a clone (H13)', {}, { ...peer, bootId: 'z' }],
  ])('%s is refused', (_name, change, seen) => {
    expect(helloProblem(own, { ...peer, ...change }, seen)).toEqual(expect.any(String));
  });

  it.each<[string, Partial<Hello>, Hello | undefined]>([
    ['member of the cluster', {}, undefined],
    ['empty disk, about to join', { clusterId: '', generation: 0 }, undefined],
    ['newer start of the same uuid', { startCount: 3 }, peer],
    ['the same process again', {}, peer],
  ])('%s is accepted', (_name, change, seen) => {
    expect(helloProblem(own, { ...peer, ...change }, seen)).toBeUndefined();
  });
});
