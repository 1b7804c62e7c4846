/** The one error class of this package and its closed set of codes; codes are API, messages are not. */
import { noNode, type NodeId } from './ids.ts';

export type RaftErrorCode =
  | 'RAFT_NOT_LEADER' // retry at `leaderId` when known
  | 'RAFT_PROPOSAL_DROPPED' // never entered the log: safe to retry
  | 'RAFT_OUTCOME_UNKNOWN' // may still commit: retry idempotent or session commands only
  | 'RAFT_STOPPED' // the node was disposed or failed; `cause` tells why
  | 'RAFT_ENTRY_TOO_LARGE' // never retry: split the command
  | 'RAFT_CHANGE_REFUSED' // the membership change breaks a rule named in the message
  | 'RAFT_TRANSFER_REFUSED' // the target cannot take over; the message says why
  | 'RAFT_SESSION_EXPIRED' // the client's session left the bounded table: outcome of old sequences unknown
  | 'RAFT_INVALID_INPUT' // malformed message or event: nothing changed
  | 'RAFT_INVALID_OPTION' // an option is out of range or contradicts another
  | 'RAFT_WRONG_CLUSTER' // peer of another cluster, generation or identity
  | 'RAFT_PEER_UNREACHABLE' // a unary call or snapshot transfer found no live peer: retry later
  | 'RAFT_PEER_UNTRUSTED' // TLS refused, by us or by the peer: change what the message names; retried meanwhile
  | 'RAFT_SNAPSHOT_MISMATCH' // received bytes differ from the announced size or checksum: send again
  | 'RAFT_STORAGE_CLONED' // another process runs on a copy of this node's storage: stop one of them
  | 'STORAGE_CORRUPT' // stop the node: stored data contradict themselves
  | 'STORAGE_FULL' // retryable: nothing of the batch was written
  | 'STORAGE_BUSY' // two writes at once: a bug in the caller, nothing was written
  | 'STORAGE_CLOSED' // used after dispose
  | 'STORAGE_FORMAT_NEWER' // written by a newer version: refuse to open
  | 'STORAGE_OUT_OF_RANGE' // entry or snapshot is compacted away, not yet written, or leaves a gap
  | 'STORAGE_FAILED'; // any other I/O failure: stop the node

/** Extra facts of an error. */
export interface RaftErrorDetails {
  /** Who leads, as far as the refusing node knows; 0 when unknown. */
  readonly leaderId?: NodeId;
  readonly cause?: unknown;
}

/** Every error this package and its adapters throw on purpose. */
export class RaftError extends Error {
  override readonly name = 'RaftError';
  readonly code: RaftErrorCode;
  /** Set with `RAFT_NOT_LEADER`: the leader's id, or 0 when unknown. */
  readonly leaderId: NodeId;

  constructor(code: RaftErrorCode, message: string, details: RaftErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.leaderId = details.leaderId ?? noNode;
  }
}

/** True when `value` is a `RaftError`, of the given code if one is named. Works across package copies. */
export function isRaftError(value: unknown, code?: RaftErrorCode): value is RaftError {
  return (
    value instanceof Error &&
    value.name === 'RaftError' &&
    (code === undefined || (value as Partial<RaftError>).code === code)
  );
}
