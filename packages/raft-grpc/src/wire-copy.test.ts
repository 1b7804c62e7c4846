import type { Message, SnapshotOffer } from '@k8sop/raft-core';
import { describe, expect, it } from 'vitest';
import { wireCopy } from './wire-copy.ts';

const ends = { from: 1, to: 2, term: 7 };
const messages: readonly Exclude<Message, SnapshotOffer>[] = [
  { ...ends, type: 'heartbeat', commit: 3, round: 9, promiseMs: 150, successor: 3 },
  { ...ends, type: 'timeoutNow' },
  {
    ...ends,
    type: 'append',
    prevIndex: 4,
    prevTerm: 6,
    entries: [{ index: 5, term: 7, type: 'command', data: Uint8Array.of(1, 2, 3) }],
    commit: 4,
    round: 9,
    promiseMs: 150,
  },
  { ...ends, type: 'appendAccepted', matchIndex: 5, round: 9 },
];

describe('the copy of a message by way of the wire', () => {
  it.each(messages)('equals $type', (message) => {
    const copy = wireCopy(message);
    expect(copy).toEqual(message);
    expect(copy).not.toBe(message);
  });
});
