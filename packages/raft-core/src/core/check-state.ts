/** Asserts the invariants I1 to I10 of `raft-state.ts`; run after each step in tests and simulation. */
import { configurationProblem, type Configuration } from '../configuration.ts';
import type { NodeId } from '../ids.ts';
import { invariant } from '../invariant.ts';
import type { Progress } from './progress/progress.ts';
import type { RaftState } from './raft-state.ts';

/** Members of configurations that were found sound. A configuration never changes; it is replaced. */
const soundMembers = new WeakMap<Configuration, ReadonlySet<NodeId>>();

/** @throws `InvariantViolation` naming the invariant. */
export function checkState(state: RaftState): void {
  checkHardState(state);
  checkLog(state);
  checkRole(state);
  if (state.role === 'leader') checkLeader(state);
  else checkNoLeader(state);
}

function checkHardState(state: RaftState): void {
  const { durable, term, promiseMs, held } = state;
  invariant(durable.term <= term && durable.promiseMs <= promiseMs, 'I1 durable state never runs ahead', {
    durableTerm: durable.term,
    term,
  });
  const late = held.find((message) => message.term > term && message.type !== 'preVoteRequest');
  invariant(late === undefined, 'I10 held messages name known terms', { type: late?.type, term });
}

function checkLog(state: RaftState): void {
  const { log, snapshot, applied, commit, durableIndex, writtenIndex, storeFirst } = state;
  const facts = { boundary: log.boundaryIndex, applied, commit, last: log.lastIndex, durableIndex, writtenIndex };
  invariant(log.boundaryIndex <= applied, 'I2 the log reaches back to applied', facts);
  invariant((snapshot?.index ?? 0) <= applied, 'I2 a snapshot holds applied entries only', facts);
  invariant(storeFirst <= (snapshot?.index ?? 0) + 1, 'I2 storage has no gap after the snapshot', { storeFirst });
  invariant(applied <= commit && commit <= log.lastIndex, 'I2 applied ≤ commit ≤ last', facts);
  invariant(log.firstIndex <= applied + 1, 'I2 unapplied entries are in memory', facts);
  invariant(state.applyingTo >= applied && state.applyingTo <= commit, 'I2 applies stay committed', facts);
  invariant(durableIndex <= log.lastIndex && durableIndex <= writtenIndex, 'I3 durable entries exist', facts);
  invariant(applied <= durableIndex, 'I3 applied entries are durable', facts);
  invariant(log.lastTerm <= state.term, 'I4 no entry is of a later term', { last: log.lastTerm, term: state.term });
  membersOf(state.configuration);
}

/** Ids of a sound configuration's members. */
function membersOf(configuration: Configuration): ReadonlySet<NodeId> {
  const known = soundMembers.get(configuration);
  if (known !== undefined) return known;
  const problem = configurationProblem(configuration);
  invariant(problem === undefined, 'I8 the configuration is sound', { problem });
  const { voters, outgoing, learners, learnersNext } = configuration;
  const ids = new Set([...voters, ...outgoing, ...learners, ...learnersNext].map(({ id }) => id));
  soundMembers.set(configuration, ids);
  return ids;
}

function checkRole(state: RaftState): void {
  const { role, vote, id, leaderId } = state;
  if (role === 'candidate') invariant(vote === id, 'I9 a candidate voted for itself', { vote });
  if (role === 'candidate' || role === 'preCandidate') {
    invariant(leaderId === 0, 'I9 candidates know no leader', { leaderId });
  }
  if (role === 'follower') invariant(leaderId !== id, 'I5 a follower does not follow itself', { id });
}

function checkLeader(state: RaftState): void {
  const { id, leaderId, durable, term, progress, configuration, uncommittedBytes } = state;
  invariant(leaderId === id, 'I5 a leader leads itself', { leaderId });
  invariant(durable.term === term && durable.vote === id, 'I5 a leader’s term and vote are durable', { term });
  const ids = membersOf(configuration);
  invariant(ids.size === progress.size, 'I5 each member has a progress', { members: ids.size, known: progress.size });
  for (const peer of progress.values()) {
    invariant(ids.has(peer.id), 'I5 no progress without member', { peer: peer.id });
    checkProgress(state, peer);
  }
  const pending = state.log.sizeBytes(state.commit + 1, state.log.lastIndex);
  invariant(uncommittedBytes === pending, 'I7 uncommitted bytes are counted', { uncommittedBytes, pending });
}

function checkProgress(state: RaftState, peer: Progress): void {
  const facts = { peer: peer.id, match: peer.match, next: peer.next, state: peer.state, last: state.log.lastIndex };
  if (peer.id !== state.id) invariant(peer.match < peer.next, 'I6 match < next', facts);
  invariant(peer.match <= state.log.lastIndex, 'I6 match ≤ last', facts);
  invariant(peer.ackedRound <= state.round, 'I6 acknowledged rounds were begun', facts);
  const idle = peer.match === state.log.lastIndex && peer.state === 'replicate';
  if (idle) invariant(peer.inflights.count === 0, 'I6 an idle window is empty', facts);
}

function checkNoLeader(state: RaftState): void {
  const { uncommittedBytes, reads, transfer, publishedLeaseMs, progress, role } = state;
  const clean = uncommittedBytes === 0 && reads.length === 0 && transfer === null && publishedLeaseMs === 0;
  invariant(clean && progress.size === 0, 'I7 only leaders have leader state', { role });
}
