/**
 * One node: a disk that survives, and a process around a real `RaftCore` that does not. Plays the driver's part of the
 * ordering contract with every liberty the contract leaves: slow and delayed completions, batches, crashes between
 * any two steps of a write.
 */
import { configurationOf, encodeConfiguration, isJoint, memberOf, type Configuration } from '../../configuration.ts';
import { createEffects, type Effects } from '../../core/effect.ts';
import type { RaftEvent } from '../../core/event.ts';
import { createRaftCore, type RaftCore } from '../../core/raft-node.ts';
import type { CoreTrace, Role } from '../../core/trace.ts';
import type { Entry } from '../../entry.ts';
import { isRaftError } from '../../errors.ts';
import type { LogIndex, NodeId, Term } from '../../ids.ts';
import type { Message, SnapshotOffer } from '../../message.ts';
import type { SnapshotRef } from '../../snapshot.ts';
import type { CoverageName } from './coverage.ts';
import { describeLine } from './describe-line.ts';
import type { LeaseInterval } from './lease-oracle.ts';
import { commandIdOf, RegisterMachine } from './register-machine.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { SimulatedDisk, type StoredSnapshot } from './simulated-disk.ts';
import type { SimulationWorld } from './simulation-world.ts';
import { hold } from './simulation-failure.ts';
import { WriteQueue, type StorageWrite, type WriteStep } from './write-queue.ts';

/** Where an armed crash strikes. */
export interface CrashPoint {
  readonly step: WriteStep['name'];
  readonly when: 'before' | 'after';
}

/** A client's command waiting for its outcome here. */
export interface ProposalWaiter {
  readonly commandId: number;
  readonly reply: (result: number | 'lost') => void;
}

/** A client's read waiting for its index here. */
export interface ReadWaiter {
  readonly askedMs: number;
  index: LogIndex;
  readonly reply: (machine: RegisterMachine, exempt: boolean) => void;
}

/** Messages and completions a paused process may find when it wakes. */
const maxInbox = 4000;

export class SimulatedNode {
  readonly id: NodeId;
  readonly #world: SimulationWorld;
  readonly clock: SimulatedClock;
  readonly #out: Effects = createEffects();
  readonly #writes = new WriteQueue();
  readonly #proposals = new Map<LogIndex, ProposalWaiter>();
  readonly #reads = new Map<number, ReadWaiter>();
  #uuidCount = 0;
  disk: SimulatedDisk;
  core: RaftCore | null = null;
  machine: RegisterMachine = new RegisterMachine();
  /** Counts processes; callbacks of a dead one are void. */
  epoch = 0;
  paused = false;
  stallUntilMs = 0;
  armed: CrashPoint | null = null;
  /** A clean shutdown is under way. */
  stopping = false;
  #inbox: (() => void)[] = [];
  #pumpDue = false;
  #tickMissed = false;
  /** Raised by each truncation, as the core's is. */
  #generation = 0;
  #dueLocalMs = 0;
  #seenRole: Role = 'follower';
  #seenTerm: Term = 0;
  #seenCommit: LogIndex = 0;
  #seenApplied: LogIndex = 0;
  #snapshotting = false;
  #requestId = 0;
  #lease: { readonly interval: LeaseInterval; localUntilMs: number } | null = null;
  /** Term during whose leadership the clock stood still. */
  #frozenTerm: Term = 0;
  #newestRound = 0;
  /** Length of the promise that the last leader's message asked for. */
  #promiseMs = 0;
  /** In force since the last lease, or since the election: a lease handed out now was computed under one of them. */
  #configurations: Configuration[] = [];

  constructor(id: NodeId, world: SimulationWorld) {
    this.id = id;
    this.#world = world;
    this.clock = new SimulatedClock(world.profile.clockRates[id - 1] as number, 1000 * id);
    this.disk = this.#newDisk();
    if (this.clock.rate !== 1) world.cover('clockSkew');
  }

  get uuid(): string {
    return this.disk.uuid;
  }

  /** Writes what bootstrap writes: every founder the same. */
  bootstrap(configuration: Configuration): void {
    const data = encodeConfiguration(configurationOf(configuration.voters));
    this.disk.hardState = { term: 1, vote: 0, promiseMs: 0 };
    this.disk.writeEntries(0, [{ index: 1, term: 1, type: 'configuration', data }], 1);
    this.disk.joined = true;
  }

  /** The process starts from its disk. */
  start(): void {
    const world = this.#world;
    const { disk, id } = this;
    const { snapshot, hardState, entries, firstIndex } = disk;
    const base = snapshot?.ref.index ?? 0;
    // Without its hint a node may not know its newest membership; with a disk lost as well, that can be a majority.
    const forgets = !world.wiped && world.chance(0.3);
    const commit = Math.max(base, forgets ? base : disk.commitHint);
    if (commit < disk.commitHint) world.cover('commitHintLost');
    const { electionTimeoutsMs, snapshotEntries, trailingEntries, maxInflightMessages } = world.profile;
    const electionTimeoutMs = electionTimeoutsMs[id - 1] as number;
    const core = createRaftCore({
      id,
      uuid: disk.uuid,
      nowMs: this.localMs,
      seed: world.seed * 64 + this.epoch,
      electionTimeoutMs,
      heartbeatMs: electionTimeoutMs === 150 ? 30 : 40,
      checkState: world.checkState,
      trailingEntries: Math.min(trailingEntries, snapshotEntries),
      maxInflightMessages,
      maxMessageBytes: 64,
      stored: {
        hardState,
        snapshot: snapshot?.ref ?? null,
        entries: entries.slice(base + 1 - firstIndex),
        firstIndex,
        commit,
      },
      trace: (event) => this.#onTrace(event),
    });
    this.core = core;
    this.machine = snapshot?.image.copy() ?? new RegisterMachine();
    hold(core.commit <= world.oracle.history.lastIndex, 'S6', () => `${disk.uuid} starts with commit ${core.commit}`);
    this.#seenRole = core.role;
    this.#seenTerm = core.term;
    this.#seenCommit = core.commit;
    this.#seenApplied = core.applied;
    world.note(id, () => `start ${disk.uuid} term ${core.term} last ${core.lastIndex} commit ${core.commit}`);
    this.#dueLocalMs = this.localMs + world.random.below(10);
    this.#scheduleTick();
    this.touch();
  }

  get localMs(): number {
    return this.clock.localMs(this.#world.nowMs);
  }

  /** True while it may act as leader, by its own clock. */
  get holdsLease(): boolean {
    return this.#lease !== null && this.localMs < this.#lease.localUntilMs;
  }

  /** True while the process runs and is not held up. */
  get awake(): boolean {
    return this.core !== null && !this.paused;
  }

  /** The process dies; what storage was doing is done or not. */
  crash(reason: string): void {
    const world = this.#world;
    const { core } = this;
    if (core === null) return;
    world.note(this.id, () => `crash ${reason}`);
    this.#coverCrash(core);
    this.#finishOrLose();
    this.epoch += 1;
    this.core = null;
    this.paused = false;
    this.stopping = false;
    this.armed = null;
    this.#inbox = [];
    this.#pumpDue = false;
    this.#tickMissed = false;
    this.#snapshotting = false;
    this.#proposals.clear();
    this.#reads.clear();
    this.#endLease();
    this.clock.thaw(world.nowMs);
    world.network?.processDied(this.id);
  }

  /** The disk is replaced by an empty one with a new uuid. The process must be down. */
  wipe(): void {
    this.#world.wiped = true;
    this.disk = this.#newDisk();
  }

  pause(freeze: boolean): void {
    if (!this.awake) return;
    this.paused = true;
    if (!freeze) return;
    this.clock.freeze(this.#world.nowMs);
    if (this.core?.role === 'leader') this.#frozenTerm = this.core.term;
    if (this.#lease !== null) this.#lease.interval.frozen = true;
  }

  /** Goes on: what arrived meanwhile is handled first, then one late tick; sometimes the other way round. */
  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.clock.thaw(this.#world.nowMs);
    const inbox = this.#inbox;
    this.#inbox = [];
    const { epoch } = this;
    const missed = this.#tickMissed;
    this.#tickMissed = false;
    const early = missed && this.#world.chance(0.3);
    if (early) this.#tick();
    for (const action of inbox) this.post(epoch, action);
    if (missed && !early && epoch === this.epoch) this.#tick();
  }

  /** Runs `action` in the process `epoch`, later if it is paused, never if it is dead. */
  post(epoch: number, action: () => void): void {
    if (epoch !== this.epoch || this.core === null) return;
    if (this.paused) this.#inbox.push(action);
    else action();
  }

  /** A message arrives. */
  receive(message: Message, senderUuid: string): void {
    if (!this.disk.joined || this.#inbox.length >= maxInbox) return;
    this.post(this.epoch, () => this.step({ type: 'message', message, senderUuid }));
  }

  /** Steps the core and looks at what changed. False when the event was refused. */
  step(event: RaftEvent): boolean {
    const { core } = this;
    if (core === null) return false;
    const world = this.#world;
    if (world.tracing && event.type !== 'tick') world.note(this.id, () => `${describeLine(event)}`);
    try {
      core.step(event, this.localMs);
    } catch (error) {
      if (!isRaftError(error)) throw error;
      world.note(this.id, () => `refused: ${error.message}`);
      const ours = event.type !== 'message' && error.code === 'RAFT_INVALID_INPUT';
      hold(!ours && (world.wiped || error.code !== 'RAFT_INVALID_INPUT'), 'S10', () => error.message);
      return false;
    }
    if (event.type === 'message') this.#notePromise(core, event.message);
    this.#observe(core);
    this.touch();
    return true;
  }

  /** Proposes a client's command; false when refused. */
  propose(waiter: ProposalWaiter, data: Uint8Array): boolean {
    const { core } = this;
    if (core === null || !this.step({ type: 'propose', commands: [data] })) return false;
    this.#proposals.set(core.lastIndex, waiter);
    return true;
  }

  /** Asks for a linearizable read; false when refused. */
  read(reply: ReadWaiter['reply']): boolean {
    this.#requestId += 1;
    const requestId = this.#requestId;
    if (!this.step({ type: 'readIndex', requestId })) return false;
    this.#reads.set(requestId, { askedMs: this.#world.nowMs, index: 0, reply });
    return true;
  }

  /** A snapshot's content arrived; it is stored, then the core is told. False: refused. */
  takeSnapshotContent(
    offer: SnapshotOffer,
    senderUuid: string,
    content: StoredSnapshot,
    report: (type: 'snapshotSent' | 'snapshotFailed') => void,
  ): boolean {
    if (!this.awake || !this.disk.joined || this.core === null || offer.term < this.core.term) return false;
    const { epoch, disk } = this;
    this.#world.wheel.in(this.#syncDelay(), () => {
      if (epoch !== this.epoch) {
        report('snapshotFailed');
        return;
      }
      disk.received = [...disk.received.slice(-7), content];
      this.post(epoch, () => {
        this.step({ type: 'message', message: offer, senderUuid });
        report('snapshotSent');
      });
    });
    return true;
  }

  /** Drains before this instant is over. */
  touch(): void {
    if (this.#pumpDue) return;
    this.#pumpDue = true;
    const { epoch } = this;
    this.#world.wheel.in(0, () => {
      if (epoch !== this.epoch) return;
      this.#pumpDue = false;
      this.post(epoch, () => this.#pump());
    });
  }

  #newDisk(): SimulatedDisk {
    this.#uuidCount += 1;
    const disk = new SimulatedDisk(this.id, `u${this.id}.${this.#uuidCount}`);
    this.#world.disks.set(disk.uuid, disk);
    return disk;
  }

  #scheduleTick(): void {
    const { epoch } = this;
    const { nowMs, wheel } = this.#world;
    wheel.in(Math.max(0, this.clock.realMs(this.#dueLocalMs) - nowMs), () => {
      if (epoch !== this.epoch) return;
      if (this.paused) this.#tickMissed = true;
      else this.#tick();
    });
  }

  #tick(): void {
    const { localMs, core } = this;
    if (core === null) return;
    const lateMs = Math.max(0, localMs - this.#dueLocalMs);
    this.#dueLocalMs = Math.max(this.#dueLocalMs + 10, localMs + 5);
    this.#scheduleTick();
    this.#writeAsLeader();
    this.step({ type: 'tick', lateMs });
    this.#world.oracle.assertOrder(core, this.disk);
  }

  #writeAsLeader(): void {
    const lease = this.#lease;
    if (lease === null || this.localMs >= lease.localUntilMs) return;
    if (this.#world.leases.write(lease.interval)) this.#world.cover('h5LateWriteFlagged');
  }

  #pump(): void {
    const out = this.#out;
    const { epoch } = this;
    for (let pass = 0; this.core !== null && epoch === this.epoch && this.core.drain(out); pass++) {
      hold(pass < 1000, 'core', () => `${this.uuid} never ends draining`);
      this.#execute(this.core, out);
    }
  }

  #execute(core: RaftCore, out: Effects): void {
    if (out.revoke !== null) this.#revoke(out.revoke.term);
    if (out.lease !== null) this.#takeLease(core, out.lease);
    for (const message of out.sendNow) this.#send(message);
    if (out.persistToken !== null) this.#persist(core, out);
    if (this.core !== core) return;
    if (out.snapshotInstall !== null) this.#install(out.snapshotInstall);
    if (out.applyTo > 0) this.#apply(core, out.applyTo);
    for (const { peer, from } of out.needEntries) this.#load(peer, from);
    for (const { requestId, index } of out.readStates) this.#readable(requestId, index);
  }

  #send(message: Message): void {
    const world = this.#world;
    world.oracle.sending(this.disk, message);
    if (message.type !== 'snapshot') {
      world.network?.send(this, message);
      return;
    }
    const { snapshot } = this.disk;
    const { epoch } = this;
    if (snapshot?.ref.index === message.snapshot.index) world.network?.sendSnapshot(this, message, snapshot);
    else world.wheel.in(1, () => this.post(epoch, () => this.step({ type: 'snapshotFailed', peer: message.to })));
  }

  #persist(core: RaftCore, out: Effects): void {
    const { hardState, truncateFrom, appendFrom, appendTo, sendAfterPersist, persistToken } = out;
    const { disk } = this;
    const { oracle } = this.#world;
    const entries: readonly Entry[] = appendFrom > 0 ? core.entries(appendFrom, appendTo) : [];
    const { commit } = core;
    if (core.role === 'leader') {
      for (const entry of entries) if (entry.type === 'configuration') oracle.proposed(core, entry);
    }
    const steps: WriteStep[] = [];
    if (hardState !== null) steps.push({ name: 'hardState', write: () => disk.writeHardState(hardState) });
    if (truncateFrom > 0 || entries.length > 0) {
      const write = (): void => {
        disk.writeEntries(truncateFrom, entries, commit);
        oracle.stored(disk, entries);
      };
      steps.push({ name: 'entries', write });
    }
    hold(persistToken !== null, 'S10', () => 'O8: a part has a token');
    const before = this.#generation;
    const done = (): void => {
      for (const message of sendAfterPersist) this.#send(message);
      if (this.#generation !== before) this.#world.cover('staleCompletion');
      this.step({ type: 'persisted', token: persistToken });
    };
    this.#write({ steps, done });
  }

  #write(write: StorageWrite): void {
    this.#writes.push(write);
    this.#nextStep(this.#writes.begin());
  }

  #nextStep(step: WriteStep | undefined): void {
    if (step === undefined) return;
    const { epoch } = this;
    if (this.#strikes(step, 'before')) return;
    this.#world.wheel.in(this.#syncDelay(), () => {
      if (epoch !== this.epoch) return;
      step.write();
      const next = this.#writes.advance();
      if (this.#strikes(step, 'after')) return;
      if (next !== undefined) this.#nextStep(next);
      else this.post(epoch, () => this.#completeWrite());
    });
  }

  #completeWrite(): void {
    const { current } = this.#writes;
    const { epoch } = this;
    this.#writes.end();
    current?.done();
    if (epoch === this.epoch) this.#nextStep(this.#writes.begin());
  }

  #strikes(step: WriteStep, when: CrashPoint['when']): boolean {
    if (this.armed?.step !== step.name || this.armed.when !== when) return false;
    this.#world.wheel.in(300 + this.#world.random.below(500), () => this.#restartAfterCrash());
    this.crash(`${when} ${step.name}`);
    return true;
  }

  #restartAfterCrash(): void {
    if (this.core !== null) return;
    this.#world.cover('restart');
    this.start();
  }

  #syncDelay(): number {
    const { profile, random, nowMs } = this.#world;
    const stallMs = Math.max(0, this.stallUntilMs - nowMs);
    return stallMs + (profile.syncMs === 0 ? 0 : random.below(profile.syncMs + 1));
  }

  #install(snapshot: SnapshotRef): void {
    const { disk } = this;
    const done = (): void => {
      this.machine = disk.snapshot?.image.copy() ?? new RegisterMachine();
      this.#world.cover('snapshotInstall');
      this.#world.oracle.applied(this.machine, this.uuid);
      this.#proposals.clear();
      this.step({ type: 'snapshotReady', snapshot, firstIndex: snapshot.index + 1 });
    };
    this.#write({ steps: [{ name: 'install', write: () => disk.install(snapshot) }], done });
  }

  #apply(core: RaftCore, to: LogIndex): void {
    hold(to <= core.commit && to <= this.disk.lastIndex, 'S10', () => `O9: ${this.uuid} applies ${to} too early`);
    const entries = core.entries(core.applied + 1, to);
    const { epoch } = this;
    const { profile, random, wheel } = this.#world;
    const delayMs = profile.applyMs === 0 ? 0 : random.below(profile.applyMs + 1);
    wheel.in(delayMs, () => this.post(epoch, () => this.#applyEntries(entries, to)));
  }

  #applyEntries(entries: readonly Entry[], to: LogIndex): void {
    const { machine } = this;
    const { oracle } = this.#world;
    for (const entry of entries) {
      hold(
        entry.index === machine.index + 1,
        'S10',
        () => `O9: ${this.uuid} applies ${entry.index} after ${machine.index}`,
      );
      machine.note(entry.index, entry.term);
      const id = entry.type === 'command' ? commandIdOf(entry.data) : -1;
      const result = id >= 0 ? machine.apply(oracle.history.command(id)) : 0;
      if (id >= 0 && machine.repeated) this.#world.cover('duplicateCommand');
      oracle.applied(machine, this.uuid);
      const waiter = this.#proposals.get(entry.index);
      if (waiter === undefined) continue;
      this.#proposals.delete(entry.index);
      waiter.reply(waiter.commandId === id ? result : 'lost');
    }
    this.step({ type: 'applied', index: to });
    this.#serveReads();
    this.#snapshotWhenDue();
  }

  #snapshotWhenDue(): void {
    const { core, machine, disk } = this;
    const { profile, wheel, random } = this.#world;
    const due = machine.index - (disk.snapshot?.ref.index ?? 0) >= profile.snapshotEntries;
    if (core === null || this.#snapshotting || !due) return;
    this.#snapshotting = true;
    const { configuration, timing } = core;
    const ref: SnapshotRef = {
      index: machine.index,
      term: machine.term,
      configuration,
      timing: core.status().timingChanged ? timing : null,
      sizeBytes: 64,
      checksum: machine.digest,
    };
    const image = machine.copy();
    const { epoch } = this;
    wheel.in(this.#syncDelay() + random.below(20), () => {
      if (epoch !== this.epoch) return;
      if (ref.index >= (disk.snapshot?.ref.index ?? 0)) disk.snapshot = { ref, image };
      this.post(epoch, () => this.#compact(ref));
    });
  }

  #compact(ref: SnapshotRef): void {
    const { disk } = this;
    const firstIndex = Math.max(disk.firstIndex, ref.index + 1 - this.#world.profile.trailingEntries);
    const skip = (): boolean => (this.core?.status().snapshotIndex ?? 0) >= ref.index;
    const write = (): void => {
      if (!skip()) disk.compact(firstIndex);
    };
    const done = (): void => {
      this.#snapshotting = false;
      if (!skip())
        this.step({ type: 'snapshotReady', snapshot: ref, firstIndex: Math.max(firstIndex, disk.firstIndex) });
    };
    this.#write({ steps: [{ name: 'compact', write }], done });
  }

  #load(peer: NodeId, from: LogIndex): void {
    const { epoch, disk } = this;
    const { wheel, random } = this.#world;
    wheel.in(random.below(5), () =>
      this.post(epoch, () => {
        const to = Math.min(disk.lastIndex, this.core?.status().durableIndex ?? 0, from + 1 + random.below(20));
        const entries =
          from < disk.firstIndex ? [] : disk.entries.slice(from - disk.firstIndex, to - disk.firstIndex + 1);
        if (entries.length > 0) this.#world.cover('entriesFromStorage');
        this.step({ type: 'entriesLoaded', peer, from, entries });
      }),
    );
  }

  #readable(requestId: number, index: LogIndex): void {
    const waiter = this.#reads.get(requestId);
    if (waiter === undefined) return;
    this.#world.cover(waiter.askedMs === this.#world.nowMs ? 'leaseRead' : 'quorumRead');
    waiter.index = index;
    this.#serveReads();
  }

  #serveReads(): void {
    if (this.#reads.size === 0) return;
    for (const [requestId, waiter] of this.#reads) {
      if (waiter.index === 0 || waiter.index > this.machine.index) continue;
      this.#reads.delete(requestId);
      waiter.reply(this.machine, this.#frozenTerm !== 0);
    }
  }

  #revoke(term: Term): void {
    const { epoch } = this;
    const { profile, random, wheel } = this.#world;
    const stop = (): void => {
      if (this.#lease?.interval.term === term) this.#endLease();
      this.step({ type: 'reconcilerStopped', term });
    };
    wheel.in(profile.stopMs === 0 ? 0 : random.below(profile.stopMs + 1), () => this.post(epoch, stop));
  }

  #takeLease(core: RaftCore, lease: { readonly term: Term; readonly validUntilMs: number }): void {
    const world = this.#world;
    hold(this.machine.term === lease.term, 'S12', () => `H4: ${this.uuid} has a lease before its own entry is applied`);
    if (this.#lease !== null && this.#lease.interval.term !== lease.term) this.#endLease();
    const { interval, fresh, lapsed } = world.leases.published({
      term: lease.term,
      id: this.id,
      uuid: this.uuid,
      nowMs: world.nowMs,
      untilMs: this.clock.realMs(lease.validUntilMs),
      configurations: this.#configurations,
      frozen: this.#frozenTerm === lease.term,
    });
    if (fresh) world.cover('h4LeaseAfterApply');
    if (lapsed) world.cover('lapseWithoutLoss');
    if (isJoint(core.configuration)) world.cover('h9JointLease');
    this.#lease = { interval, localUntilMs: lease.validUntilMs };
    this.#configurations = [core.configuration];
  }

  #endLease(): void {
    if (this.#lease !== null) this.#lease.interval.ended = true;
    this.#lease = null;
  }

  #notePromise(core: RaftCore, message: Message): void {
    const { type } = message;
    if (type === 'heartbeatResponse') {
      if (message.round < this.#newestRound && core.role === 'leader') this.#world.cover('h11OldRoundAnswered');
      this.#newestRound = Math.max(this.#newestRound, message.round);
    }
    if (type !== 'heartbeat' && type !== 'append' && type !== 'snapshot') return;
    if (message.term !== core.term || core.leaderId !== message.from) return;
    if (this.#promiseMs !== 0 && message.promiseMs !== this.#promiseMs) this.#world.cover('h10PromiseLengthChanged');
    this.#promiseMs = message.promiseMs;
    const untilMs = this.clock.realMs(this.localMs + message.promiseMs);
    this.#world.leases.promised(this.uuid, message.term, untilMs);
  }

  /** Notices what a step changed, and holds it against the rules. */
  #observe(core: RaftCore): void {
    const { role, term, commit, applied } = core;
    const { oracle } = this.#world;
    if (this.#configurations.at(-1) !== core.configuration) this.#configurations.push(core.configuration);
    hold(term >= this.#seenTerm, 'S9', () => `term of ${this.uuid} falls to ${term}`);
    if (role === 'leader' && (this.#seenRole !== role || this.#seenTerm !== term)) {
      this.#newestRound = 0;
      this.#configurations = [core.configuration];
      oracle.leads(core, this.disk);
    }
    this.#seenRole = role;
    this.#seenTerm = term;
    if (commit !== this.#seenCommit) {
      const before = this.#seenCommit;
      this.#seenCommit = commit;
      // An installed snapshot replaces the log: what it covers was checked as applied state.
      if (commit === this.disk.snapshot?.ref.index && applied === commit) return;
      oracle.committed(core, before);
    }
    hold(applied >= this.#seenApplied, 'S9', () => `applied of ${this.uuid} falls to ${applied}`);
    this.#seenApplied = applied;
  }

  #finishOrLose(): void {
    const world = this.#world;
    const { step, position, current } = this.#writes;
    if (current !== null && step === undefined) world.cover('crashDurableUnreported');
    if (step !== undefined) {
      const kept = world.chance(0.5);
      if (kept) step.write();
      if (step.name === 'hardState') world.cover(kept ? 'crashHardStateKept' : 'crashHardStateLost');
      if (step.name === 'entries') world.cover(kept ? 'crashEntriesKept' : 'crashEntriesLost');
      if (step.name === 'install') world.cover(kept ? 'crashInstallKept' : 'crashInstallLost');
      if (step.name === 'compact') world.cover('crashSnapshotUncompacted');
      if (step.name === 'entries' && position === 1) world.cover('crashBetweenHardStateAndEntries');
    }
    this.#writes.clear();
  }

  #coverCrash(core: RaftCore): void {
    const world = this.#world;
    world.cover('crash');
    if (core.role !== 'leader') return;
    if (core.lastIndex > core.commit) world.cover('leaderCrashWithUncommittedTail');
    if (isJoint(core.configuration)) world.cover('interruptedJoint');
  }

  #onTrace(event: CoreTrace): void {
    const world = this.#world;
    world.note(this.id, () => describeLine(event));
    if (event.type === 'truncate') this.#generation += 1;
    if (event.type === 'ignored') this.#coverIgnored(event);
    const situation = situationOf(event);
    if (situation !== undefined) world.cover(situation);
  }

  #coverIgnored(event: Extract<CoreTrace, { type: 'ignored' }>): void {
    if (!event.reason.startsWith('a promise lasts') || this.core === null) return;
    if (this.#lease !== null) this.#world.cover('h8ExLeaderRefuses');
    if (this.core.leaderId === 0 && this.core.status().leaderSeenMsAgo < 0) this.#world.cover('h3StartRefusal');
  }

  /** True when the node is a member, by id and uuid, of `configuration`. */
  isMemberOf(configuration: Configuration): boolean {
    return memberOf(configuration, this.id)?.uuid === this.uuid;
  }
}

/** The named situation that a trace event shows, if any. */
function situationOf(event: CoreTrace): CoverageName | undefined {
  const removed = 'reason' in event && event.reason === 'is no voter any more';
  if (event.type === 'truncate') return 'truncation';
  if (event.type === 'suspect' && event.promiseLeftMs > 0) return 'h2SuspectKeepsPromise';
  if (event.type === 'transfer' && event.step === 'timeoutNow') return 'h1TransferAfterStop';
  if (event.type === 'role' && removed) return 'leaderRemoved';
  return event.type === 'revoke' && removed ? 'h12RemovedLeaderRevokes' : undefined;
}
