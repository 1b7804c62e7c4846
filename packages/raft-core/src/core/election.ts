/**
 * Elections (Raft §5.2, §5.4.1; pre-vote: thesis §9.6): who may ask, who may grant, how answers are counted.
 *
 * A vote is granted when no promise forbids it, the candidate's log is at least as new, and no other candidate of the
 * term has it. Whether the voter knows the candidate, or votes itself, does not matter: its configuration may lag.
 */
import type { LogIndex, NodeId, Term } from '../ids.ts';
import type { PreVoteRequest, PreVoteResponse, VoteRequest, VoteResponse } from '../message.ts';
import { followCommit } from './commit.ts';
import { send } from './outbox.ts';
import { isVotingId, otherVoters } from './peers.ts';
import { isDiskStalled } from './persistence.ts';
import { refusalMs } from './promise.ts';
import { jointTally, type Tally } from './quorum/majority.ts';
import { hasUnappliedConfiguration, isPromotable, trace, type RaftState } from './raft-state.ts';
import { giveWay, headStartMs, meetRival, missVote } from './rival.ts';
import { becomeCandidate, becomeFollower, becomeLeader, becomePreCandidate } from './role-change.ts';

/** Starts a pre-vote unless a rule forbids it; returns the rule. */
export function campaign(state: RaftState, reason: string): string | undefined {
  const problem = campaignProblem(state, false);
  if (problem !== undefined) return problem;
  becomePreCandidate(state, reason);
  state.votes.set(state.id, true);
  if (tally(state) === 'won') {
    startElection(state, false, 'no other voter');
    return undefined;
  }
  const term = state.term + 1;
  for (const to of otherVoters(state)) {
    const { lastIndex, lastTerm } = state.log;
    const { commit } = state;
    const commitTerm = state.log.termAt(commit) ?? 0;
    send(state, { type: 'preVoteRequest', from: state.id, to, term, lastIndex, lastTerm, commit, commitTerm });
  }
  return undefined;
}

/** Campaigns at once by order of the old leader. */
export function campaignByTransfer(state: RaftState): string | undefined {
  const problem = campaignProblem(state, true);
  if (problem === undefined) startElection(state, true, 'leadership was handed over');
  return problem;
}

/** Answers "would you vote for me?" from memory. */
export function answerPreVote(state: RaftState, request: PreVoteRequest): void {
  const waitMs = state.role === 'leader' ? state.timing.electionTimeoutMs : refusalMs(state, false);
  const headStart = headStartMs(state, request);
  const refusal =
    preVoteRefusal(state, request, waitMs) ?? (headStart > 0 ? `stands itself, before ${request.from}` : undefined);
  const granted = refusal === undefined;
  trace(state, {
    type: 'preVote',
    candidate: request.from,
    term: request.term,
    granted,
    reason: refusal ?? 'log is up to date',
  });
  send(state, {
    type: 'preVoteResponse',
    from: state.id,
    to: request.from,
    term: granted ? request.term : Math.max(state.term, 1),
    granted,
    remainingMs: Math.max(waitMs, headStart),
    commit: state.commit,
    commitTerm: state.log.termAt(state.commit) ?? 0,
  });
  if (granted) giveWay(state, request);
}

/** Answers a vote request of the current term; a grant is sent once it is durable. */
export function answerVote(state: RaftState, request: VoteRequest): void {
  const refusal = voteRefusal(state, request);
  const granted = refusal === undefined;
  if (granted) {
    state.vote = request.from;
    state.electionElapsed = 0;
  } else {
    meetRival(state, request);
  }
  trace(state, {
    type: 'vote',
    candidate: request.from,
    term: request.term,
    granted,
    reason: refusal ?? 'log is up to date',
  });
  send(state, { type: 'voteResponse', from: state.id, to: request.from, term: state.term, granted });
}

/**
 * Takes over what the sender knows committed, where this log has that very entry. A configuration may be in force at
 * some members and unknown to others that hold its entry: a candidate that asks the wrong voters, and a voter that
 * refuses the candidate but does not know that it may campaign itself. With this both learn the change.
 */
export function learnCommit(state: RaftState, message: PreVoteRequest | PreVoteResponse): void {
  const { commit, commitTerm } = message;
  if (state.role === 'leader' || commit <= state.commit || commitTerm === 0) return;
  if (state.log.matches(commit, commitTerm)) followCommit(state, commit);
}

/** Counts a pre-vote answer for the candidacy under way. */
export function takePreVote(state: RaftState, answer: PreVoteResponse): void {
  if (!answer.granted && answer.remainingMs > 0) noteRetry(state, answer.remainingMs);
  recordVote(state, answer.from, answer.granted);
  const outcome = tally(state);
  if (outcome === 'won') startElection(state, false, 'won the pre-vote');
  if (outcome === 'lost') loseElection(state, 'lost the pre-vote');
}

/** Counts a vote. */
export function takeVote(state: RaftState, answer: VoteResponse): void {
  recordVote(state, answer.from, answer.granted);
  if (!answer.granted) missVote(state);
  decideElection(state);
}

/** The own vote is durable: it counts now (O6). */
export function takeOwnVote(state: RaftState): void {
  if (state.role !== 'candidate' || state.votes.has(state.id)) return;
  state.votes.set(state.id, true);
  decideElection(state);
}

/** True when a log that ends with (`lastTerm`, `lastIndex`) has everything this one may have committed. */
export function isUpToDate(state: RaftState, lastTerm: Term, lastIndex: LogIndex): boolean {
  const own = state.log.lastTerm;
  return lastTerm > own || (lastTerm === own && lastIndex >= state.log.lastIndex);
}

function campaignProblem(state: RaftState, transferred: boolean): string | undefined {
  if (state.role === 'leader') return 'leads already';
  if (!isPromotable(state)) return 'is no voter';
  if (hasUnappliedConfiguration(state)) return 'a committed configuration is not applied yet';
  if (isDiskStalled(state)) return 'its disk does not answer: its own vote would never count';
  const waitMs = refusalMs(state, transferred);
  return waitMs > 0 ? `a promise lasts ${Math.ceil(waitMs)} ms more` : undefined;
}

function startElection(state: RaftState, transferred: boolean, reason: string): void {
  becomeCandidate(state, transferred, reason);
  for (const to of otherVoters(state)) {
    const { lastIndex, lastTerm } = state.log;
    const { id: from, term } = state;
    send(state, { type: 'voteRequest', from, to, term, lastIndex, lastTerm, transfer: transferred });
  }
}

/** Nobody leads before its own vote, and with it the term, is durable, whoever else has voted (O6). */
function decideElection(state: RaftState): void {
  const outcome = tally(state);
  if (outcome === 'won' && state.votes.has(state.id)) becomeLeader(state);
  if (outcome === 'lost') loseElection(state, 'lost the election');
}

function loseElection(state: RaftState, reason: string): void {
  const { retryAtMs } = state;
  becomeFollower(state, state.term, 0, reason);
  state.retryAtMs = retryAtMs;
}

function recordVote(state: RaftState, from: NodeId, granted: boolean): void {
  if (isVotingId(state, from) && !state.votes.has(from)) state.votes.set(from, granted);
}

function tally(state: RaftState): Tally {
  return jointTally(state.voterIds, state.outgoingIds, (id) => state.votes.get(id));
}

/** The earliest time at which a refusing voter may change its mind. */
function noteRetry(state: RaftState, remainingMs: number): void {
  const retryAtMs = state.nowMs + remainingMs;
  state.retryAtMs = state.retryAtMs === 0 ? retryAtMs : Math.min(state.retryAtMs, retryAtMs);
}

function preVoteRefusal(state: RaftState, request: PreVoteRequest, waitMs: number): string | undefined {
  if (waitMs > 0) return `a promise lasts ${Math.ceil(waitMs)} ms more`;
  if (request.term <= state.term) return `term ${request.term} is not above ${state.term}`;
  return isUpToDate(state, request.lastTerm, request.lastIndex) ? undefined : 'log is behind';
}

function voteRefusal(state: RaftState, request: VoteRequest): string | undefined {
  if (state.vote === request.from) return undefined;
  if (state.vote !== 0) return `voted for ${state.vote}`;
  if (state.leaderId !== 0) return `follows ${state.leaderId}`;
  const waitMs = refusalMs(state, request.transfer);
  if (waitMs > 0) return `a promise lasts ${Math.ceil(waitMs)} ms more`;
  return isUpToDate(state, request.lastTerm, request.lastIndex) ? undefined : 'log is behind';
}
