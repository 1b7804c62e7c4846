/** Dispatches events. Checks come first: an event that is refused throws and has changed nothing. */
import { RaftError } from '../errors.ts';
import { assertNever } from '../invariant.ts';
import { takeApplied } from './applied.ts';
import { advanceCommit } from './commit.ts';
import { leaveJointWhenDue, proposeChange } from './conf-change.ts';
import { campaign, takeOwnVote } from './election.ts';
import type { PersistToken } from './effect.ts';
import type { RaftEvent } from './event.ts';
import { tickFollower } from './follower.ts';
import { renewLease } from './lease.ts';
import { peerLost, tickLeader } from './leader.ts';
import { beginTransfer, continueTransfer } from './leadership-transfer.ts';
import { takePersisted, tokenProblem } from './persistence.ts';
import { reconcilerStopped, suspectLeader } from './promise.ts';
import { assertLeader, propose, proposeTiming } from './propose.ts';
import type { RaftState } from './raft-state.ts';
import { requestRead } from './read-index.ts';
import { sendLoaded } from './replication.ts';
import { snapshotProblem, takeSnapshot } from './snapshot-rules.ts';
import { stepMessage } from './step-message.ts';
import { entriesProblem } from './validate-message.ts';

/** Applies one event. `state.nowMs` is the time of the event already. */
export function step(state: RaftState, event: RaftEvent): void {
  switch (event.type) {
    case 'tick':
      tick(state, event.lateMs);
      break;
    case 'campaign':
      campaign(state, 'was told to');
      break;
    case 'message':
      stepMessage(state, event.message, event.senderUuid);
      break;
    case 'propose':
      assertLeader(state);
      propose(state, event.commands);
      break;
    case 'proposeTiming':
      assertLeader(state);
      proposeTiming(state, event.timing);
      break;
    case 'confChange':
      assertLeader(state);
      proposeChange(state, event.change, event.checks === 'enforced');
      break;
    case 'readIndex':
      assertLeader(state);
      requestRead(state, event.requestId, event.byQuorum ?? false);
      break;
    case 'transfer':
      assertLeader(state);
      beginTransfer(state, event.target, 'leadership is handed over');
      break;
    case 'reconcilerStopped':
    case 'forgetLeader':
    case 'peerUnreachable':
    case 'persisted':
    case 'applied':
    case 'entriesLoaded':
    case 'snapshotReady':
    case 'snapshotSent':
    case 'snapshotFailed':
      stepReport(state, event);
      break;
    default:
      throw new RaftError('RAFT_INVALID_INPUT', `unknown event type ${String((event as { type: unknown }).type)}`);
  }
}

type Report = Exclude<
  RaftEvent,
  { type: 'tick' | 'campaign' | 'message' | 'propose' | 'proposeTiming' | 'confChange' | 'readIndex' | 'transfer' }
>;

/** Events by which the embedder answers effects. */
function stepReport(state: RaftState, event: Report): void {
  switch (event.type) {
    case 'reconcilerStopped':
      reconcilerStopped(state, event.term);
      continueTransfer(state);
      break;
    case 'forgetLeader':
      if (state.role !== 'leader' && event.term === state.term) state.leaderId = 0;
      break;
    case 'peerUnreachable':
      lostPeer(state, event.peer);
      break;
    case 'persisted':
      persisted(state, event.token);
      break;
    case 'applied':
      applied(state, event.index);
      break;
    case 'entriesLoaded':
      entriesLoaded(state, event);
      break;
    case 'snapshotReady':
      refuseIf(snapshotProblem(state, event.snapshot, event.firstIndex), event.type);
      takeSnapshot(state, event.snapshot, event.firstIndex);
      break;
    case 'snapshotSent':
    case 'snapshotFailed':
      snapshotOutcome(state, event.peer, event.type === 'snapshotSent');
      break;
    default:
      assertNever(event, 'event');
  }
}

function refuseIf(problem: string | undefined, what: string): void {
  if (problem !== undefined) throw new RaftError('RAFT_INVALID_INPUT', `${what} refused: ${problem}`);
}

function tick(state: RaftState, lateMs: number): void {
  refuseIf(lateMs >= 0 ? undefined : `lateness of ${lateMs} ms`, 'tick');
  state.lateMs = Math.max(state.lateMs, lateMs);
  if (state.role === 'leader') tickLeader(state, lateMs);
  else tickFollower(state);
  leaveJointWhenDue(state);
}

function lostPeer(state: RaftState, peer: number): void {
  const progress = state.progress.get(peer);
  if (progress !== undefined) peerLost(state, progress);
  else if (peer === state.leaderId) suspectLeader(state);
}

function persisted(state: RaftState, token: PersistToken): void {
  refuseIf(tokenProblem(state, token), 'persisted');
  takePersisted(state);
  if (state.durable.term === state.term && state.durable.vote === state.id) takeOwnVote(state);
  const own = state.progress.get(state.id);
  if (state.role !== 'leader' || own === undefined) return;
  if (own.maybeUpdate(state.durableIndex)) advanceCommit(state);
  renewLease(state);
}

function applied(state: RaftState, index: number): void {
  refuseIf(index > state.applyingTo ? `${index} was not handed out, ${state.applyingTo} was` : undefined, 'applied');
  takeApplied(state, index);
  leaveJointWhenDue(state);
}

function entriesLoaded(state: RaftState, event: Extract<RaftEvent, { type: 'entriesLoaded' }>): void {
  const progress = state.progress.get(event.peer);
  const { from, entries } = event;
  if (progress === undefined || !progress.loading) return;
  progress.loading = false;
  if (from !== progress.next && from !== progress.next - 1) return;
  const after = { prevIndex: from - 1, prevTerm: entries[0]?.term ?? 0, maxTerm: state.term };
  refuseIf(entriesProblem(entries, after), event.type);
  sendLoaded(state, progress, entries);
}

function snapshotOutcome(state: RaftState, peer: number, sent: boolean): void {
  const progress = state.progress.get(peer);
  if (progress === undefined || progress.state !== 'snapshot') return;
  if (sent) progress.becomeProbe();
  else progress.failSnapshot();
  progress.probeSent = true;
}
