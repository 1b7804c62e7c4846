/**
 * The reducer's handle: `step` takes one event, `drain` hands out what must be done. No clocks, no I/O, no promises.
 *
 * Same options and same events give the same effects, byte for byte.
 */
import type { Configuration } from '../configuration.ts';
import type { Entry, Timing } from '../entry.ts';
import { RaftError } from '../errors.ts';
import { isCount, type LogIndex, type NodeId, type Term } from '../ids.ts';
import { invariant } from '../invariant.ts';
import { nextApply } from './applied.ts';
import { checkState } from './check-state.ts';
import { isCaughtUp, isConfigurationKnown } from './conf-change.ts';
import type { RaftCoreOptions } from './core-options.ts';
import { clearEffects, type Effects } from './effect.ts';
import type { RaftEvent } from './event.ts';
import { isRevoked, takeLease } from './lease.ts';
import { drainStorage } from './persistence.ts';
import type { Progress, ProgressState } from './progress/progress.ts';
import { refusalMs } from './promise.ts';
import { createRaftState, type RaftState } from './raft-state.ts';
import { replicateToAll } from './replication.ts';
import { step } from './step.ts';
import type { Role } from './trace.ts';

/** A node of the pure core. Not reentrant: neither call may be made from within a trace sink. */
export interface RaftCore {
  /**
   * Takes one event at monotonic time `nowMs` (an earlier time counts as the latest one seen).
   * @throws `RaftError` for a refused event, which has changed nothing.
   */
  step(event: RaftEvent, nowMs: number): void;
  /** Refills `out` with what is due; false when that is nothing. See `Effects` for the order owed. */
  drain(out: Effects): boolean;
  /** Entries `from..to` in memory, ending early at `maxBytes` (at least one). For storing and applying. */
  entries(from: LogIndex, to: LogIndex, maxBytes?: number): readonly Entry[];
  /** Everything worth showing, copied. */
  status(): RaftStatus;
  /**
   * True on a leader when a majority of the members in force knows that they are, and no joint phase is about to be left
   * by itself: members that were removed are needed no more.
   */
  isConfigurationKnown(): boolean;
  /** Sets this node's random election wait until the next draw; for scripts and tests. Integer ≥ 1. */
  setElectionWait(ticks: number): void;

  readonly id: NodeId;
  readonly uuid: string;
  readonly role: Role;
  readonly term: Term;
  /** 0 when unknown. */
  readonly leaderId: NodeId;
  readonly lastIndex: LogIndex;
  readonly commit: LogIndex;
  readonly applied: LogIndex;
  readonly configuration: Configuration;
  readonly timing: Timing;
}

/** One peer as a leader sees it. */
export interface PeerStatus {
  readonly id: NodeId;
  readonly uuid: string;
  readonly state: ProgressState;
  readonly match: LogIndex;
  readonly next: LogIndex;
  readonly inflightMessages: number;
  readonly inflightBytes: number;
  readonly paused: boolean;
  readonly recentActive: boolean;
  readonly ackedRound: number;
  /** The largest commit index that it is known to know: it has answered a heartbeat of this term that told it so. */
  readonly knownCommit: LogIndex;
  /** Passed the promotion gate: kept up for five heartbeats. */
  readonly caughtUp: boolean;
  /** Index of the snapshot under way; 0: none. */
  readonly snapshotIndex: LogIndex;
  /** Milliseconds since it was last heard from; -1 for never. */
  readonly seenMsAgo: number;
}

/** A copy of what a node knows. */
export interface RaftStatus {
  readonly id: NodeId;
  readonly uuid: string;
  readonly role: Role;
  readonly term: Term;
  readonly vote: NodeId;
  readonly leaderId: NodeId;
  /** Milliseconds since a leader was heard (0 on the leader); -1 for never. */
  readonly leaderSeenMsAgo: number;
  readonly suspect: boolean;
  readonly successor: NodeId;
  readonly commit: LogIndex;
  readonly applied: LogIndex;
  /** First entry in memory. */
  readonly firstIndex: LogIndex;
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
  readonly durableTerm: Term;
  readonly durableIndex: LogIndex;
  readonly snapshotIndex: LogIndex;
  /** First entry storage can still read. */
  readonly storeFirst: LogIndex;
  readonly installing: boolean;
  readonly configuration: Configuration;
  readonly configurationIndex: LogIndex;
  readonly timing: Timing;
  /** True once a timing entry or snapshot replaced the configured timing. */
  readonly timingChanged: boolean;
  /** Milliseconds for which votes are refused. */
  readonly promiseLeftMs: number;
  /** End of the lease on this node's clock; 0: none. */
  readonly leaseUntilMs: number;
  readonly revoked: boolean;
  readonly transferTarget: NodeId;
  readonly electionWait: number;
  readonly electionElapsed: number;
  readonly uncommittedBytes: number;
  readonly pendingReads: number;
  readonly heldMessages: number;
  readonly peers: readonly PeerStatus[];
}

/** Starts a node from what storage held. @throws `RAFT_INVALID_OPTION`, `STORAGE_CORRUPT`. */
export function createRaftCore(options: RaftCoreOptions): RaftCore {
  return new RaftNode(createRaftState(options));
}

class RaftNode implements RaftCore {
  readonly #state: RaftState;
  #busy = false;

  constructor(state: RaftState) {
    this.#state = state;
  }

  step(event: RaftEvent, nowMs: number): void {
    const state = this.#state;
    invariant(!this.#busy, 'the core is not reentrant');
    if (!Number.isFinite(nowMs)) throw new RaftError('RAFT_INVALID_INPUT', `time ${nowMs} is not finite`);
    if (nowMs > state.nowMs) state.nowMs = nowMs;
    this.#busy = true;
    try {
      step(state, event);
    } finally {
      this.#busy = false;
    }
    if (state.options.checkState) checkState(state);
  }

  drain(out: Effects): boolean {
    const state = this.#state;
    invariant(!this.#busy, 'the core is not reentrant');
    clearEffects(out);
    if (state.role === 'leader') replicateToAll(state);
    if (state.revokeOut !== 0) out.revoke = { term: state.revokeOut };
    state.revokeOut = 0;
    drainStorage(state, out);
    out.applyTo = nextApply(state);
    if (out.applyTo > 0) state.applyingTo = out.applyTo;
    out.lease = takeLease(state);
    takeQueues(state, out);
    if (state.options.checkState) checkState(state);
    return hasWork(out);
  }

  entries(from: LogIndex, to: LogIndex, maxBytes: number = Number.MAX_SAFE_INTEGER): readonly Entry[] {
    const { log } = this.#state;
    if (from < log.firstIndex || to > log.lastIndex || to < from) {
      throw new RaftError(
        'STORAGE_OUT_OF_RANGE',
        `entries ${from}..${to} are not in memory (${log.firstIndex}..${log.lastIndex})`,
      );
    }
    return log.slice(from, to, maxBytes);
  }

  isConfigurationKnown(): boolean {
    return isConfigurationKnown(this.#state);
  }

  setElectionWait(ticks: number): void {
    if (!isCount(ticks) || ticks === 0)
      throw new RaftError('RAFT_INVALID_INPUT', `wait ${ticks} is not an integer ≥ 1`);
    this.#state.electionWait = ticks;
  }

  status(): RaftStatus {
    return describeState(this.#state);
  }

  get id(): NodeId {
    return this.#state.id;
  }

  get uuid(): string {
    return this.#state.uuid;
  }

  get role(): Role {
    return this.#state.role;
  }

  get term(): Term {
    return this.#state.term;
  }

  get leaderId(): NodeId {
    return this.#state.leaderId;
  }

  get lastIndex(): LogIndex {
    return this.#state.log.lastIndex;
  }

  get commit(): LogIndex {
    return this.#state.commit;
  }

  get applied(): LogIndex {
    return this.#state.applied;
  }

  get configuration(): Configuration {
    return this.#state.configuration;
  }

  get timing(): Timing {
    return this.#state.timing;
  }
}

function takeQueues(state: RaftState, out: Effects): void {
  if (state.ready.length > 0) {
    if (out.sendNow.length === 0) out.sendNow = state.ready;
    else for (const message of state.ready) out.sendNow.push(message);
    state.ready = [];
  }
  if (state.readStates.length > 0) {
    out.readStates = state.readStates;
    state.readStates = [];
  }
  if (state.needEntries.length > 0) {
    out.needEntries = state.needEntries;
    state.needEntries = [];
  }
}

function hasWork(out: Effects): boolean {
  return (
    out.sendNow.length > 0 ||
    out.persistToken !== null ||
    out.applyTo > 0 ||
    out.lease !== null ||
    out.revoke !== null ||
    out.readStates.length > 0 ||
    out.needEntries.length > 0 ||
    out.snapshotInstall !== null
  );
}

function describeState(state: RaftState): RaftStatus {
  const { log, nowMs, leaderSeenMs } = state;
  return {
    id: state.id,
    uuid: state.uuid,
    role: state.role,
    term: state.term,
    vote: state.vote,
    leaderId: state.leaderId,
    leaderSeenMsAgo: state.role === 'leader' ? 0 : leaderSeenMs < 0 ? -1 : nowMs - leaderSeenMs,
    suspect: state.suspect,
    successor: state.successor,
    commit: state.commit,
    applied: state.applied,
    firstIndex: log.firstIndex,
    lastIndex: log.lastIndex,
    lastTerm: log.lastTerm,
    durableTerm: state.durable.term,
    durableIndex: state.durableIndex,
    snapshotIndex: state.snapshot?.index ?? 0,
    storeFirst: state.storeFirst,
    installing: state.installing !== null,
    configuration: state.configuration,
    configurationIndex: state.configurationIndex,
    timing: state.timing,
    timingChanged: state.timingChanged,
    promiseLeftMs: refusalMs(state, false),
    leaseUntilMs: state.publishedLeaseMs,
    revoked: isRevoked(state),
    transferTarget: state.transfer?.target ?? 0,
    electionWait: state.electionWait,
    electionElapsed: state.electionElapsed,
    uncommittedBytes: state.uncommittedBytes,
    pendingReads: state.reads.length,
    heldMessages: state.held.length,
    peers: [...state.progress.values()].map((progress) => describePeer(state, progress)),
  };
}

function describePeer(state: RaftState, progress: Progress): PeerStatus {
  return {
    id: progress.id,
    uuid: progress.uuid,
    state: progress.state,
    match: progress.match,
    next: progress.next,
    inflightMessages: progress.inflights.count,
    inflightBytes: progress.inflights.sizeBytes,
    paused: progress.isPaused,
    recentActive: progress.recentActive,
    ackedRound: progress.ackedRound,
    knownCommit: progress.commitKnowledge.known,
    caughtUp: isCaughtUp(progress),
    snapshotIndex: progress.snapshotIndex,
    seenMsAgo: progress.lastActiveMs < 0 ? -1 : state.nowMs - progress.lastActiveMs,
  };
}
