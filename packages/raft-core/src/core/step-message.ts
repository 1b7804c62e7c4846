/**
 * What every role does with a message before its own rules: well-formedness, terms, promises, membership.
 *
 * Refusals throw and change nothing; irrelevant messages are ignored with a trace event that says why.
 */
import { RaftError } from '../errors.ts';
import type { Message } from '../message.ts';
import { answerPreVote, answerVote, learnCommit, takePreVote, takeVote } from './election.ts';
import { takeAppend, takeGoodbye, takeHeartbeat, takeSnapshotOffer, takeTimeoutNow } from './follower.ts';
import { answerProblem, takeAnswer } from './leader.ts';
import { send } from './outbox.ts';
import { refusalMs } from './promise.ts';
import { trace, type RaftState } from './raft-state.ts';
import { missVote } from './rival.ts';
import { becomeFollower } from './role-change.ts';
import { memberOf } from '../configuration.ts';
import { messageProblem } from './validate-message.ts';

/** Processes one message. @throws `RAFT_INVALID_INPUT`. */
export function stepMessage(state: RaftState, message: Message, senderUuid: string): void {
  const problem = messageProblem(message) ?? addressProblem(state, message) ?? claimProblem(state, message);
  if (problem !== undefined) {
    throw new RaftError('RAFT_INVALID_INPUT', `${String(message.type)} from ${message.from} refused: ${problem}`);
  }
  if (isAnswer(message) && memberOf(state.configuration, message.from)?.uuid !== senderUuid) {
    ignore(state, message, 'sender is no member');
    return;
  }
  if (message.type === 'preVoteRequest' || message.type === 'preVoteResponse') learnCommit(state, message);
  if (message.term > state.term && !enterHigherTerm(state, message)) return;
  if (message.term < state.term && message.type !== 'preVoteRequest') {
    answerStale(state, message);
    return;
  }
  dispatch(state, message);
}

function dispatch(state: RaftState, message: Message): void {
  switch (message.type) {
    case 'preVoteRequest':
      answerPreVote(state, message);
      break;
    case 'voteRequest':
      answerVote(state, message);
      break;
    case 'preVoteResponse':
      if (state.role === 'preCandidate') takePreVote(state, message);
      break;
    case 'voteResponse':
      if (state.role === 'candidate') takeVote(state, message);
      break;
    case 'appendAccepted':
    case 'appendRejected':
    case 'heartbeatResponse': {
      const progress = state.progress.get(message.from);
      if (state.role === 'leader' && progress !== undefined) takeAnswer(state, progress, message);
      break;
    }
    case 'append':
    case 'heartbeat':
    case 'snapshot':
    case 'timeoutNow':
    case 'goodbye':
      dispatchLeaderMessage(state, message);
      break;
  }
}

type LeaderMessage = Extract<Message, { type: 'append' | 'heartbeat' | 'snapshot' | 'timeoutNow' | 'goodbye' }>;

/** Only the leader of this term sends these, as `claimProblem` made sure of: candidates of the term have lost. */
function dispatchLeaderMessage(state: RaftState, message: LeaderMessage): void {
  if (state.role !== 'follower' || state.leaderId === 0) {
    becomeFollower(state, state.term, message.from, `heard the leader ${message.from}`);
  }
  switch (message.type) {
    case 'append':
      takeAppend(state, message);
      break;
    case 'heartbeat':
      takeHeartbeat(state, message);
      break;
    case 'snapshot':
      takeSnapshotOffer(state, message);
      break;
    case 'timeoutNow':
      takeTimeoutNow(state, message);
      break;
    case 'goodbye':
      takeGoodbye(state);
      break;
  }
}

/** Takes over a higher term where the message proves it. False when the message ends here. */
function enterHigherTerm(state: RaftState, message: Message): boolean {
  switch (message.type) {
    case 'preVoteRequest':
      return true;
    case 'preVoteResponse':
      return takePreVoteOfHigherTerm(state, message);
    case 'voteRequest':
      return enterTermOfCandidate(state, message);
    case 'append':
    case 'heartbeat':
    case 'snapshot':
    case 'timeoutNow':
    case 'goodbye':
      becomeFollower(state, message.term, message.from, `leader ${message.from} has a higher term`);
      return true;
    case 'voteResponse':
    case 'appendAccepted':
    case 'appendRejected':
    case 'heartbeatResponse':
      becomeFollower(state, message.term, 0, `peer ${message.from} has a higher term`);
      return false;
  }
}

/** A grant names the term we would campaign in; a refusal may teach us the real one. */
function takePreVoteOfHigherTerm(state: RaftState, message: Extract<Message, { type: 'preVoteResponse' }>): boolean {
  if (!message.granted) {
    const stood = state.role === 'preCandidate';
    becomeFollower(state, message.term, 0, `peer ${message.from} has a higher term`);
    if (stood) missVote(state);
    return false;
  }
  if (state.role === 'preCandidate' && message.term === state.term + 1) takePreVote(state, message);
  return false;
}

/** A promise protects the leader even from a higher term: the request is as good as lost (H1 is the exception). */
function enterTermOfCandidate(state: RaftState, message: Extract<Message, { type: 'voteRequest' }>): boolean {
  const waitMs = refusalMs(state, message.transfer);
  const leads = state.role === 'leader' && !message.transfer;
  if (waitMs > 0 || leads) {
    ignore(state, message, leads ? 'leads' : `a promise lasts ${Math.ceil(waitMs)} ms more`);
    return false;
  }
  becomeFollower(state, message.term, 0, `candidate ${message.from} has a higher term`);
  return true;
}

/** A deposed leader learns of the newer term, and so is freed from a term nobody follows. */
function answerStale(state: RaftState, message: Message): void {
  if (message.type !== 'append' && message.type !== 'heartbeat' && message.type !== 'snapshot') {
    ignore(state, message, `term ${message.term} is over`);
    return;
  }
  const { id: from, term } = state;
  send(state, { type: 'heartbeatResponse', from, to: message.from, term, round: 0, lateMs: 0 });
}

/** Answers count something; they are worth nothing from a uuid outside the configuration (S13), as checked once for all. */
const answers: ReadonlySet<Message['type']> = new Set([
  'preVoteResponse',
  'voteResponse',
  'appendAccepted',
  'appendRejected',
  'heartbeatResponse',
]);

function isAnswer(message: Message): boolean {
  return answers.has(message.type);
}

function addressProblem(state: RaftState, message: Message): string | undefined {
  if (message.to !== state.id) return `it is for ${message.to}, this is ${state.id}`;
  return message.from === state.id ? 'it claims to be from this node' : undefined;
}

/** Claims that only a broken peer can make; accepting one would break an invariant. */
function claimProblem(state: RaftState, message: Message): string | undefined {
  if (message.term < state.term) return undefined;
  switch (message.type) {
    case 'appendAccepted':
    case 'appendRejected':
    case 'heartbeatResponse':
      return state.role === 'leader' && message.term === state.term ? answerProblem(state, message) : undefined;
    case 'append':
    case 'heartbeat':
    case 'snapshot':
    case 'timeoutNow':
    case 'goodbye':
      return leaderClaimProblem(state, message);
    case 'preVoteRequest':
    case 'preVoteResponse':
    case 'voteRequest':
    case 'voteResponse':
      return undefined;
  }
}

function leaderClaimProblem(state: RaftState, message: LeaderMessage): string | undefined {
  const { role, leaderId, term } = state;
  if (message.term === term && role === 'leader') return `this node leads term ${term}`;
  if (message.term === term && leaderId !== 0 && leaderId !== message.from) return `${leaderId} leads term ${term}`;
  if (message.type !== 'heartbeat' || message.commit <= state.log.lastIndex) return undefined;
  return `commit ${message.commit} is above the last index ${state.log.lastIndex}: were entries lost?`;
}

function ignore(state: RaftState, message: Message, reason: string): void {
  trace(state, { type: 'ignored', message: message.type, from: message.from, reason });
}
