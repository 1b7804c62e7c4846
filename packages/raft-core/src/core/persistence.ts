/**
 * Handing work to storage and hearing back: one part in flight, each with a token (O2 to O8).
 *
 * What is stored is derived, not queued: everything above `durableIndex` is written again after a truncation, and
 * `truncateFrom` is set whenever storage may still hold something there.
 */
import type { LogIndex } from '../ids.ts';
import type { Message } from '../message.ts';
import type { Effects, PersistToken } from './effect.ts';
import { isHardStateDurable, type RaftState } from './raft-state.ts';

/** Fills the storage part of a drain, and with it the messages that rest on it. */
export function drainStorage(state: RaftState, out: Effects): void {
  if (state.inFlight !== null) return;
  if (state.installing !== null && isHardStateDurable(state)) {
    drainInstall(state, out);
    return;
  }
  const lastIndex = state.installing === null ? state.log.lastIndex : state.durableIndex;
  const hasEntries = lastIndex > state.durableIndex || state.writtenIndex > lastIndex;
  if (!hasEntries && isHardStateDurable(state)) {
    if (state.held.length > 0) out.sendNow = takeHeld(state);
    return;
  }
  if (!isHardStateDurable(state)) out.hardState = { term: state.term, vote: state.vote, promiseMs: state.promiseMs };
  if (hasEntries && state.installing === null) drainEntries(state, out, lastIndex);
  const token = nextToken(state, state.installing === null ? lastIndex : state.durableIndex);
  out.persistToken = token;
  state.inFlight = { token, hardState: out.hardState ?? state.durable, startedMs: state.nowMs };
  if (state.held.length > 0) out.sendAfterPersist = takeHeld(state);
}

/** Takes a report. Which rule it breaks, or undefined. */
export function tokenProblem(state: RaftState, token: PersistToken): string | undefined {
  const expected = state.inFlight?.token;
  if (expected === undefined) return 'nothing is being stored';
  const same =
    expected.sequence === token.sequence &&
    expected.term === token.term &&
    expected.lastIndex === token.lastIndex &&
    expected.generation === token.generation;
  return same ? undefined : `storage part ${token.sequence} was not handed out last`;
}

/** The part in flight is durable. A truncation made meanwhile voids it for entries, never for the hard state (O7). */
export function takePersisted(state: RaftState): void {
  const { inFlight } = state;
  if (inFlight === null) return;
  state.inFlight = null;
  state.durable = inFlight.hardState;
  if (inFlight.token.generation !== state.generation) return;
  state.durableIndex = Math.max(state.durableIndex, inFlight.token.lastIndex);
}

/** True when the disk has been busy with one part for longer than a promise. */
export function isDiskStalled(state: RaftState): boolean {
  return state.inFlight !== null && state.nowMs - state.inFlight.startedMs > state.timing.electionTimeoutMs;
}

function drainInstall(state: RaftState, out: Effects): void {
  const { installing } = state;
  if (state.held.length > 0) out.sendNow = takeHeld(state);
  if (installing === null || installing.handedOut || state.applyingTo !== state.applied) return;
  installing.handedOut = true;
  out.snapshotInstall = installing.offer.snapshot;
}

function drainEntries(state: RaftState, out: Effects, lastIndex: LogIndex): void {
  const from = state.durableIndex + 1;
  out.truncateFrom = state.writtenIndex >= from ? from : 0;
  if (lastIndex >= from) {
    out.appendFrom = from;
    out.appendTo = lastIndex;
  }
  state.writtenIndex = lastIndex;
}

function nextToken(state: RaftState, lastIndex: LogIndex): PersistToken {
  state.persistSequence += 1;
  return { term: state.term, lastIndex, generation: state.generation, sequence: state.persistSequence };
}

/** Hands the queue over whole: an array given to the caller is never written to again, not even an empty one. */
function takeHeld(state: RaftState): Message[] {
  const { held } = state;
  state.held = [];
  return held;
}
