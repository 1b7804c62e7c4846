/**
 * Lease rounds: how a leader knows until when no other leader can exist.
 *
 * Every heartbeat and append carries a round number; answers echo it. The leader remembers when each round began, on
 * its own clock, and the promise it asked for. The newest round that a quorum of voters (both halves when joint,
 * learners never, H9) acknowledged gives
 *
 *     validUntil = begin + promise · (1 − ρ) / (1 + ρ) − margin
 *
 * where ρ bounds each clock's rate error. Times travel only as round numbers (H11).
 */
import type { NodeId } from '../ids.ts';
import { jointValue } from './quorum/majority.ts';
import { roundCapacity, trace, type RaftState } from './raft-state.ts';

/**
 * Begins a new round now and returns its number. Who acknowledges it is counted for all earlier rounds as well, whose
 * longer promises it may never have given: a shorter promise shortens what earlier rounds are worth (H10).
 */
export function beginRound(state: RaftState): number {
  const { electionTimeoutMs } = state.timing;
  const before = state.roundPromiseMs[state.round % roundCapacity] as number;
  if (electionTimeoutMs < before) {
    for (let i = 0; i < roundCapacity; i++) {
      state.roundPromiseMs[i] = Math.min(state.roundPromiseMs[i] as number, electionTimeoutMs);
    }
  }
  state.round += 1;
  const at = state.round % roundCapacity;
  state.roundStartMs[at] = state.nowMs;
  state.roundPromiseMs[at] = state.timing.electionTimeoutMs;
  return state.round;
}

/**
 * The round for an append: a new one once per millisecond, so that the memory of rounds spans seconds. A round stands
 * for one length of promise: after a change of timing the next one begins at once (H10).
 */
export function currentRound(state: RaftState): number {
  const at = state.round % roundCapacity;
  const young = state.nowMs - (state.roundStartMs[at] as number) < 1;
  const alike = state.roundPromiseMs[at] === state.timing.electionTimeoutMs;
  return state.round > 0 && young && alike ? state.round : beginRound(state);
}

/** Newest round acknowledged by a quorum, the leader itself included when it votes. */
export function quorumRound(state: RaftState): number {
  return jointValue(state.voterIds, state.outgoingIds, (id) => ackedRound(state, id));
}

/** Extends the lease after acknowledgements. It never shrinks; what was revoked is not published (`takeLease`). */
export function renewLease(state: RaftState): void {
  const round = quorumRound(state);
  if (round === 0 || round <= state.round - roundCapacity) return;
  const at = round % roundCapacity;
  const { clockRateError, leaseMarginMs } = state.options;
  const promiseMs = state.roundPromiseMs[at] as number;
  const heldMs = (promiseMs * (1 - clockRateError)) / (1 + clockRateError) - leaseMarginMs;
  state.leaseUntilMs = Math.max(state.leaseUntilMs, (state.roundStartMs[at] as number) + heldMs);
}

/** True when leadership of this term was given up for good: nothing renews or publishes a lease again. */
export function isRevoked(state: RaftState): boolean {
  return state.revokedTerm === state.term;
}

/** The lease to publish now, or null: only new ones, only once the term's first entry is applied (H4). */
export function takeLease(state: RaftState): { readonly term: number; readonly validUntilMs: number } | null {
  if (state.role !== 'leader' || isRevoked(state) || state.applied < state.noopIndex) return null;
  if (state.leaseUntilMs <= state.publishedLeaseMs || state.leaseUntilMs <= state.nowMs) return null;
  if (state.publishedLeaseMs <= state.nowMs) {
    trace(state, { type: 'lease', term: state.term, validUntilMs: state.leaseUntilMs });
  }
  state.publishedLeaseMs = state.leaseUntilMs;
  return { term: state.term, validUntilMs: state.leaseUntilMs };
}

/** True while no other leader can exist, by this node's clock. */
export function holdsLease(state: RaftState): boolean {
  return state.role === 'leader' && !isRevoked(state) && state.nowMs < state.leaseUntilMs;
}

/** Gives leadership of this term up for good (H1, H12). Whoever acts on the lease must stop and say so. */
export function revokeLease(state: RaftState, reason: string): void {
  if (isRevoked(state)) return;
  state.revokedTerm = state.term;
  state.revokeOut = state.term;
  state.ownLeaseUntilMs = Math.max(state.ownLeaseUntilMs, state.publishedLeaseMs);
  trace(state, { type: 'revoke', term: state.term, reason });
}

/** True once nothing can act on the revoked lease: acknowledged, or its time is over. */
export function isLeaseOver(state: RaftState): boolean {
  return isRevoked(state) && (state.stoppedTerm === state.term || state.nowMs >= state.ownLeaseUntilMs);
}

function ackedRound(state: RaftState, id: NodeId): number {
  if (id === state.id) return state.round;
  return state.progress.get(id)?.ackedRound ?? 0;
}
