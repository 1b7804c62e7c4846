/**
 * Vote promises: when this node must refuse its vote, and what ends that (raft.md's lease rules H1 to H3, H8, H10).
 *
 * A follower that processes a leader's message refuses votes for the promise the message asks for. Promises never
 * shorten. An own lease that was published binds its holder too, even after it stepped down. A node with a past
 * refuses for one promise after its start, because it may have forgotten whom it answered just before.
 */
import type { NodeId, Term } from '../ids.ts';
import { trace, type RaftState } from './raft-state.ts';

/**
 * Milliseconds for which votes are refused; 0 when one may be given. `transferred`: the candidate was sent by the
 * old leader, which revoked its lease first, so promises to leaders are void; own leases and the start are not.
 */
export function refusalMs(state: RaftState, transferred: boolean): number {
  const own = Math.max(state.startRefusalUntilMs, state.ownLeaseUntilMs);
  const until = transferred ? own : Math.max(own, state.promiseUntilMs);
  return Math.max(0, until - state.nowMs);
}

/** Takes note of a message of the current leader: renews the promise, ends suspicion. */
export function heardLeader(state: RaftState, leaderId: NodeId, promiseMs: number): void {
  if (state.leaderId !== leaderId) {
    state.leaderId = leaderId;
    trace(state, { type: 'leader', leaderId, term: state.term });
  }
  state.leaderSeenMs = state.nowMs;
  state.electionElapsed = 0;
  state.suspect = false;
  state.ticksPastPromise = 0;
  state.retryAtMs = 0;
  state.promiseUntilMs = Math.max(state.promiseUntilMs, state.nowMs + promiseMs);
  if (promiseMs > state.promiseMs) state.promiseMs = promiseMs;
}

/** The leader's connection broke: it may be dead, but its lease is honoured (H2). */
export function suspectLeader(state: RaftState): void {
  if (state.suspect || state.leaderId === 0 || state.role === 'leader') return;
  state.suspect = true;
  state.ticksPastPromise = 0;
  trace(state, { type: 'suspect', leaderId: state.leaderId, promiseLeftMs: refusalMs(state, false) });
}

/**
 * A leader of the current term gave up for good and nothing acts on its lease: promises are void. Those to earlier
 * leaders ended when this one was elected.
 */
export function releasePromise(state: RaftState): void {
  state.promiseUntilMs = 0;
  state.leaderId = 0;
  state.suspect = true;
  state.ticksPastPromise = 0;
}

/** Nothing acts on the lease of `term` any more; with it ends the holder's own refusal (H8). */
export function reconcilerStopped(state: RaftState, term: Term): void {
  if (term !== state.revokedTerm) return;
  state.stoppedTerm = term;
  state.ownLeaseUntilMs = 0;
}
