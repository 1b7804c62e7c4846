/** Progress records of the members: created for a new leader, kept in step with the configuration. */
import { memberOf, type Configuration, type Member } from '../configuration.ts';
import type { NodeId } from '../ids.ts';
import { Inflights } from './progress/inflights.ts';
import { Progress } from './progress/progress.ts';
import type { RaftState } from './raft-state.ts';

/** Gives every member of the configuration a record; keeps those whose uuid is unchanged. Ascending ids. */
export function createProgress(state: RaftState): void {
  const before = new Map(state.progress);
  state.progress.clear();
  for (const member of membersInOrder(state.configuration)) {
    const known = before.get(member.id);
    state.progress.set(member.id, known?.uuid === member.uuid ? known : newProgress(state, member));
  }
}

/** True when the id votes in either half. */
export function isVotingId(state: RaftState, id: NodeId): boolean {
  return state.voterIds.includes(id) || state.outgoingIds.includes(id);
}

/** Voters of both halves, each once, ascending, this node excluded. */
export function otherVoters(state: RaftState): readonly NodeId[] {
  const ids = new Set([...state.voterIds, ...state.outgoingIds]);
  ids.delete(state.id);
  return [...ids].sort((a, b) => a - b);
}

/** The live voter of the incoming half with the longest log; ties go to the lowest id. 0 for none. */
export function bestSuccessor(state: RaftState): NodeId {
  let best: Progress | undefined;
  for (const id of state.voterIds) {
    const progress = id === state.id ? undefined : state.progress.get(id);
    if (progress === undefined || !isLive(state, progress)) continue;
    if (best === undefined || progress.match > best.match) best = progress;
  }
  return best?.id ?? 0;
}

/** Heard from within two election timeouts. */
export function isLive(state: RaftState, progress: Progress): boolean {
  return progress.lastActiveMs >= 0 && state.nowMs - progress.lastActiveMs <= 2 * state.timing.electionTimeoutMs;
}

/** A new member counts as active at first, so that adding it cannot cost the leader its quorum check at once. */
function newProgress(state: RaftState, member: Member): Progress {
  const { maxInflightMessages, maxInflightBytes } = state.options;
  const inflights = new Inflights({ maxMessages: maxInflightMessages, maxBytes: maxInflightBytes });
  const progress = new Progress(member, state.log.lastIndex + 1, inflights);
  progress.recentActive = true;
  if (member.id === state.id) {
    progress.state = 'replicate';
    progress.match = state.durableIndex;
  }
  return progress;
}

function membersInOrder(configuration: Configuration): readonly Member[] {
  const { voters, outgoing, learners, learnersNext } = configuration;
  const ids = new Set([...voters, ...outgoing, ...learners, ...learnersNext].map((member) => member.id));
  return [...ids].sort((a, b) => a - b).map((id) => memberOf(configuration, id) as Member);
}
