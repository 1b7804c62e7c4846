/**
 * Core messages ⇄ generated protobuf messages: total, bounded, and the only place where `bigint` meets the core's safe
 * integers. A value that the core could not hold is a malformed frame, which resets its stream.
 *
 * Sender and receiver come from the stream's hellos, so no frame can claim another's name.
 */
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  type AppendRequest,
  decodeConfiguration,
  encodeConfiguration,
  type Entry,
  type EntryType,
  type Hello,
  type IdentifyAnswer,
  isCount,
  type JoinAnswer,
  type JoinRequest,
  type Message,
  maxEntryBytes,
  type NodeId,
  type SnapshotOffer,
  type SnapshotRef,
} from '@k8sop/raft-core';
import * as wire from './gen/k8sop/raft/v1/raft_pb.js';
import { malformed } from './grpc-error.ts';

/** Entries of one append at most; the core sends far fewer. */
const maxEntries = 65_536;

const wireTypes: Readonly<Record<EntryType, wire.EntryType>> = {
  empty: wire.EntryType.EMPTY,
  command: wire.EntryType.COMMAND,
  configuration: wire.EntryType.CONFIGURATION,
  timing: wire.EntryType.TIMING,
};
const coreTypes = new Map(Object.entries(wireTypes).map(([type, number]) => [number, type as EntryType]));

/** Between whom a stream carries messages. */
export interface Ends {
  readonly from: NodeId;
  readonly to: NodeId;
}

export type ReplicateMessage = Extract<Message, { type: 'append' | 'appendAccepted' | 'appendRejected' }>;
export type ControlMessage = Exclude<Message, ReplicateMessage | SnapshotOffer>;

export function controlFrame(message: ControlMessage): wire.ControlFrame {
  return create(wire.ControlFrameSchema, { term: BigInt(message.term), frame: controlBody(message) });
}

function controlBody(message: ControlMessage): NonNullable<MessageInitShape<typeof wire.ControlFrameSchema>['frame']> {
  switch (message.type) {
    case 'preVoteRequest':
      return {
        case: 'preVoteRequest',
        value: {
          lastIndex: BigInt(message.lastIndex),
          lastTerm: BigInt(message.lastTerm),
          commit: BigInt(message.commit),
          commitTerm: BigInt(message.commitTerm),
        },
      };
    case 'preVoteResponse':
      return {
        case: 'preVoteResponse',
        value: {
          granted: message.granted,
          remainingMs: message.remainingMs,
          commit: BigInt(message.commit),
          commitTerm: BigInt(message.commitTerm),
        },
      };
    case 'voteRequest':
      return {
        case: 'voteRequest',
        value: { lastIndex: BigInt(message.lastIndex), lastTerm: BigInt(message.lastTerm), transfer: message.transfer },
      };
    case 'voteResponse':
      return { case: 'voteResponse', value: { granted: message.granted } };
    case 'heartbeat':
      return {
        case: 'heartbeat',
        value: {
          commit: BigInt(message.commit),
          round: BigInt(message.round),
          promiseMs: message.promiseMs,
          successor: BigInt(message.successor),
        },
      };
    case 'heartbeatResponse':
      return { case: 'heartbeatResponse', value: { round: BigInt(message.round), lateMs: message.lateMs } };
    case 'timeoutNow':
      return { case: 'timeoutNow', value: {} };
    case 'goodbye':
      return { case: 'goodbye', value: {} };
  }
}

/** @throws a malformed-frame error for anything but one of the control messages. */
export function controlMessage({ term, frame }: wire.ControlFrame, ends: Ends): Message {
  const head = { ...ends, term: count(term, 'term') };
  switch (frame.case) {
    case 'preVoteRequest':
      return {
        type: frame.case,
        ...head,
        ...lastEntry(frame.value),
        commit: count(frame.value.commit, 'commit'),
        commitTerm: count(frame.value.commitTerm, 'commit_term'),
      };
    case 'preVoteResponse':
      return {
        type: frame.case,
        ...head,
        granted: frame.value.granted,
        remainingMs: ms(frame.value.remainingMs, 'remaining_ms'),
        commit: count(frame.value.commit, 'commit'),
        commitTerm: count(frame.value.commitTerm, 'commit_term'),
      };
    case 'voteRequest':
      return { type: frame.case, ...head, ...lastEntry(frame.value), transfer: frame.value.transfer };
    case 'voteResponse':
      return { type: frame.case, ...head, granted: frame.value.granted };
    case 'heartbeat':
      return {
        type: frame.case,
        ...head,
        commit: count(frame.value.commit, 'commit'),
        round: count(frame.value.round, 'round'),
        promiseMs: ms(frame.value.promiseMs, 'promise_ms'),
        successor: count(frame.value.successor, 'successor'),
      };
    case 'heartbeatResponse':
      return {
        type: frame.case,
        ...head,
        round: count(frame.value.round, 'round'),
        lateMs: ms(frame.value.lateMs, 'late_ms'),
      };
    case 'timeoutNow':
    case 'goodbye':
      return { type: frame.case, ...head };
    case 'hello':
    case undefined:
      throw malformed(`control frame without a message (${frame.case})`);
  }
}

export function replicateFrame(message: ReplicateMessage): wire.ReplicateFrame {
  return create(wire.ReplicateFrameSchema, { term: BigInt(message.term), frame: replicateBody(message) });
}

function replicateBody(message: ReplicateMessage): wire.ReplicateFrame['frame'] {
  switch (message.type) {
    case 'append':
      return { case: 'append', value: appendBody(message) };
    case 'appendAccepted':
      return {
        case: 'accepted',
        value: create(wire.AppendAcceptedSchema, {
          matchIndex: BigInt(message.matchIndex),
          round: BigInt(message.round),
        }),
      };
    case 'appendRejected':
      return {
        case: 'rejected',
        value: create(wire.AppendRejectedSchema, {
          rejectedIndex: BigInt(message.rejectedIndex),
          hintIndex: BigInt(message.hintIndex),
          hintTerm: BigInt(message.hintTerm),
          round: BigInt(message.round),
        }),
      };
  }
}

function appendBody(message: AppendRequest): wire.AppendRequest {
  return create(wire.AppendRequestSchema, {
    prevIndex: BigInt(message.prevIndex),
    prevTerm: BigInt(message.prevTerm),
    entries: message.entries.map(({ term, type, data }) =>
      create(wire.EntrySchema, { term: BigInt(term), type: wireTypes[type], data: data as Uint8Array<ArrayBuffer> }),
    ),
    commit: BigInt(message.commit),
    round: BigInt(message.round),
    promiseMs: message.promiseMs,
  });
}

/** @throws a malformed-frame error for anything but one of the replication messages. */
export function replicateMessage({ term, frame }: wire.ReplicateFrame, ends: Ends): Message {
  const head = { ...ends, term: count(term, 'term') };
  switch (frame.case) {
    case 'append':
      return { type: 'append', ...head, ...appendFields(frame.value) };
    case 'accepted':
      return {
        type: 'appendAccepted',
        ...head,
        matchIndex: count(frame.value.matchIndex, 'match_index'),
        round: count(frame.value.round, 'round'),
      };
    case 'rejected':
      return {
        type: 'appendRejected',
        ...head,
        rejectedIndex: count(frame.value.rejectedIndex, 'rejected_index'),
        hintIndex: count(frame.value.hintIndex, 'hint_index'),
        hintTerm: count(frame.value.hintTerm, 'hint_term'),
        round: count(frame.value.round, 'round'),
      };
    case 'hello':
    case undefined:
      throw malformed(`replicate frame without a message (${frame.case})`);
  }
}

function appendFields(
  append: wire.AppendRequest,
): Pick<AppendRequest, 'prevIndex' | 'prevTerm' | 'entries' | 'commit' | 'round' | 'promiseMs'> {
  if (append.entries.length > maxEntries) throw malformed(`${append.entries.length} entries in one append`);
  const prevIndex = count(append.prevIndex, 'prev_index');
  if (!isCount(prevIndex + append.entries.length)) throw malformed('entry indexes beyond 2^53');
  return {
    prevIndex,
    prevTerm: count(append.prevTerm, 'prev_term'),
    entries: append.entries.map((entry, i) => entryOf(entry, prevIndex + 1 + i)),
    commit: count(append.commit, 'commit'),
    round: count(append.round, 'round'),
    promiseMs: ms(append.promiseMs, 'promise_ms'),
  };
}

function entryOf({ term, type, data }: wire.Entry, index: number): Entry {
  const known = coreTypes.get(type);
  if (known === undefined) throw malformed(`entry ${index} has the unknown type ${type}`);
  if (data.byteLength > maxEntryBytes)
    throw malformed(`entry ${index} has ${data.byteLength} B, at most ${maxEntryBytes} B are allowed`);
  return { index, term: count(term, 'term'), type: known, data };
}

export function offerFrame(offer: SnapshotOffer): wire.SnapshotOffer {
  const { snapshot } = offer;
  return create(wire.SnapshotOfferSchema, {
    term: BigInt(offer.term),
    round: BigInt(offer.round),
    promiseMs: offer.promiseMs,
    snapshot: {
      index: BigInt(snapshot.index),
      term: BigInt(snapshot.term),
      configuration: encodeConfiguration(snapshot.configuration) as Uint8Array<ArrayBuffer>,
      ...(snapshot.timing === null ? {} : { timing: snapshot.timing }),
      sizeBytes: BigInt(snapshot.sizeBytes),
      checksum: snapshot.checksum,
    },
  });
}

/** @throws a malformed-frame error when the reference is not one that a store could hold. */
export function offerMessage(offer: wire.SnapshotOffer, ends: Ends): SnapshotOffer {
  return {
    type: 'snapshot',
    ...ends,
    term: count(offer.term, 'term'),
    snapshot: snapshotRef(offer.snapshot),
    round: count(offer.round, 'round'),
    promiseMs: ms(offer.promiseMs, 'promise_ms'),
  };
}

function snapshotRef(ref: wire.SnapshotRef | undefined): SnapshotRef {
  const configuration = ref && decodeConfiguration(ref.configuration);
  if (ref === undefined || configuration === undefined) throw malformed('snapshot without a sound configuration');
  const { timing } = ref;
  return {
    index: count(ref.index, 'index'),
    term: count(ref.term, 'term'),
    configuration,
    timing:
      timing === undefined ? null : { electionTimeoutMs: timing.electionTimeoutMs, heartbeatMs: timing.heartbeatMs },
    sizeBytes: count(ref.sizeBytes, 'size_bytes'),
    checksum: ref.checksum,
  };
}

export function helloFrame(hello: Hello): wire.Hello {
  return create(wire.HelloSchema, {
    ...hello,
    generation: BigInt(hello.generation),
    id: BigInt(hello.id),
    startCount: BigInt(hello.startCount),
    promiseMs: Math.ceil(hello.promiseMs),
  });
}

/** A hello as the first frame, or a later one, of each kind of stream. */
export function controlHello(hello: Hello): wire.ControlFrame {
  return create(wire.ControlFrameSchema, { frame: { case: 'hello', value: helloFrame(hello) } });
}

export function replicateHello(hello: Hello): wire.ReplicateFrame {
  return create(wire.ReplicateFrameSchema, { frame: { case: 'hello', value: helloFrame(hello) } });
}

export function snapshotFrame(
  frame: NonNullable<MessageInitShape<typeof wire.SnapshotFrameSchema>['frame']>,
): wire.SnapshotFrame {
  return create(wire.SnapshotFrameSchema, { frame });
}

export function snapshotProgress(
  frame: NonNullable<MessageInitShape<typeof wire.SnapshotProgressSchema>['frame']>,
): wire.SnapshotProgress {
  return create(wire.SnapshotProgressSchema, { frame });
}

/** Shape only; whether it is believed is `helloProblem`'s matter. */
export function helloOf(hello: wire.Hello | undefined): Hello {
  if (hello === undefined) throw malformed('a stream that does not begin with a hello');
  const { protocolMin, protocolMax, clusterId, uuid, bootId, promiseMs } = hello;
  if (clusterId.length > 256 || bootId.length > 256) throw malformed('hello with names of over 256 characters');
  return {
    protocolMin,
    protocolMax,
    clusterId,
    generation: count(hello.generation, 'generation'),
    id: count(hello.id, 'id'),
    uuid,
    startCount: count(hello.startCount, 'start_count'),
    bootId,
    promiseMs,
  };
}

export function identifyResponse(answer: IdentifyAnswer): wire.IdentifyResponse {
  return create(wire.IdentifyResponseSchema, {
    hello: helloFrame(answer.hello),
    empty: answer.empty,
    term: BigInt(answer.term),
    leaderId: BigInt(answer.leaderId),
    leaderSeenMsAgo: answer.leaderSeenMsAgo,
    lastIndex: BigInt(answer.lastIndex),
    commit: BigInt(answer.commit),
  });
}

export function identifyAnswer(response: wire.IdentifyResponse): IdentifyAnswer {
  return {
    hello: helloOf(response.hello),
    empty: response.empty,
    term: count(response.term, 'term'),
    leaderId: count(response.leaderId, 'leader_id'),
    leaderSeenMsAgo: response.leaderSeenMsAgo,
    lastIndex: count(response.lastIndex, 'last_index'),
    commit: count(response.commit, 'commit'),
  };
}

export function joinRequestFrame({ clusterId, member, leave = false }: JoinRequest): wire.JoinRequest {
  return create(wire.JoinRequestSchema, { clusterId, id: BigInt(member.id), uuid: member.uuid, leave });
}

export function joinRequest({ clusterId, id, uuid, leave }: wire.JoinRequest): JoinRequest {
  return { clusterId, member: { id: count(id, 'id'), uuid }, ...(leave ? { leave } : {}) };
}

export function joinResponse(answer: JoinAnswer): wire.JoinResponse {
  switch (answer.type) {
    case 'joined': {
      const { clusterId, generation } = answer;
      return create(wire.JoinResponseSchema, {
        answer: { case: 'joined', value: { clusterId, generation: BigInt(generation) } },
      });
    }
    case 'notLeader':
      return create(wire.JoinResponseSchema, {
        answer: { case: 'notLeader', value: { leaderId: BigInt(answer.leaderId) } },
      });
    case 'refused':
      return create(wire.JoinResponseSchema, { answer: { case: 'refused', value: { reason: answer.reason } } });
    case 'left':
      return create(wire.JoinResponseSchema, { answer: { case: 'left', value: {} } });
  }
}

export function joinAnswer({ answer }: wire.JoinResponse): JoinAnswer {
  switch (answer.case) {
    case 'joined': {
      const { clusterId, generation } = answer.value;
      return { type: 'joined', clusterId, generation: count(generation, 'generation') };
    }
    case 'notLeader':
      return { type: 'notLeader', leaderId: count(answer.value.leaderId, 'leader_id') };
    case 'refused':
      return { type: 'refused', reason: answer.value.reason };
    case 'left':
      return { type: 'left' };
    case undefined:
      throw malformed('join response without an answer');
  }
}

/** A u64 as the core holds it. */
export function count(value: bigint, field: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed(`${field} ${value} is beyond 2^53`);
  return Number(value);
}

function ms(value: number, field: string): number {
  if (!(value >= 0 && value <= 86_400_000)) throw malformed(`${field} ${value} is no duration`);
  return value;
}

function lastEntry(value: { lastIndex: bigint; lastTerm: bigint }): { lastIndex: number; lastTerm: number } {
  return { lastIndex: count(value.lastIndex, 'last_index'), lastTerm: count(value.lastTerm, 'last_term') };
}
