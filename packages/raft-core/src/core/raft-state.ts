/**
 * The whole state of a node as one record. Functions in this folder change it; nobody else does.
 *
 * Invariants, asserted by `check-state.ts` after each step:
 * - I1 `durable` never runs ahead: `durable.term ≤ term`, `durable.promiseMs ≤ promiseMs`.
 * - I2 boundary ≤ snapshot ≤ applied ≤ commit ≤ last, and unapplied entries are in memory.
 * - I3 `durableIndex ≤ lastIndex` and `durableIndex ≤ writtenIndex`.
 * - I4 no entry's term is above `term`.
 * - I5 a leader leads itself, its term is durable, it has a progress for each member and no other.
 * - I6 progress: `match < next`, `match ≤ last`, and an idle window is empty.
 * - I7 only leaders have uncommitted bytes, pending reads, a transfer or a lease.
 * - I8 the configuration is sound.
 * - I9 a candidate has voted for itself; candidates know no leader.
 * - I10 messages held back name a term ≤ `term`.
 */
import { emptyConfiguration, isVoter, type Configuration } from '../configuration.ts';
import { entryTypeCode, type Entry, type Timing } from '../entry.ts';
import { RaftError } from '../errors.ts';
import type { HardState } from '../hard-state.ts';
import type { LogIndex, NodeId, Term } from '../ids.ts';
import type { Message, SnapshotOffer } from '../message.ts';
import type { SnapshotRef } from '../snapshot.ts';
import { resolveCoreOptions, type RaftCoreOptions, type ResolvedCoreOptions, type StoredLog } from './core-options.ts';
import type { EntryRequest, PersistToken, ReadState } from './effect.ts';
import { LogTail } from './log/log-tail.ts';
import { Prng } from './prng.ts';
import type { Progress } from './progress/progress.ts';
import type { CoreTrace, Role } from './trace.ts';
import { entriesProblem } from './validate-message.ts';

/** A storage part handed out and not yet reported durable. */
export interface PersistInFlight {
  readonly token: PersistToken;
  readonly hardState: HardState;
  readonly startedMs: number;
}

/** A transfer of leadership under way. */
export interface Transfer {
  target: NodeId;
  elapsedTicks: number;
  timeoutNowSent: boolean;
}

export interface PendingRead {
  readonly requestId: number;
  readonly index: LogIndex;
  /** Lease round that a quorum must acknowledge; 0: not yet announced. */
  round: number;
}

export interface RaftState {
  readonly options: ResolvedCoreOptions;
  readonly id: NodeId;
  readonly uuid: string;
  readonly prng: Prng;
  nowMs: number;

  /** Timing in force, and the same in ticks. */
  timing: Timing;
  electionTicks: number;
  heartbeatTicks: number;
  /** True once a timing entry or snapshot set the timing. */
  timingChanged: boolean;

  term: Term;
  vote: NodeId;
  promiseMs: number;
  durable: HardState;

  readonly log: LogTail;
  /** First entry that storage can still read. */
  storeFirst: LogIndex;
  /** Entries up to here are durable in the current truncation generation. */
  durableIndex: LogIndex;
  /** Last index handed to storage; what lies above `durableIndex` is truncated with the next part. */
  writtenIndex: LogIndex;
  /** Truncation generation: raised by each truncation (O7). */
  generation: number;
  commit: LogIndex;
  applied: LogIndex;
  /** An apply up to here was handed out; equal to `applied` when none is under way. */
  applyingTo: LogIndex;
  inFlight: PersistInFlight | null;
  persistSequence: number;
  /** Messages that rest on state not yet durable. */
  held: Message[];
  /** Messages free to leave. */
  ready: Message[];

  snapshot: SnapshotRef | null;
  /** A received snapshot to install; nothing is stored or applied meanwhile. */
  installing: { readonly offer: SnapshotOffer; handedOut: boolean } | null;

  configuration: Configuration;
  configurationIndex: LogIndex;
  voterIds: readonly NodeId[];
  outgoingIds: readonly NodeId[];
  /** Leader: the next change waits until this is applied: its first entry, later the last change it appended. */
  pendingConfigurationIndex: LogIndex;

  role: Role;
  leaderId: NodeId;
  /** When a leader was last heard; -1 for never. */
  leaderSeenMs: number;
  electionElapsed: number;
  heartbeatElapsed: number;
  /** This node's random wait, in ticks. */
  electionWait: number;
  votes: Map<NodeId, boolean>;
  /** The candidacy was ordered by the old leader. */
  transferCandidate: boolean;

  /** Votes are refused until then: promise to a leader, own published lease, fresh start. */
  promiseUntilMs: number;
  ownLeaseUntilMs: number;
  startRefusalUntilMs: number;
  /** The leader's connection broke. */
  suspect: boolean;
  ticksPastPromise: number;
  /** Who should campaign first, as the leader last said. */
  successor: NodeId;
  /** When a refused pre-vote may succeed; 0: no such hint. */
  retryAtMs: number;
  /** Worst tick lateness since the last heartbeat answer. */
  lateMs: number;

  // Leader only.
  readonly progress: Map<NodeId, Progress>;
  noopIndex: LogIndex;
  uncommittedBytes: number;
  round: number;
  readonly roundStartMs: Float64Array;
  readonly roundPromiseMs: Float64Array;
  leaseUntilMs: number;
  publishedLeaseMs: number;
  /** Leadership of this term was revoked for good (0: of none). */
  revokedTerm: Term;
  /** Term whose reconcilers have stopped. */
  stoppedTerm: Term;
  revokeOut: Term;
  transfer: Transfer | null;
  reads: PendingRead[];
  readStates: ReadState[];
  needEntries: EntryRequest[];
  latenessTicks: number;
  calmWindows: number;
}

/** Rounds whose start is remembered; older acknowledgements prove nothing about time. */
export const roundCapacity = 4096;

const configurationCode = entryTypeCode('configuration');

/** State of a node that starts from storage. @throws `RAFT_INVALID_OPTION`, `STORAGE_CORRUPT`. */
export function createRaftState(options: RaftCoreOptions): RaftState {
  const resolved = resolveCoreOptions(options);
  const { stored } = options;
  assertStored(stored);
  const base = stored.snapshot;
  const log = new LogTail(base?.index ?? 0, base?.term ?? 0);
  for (const entry of stored.entries) log.append(entry.term, entryTypeCode(entry.type), entry.data);
  const applied = base?.index ?? 0;
  const timing = base?.timing ?? { electionTimeoutMs: resolved.electionTimeoutMs, heartbeatMs: resolved.heartbeatMs };
  const promiseMs = Math.max(stored.hardState.promiseMs, timing.electionTimeoutMs);
  const state: RaftState = {
    options: resolved,
    id: resolved.id,
    uuid: resolved.uuid,
    prng: new Prng(resolved.seed, resolved.id),
    nowMs: options.nowMs,
    timing,
    electionTicks: 0,
    heartbeatTicks: 0,
    timingChanged: base?.timing !== undefined && base.timing !== null,
    term: stored.hardState.term,
    vote: stored.hardState.vote,
    promiseMs: stored.hardState.promiseMs,
    durable: stored.hardState,
    log,
    storeFirst: stored.firstIndex,
    durableIndex: log.lastIndex,
    writtenIndex: log.lastIndex,
    generation: 0,
    commit: Math.max(applied, stored.commit, impliedCommit(stored.entries)),
    applied,
    applyingTo: applied,
    inFlight: null,
    persistSequence: 0,
    held: [],
    ready: [],
    snapshot: base,
    installing: null,
    configuration: emptyConfiguration,
    configurationIndex: 0,
    voterIds: [],
    outgoingIds: [],
    pendingConfigurationIndex: 0,
    role: 'follower',
    leaderId: 0,
    leaderSeenMs: -1,
    electionElapsed: 0,
    heartbeatElapsed: 0,
    electionWait: 0,
    votes: new Map(),
    transferCandidate: false,
    promiseUntilMs: 0,
    ownLeaseUntilMs: 0,
    startRefusalUntilMs: stored.hardState.term > 0 ? options.nowMs + promiseMs : 0,
    suspect: false,
    ticksPastPromise: 0,
    successor: 0,
    retryAtMs: 0,
    lateMs: 0,
    progress: new Map(),
    noopIndex: 0,
    uncommittedBytes: 0,
    round: 0,
    roundStartMs: new Float64Array(roundCapacity),
    roundPromiseMs: new Float64Array(roundCapacity),
    leaseUntilMs: 0,
    publishedLeaseMs: 0,
    revokedTerm: 0,
    stoppedTerm: 0,
    revokeOut: 0,
    transfer: null,
    reads: [],
    readStates: [],
    needEntries: [],
    latenessTicks: 0,
    calmWindows: 0,
  };
  setTiming(state, timing);
  if (base !== null) setConfiguration(state, base.configuration, base.index);
  redrawElectionWait(state);
  return state;
}

/** Puts a configuration in force. */
export function setConfiguration(state: RaftState, configuration: Configuration, index: LogIndex): void {
  state.configuration = configuration;
  state.configurationIndex = index;
  state.voterIds = configuration.voters.map((member) => member.id);
  state.outgoingIds = configuration.outgoing.map((member) => member.id);
}

/** Puts timing in force. Promises already given keep their length. */
export function setTiming(state: RaftState, timing: Timing): void {
  state.timing = timing;
  state.electionTicks = Math.max(1, Math.ceil(timing.electionTimeoutMs / state.options.tickMs));
  state.heartbeatTicks = Math.max(1, Math.floor(timing.heartbeatMs / state.options.tickMs));
}

/** Draws a new random wait from one to two election timeouts. */
export function redrawElectionWait(state: RaftState): void {
  state.electionWait = state.electionTicks + state.prng.below(state.electionTicks);
}

/** True when this node may campaign: a voter, by id and uuid, whose log is whole. */
export function isPromotable(state: RaftState): boolean {
  return state.installing === null && isVoter(state.configuration, state.id, state.uuid);
}

/** True when a committed configuration is not yet in force here: campaigning with the old one would be unsafe. */
export function hasUnappliedConfiguration(state: RaftState): boolean {
  return state.commit > state.applied && state.log.hasType(configurationCode, state.applied + 1, state.commit);
}

/** True when nothing of the hard state waits for storage. */
export function isHardStateDurable(state: RaftState): boolean {
  const { durable } = state;
  return durable.term === state.term && durable.vote === state.vote && durable.promiseMs === state.promiseMs;
}

/** Reports a fact to the trace sink, if there is one. */
export function trace(state: RaftState, event: CoreTrace): void {
  state.options.trace?.(event);
}

/**
 * What the log itself proves committed. A second configuration entry is only proposed once the first is applied, so
 * all but the last one are committed; entry 1 of term 1 is written by bootstrap alone. Without this a node whose
 * commit hint was lost could campaign with a configuration two changes old, whose majority need not meet the
 * current one.
 */
function impliedCommit(entries: readonly Entry[]): LogIndex {
  const indexes = entries.filter((entry) => entry.type === 'configuration').map((entry) => entry.index);
  const first = entries[0];
  const bootstrap = first?.index === 1 && first.term === 1 && first.type === 'configuration' ? 1 : 0;
  return Math.max(bootstrap, indexes.at(-2) ?? 0);
}

function assertStored({ hardState, snapshot, entries, firstIndex, commit }: StoredLog): void {
  const after = { prevIndex: snapshot?.index ?? 0, prevTerm: snapshot?.term ?? 0, maxTerm: hardState.term };
  const lastIndex = after.prevIndex + entries.length;
  const problem =
    entriesProblem(entries, after) ??
    (after.prevTerm > hardState.term ? `snapshot term ${after.prevTerm} is above term ${hardState.term}` : undefined) ??
    (commit > lastIndex ? `commit ${commit} is above the last index ${lastIndex}` : undefined) ??
    (firstIndex > after.prevIndex + 1 ? `first index ${firstIndex} leaves a gap after ${after.prevIndex}` : undefined);
  if (problem !== undefined) {
    throw new RaftError('STORAGE_CORRUPT', `stored log contradicts itself: ${problem}; rejoin with an empty directory`);
  }
}
