/**
 * Rivals: two nodes that stand for election at once would each keep the own vote, and both would then wait at random.
 *
 * Of two with equally new logs the lower id goes first, as it does when a leader chooses its successor. The other one
 * gives way and tries again when the first should long have won; so does who granted a pre-vote. Where votes were split
 * all the same, both stand again soon, the first sooner. Nothing here decides who may be elected, only when to ask.
 */
import type { PreVoteRequest, VoteRequest } from '../message.ts';
import { isVotingId } from './peers.ts';
import type { RaftState } from './raft-state.ts';
import { becomeFollower } from './role-change.ts';

/** Heartbeats after which to ask again: the first of the rivals, and everybody else. */
const patience = { first: 1, other: 2 } as const;

/** How long this node still refuses a pre-vote because it stands itself and goes first, in ms; 0: not at all. */
export function headStartMs(state: RaftState, request: PreVoteRequest): number {
  if (state.role !== 'preCandidate' || !goesBefore(state, request)) return 0;
  const ticks = state.heartbeatTicks - state.electionElapsed;
  return Math.max(0, ticks) * state.options.tickMs;
}

/** A pre-vote was granted to `rival`: it shall not meet a candidacy of this node. */
export function giveWay(state: RaftState, rival: PreVoteRequest): void {
  const stands = state.role === 'preCandidate';
  const due = stands || state.suspect || state.retryAtMs > 0;
  if (!due || !isVotingId(state, rival.from)) return;
  if (stands) becomeFollower(state, state.term, 0, `gives way to ${rival.from}`);
  state.suspect = false;
  state.ticksPastPromise = 0;
  state.retryAtMs = state.nowMs + patience.other * state.timing.heartbeatMs;
}

/** Somebody else asks for votes of the term in which this node stands: neither may win. */
export function meetRival(state: RaftState, request: VoteRequest): void {
  if (state.role !== 'candidate') return;
  askAgainIn(state, goesBefore(state, request) ? patience.first : patience.other);
}

/** Somebody else stands or stood in this term, and may not win either. */
export function missVote(state: RaftState): void {
  askAgainIn(state, patience.other);
}

function askAgainIn(state: RaftState, heartbeats: number): void {
  const atMs = state.nowMs + heartbeats * state.timing.heartbeatMs;
  state.retryAtMs = state.retryAtMs === 0 ? atMs : Math.min(state.retryAtMs, atMs);
}

function goesBefore({ id, log }: RaftState, { from, lastTerm, lastIndex }: PreVoteRequest | VoteRequest): boolean {
  return id < from && lastTerm === log.lastTerm && lastIndex === log.lastIndex;
}
