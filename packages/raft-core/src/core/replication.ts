/**
 * Sending the log to peers: one probe at a time where logs are not known to agree, pipelined appends within the
 * window where they do, a snapshot where the log no longer reaches back far enough.
 */
import type { Entry } from '../entry.ts';
import { entriesSizeBytes } from '../entry.ts';
import type { LogIndex, Term } from '../ids.ts';
import type { AppendAccepted, AppendRejected } from '../message.ts';
import { beginRound, currentRound, renewLease } from './lease.ts';
import { send } from './outbox.ts';
import { bestSuccessor } from './peers.ts';
import type { Progress } from './progress/progress.ts';
import { trace, type RaftState } from './raft-state.ts';
import { announceReads, hasUnannouncedReads, releaseReads } from './read-index.ts';

/** Sends every peer what it may get now. Called once per drain, so that proposals stepped together travel together. */
export function replicateToAll(state: RaftState): void {
  for (const progress of state.progress.values()) {
    if (progress.id !== state.id) replicateTo(state, progress);
  }
  if (hasUnannouncedReads(state)) sendHeartbeats(state);
}

/** Starts a lease round and tells every peer: commit index, promise, successor. An only voter is its own quorum. */
export function sendHeartbeats(state: RaftState): void {
  const round = beginRound(state);
  const successor = bestSuccessor(state);
  const promiseMs = state.timing.electionTimeoutMs;
  announceReads(state, round);
  for (const progress of state.progress.values()) {
    if (progress.id === state.id) continue;
    const commit = Math.min(progress.match, state.commit);
    progress.commitKnowledge.tell(round, commit);
    const { id: from, term } = state;
    send(state, { type: 'heartbeat', from, to: progress.id, term, commit, round, promiseMs, successor });
  }
  state.heartbeatElapsed = 0;
  renewLease(state);
  releaseReads(state);
}

/** Takes an acknowledgement. True when the peer's match moved. */
export function acceptAppend(state: RaftState, progress: Progress, message: AppendAccepted): boolean {
  const news = progress.maybeUpdate(message.matchIndex);
  if (progress.state === 'replicate') {
    progress.inflights.freeTo(message.matchIndex);
    return news;
  }
  if (progress.state === 'probe' ? message.matchIndex >= progress.match : canResume(state, progress)) {
    progress.becomeReplicate();
  }
  return news;
}

/** Takes a rejection: finds the next place to probe. */
export function rejectAppend(state: RaftState, progress: Progress, message: AppendRejected): void {
  const { rejectedIndex, hintIndex, hintTerm } = message;
  const hint = hintTerm > 0 ? state.log.lastNotAbove(hintIndex, hintTerm).index : hintIndex;
  if (progress.maybeDecrement(rejectedIndex, hint) && progress.state === 'replicate') {
    const next = Math.max(Math.min(rejectedIndex, hint + 1), progress.match + 1);
    progress.becomeProbe();
    progress.next = next;
  }
}

/** Forces one append, empty if need be: the peer's last one may be lost. */
export function probeLostAppend(state: RaftState, progress: Progress): void {
  if (progress.state !== 'replicate' || progress.next <= state.log.lastIndex) return;
  const prevTerm = state.log.termAt(progress.next - 1);
  if (prevTerm !== undefined) sendAppend(state, progress, [], prevTerm);
}

/** Entries arrived from storage, beginning with `progress.next` or, where its term was unknown, the one before. */
export function sendLoaded(state: RaftState, progress: Progress, loaded: readonly Entry[]): void {
  const withPrevious = loaded[0]?.index === progress.next - 1;
  const entries = withPrevious ? loaded.slice(1) : loaded;
  const prevTerm = withPrevious ? loaded[0]?.term : state.log.termAt(progress.next - 1);
  if (entries.length === 0 || prevTerm === undefined) {
    offerSnapshot(state, progress);
    if (progress.state !== 'snapshot') waitForHeartbeat(progress);
    return;
  }
  if (!progress.isPaused) sendAppend(state, progress, entries, prevTerm);
}

/** Nothing can be sent now; asking storage again at once would spin. */
function waitForHeartbeat(progress: Progress): void {
  progress.becomeProbe();
  progress.probeSent = true;
}

function replicateTo(state: RaftState, progress: Progress): void {
  const { log } = state;
  // Bounded: each pass fills the window, pauses the peer or reaches the end of the log.
  while (!progress.isPaused && !progress.loading) {
    if (progress.state === 'replicate' && progress.next > log.lastIndex) return;
    const prevTerm = log.termAt(progress.next - 1);
    if (prevTerm === undefined || progress.next < log.firstIndex) {
      fetchOrSnapshot(state, progress);
      return;
    }
    const entries =
      progress.next > log.lastIndex ? [] : log.slice(progress.next, log.lastIndex, state.options.maxMessageBytes);
    sendAppend(state, progress, entries, prevTerm);
  }
}

function sendAppend(state: RaftState, progress: Progress, entries: readonly Entry[], prevTerm: Term): void {
  const prevIndex = progress.next - 1;
  send(state, {
    type: 'append',
    from: state.id,
    to: progress.id,
    term: state.term,
    prevIndex,
    prevTerm,
    entries,
    commit: state.commit,
    round: currentRound(state),
    promiseMs: state.timing.electionTimeoutMs,
  });
  if (progress.state === 'probe') {
    progress.probeSent = true;
  } else if (entries.length > 0) {
    progress.next = prevIndex + entries.length + 1;
    progress.inflights.add(progress.next - 1, entriesSizeBytes(entries));
  }
}

/** Memory no longer holds what the peer needs: storage may, else only a snapshot helps. */
function fetchOrSnapshot(state: RaftState, progress: Progress): void {
  const from = state.log.termAt(progress.next - 1) === undefined ? progress.next - 1 : progress.next;
  if (from < state.storeFirst) {
    offerSnapshot(state, progress);
    return;
  }
  progress.loading = true;
  state.needEntries.push({ peer: progress.id, from, maxBytes: state.options.maxMessageBytes });
}

/** Only to peers that answer, a dead one would cost a transfer each time; only when it brings them forward. */
function offerSnapshot(state: RaftState, progress: Progress): void {
  const { snapshot } = state;
  if (snapshot === null || !progress.recentActive || snapshot.index <= progress.match) return;
  progress.becomeSnapshot(snapshot.index);
  trace(state, { type: 'snapshotSent', peer: progress.id, index: snapshot.index });
  const { id: from, term } = state;
  const promiseMs = state.timing.electionTimeoutMs;
  send(state, { type: 'snapshot', from, to: progress.id, term, snapshot, round: currentRound(state), promiseMs });
}

/** A peer in snapshot state can go on once the log reaches back to what it has. */
function canResume(state: RaftState, progress: Progress): boolean {
  const reached: LogIndex = progress.match;
  return reached >= progress.snapshotIndex || state.log.termAt(reached) !== undefined;
}
