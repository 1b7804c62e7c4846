/**
 * Handing over leadership (thesis §3.10), made safe for leases (H1): first revoke, for the rest of the term; once nothing
 * acts on the lease, the target holds the whole log and knows the membership in force, tell it to campaign: one that does
 * not know yet that it votes ignores that, and one that counts members of the past may not be elected. Without success within two
 * election timeouts say Goodbye, which frees an election at once, and step down.
 */
import { RaftError } from '../errors.ts';
import type { NodeId } from '../ids.ts';
import { isLeaseOver, revokeLease } from './lease.ts';
import { send } from './outbox.ts';
import { bestSuccessor, isVotingId } from './peers.ts';
import { trace, type RaftState } from './raft-state.ts';
import { sendHeartbeats } from './replication.ts';
import { becomeFollower } from './role-change.ts';

/** Begins a hand-over to `target`, 0 for the best-matched live voter. @throws `RAFT_TRANSFER_REFUSED`. */
export function beginTransfer(state: RaftState, target: NodeId, reason: string): void {
  const chosen = target === 0 ? bestSuccessor(state) : target;
  const problem = transferProblem(state, chosen);
  if (problem !== undefined) throw new RaftError('RAFT_TRANSFER_REFUSED', `cannot hand over: ${problem}`);
  if (state.transfer?.target === chosen) return;
  trace(state, { type: 'transfer', target: chosen, step: 'begin' });
  revokeLease(state, reason);
  state.transfer = { target: chosen, elapsedTicks: state.transfer?.elapsedTicks ?? 0, timeoutNowSent: false };
  tellMembership(state, chosen);
  continueTransfer(state);
}

/** Sends TimeoutNow as soon as the lease is over and the target caught up. */
export function continueTransfer(state: RaftState): void {
  const { transfer } = state;
  if (transfer === null || transfer.timeoutNowSent || !isLeaseOver(state)) return;
  if (state.progress.get(transfer.target)?.match !== state.log.lastIndex) return;
  if (!knowsMembership(state, transfer.target)) return;
  transfer.timeoutNowSent = true;
  trace(state, { type: 'transfer', target: transfer.target, step: 'timeoutNow' });
  send(state, { type: 'timeoutNow', from: state.id, to: transfer.target, term: state.term });
}

/** One tick of a hand-over: repeats TimeoutNow each heartbeat, gives up after two election timeouts. */
export function tickTransfer(state: RaftState): void {
  const { transfer } = state;
  if (transfer === null) return;
  transfer.elapsedTicks += 1;
  if (transfer.elapsedTicks >= 2 * state.electionTicks && isLeaseOver(state)) {
    giveUpLeadership(state, 'the hand-over did not succeed in time');
    return;
  }
  if (transfer.elapsedTicks % state.heartbeatTicks === 0) transfer.timeoutNowSent = false;
  continueTransfer(state);
}

/** Another membership is in force: the target learns of it, or another one is chosen if it is no voter any more. */
export function retargetTransfer(state: RaftState): void {
  const { transfer } = state;
  if (transfer === null) return;
  if (!isVotingId(state, transfer.target)) {
    const target = bestSuccessor(state);
    if (target === 0) return;
    transfer.target = target;
    transfer.timeoutNowSent = false;
  }
  tellMembership(state, transfer.target);
  continueTransfer(state);
}

/** Says Goodbye to everybody, which voids their promises, and steps down. Only once nothing acts on the lease. */
export function giveUpLeadership(state: RaftState, reason: string): void {
  trace(state, { type: 'transfer', target: state.transfer?.target ?? 0, step: 'giveUp' });
  for (const progress of state.progress.values()) {
    if (progress.id === state.id) continue;
    send(state, { type: 'goodbye', from: state.id, to: progress.id, term: state.term });
  }
  becomeFollower(state, state.term, 0, reason);
}

/** A heartbeat says what is committed; the next one would be sent up to an interval later. */
function tellMembership(state: RaftState, target: NodeId): void {
  if (!knowsMembership(state, target)) sendHeartbeats(state);
}

/** It has answered a heartbeat that told it so. */
function knowsMembership(state: RaftState, target: NodeId): boolean {
  return (state.progress.get(target)?.commitKnowledge.known ?? 0) >= state.configurationIndex;
}

function transferProblem(state: RaftState, target: NodeId): string | undefined {
  if (target === 0) return 'no other live voter';
  if (target === state.id) return `${target} is the leader itself`;
  if (!state.progress.has(target)) return `${target} is no member`;
  return state.voterIds.includes(target) ? undefined : `${target} is no voter of the new configuration`;
}
