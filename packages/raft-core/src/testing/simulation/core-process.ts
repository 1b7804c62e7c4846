/**
 * A process around a bare core. It plays the driver's part of the ordering contract with every liberty the contract
 * leaves: effects executed late, completions slow and delayed, messages held back, ticks early after a stall.
 */
import { encodeConfiguration, type ConfigurationChange } from '../../configuration.ts';
import { createEffects, type Effects } from '../../core/effect.ts';
import type { RaftEvent } from '../../core/event.ts';
import { createRaftCore, type RaftCore } from '../../core/raft-node.ts';
import type { Entry, Timing } from '../../entry.ts';
import { isRaftError } from '../../errors.ts';
import type { LogIndex, NodeId } from '../../ids.ts';
import type { Message, SnapshotOffer } from '../../message.ts';
import type { SnapshotRef } from '../../snapshot.ts';
import { CoreWatch } from './core-watch.ts';
import { coreSettings } from './core-settings.ts';
import { CoreSnapshots } from './core-snapshots.ts';
import { commandBytes, commandIdOf, RegisterMachine } from './register-machine.ts';
import type { StoredSnapshot } from './simulated-disk.ts';
import type { SimulatedNode } from './simulated-node.ts';
import type { ProposalWaiter, ReadReply, SimulatedProcess } from './simulated-process.ts';
import type { SimulationWorld } from './simulation-world.ts';
import { hold } from './simulation-failure.ts';
import type { WriteStep } from './storage-writer.ts';
import { WaitingReads } from './waiting-reads.ts';

export class CoreProcess implements SimulatedProcess {
  readonly #node: SimulatedNode;
  readonly #world: SimulationWorld;
  readonly #epoch: number;
  readonly core: RaftCore;
  readonly #watch: CoreWatch;
  readonly #out: Effects = createEffects();
  readonly #proposals = new Map<LogIndex, ProposalWaiter>();
  readonly #reads = new WaitingReads();
  readonly #snapshots: CoreSnapshots;
  machine: RegisterMachine;
  #pumpDue = false;
  #dueLocalMs = 0;
  #requestId = 0;

  constructor(node: SimulatedNode) {
    const { disk, world } = node;
    this.#node = node;
    this.#world = world;
    this.#epoch = node.epoch;
    if (disk.founders !== null && disk.lastIndex === 0) bootstrap(node);
    const { snapshot, hardState, entries, firstIndex, uuid } = disk;
    const base = snapshot?.ref.index ?? 0;
    let watch: CoreWatch | undefined;
    this.core = createRaftCore({
      ...coreSettings(node),
      id: node.id,
      uuid,
      nowMs: node.localMs,
      stored: {
        hardState,
        snapshot: snapshot?.ref ?? null,
        entries: entries.slice(base + 1 - firstIndex),
        firstIndex,
        commit: world.rememberedCommit(disk),
      },
      trace: (event) => watch?.onTrace(event),
    });
    watch = new CoreWatch(node, this.core);
    this.#watch = watch;
    this.#snapshots = new CoreSnapshots({ node, core: this.core, step: (event) => this.#step(event) });
    this.machine = snapshot === null ? new RegisterMachine() : RegisterMachine.decode(snapshot.content);
  }

  start(): void {
    this.#node.watch = this.#watch;
    this.#dueLocalMs = this.#node.localMs + this.#world.random.below(10);
    this.#scheduleTick();
    this.#touch();
  }

  receive(message: Message, senderUuid: string): void {
    if (this.#node.disk.joined) this.#step({ type: 'message', message, senderUuid });
  }

  peerUnreachable(peer: NodeId): void {
    this.#step({ type: 'peerUnreachable', peer });
  }

  propose(waiter: ProposalWaiter): boolean {
    if (!this.#step({ type: 'propose', commands: [commandBytes(waiter.commandId)] })) return false;
    this.#proposals.set(this.core.lastIndex, waiter);
    return true;
  }

  read(reply: ReadReply): boolean {
    this.#requestId += 1;
    const requestId = this.#requestId;
    if (!this.#step({ type: 'readIndex', requestId })) return false;
    this.#reads.add(requestId, reply);
    return true;
  }

  change(change: ConfigurationChange, checks: 'enforced' | 'skipped'): boolean {
    return this.#step({ type: 'confChange', change, checks });
  }

  changeTiming(timing: Timing): boolean {
    return this.#step({ type: 'proposeTiming', timing });
  }

  transfer(target: NodeId): boolean {
    return this.#step({ type: 'transfer', target });
  }

  admit(): void {
    this.#node.disk.clusterId = this.#world.clusterId;
  }

  stop(done: () => void): void {
    done();
  }

  /** A snapshot's content arrived; it is stored, then the core is told. False: refused. */
  takeSnapshot(
    offer: SnapshotOffer,
    senderUuid: string,
    content: StoredSnapshot,
    report: (type: 'snapshotSent' | 'snapshotFailed') => void,
  ): boolean {
    const { awake, disk } = this.#node;
    if (!awake || !disk.joined || offer.term < this.core.term) return false;
    this.#snapshots.take(offer, senderUuid, content, report);
    return true;
  }

  /** Tells how a snapshot transfer of this node ended. */
  transferEnded(type: 'snapshotSent' | 'snapshotFailed', peer: NodeId): void {
    this.#post(() => this.#step({ type, peer }));
  }

  #post(action: () => void): void {
    this.#node.post(this.#epoch, action);
  }

  /** Steps the core and has it watched. False when the event was refused. */
  #step(event: RaftEvent): boolean {
    this.#watch.stepping(event);
    try {
      this.core.step(event, this.#node.localMs);
    } catch (error) {
      if (!isRaftError(error)) throw error;
      this.#watch.refused(event, error);
      return false;
    }
    this.#watch.stepped(event);
    this.#touch();
    return true;
  }

  /** Drains before this instant is over. */
  #touch(): void {
    if (this.#pumpDue) return;
    this.#pumpDue = true;
    this.#world.wheel.in(0, () => {
      this.#pumpDue = false;
      this.#post(() => this.#pump());
    });
  }

  #scheduleTick(): void {
    const { clock, world } = this.#node;
    world.wheel.in(Math.max(0, clock.realMs(this.#dueLocalMs) - world.nowMs), () =>
      this.#node.postTimer(this.#epoch, () => this.#tick()),
    );
  }

  #tick(): void {
    const { localMs } = this.#node;
    const lateMs = Math.max(0, localMs - this.#dueLocalMs);
    this.#dueLocalMs = Math.max(this.#dueLocalMs + 10, localMs + 5);
    this.#scheduleTick();
    this.#step({ type: 'tick', lateMs });
  }

  #pump(): void {
    const out = this.#out;
    for (let pass = 0; this.#epoch === this.#node.epoch && this.core.drain(out); pass++) {
      hold(pass < 1000, 'core', () => `${this.core.uuid} never ends draining`);
      this.#watch.drained(out);
      this.#execute(out);
    }
  }

  #execute(out: Effects): void {
    const { lease } = this.#node;
    if (out.revoke !== null) {
      const { term } = out.revoke;
      lease.revoke(term, () => this.#step({ type: 'reconcilerStopped', term }));
    }
    if (out.lease !== null) lease.take(this.core, out.lease, this.#watch.takeConfigurations());
    for (const message of out.sendNow) this.#send(message);
    if (out.persistToken !== null) this.#persist(out);
    if (this.#epoch !== this.#node.epoch) return;
    if (out.snapshotInstall !== null) this.#install(out.snapshotInstall);
    if (out.applyTo > 0) this.#apply(out.applyTo);
    for (const { peer, from } of out.needEntries) this.#load(peer, from);
    for (const { requestId, index } of out.readStates) this.#readable(requestId, index);
  }

  #send(message: Message): void {
    this.#node.send(message);
    if (message.type !== 'snapshot') return;
    const { snapshot } = this.#node.disk;
    if (snapshot?.ref.index === message.snapshot.index) {
      this.#world.network?.sendSnapshot(this.#node, this, message, snapshot);
    } else {
      this.#world.wheel.in(1, () => this.transferEnded('snapshotFailed', message.to));
    }
  }

  #persist({ hardState, truncateFrom, appendFrom, appendTo, sendAfterPersist, persistToken }: Effects): void {
    const { disk, writer } = this.#node;
    const { oracle } = this.#world;
    const entries: readonly Entry[] = appendFrom > 0 ? this.core.entries(appendFrom, appendTo) : [];
    const { commit } = this.core;
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
    const done = (): void => {
      for (const message of sendAfterPersist) this.#send(message);
      this.#step({ type: 'persisted', token: persistToken });
    };
    writer.write({ steps, done });
  }

  #install(snapshot: SnapshotRef): void {
    const { disk, writer } = this.#node;
    const done = (): void => {
      this.machine = RegisterMachine.decode(disk.snapshot?.content);
      this.#world.cover('snapshotInstall');
      this.#world.oracle.applied(this.machine, disk.uuid);
      this.#proposals.clear();
      this.#step({ type: 'snapshotReady', snapshot, firstIndex: snapshot.index + 1 });
    };
    writer.write({ steps: [{ name: 'install', write: () => disk.install(snapshot) }], done });
  }

  #apply(to: LogIndex): void {
    const entries = this.core.entries(this.core.applied + 1, to);
    const { profile, random, wheel } = this.#world;
    const delayMs = profile.applyMs === 0 ? 0 : random.below(profile.applyMs + 1);
    wheel.in(delayMs, () => this.#post(() => this.#applyEntries(entries, to)));
  }

  #applyEntries(entries: readonly Entry[], to: LogIndex): void {
    const { machine } = this;
    const { oracle } = this.#world;
    const { uuid } = this.core;
    for (const entry of entries) {
      const { index } = entry;
      hold(index === machine.index + 1, 'S10', () => `O9: ${uuid} applies ${index} after ${machine.index}`);
      machine.note(index, entry.term);
      const id = entry.type === 'command' ? commandIdOf(entry.data) : -1;
      const result = id >= 0 ? machine.apply(oracle.history.command(id)) : 0;
      oracle.applied(machine, uuid);
      const waiter = this.#proposals.get(index);
      if (waiter === undefined) continue;
      this.#proposals.delete(index);
      waiter.reply(waiter.commandId === id ? result : 'lost');
    }
    this.#step({ type: 'applied', index: to });
    this.#reads.serve(this.machine);
    this.#snapshots.makeWhenDue(this.machine);
  }

  #load(peer: NodeId, from: LogIndex): void {
    const { disk } = this.#node;
    const { wheel, random } = this.#world;
    const load = (): void => {
      const to = Math.min(disk.lastIndex, this.core.status().durableIndex, from + 1 + random.below(20));
      const entries =
        from < disk.firstIndex ? [] : disk.entries.slice(from - disk.firstIndex, to - disk.firstIndex + 1);
      if (entries.length > 0) this.#world.cover('entriesFromStorage');
      this.#step({ type: 'entriesLoaded', peer, from, entries });
    };
    wheel.in(random.below(5), () => this.#post(load));
  }

  #readable(requestId: number, index: LogIndex): void {
    const exempt = this.#watch.readByLease(requestId) && this.#node.lease.frozenIn(this.core.term);
    this.#reads.indexKnown(requestId, index, exempt);
    this.#reads.serve(this.machine);
  }
}

/** Writes what bootstrap writes: every founder the same. */
function bootstrap({ disk, world }: SimulatedNode): void {
  if (disk.founders === null) return;
  disk.hardState = { term: 1, vote: 0, promiseMs: 0 };
  const data = encodeConfiguration(disk.founders);
  disk.writeEntries(0, [{ index: 1, term: 1, type: 'configuration', data }], 1);
  disk.clusterId = world.clusterId;
}
