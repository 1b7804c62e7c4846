/**
 * Watches one core from outside, whoever drives it: after each step and each drain it holds what changed against the
 * rules and notes which situations were seen.
 */
import { isJoint, type Configuration } from '../../configuration.ts';
import type { Effects } from '../../core/effect.ts';
import type { RaftEvent } from '../../core/event.ts';
import type { RaftCore } from '../../core/raft-node.ts';
import type { CoreTrace, Role } from '../../core/trace.ts';
import { isRaftError } from '../../errors.ts';
import type { LogIndex, Term } from '../../ids.ts';
import type { DriverTrace } from '../../inspect/trace-event.ts';
import type { Message } from '../../message.ts';
import type { CoverageName } from './coverage.ts';
import { describeLine } from './describe-line.ts';
import type { SimulatedNode } from './simulated-node.ts';
import { hold } from './simulation-failure.ts';

export class CoreWatch {
  readonly #node: SimulatedNode;
  readonly #core: RaftCore;
  /** Steps the core refused. */
  refusedCount = 0;
  /** Raised by each truncation, as the core's own is. */
  #generation = 0;
  #storingGeneration = 0;
  #seenRole: Role;
  #seenTerm: Term;
  #seenCommit: LogIndex;
  #seenApplied: LogIndex;
  #seenLast: LogIndex;
  #newestRound = 0;
  /** Length of the promise that the last leader's message asked for. */
  #promiseMs = 0;
  /** In force since the last lease, or since the election: a lease handed out now was computed under one of them. */
  #configurations: Configuration[] = [];
  readonly #readsAskedMs = new Map<number, number>();
  readonly #leaseReads = new Set<number>();
  /** The read that was asked for last. */
  lastRequestId = 0;

  constructor(node: SimulatedNode, core: RaftCore) {
    const { world } = node;
    this.#node = node;
    this.#core = core;
    const { role, term, commit, applied, uuid } = core;
    hold(commit <= world.oracle.history.lastIndex, 'S6', () => `${uuid} starts with commit ${commit}`);
    this.#seenRole = role;
    this.#seenTerm = term;
    this.#seenCommit = commit;
    this.#seenApplied = applied;
    this.#seenLast = core.lastIndex;
    world.note(node.id, () => `start ${uuid} term ${term} last ${core.lastIndex} commit ${commit}`);
  }

  /** Memberships that a lease handed out now may rest on; afterwards only the present one. */
  takeConfigurations(): readonly Configuration[] {
    const configurations = this.#configurations;
    this.#configurations = [this.#core.configuration];
    return configurations;
  }

  /** An event is about to be taken. */
  stepping(event: RaftEvent): void {
    const { world, id, lease } = this.#node;
    if (event.type !== 'tick') {
      if (world.tracing) world.note(id, () => describeLine(event));
      return;
    }
    lease.write();
  }

  /** An event was refused: never a message of this cluster's members, never anything malformed of our own making. */
  refused(event: RaftEvent, error: unknown): void {
    if (!isRaftError(error)) return;
    this.refusedCount += 1;
    const { world, id } = this.#node;
    world.note(id, () => `refused: ${error.message}`);
    if (error.code !== 'RAFT_INVALID_INPUT') return;
    // A storage that replaced another one is sent what was meant for its predecessor.
    const replaced = event.type === 'message' && world.isReplaced(event.message.from, event.message.to);
    hold(replaced, 'S10', () => error.message);
  }

  /** An event was taken. */
  stepped(event: RaftEvent): void {
    const { world, disk } = this.#node;
    const core = this.#core;
    if (event.type === 'message') this.#notePromise(event.message);
    if (event.type === 'readIndex') this.#noteRead(event.requestId);
    if (event.type === 'persisted' && this.#storingGeneration !== this.#generation) world.cover('staleCompletion');
    this.#observe();
    if (event.type === 'tick') world.oracle.assertOrder(core, disk);
  }

  /** Effects were handed out and are about to be executed. */
  drained(out: Effects): void {
    const { world, disk } = this.#node;
    const core = this.#core;
    if (out.persistToken !== null) this.#storingGeneration = this.#generation;
    if (out.appendFrom > 0 && core.role === 'leader') {
      for (const entry of core.entries(out.appendFrom, out.appendTo)) {
        if (entry.type === 'configuration') world.oracle.proposed(core, entry);
      }
    }
    const { applyTo } = out;
    const ready = applyTo <= core.commit && applyTo <= disk.lastIndex;
    hold(ready, 'S10', () => `O9: ${core.uuid} applies ${applyTo} too early`);
    for (const { requestId } of out.readStates) {
      const byLease = this.#readsAskedMs.get(requestId) === world.nowMs;
      this.#readsAskedMs.delete(requestId);
      if (byLease) this.#leaseReads.add(requestId);
      world.cover(byLease ? 'leaseRead' : 'quorumRead');
    }
  }

  /** True when a lease answered the read: no round of messages was waited for. Forgets it. */
  readByLease(requestId: number): boolean {
    return this.#leaseReads.delete(requestId);
  }

  /** Receives the trace of the core and of its driver. */
  onTrace(event: CoreTrace | DriverTrace): void {
    const { world, id } = this.#node;
    if (world.tracing) world.note(id, () => describeLine(event));
    if (event.type === 'truncate') this.#generation += 1;
    if (event.type === 'ignored') this.#coverIgnored(event);
    const situation = situationOf(event);
    if (situation !== undefined) world.cover(situation);
  }

  /** The process dies. */
  crashed(): void {
    const { world } = this.#node;
    const { role, lastIndex, commit, configuration } = this.#core;
    world.cover('crash');
    if (role !== 'leader') return;
    if (lastIndex > commit) world.cover('leaderCrashWithUncommittedTail');
    if (isJoint(configuration)) world.cover('interruptedJoint');
  }

  #noteRead(requestId: number): void {
    this.lastRequestId = requestId;
    this.#readsAskedMs.set(requestId, this.#node.world.nowMs);
  }

  #notePromise(message: Message): void {
    const { world, clock, localMs } = this.#node;
    const core = this.#core;
    const { type } = message;
    if (type === 'heartbeatResponse') {
      if (message.round < this.#newestRound && core.role === 'leader') world.cover('h11OldRoundAnswered');
      this.#newestRound = Math.max(this.#newestRound, message.round);
    }
    if (type !== 'heartbeat' && type !== 'append' && type !== 'snapshot') return;
    if (message.term !== core.term || core.leaderId !== message.from) return;
    if (this.#promiseMs !== 0 && message.promiseMs !== this.#promiseMs) world.cover('h10PromiseLengthChanged');
    this.#promiseMs = message.promiseMs;
    world.leases.promised(core.uuid, message.term, clock.realMs(localMs + message.promiseMs));
  }

  #observe(): void {
    const core = this.#core;
    const { role, term, commit, applied, configuration } = core;
    const { oracle } = this.#node.world;
    if (this.#configurations.at(-1) !== configuration) this.#configurations.push(configuration);
    hold(term >= this.#seenTerm, 'S9', () => `term of ${core.uuid} falls to ${term}`);
    if (role === 'leader') this.#noteAppended();
    this.#seenLast = core.lastIndex;
    if (role === 'leader' && (this.#seenRole !== role || this.#seenTerm !== term)) {
      this.#newestRound = 0;
      this.#configurations = [configuration];
      oracle.leads(core, this.#node.disk);
    }
    this.#seenRole = role;
    this.#seenTerm = term;
    hold(applied >= this.#seenApplied, 'S9', () => `applied of ${core.uuid} falls to ${applied}`);
    this.#seenApplied = applied;
    if (commit === this.#seenCommit) return;
    const before = this.#seenCommit;
    this.#seenCommit = commit;
    // An installed snapshot replaces the log: what it covers was checked as applied state.
    const installed = commit === this.#node.disk.snapshot?.ref.index && applied === commit;
    if (!installed) oracle.committed(core, before);
  }

  #noteAppended(): void {
    const core = this.#core;
    if (core.lastIndex <= this.#seenLast) return;
    for (const entry of core.entries(this.#seenLast + 1, core.lastIndex)) {
      if (entry.type === 'configuration') this.#node.world.oracle.appended(entry);
    }
  }

  #coverIgnored(event: Extract<CoreTrace, { type: 'ignored' }>): void {
    if (!event.reason.startsWith('a promise lasts')) return;
    const { world, lease } = this.#node;
    if (lease.known) world.cover('h8ExLeaderRefuses');
    if (this.#core.leaderId === 0 && this.#core.status().leaderSeenMsAgo < 0) world.cover('h3StartRefusal');
  }
}

/** The named situation that a trace event shows, if any. */
function situationOf(event: CoreTrace | DriverTrace): CoverageName | undefined {
  const removed = 'reason' in event && event.reason === 'is no voter any more';
  if (event.type === 'truncate') return 'truncation';
  if (event.type === 'suspect' && event.promiseLeftMs > 0) return 'h2SuspectKeepsPromise';
  if (event.type === 'transfer' && event.step === 'timeoutNow') return 'h1TransferAfterStop';
  if (event.type === 'role' && removed) return 'leaderRemoved';
  return event.type === 'revoke' && removed ? 'h12RemovedLeaderRevokes' : undefined;
}
