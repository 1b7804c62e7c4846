/**
 * Who may change the membership when, and what happens when a change is applied.
 *
 * A configuration counts from the moment its entry is applied. One change at a time: the next is proposed only when
 * all configuration entries that may be in the log are applied, and only after an entry of the leader's own term is,
 * without which single-step changes of two leaders could overlap (Ongaro's correction of 2015).
 */
import {
  encodeConfiguration,
  isJoint,
  isLearner,
  isVoter,
  type Configuration,
  type ConfigurationChange,
  type Member,
} from '../configuration.ts';
import { RaftError } from '../errors.ts';
import type { LogIndex } from '../ids.ts';
import { advanceCommit } from './commit.ts';
import { renewLease } from './lease.ts';
import { retargetTransfer } from './leadership-transfer.ts';
import { appendOwn } from './log-append.ts';
import { changeConfiguration } from './membership/change.ts';
import { createProgress, isLive } from './peers.ts';
import { jointValue, majoritySize } from './quorum/majority.ts';
import { setConfiguration, trace, type RaftState } from './raft-state.ts';
import { releaseReads } from './read-index.ts';
import { sendHeartbeats } from './replication.ts';
import { becomeFollower } from './role-change.ts';

/** Heartbeats a learner must have answered caught up in a row, and the lag that still counts as caught up. */
const promotion = { heartbeats: 5, lagEntries: 64 } as const;

/** Appends the entry of a change. @throws `RAFT_CHANGE_REFUSED` naming the rule. */
export function proposeChange(state: RaftState, change: ConfigurationChange, enforced: boolean): void {
  if (isChangePending(state)) {
    refuse(`an earlier change may be pending: applied ${state.applied}, wait for ${state.pendingConfigurationIndex}`);
  }
  if (state.transfer !== null) refuse('leadership is being handed over');
  const outcome = changeConfiguration(state.configuration, change);
  if (outcome.configuration === undefined) refuse(outcome.problem);
  const problem = enforced ? safetyProblem(state, change, outcome.configuration) : undefined;
  if (problem !== undefined) refuse(problem);
  state.pendingConfigurationIndex = appendOwn(state, 'configuration', encodeConfiguration(outcome.configuration));
}

/** Puts an applied configuration in force. */
export function applyConfiguration(state: RaftState, configuration: Configuration, index: LogIndex): void {
  setConfiguration(state, configuration, index);
  trace(state, { type: 'configuration', index, configuration });
  if (state.role !== 'leader') return;
  if (!isVoter(configuration, state.id, state.uuid)) {
    sendHeartbeats(state);
    becomeFollower(state, state.term, 0, 'is no voter any more');
    return;
  }
  createProgress(state);
  retargetTransfer(state);
  advanceCommit(state);
  renewLease(state);
  releaseReads(state);
}

/** Leaves an automatic joint phase as soon as it is applied and nothing else is pending. */
export function leaveJointWhenDue(state: RaftState): void {
  const { configuration } = state;
  if (state.role !== 'leader' || !configuration.autoLeave || !isJoint(configuration)) return;
  if (state.transfer !== null || isChangePending(state)) return;
  proposeChange(state, { transition: 'leave', steps: [] }, false);
}

/** Counts heartbeat answers of a peer that keeps up; the gate a learner passes before it may vote. */
export function noteCaughtUp(state: RaftState, progress: { match: LogIndex; caughtUpCount: number }): void {
  const caughtUp = progress.match + promotion.lagEntries >= state.commit;
  progress.caughtUpCount = caughtUp ? Math.min(progress.caughtUpCount + 1, promotion.heartbeats) : 0;
}

/** True when the peer passed the gate. */
export function isCaughtUp(progress: { caughtUpCount: number }): boolean {
  return progress.caughtUpCount >= promotion.heartbeats;
}

/**
 * True on a leader when a majority (of both halves) knows the configuration in force to be committed, and no joint phase
 * is about to be left by itself.
 */
export function isConfigurationKnown(state: RaftState): boolean {
  const { configuration, configurationIndex, progress, id } = state;
  if (state.role !== 'leader' || (isJoint(configuration) && configuration.autoLeave)) return false;
  const known = jointValue(state.voterIds, state.outgoingIds, (voter) =>
    voter === id ? state.commit : (progress.get(voter)?.commitKnowledge.known ?? 0),
  );
  return known >= configurationIndex;
}

function refuse(problem: string): never {
  throw new RaftError('RAFT_CHANGE_REFUSED', `membership change refused: ${problem}`);
}

/** Whatever lies below a leader's first entry may hold a change: once that entry is applied, so are they. */
function isChangePending(state: RaftState): boolean {
  return state.applied < state.pendingConfigurationIndex;
}

function safetyProblem(state: RaftState, change: ConfigurationChange, next: Configuration): string | undefined {
  for (const step of change.steps) {
    if (step.type === 'remove' && step.id === state.id) return 'the leader must hand over before it is removed';
    const problem = step.type === 'addVoter' ? promotionProblem(state, step.member) : undefined;
    if (problem !== undefined) return problem;
  }
  const live = next.voters.filter((member) => memberIsLive(state, member)).length;
  const needed = majoritySize(next.voters.length);
  return live >= needed
    ? undefined
    : `only ${live} of ${next.voters.length} voters would be live, ${needed} are needed`;
}

function promotionProblem(state: RaftState, member: Member): string | undefined {
  const progress = state.progress.get(member.id);
  if (progress === undefined || !isLearner(state.configuration, member.id, member.uuid)) {
    return `member ${member.id} is no learner: add it as learner first`;
  }
  return isCaughtUp(progress)
    ? undefined
    : `learner ${member.id} has not caught up: match ${progress.match}, commit ${state.commit}`;
}

function memberIsLive(state: RaftState, member: Member): boolean {
  if (member.id === state.id) return true;
  const progress = state.progress.get(member.id);
  return progress?.uuid === member.uuid && isLive(state, progress);
}
