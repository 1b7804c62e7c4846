/**
 * Linearizable reads (Raft §6.4): by lease at once, else by a lease round that a quorum acknowledges after the read
 * was asked for. No read is served before the leader's own term has committed.
 */
import { RaftError } from '../errors.ts';
import { holdsLease, quorumRound } from './lease.ts';
import type { RaftState } from './raft-state.ts';

/**
 * Takes a read request of the leader's; `byQuorum` for one that trusts no clock, and so no lease.
 * @throws `RAFT_PROPOSAL_DROPPED` when too many wait.
 */
export function requestRead(state: RaftState, requestId: number, byQuorum: boolean): void {
  if (!byQuorum && hasCommittedOwnTerm(state) && holdsLease(state)) {
    state.readStates.push({ requestId, index: state.commit });
    return;
  }
  const { maxPendingReads } = state.options;
  if (state.reads.length >= maxPendingReads) {
    throw new RaftError(
      'RAFT_PROPOSAL_DROPPED',
      `${state.reads.length} reads wait, limit ${maxPendingReads}; retry later`,
    );
  }
  state.reads.push({ requestId, index: state.commit, round: 0 });
}

/** True when a read waits for a round that is not yet announced. */
export function hasUnannouncedReads(state: RaftState): boolean {
  return state.reads.length > 0 && state.reads[state.reads.length - 1]?.round === 0;
}

/** Binds all unannounced reads to a round that begins now. */
export function announceReads(state: RaftState, round: number): void {
  for (let i = state.reads.length - 1; i >= 0; i--) {
    const read = state.reads[i];
    if (read === undefined || read.round !== 0) return;
    read.round = round;
  }
}

/** Answers reads whose round a quorum acknowledged, at an index that covers everything committed when they began. */
export function releaseReads(state: RaftState): void {
  if (state.reads.length === 0 || !hasCommittedOwnTerm(state)) return;
  const round = quorumRound(state);
  let count = 0;
  for (const read of state.reads) {
    if (read.round === 0 || read.round > round) break;
    state.readStates.push({ requestId: read.requestId, index: Math.max(read.index, state.noopIndex) });
    count += 1;
  }
  if (count > 0) state.reads.splice(0, count);
}

/** True once an entry of the leader's own term is committed; before, its commit index may lag behind the truth. */
export function hasCommittedOwnTerm(state: RaftState): boolean {
  return state.commit >= state.noopIndex;
}
