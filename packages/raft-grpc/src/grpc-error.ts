/** Between gRPC statuses and the codes of raft-core. */
import { type ServiceError, status } from '@grpc/grpc-js';
import { type NodeId, RaftError, type RaftErrorCode } from '@k8sop/raft-core';
import { diallingProblem } from './tls-problem.ts';

/** A frame that no version of ours sends: its stream is reset, the core never sees it. */
export function malformed(what: string): RaftError {
  return new RaftError('RAFT_INVALID_INPUT', `malformed frame: ${what}`);
}

/** Codes that the other side must tell apart; all others say "not now". */
const statuses = new Map<RaftErrorCode, status>([
  ['RAFT_INVALID_INPUT', status.INVALID_ARGUMENT],
  ['RAFT_WRONG_CLUSTER', status.FAILED_PRECONDITION],
  ['RAFT_PEER_UNTRUSTED', status.PERMISSION_DENIED],
  ['RAFT_STORAGE_CLONED', status.ALREADY_EXISTS],
  ['RAFT_SNAPSHOT_MISMATCH', status.DATA_LOSS],
  ['STORAGE_FULL', status.RESOURCE_EXHAUSTED],
]);

/** What ends a stream or a call at the accepting side. */
export function statusOf(error: unknown): { code: status; details: string } {
  const details = error instanceof Error ? error.message : String(error);
  if (!(error instanceof RaftError)) return { code: status.INTERNAL, details };
  return { code: statuses.get(error.code) ?? status.UNAVAILABLE, details };
}

/** What the dialling side makes of a failed call. */
export function errorOf(to: NodeId, error: unknown): RaftError {
  if (error instanceof RaftError) return error;
  const { code, details, message } = error as Partial<ServiceError>;
  const text = details || message || String(error);
  if (code === status.FAILED_PRECONDITION) {
    return new RaftError('RAFT_WRONG_CLUSTER', `node ${to} refused us: ${text}`, { cause: error });
  }
  if (code === status.ALREADY_EXISTS) {
    return new RaftError('RAFT_STORAGE_CLONED', `node ${to} refused us: ${text}`, { cause: error });
  }
  if (code === status.PERMISSION_DENIED) {
    return new RaftError('RAFT_PEER_UNTRUSTED', `node ${to} refused us: ${text}`, { cause: error });
  }
  const untrusted = code === status.UNAVAILABLE ? diallingProblem(text) : undefined;
  if (untrusted !== undefined) return new RaftError('RAFT_PEER_UNTRUSTED', `node ${to} ${untrusted}`, { cause: error });
  if (code === status.DATA_LOSS)
    return new RaftError('RAFT_SNAPSHOT_MISMATCH', `node ${to}: ${text}`, { cause: error });
  return new RaftError('RAFT_PEER_UNREACHABLE', `node ${to} cannot be reached: ${text}`, { cause: error });
}
