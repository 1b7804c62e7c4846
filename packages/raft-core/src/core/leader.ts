/** A leader: heartbeats, acknowledgements, quorum check. */
import type { AppendAccepted, AppendRejected, HeartbeatResponse } from '../message.ts';
import { noteLateness, tickAdaptiveTiming } from './adaptive-timing.ts';
import { advanceCommit } from './commit.ts';
import { noteCaughtUp } from './conf-change.ts';
import { renewLease } from './lease.ts';
import { beginTransfer, continueTransfer, tickTransfer } from './leadership-transfer.ts';
import { bestSuccessor } from './peers.ts';
import { isDiskStalled } from './persistence.ts';
import type { Progress } from './progress/progress.ts';
import { jointTally } from './quorum/majority.ts';
import type { RaftState } from './raft-state.ts';
import { releaseReads } from './read-index.ts';
import { acceptAppend, probeLostAppend, rejectAppend, sendHeartbeats } from './replication.ts';
import { becomeFollower } from './role-change.ts';

/** Answers a leader counts. */
export type LeaderAnswer = AppendAccepted | AppendRejected | HeartbeatResponse;

/** Takes an answer of the current term from a member. */
export function takeAnswer(state: RaftState, progress: Progress, message: LeaderAnswer): void {
  progress.recentActive = true;
  progress.lastActiveMs = state.nowMs;
  progress.ackedRound = Math.max(progress.ackedRound, message.round);
  renewLease(state);
  switch (message.type) {
    case 'appendAccepted':
      if (acceptAppend(state, progress, message)) advanceCommit(state);
      continueTransfer(state);
      break;
    case 'appendRejected':
      rejectAppend(state, progress, message);
      break;
    case 'heartbeatResponse':
      takeHeartbeatResponse(state, progress, message);
      break;
  }
  releaseReads(state);
}

/** Which number of the answer contradicts what this leader sent, or undefined. */
export function answerProblem(state: RaftState, message: LeaderAnswer): string | undefined {
  if (message.round > state.round) return `round ${message.round} was never begun`;
  if (message.type !== 'appendAccepted' || message.matchIndex <= state.log.lastIndex) return undefined;
  return `match ${message.matchIndex} is above the last index ${state.log.lastIndex}`;
}

/** One tick of a leader. */
export function tickLeader(state: RaftState, lateMs: number): void {
  state.electionElapsed += 1;
  state.heartbeatElapsed += 1;
  state.leaderSeenMs = state.nowMs;
  if (state.electionElapsed >= state.electionTicks) {
    state.electionElapsed = 0;
    if (!checkQuorum(state)) {
      becomeFollower(state, state.term, 0, 'heard no quorum for an election timeout');
      return;
    }
  }
  if (isDiskStalled(state) && state.transfer === null && bestSuccessor(state) !== 0) {
    beginTransfer(state, 0, 'the disk stalls');
  }
  tickTransfer(state);
  if (state.role !== 'leader') return;
  tickAdaptiveTiming(state, lateMs);
  if (state.heartbeatElapsed >= state.heartbeatTicks) sendHeartbeats(state);
}

/** A stream to the peer broke: pipelined appends may be lost. */
export function peerLost(state: RaftState, progress: Progress): void {
  if (progress.state === 'replicate') progress.becomeProbe();
}

/** True when a majority (of both halves) was heard since the last check; starts the next period. */
function checkQuorum(state: RaftState): boolean {
  const outcome = jointTally(state.voterIds, state.outgoingIds, (id) => {
    return id === state.id || state.progress.get(id)?.recentActive === true;
  });
  for (const progress of state.progress.values()) progress.recentActive = false;
  return outcome === 'won';
}

function takeHeartbeatResponse(state: RaftState, progress: Progress, message: HeartbeatResponse): void {
  noteLateness(state, progress, message.lateMs);
  noteCaughtUp(state, progress);
  progress.commitKnowledge.heard(message.round);
  continueTransfer(state);
  progress.probeSent = false;
  if (progress.state === 'replicate' && progress.inflights.isFull) progress.inflights.freeFirst();
  const stuck = progress.match === progress.matchAtHeartbeat && progress.match < state.log.lastIndex;
  if (stuck) probeLostAppend(state, progress);
  progress.matchAtHeartbeat = progress.match;
}
