/**
 * Snapshots (Raft §7): when a follower takes one, what changes when it is installed, and what compaction forgets.
 *
 * A snapshot never moves log or membership back: one at or below the commit index is only acknowledged, one whose last
 * entry is in the log only advances the commit index.
 */
import type { LogIndex } from '../ids.ts';
import type { SnapshotOffer } from '../message.ts';
import { sameSnapshot, type SnapshotRef } from '../snapshot.ts';
import { followCommit } from './commit.ts';
import { applyConfiguration } from './conf-change.ts';
import { dropHeldFrom, send } from './outbox.ts';
import { setTiming, trace, type RaftState } from './raft-state.ts';

/** A complete snapshot of the current leader lies in storage. */
export function considerSnapshot(state: RaftState, offer: SnapshotOffer): void {
  const { snapshot } = offer;
  if (state.installing !== null) return;
  if (snapshot.index <= state.commit) {
    acknowledge(state, offer, state.commit);
  } else if (state.log.matches(snapshot.index, snapshot.term)) {
    followCommit(state, snapshot.index);
    acknowledge(state, offer, snapshot.index);
  } else {
    state.installing = { offer, handedOut: false };
    dropHeldFrom(state, state.durableIndex + 1);
    trace(state, { type: 'restore', index: snapshot.index, term: snapshot.term });
  }
}

/** A snapshot is durable here. True when it was the one being installed. */
export function takeSnapshot(state: RaftState, snapshot: SnapshotRef, firstIndex: LogIndex): boolean {
  const offer = state.installing?.offer;
  if (offer === undefined || !sameSnapshot(offer.snapshot, snapshot)) {
    compact(state, snapshot, firstIndex);
    return false;
  }
  finishInstall(state, offer);
  return true;
}

/** Which rule an own snapshot breaks, or undefined. */
export function snapshotProblem(state: RaftState, snapshot: SnapshotRef, firstIndex: LogIndex): string | undefined {
  if (state.installing !== null && sameSnapshot(state.installing.offer.snapshot, snapshot)) {
    return firstIndex === snapshot.index + 1 ? undefined : `first index ${firstIndex} is not ${snapshot.index + 1}`;
  }
  if (snapshot.index > state.applied) return `snapshot ${snapshot.index} is above applied ${state.applied}`;
  if (snapshot.index < (state.snapshot?.index ?? 0)) return `snapshot ${snapshot.index} is older than the last`;
  if (firstIndex < state.storeFirst || firstIndex > snapshot.index + 1) {
    return `first index ${firstIndex} is outside ${state.storeFirst} to ${snapshot.index + 1}`;
  }
  const term = state.log.termAt(snapshot.index);
  return term === undefined || term === snapshot.term ? undefined : `snapshot term ${snapshot.term} is not ${term}`;
}

function compact(state: RaftState, snapshot: SnapshotRef, firstIndex: LogIndex): void {
  state.snapshot = snapshot;
  state.storeFirst = firstIndex;
  state.log.forgetBefore(Math.min(firstIndex - 1, state.durableIndex));
}

/** Storage and state machine equal the snapshot now: so do log, indexes, membership; only then comes the answer. */
function finishInstall(state: RaftState, offer: SnapshotOffer): void {
  const { snapshot } = offer;
  state.installing = null;
  state.log.reset(snapshot.index, snapshot.term);
  state.generation += 1;
  state.durableIndex = snapshot.index;
  state.writtenIndex = snapshot.index;
  state.storeFirst = snapshot.index + 1;
  state.commit = snapshot.index;
  state.applied = snapshot.index;
  state.applyingTo = snapshot.index;
  state.snapshot = snapshot;
  state.held = state.held.filter((message) => message.type !== 'appendAccepted');
  if (snapshot.timing !== null) {
    setTiming(state, snapshot.timing);
    state.timingChanged = true;
  }
  applyConfiguration(state, snapshot.configuration, snapshot.index);
  if (state.term === offer.term) acknowledge(state, offer, snapshot.index);
}

function acknowledge(state: RaftState, offer: SnapshotOffer, matchIndex: LogIndex): void {
  const { round, from: to, term } = offer;
  send(state, { type: 'appendAccepted', from: state.id, to, term, matchIndex, round });
}
