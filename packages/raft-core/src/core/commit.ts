/** The commit rule (Raft §5.4.2): a majority holds it durably, and the entry is of the leader's own term. */
import type { LogIndex, NodeId } from '../ids.ts';
import { jointValue } from './quorum/majority.ts';
import type { RaftState } from './raft-state.ts';
import { releaseReads } from './read-index.ts';

/** Advances the leader's commit index as far as the rule allows. True when it moved. */
export function advanceCommit(state: RaftState): boolean {
  const index = jointValue(state.voterIds, state.outgoingIds, (id) => matchOf(state, id));
  if (index <= state.commit || state.log.termAt(index) !== state.term) return false;
  state.uncommittedBytes -= state.log.sizeBytes(state.commit + 1, index);
  state.commit = index;
  releaseReads(state);
  return true;
}

/** A follower's commit index: what the leader says, as far as this log is known to agree with it. */
export function followCommit(state: RaftState, index: LogIndex): void {
  if (index > state.commit) state.commit = index;
}

function matchOf(state: RaftState, id: NodeId): LogIndex {
  return state.progress.get(id)?.match ?? 0;
}
