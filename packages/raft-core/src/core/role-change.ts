/** The four roles and what each transition resets. Every other file asks for a role here. */
import type { NodeId, Term } from '../ids.ts';
import { appendOwn } from './log-append.ts';
import { beginRound, revokeLease } from './lease.ts';
import { createProgress } from './peers.ts';
import { redrawElectionWait, trace, type RaftState } from './raft-state.ts';

const noData = new Uint8Array(0);

/** Follows `leaderId` (0: nobody yet) in `term`, which is at least the current one. */
export function becomeFollower(state: RaftState, term: Term, leaderId: NodeId, reason: string): void {
  if (state.role === 'leader') endLeadership(state, reason);
  if (term > state.term) enterTerm(state, term, 0);
  resetTimers(state);
  state.transferCandidate = false;
  if (state.leaderId !== leaderId) {
    state.leaderId = leaderId;
    if (leaderId !== 0) trace(state, { type: 'leader', leaderId, term: state.term });
  }
  setRole(state, 'follower', reason);
}

/** Asks whether an election could be won; changes neither term nor vote. */
export function becomePreCandidate(state: RaftState, reason: string): void {
  resetTimers(state);
  state.leaderId = 0;
  state.transferCandidate = false;
  setRole(state, 'preCandidate', reason);
}

/** Opens a new term with an own vote, which counts once it is durable (O6). */
export function becomeCandidate(state: RaftState, transferred: boolean, reason: string): void {
  enterTerm(state, state.term + 1, state.id);
  resetTimers(state);
  state.leaderId = 0;
  state.transferCandidate = transferred;
  setRole(state, 'candidate', reason);
}

/** Leads the current term: fresh progress of every member and an empty entry, without which nothing commits. */
export function becomeLeader(state: RaftState): void {
  resetTimers(state);
  state.transferCandidate = false;
  state.leaderId = state.id;
  state.leaderSeenMs = state.nowMs;
  state.uncommittedBytes = state.log.sizeBytes(state.commit + 1, state.log.lastIndex);
  state.leaseUntilMs = 0;
  state.publishedLeaseMs = 0;
  state.latenessTicks = 0;
  state.calmWindows = 0;
  state.heartbeatElapsed = 0;
  state.progress.clear();
  createProgress(state);
  beginRound(state);
  state.noopIndex = appendOwn(state, 'empty', noData);
  state.pendingConfigurationIndex = state.noopIndex;
  setRole(state, 'leader', 'won the election');
  trace(state, { type: 'leader', leaderId: state.id, term: state.term });
}

function setRole(state: RaftState, role: RaftState['role'], reason: string): void {
  if (state.role === role && role === 'follower') return;
  state.role = role;
  trace(state, { type: 'role', role, term: state.term, reason });
}

/** A higher term voids all answers of the old one that have not left (O4). The own promise is stored along with it. */
function enterTerm(state: RaftState, term: Term, vote: NodeId): void {
  state.term = term;
  state.vote = vote;
  state.promiseMs = Math.max(state.promiseMs, state.timing.electionTimeoutMs);
  state.held = [];
}

function resetTimers(state: RaftState): void {
  state.electionElapsed = 0;
  state.suspect = false;
  state.ticksPastPromise = 0;
  state.retryAtMs = 0;
  state.votes.clear();
  redrawElectionWait(state);
}

function endLeadership(state: RaftState, reason: string): void {
  revokeLease(state, reason);
  state.progress.clear();
  state.transfer = null;
  state.reads = [];
  state.readStates = [];
  state.needEntries = [];
  state.uncommittedBytes = 0;
  state.leaseUntilMs = 0;
  state.publishedLeaseMs = 0;
}
