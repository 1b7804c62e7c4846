/**
 * Peer messages: one union member per message, no optional fields.
 *
 * `term` is the sender's term, except in a pre-vote request and a granted pre-vote answer, where it is the term the
 * candidate would campaign in. Transports deliver messages at most as often as they like: loss, duplication and
 * reordering are all allowed.
 *
 * Leader messages carry the lease round (`round`) and the vote promise they ask for (`promiseMs`, T_vote); answers
 * echo the round. Times of different machines are never compared.
 */
import type { Entry } from './entry.ts';
import type { LogIndex, NodeId, Term } from './ids.ts';
import type { SnapshotRef } from './snapshot.ts';

interface Envelope {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly term: Term;
}

/** "Would you vote for me in `term`?" Changes nothing at the receiver. */
export interface PreVoteRequest extends Envelope {
  readonly type: 'preVoteRequest';
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
  /** Last entry the sender knows committed, and its term: a voter with a longer log may lack only this knowledge. */
  readonly commit: LogIndex;
  readonly commitTerm: Term;
}

export interface PreVoteResponse extends Envelope {
  readonly type: 'preVoteResponse';
  readonly granted: boolean;
  /** Refused because of a live promise: milliseconds until it ends, else 0. */
  readonly remainingMs: number;
  /** Last entry the sender knows committed, and its term: frees a candidate that lacks nothing but this knowledge. */
  readonly commit: LogIndex;
  readonly commitTerm: Term;
}

export interface VoteRequest extends Envelope {
  readonly type: 'voteRequest';
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
  /** The old leader handed over (it revoked its lease first): promises to it are void. */
  readonly transfer: boolean;
}

export interface VoteResponse extends Envelope {
  readonly type: 'voteResponse';
  readonly granted: boolean;
}

export interface Heartbeat extends Envelope {
  readonly type: 'heartbeat';
  /** min(commit, what the receiver is known to hold). */
  readonly commit: LogIndex;
  readonly round: number;
  readonly promiseMs: number;
  /** Who should campaign first when this leader is lost; 0 for nobody. */
  readonly successor: NodeId;
}

export interface HeartbeatResponse extends Envelope {
  readonly type: 'heartbeatResponse';
  readonly round: number;
  /** How late the sender's worst tick since its last answer was, in milliseconds. */
  readonly lateMs: number;
}

export interface AppendRequest extends Envelope {
  readonly type: 'append';
  readonly prevIndex: LogIndex;
  readonly prevTerm: Term;
  /** First entry has index `prevIndex + 1`; may be empty. */
  readonly entries: readonly Entry[];
  readonly commit: LogIndex;
  readonly round: number;
  readonly promiseMs: number;
}

/** The sender holds the leader's log up to `matchIndex`, durably. */
export interface AppendAccepted extends Envelope {
  readonly type: 'appendAccepted';
  readonly matchIndex: LogIndex;
  readonly round: number;
}

/** No entry (`prevIndex`, `prevTerm`) at the sender; the hint is where to look next. */
export interface AppendRejected extends Envelope {
  readonly type: 'appendRejected';
  /** `prevIndex` of the refused append. */
  readonly rejectedIndex: LogIndex;
  /** Largest index ≤ `rejectedIndex` whose term is ≤ the refused `prevTerm`. */
  readonly hintIndex: LogIndex;
  readonly hintTerm: Term;
  readonly round: number;
}

/**
 * Leaves the core as "send this snapshot": the driver streams the content first. Reaches the receiver's core only
 * when the content is complete and durable there.
 */
export interface SnapshotOffer extends Envelope {
  readonly type: 'snapshot';
  readonly snapshot: SnapshotRef;
  readonly round: number;
  readonly promiseMs: number;
}

/** Leader to its chosen successor: campaign now, promises are void. */
export interface TimeoutNow extends Envelope {
  readonly type: 'timeoutNow';
}

/** A leader that gave up for good and whose reconcilers stopped: promises to it are void. */
export interface Goodbye extends Envelope {
  readonly type: 'goodbye';
}

export type Message =
  | PreVoteRequest
  | PreVoteResponse
  | VoteRequest
  | VoteResponse
  | Heartbeat
  | HeartbeatResponse
  | AppendRequest
  | AppendAccepted
  | AppendRejected
  | SnapshotOffer
  | TimeoutNow
  | Goodbye;

export type MessageType = Message['type'];

/** Which stream carries a message; heartbeats never queue behind bulk data. */
export type MessageClass = 'control' | 'replicate' | 'snapshot';

const classes: Readonly<Record<MessageType, MessageClass>> = {
  preVoteRequest: 'control',
  preVoteResponse: 'control',
  voteRequest: 'control',
  voteResponse: 'control',
  heartbeat: 'control',
  heartbeatResponse: 'control',
  append: 'replicate',
  appendAccepted: 'replicate',
  appendRejected: 'replicate',
  snapshot: 'snapshot',
  timeoutNow: 'control',
  goodbye: 'control',
};

/** `append` and its answers: replicate; `snapshot`: snapshot; all others: control. */
export function messageClass(type: MessageType): MessageClass {
  return classes[type];
}

/** True for a string that names a message of this version. */
export function isMessageType(type: string): type is MessageType {
  return Object.hasOwn(classes, type);
}
