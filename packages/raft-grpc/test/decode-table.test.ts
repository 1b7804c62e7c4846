/**
 * What an answer to an append says after it has crossed the wire (P5): an acceptance of a part, of nothing, and a rejection are
 * never taken for success, and whatever cannot be told is refused.
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { ScriptedCluster, scriptedUuid } from '@k8sop/raft-core/testing';
import { describe, expect, it } from 'vitest';
import { ReplicateFrameSchema } from '../src/gen/k8sop/raft/v1/raft_pb.js';
import { type ReplicateMessage, replicateFrame, replicateMessage } from '../src/wire-codec.ts';

const ends = { from: 2, to: 1 };
const answers: readonly { readonly says: string; readonly message: ReplicateMessage }[] = [
  { says: 'all of it', message: { type: 'appendAccepted', ...ends, term: 2, matchIndex: 7, round: 3 } },
  { says: 'a part', message: { type: 'appendAccepted', ...ends, term: 2, matchIndex: 4, round: 3 } },
  { says: 'nothing new', message: { type: 'appendAccepted', ...ends, term: 2, matchIndex: 0, round: 3 } },
  {
    says: 'a rejection',
    message: { type: 'appendRejected', ...ends, term: 2, rejectedIndex: 7, hintIndex: 4, hintTerm: 1, round: 3 },
  },
  {
    says: 'a rejection by an empty log',
    message: { type: 'appendRejected', ...ends, term: 2, rejectedIndex: 7, hintIndex: 0, hintTerm: 0, round: 0 },
  },
];

function overTheWire(message: ReplicateMessage): unknown {
  const bytes = toBinary(ReplicateFrameSchema, replicateFrame(message));
  return replicateMessage(fromBinary(ReplicateFrameSchema, bytes), ends);
}

describe('the answer to an append, decoded (P5)', () => {
  it.each(answers)('says $says, as it was sent', ({ message }) => {
    expect(overTheWire(message)).toEqual(message);
  });

  it('is refused when it says neither', () => {
    const silent = create(ReplicateFrameSchema, { term: 2n });
    expect(() => replicateMessage(silent, ends)).toThrow(expect.objectContaining({ code: 'RAFT_INVALID_INPUT' }));
  });

  it('commits no more than the part that was accepted', () => {
    const script = new ScriptedCluster({ voters: [1, 2, 3] });
    script.elect(1);
    const before = script.status(1).commit;
    for (let i = 0; i < 5; i++) script.propose(1, new Uint8Array([i]));
    script.process(1);
    script.persist(1);
    script.network = [];
    const part = before + 3;
    const { term } = script.status(1);
    const answer = overTheWire({ type: 'appendAccepted', ...ends, term, matchIndex: part, round: 0 });
    script.step(1, { type: 'message', message: answer as ReplicateMessage, senderUuid: scriptedUuid(2) });
    expect(script.status(1)).toMatchObject({ commit: part, lastIndex: before + 5 });
  });
});
