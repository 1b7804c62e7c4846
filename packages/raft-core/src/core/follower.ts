/** A follower: takes the leader's entries, keeps its promise, campaigns when the leader is lost. */
import type { Entry } from '../entry.ts';
import type { AppendRequest, Heartbeat, SnapshotOffer, TimeoutNow } from '../message.ts';
import { followCommit } from './commit.ts';
import { campaign, campaignByTransfer } from './election.ts';
import { appendForeign, truncateLog } from './log-append.ts';
import { send } from './outbox.ts';
import { heardLeader, refusalMs, releasePromise } from './promise.ts';
import { isPromotable, trace, type RaftState } from './raft-state.ts';
import { considerSnapshot } from './snapshot-rules.ts';

/** Ticks after the end of the promise: the successor campaigns first, other suspecting voters two ticks later. */
const suspectWait = { successor: 1, other: 3 } as const;

/** Consistency check and append (Raft §5.3). */
export function takeAppend(state: RaftState, message: AppendRequest): void {
  heardLeader(state, message.from, message.promiseMs);
  if (state.installing !== null) return;
  const { prevIndex, prevTerm, entries } = message;
  if (prevIndex < state.commit) {
    accept(state, message, state.commit);
  } else if (state.log.matches(prevIndex, prevTerm)) {
    const lastNewIndex = prevIndex + entries.length;
    mergeEntries(state, prevIndex, entries);
    followCommit(state, Math.min(message.commit, lastNewIndex));
    accept(state, message, lastNewIndex);
  } else {
    reject(state, message);
  }
}

export function takeHeartbeat(state: RaftState, message: Heartbeat): void {
  heardLeader(state, message.from, message.promiseMs);
  state.successor = message.successor;
  followCommit(state, message.commit);
  const { id: from, term, lateMs } = state;
  send(state, { type: 'heartbeatResponse', from, to: message.from, term, round: message.round, lateMs });
  state.lateMs = 0;
}

export function takeSnapshotOffer(state: RaftState, message: SnapshotOffer): void {
  heardLeader(state, message.from, message.promiseMs);
  considerSnapshot(state, message);
}

/** The leader ordered a campaign: promises to it are void. */
export function takeTimeoutNow(state: RaftState, message: TimeoutNow): void {
  const reason = campaignByTransfer(state);
  if (reason !== undefined) trace(state, { type: 'ignored', message: 'timeoutNow', from: message.from, reason });
}

/** The leader of this term gave up: the successor campaigns at once, others a few ticks later. */
export function takeGoodbye(state: RaftState): void {
  releasePromise(state);
  if (state.successor === state.id) campaign(state, 'the leader said goodbye');
}

/** One tick of a follower or candidate. */
export function tickFollower(state: RaftState): void {
  state.electionElapsed += 1;
  if (!isPromotable(state) || refusalMs(state, false) > 0) return;
  const reason = dueReason(state);
  if (reason === undefined) return;
  state.electionElapsed = 0;
  campaign(state, reason);
}

function dueReason(state: RaftState): string | undefined {
  if (state.suspect) {
    state.ticksPastPromise += 1;
    const wait = state.successor === state.id ? suspectWait.successor : suspectWait.other;
    if (state.ticksPastPromise >= wait) return 'the leader is lost';
  }
  if (state.retryAtMs > 0 && state.nowMs >= state.retryAtMs) return 'refused promises are over';
  return state.electionElapsed >= state.electionWait ? 'heard no leader' : undefined;
}

/** Keeps entries that agree, replaces the rest from the first that differs. A stale append removes nothing. */
function mergeEntries(state: RaftState, prevIndex: number, entries: readonly Entry[]): void {
  const { log } = state;
  const known = Math.min(log.lastIndex - prevIndex, entries.length);
  let from = 0;
  while (from < known && (entries[from] as Entry).term === log.termAt(prevIndex + 1 + from)) from += 1;
  if (from === entries.length) return;
  if (from < known) truncateLog(state, prevIndex + 1 + from);
  appendForeign(state, entries, from);
}

function accept(state: RaftState, { from: to, round }: AppendRequest, matchIndex: number): void {
  send(state, { type: 'appendAccepted', from: state.id, to, term: state.term, matchIndex, round });
}

function reject(state: RaftState, { from: to, round, prevIndex, prevTerm }: AppendRequest): void {
  const hint = state.log.lastNotAbove(prevIndex, prevTerm);
  send(state, {
    type: 'appendRejected',
    from: state.id,
    to,
    term: state.term,
    rejectedIndex: prevIndex,
    hintIndex: hint.index,
    hintTerm: hint.term,
    round,
  });
}
