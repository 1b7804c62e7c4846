/** The two ways entries enter the log: a leader's own, and a leader's at a follower. */
import { entryTypeCode, type Entry, type EntryType } from '../entry.ts';
import type { LogIndex } from '../ids.ts';
import { invariant } from '../invariant.ts';
import { trace, type RaftState } from './raft-state.ts';

/** Appends an entry of the leader's own term. Returns its index. */
export function appendOwn(state: RaftState, type: EntryType, data: Uint8Array): LogIndex {
  state.uncommittedBytes += data.byteLength;
  return state.log.append(state.term, entryTypeCode(type), data);
}

/** Appends entries that follow the last one. */
export function appendForeign(state: RaftState, entries: readonly Entry[], from: number): void {
  const { log } = state;
  for (let i = from; i < entries.length; i++) {
    const entry = entries[i] as Entry;
    log.append(entry.term, entryTypeCode(entry.type), entry.data);
  }
}

/**
 * Discards entries from `index` on: a leader's log differs. Committed entries never are. Acknowledgements of them that
 * still wait for storage were given in an earlier term and went with it.
 */
export function truncateLog(state: RaftState, index: LogIndex): void {
  invariant(index > state.commit, 'committed entries are never truncated', { index, commit: state.commit });
  trace(state, { type: 'truncate', from: index, lastIndex: state.log.lastIndex });
  state.log.truncateFrom(index);
  state.generation += 1;
  state.durableIndex = Math.min(state.durableIndex, index - 1);
}
