/**
 * One machine: a disk that survives, a clock, reconcilers, and a process that lives and dies. Which process it is, the
 * world decides.
 */
import { memberOf, type Configuration } from '../../configuration.ts';
import type { RaftCore } from '../../core/raft-node.ts';
import type { NodeId } from '../../ids.ts';
import type { Message } from '../../message.ts';
import type { CoreWatch } from './core-watch.ts';
import { LeaseHolder } from './lease-holder.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { hold } from './simulation-failure.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { SimulationWorld } from './simulation-world.ts';
import { StorageWriter, type CrashPoint } from './storage-writer.ts';

/** Messages and completions a paused process may find when it wakes. */
const maxInbox = 4000;

export class SimulatedNode {
  readonly id: NodeId;
  readonly world: SimulationWorld;
  readonly clock: SimulatedClock;
  readonly lease: LeaseHolder;
  readonly writer: StorageWriter;
  #uuidCount = 0;
  disk: SimulatedDisk;
  process: SimulatedProcess | null = null;
  watch: CoreWatch | null = null;
  /** Counts processes; callbacks of a dead one are void. */
  epoch = 0;
  paused = false;
  stallUntilMs = 0;
  /** A clean shutdown is under way. */
  stopping = false;
  #timers: (() => void)[] = [];
  #inbox: (() => void)[] = [];

  constructor(id: NodeId, world: SimulationWorld) {
    this.id = id;
    this.world = world;
    this.clock = new SimulatedClock(world.profile.clockRates[id - 1] as number, 1000 * id);
    this.disk = this.#newDisk();
    this.lease = new LeaseHolder(this);
    this.writer = new StorageWriter(world, this);
    if (this.clock.rate !== 1) world.cover('clockSkew');
  }

  get uuid(): string {
    return this.disk.uuid;
  }

  /** True when the disk took the place of a lost one. */
  get replaced(): boolean {
    return this.#uuidCount > 1;
  }

  /** Null while no process runs, or while it is still reading its disk. */
  get core(): RaftCore | null {
    return this.process?.core ?? null;
  }

  /** True while a process runs, paused or not. */
  get up(): boolean {
    return this.process !== null;
  }

  /** True while the process runs and is not held up. */
  get awake(): boolean {
    return this.process !== null && !this.paused;
  }

  get localMs(): number {
    return this.clock.localMs(this.world.nowMs);
  }

  /** How long the next sync takes. */
  get syncDelayMs(): number {
    const { profile, random, nowMs } = this.world;
    const stallMs = Math.max(0, this.stallUntilMs - nowMs);
    return stallMs + (profile.syncMs === 0 ? 0 : random.below(profile.syncMs + 1));
  }

  /** True when the node is a member, by id and uuid, of `configuration`. */
  isMemberOf(configuration: Configuration): boolean {
    return memberOf(configuration, this.id)?.uuid === this.uuid;
  }

  /** A process starts from the disk. */
  start(): void {
    this.process = this.world.newProcess(this);
    this.process.start();
  }

  /** The process dies; what storage was doing is done or not. */
  crash(reason: string): void {
    const { world } = this;
    if (this.process === null) return;
    world.note(this.id, () => `crash ${reason}`);
    this.watch?.crashed();
    this.writer.finishOrLose();
    this.epoch += 1;
    this.process = null;
    this.watch = null;
    this.paused = false;
    this.stopping = false;
    this.#inbox = [];
    this.#timers = [];
    this.lease.end();
    this.clock.thaw(world.nowMs);
    world.network?.processDied(this.id);
  }

  /** An armed crash strikes; somebody starts the process again. */
  strike({ when, step }: CrashPoint): void {
    const { wheel, random } = this.world;
    wheel.in(300 + random.below(500), () => this.restart());
    this.crash(`${when} ${step}`);
  }

  /** Starts again unless somebody else has. */
  restart(): void {
    if (this.up) return;
    this.world.cover('restart');
    this.start();
  }

  /** The disk is replaced by an empty one with a new uuid. The process must be down. */
  wipe(): void {
    this.disk.wiped = true;
    this.disk = this.#newDisk();
  }

  pause(freeze: boolean): void {
    if (!this.awake) return;
    this.paused = true;
    if (!freeze) return;
    this.clock.freeze(this.world.nowMs);
    this.lease.freeze(this.core);
  }

  /** Goes on with what arrived and with what fell due meanwhile; due timers come last, or first as on a real loop. */
  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.clock.thaw(this.world.nowMs);
    const timersFirst = this.world.chance(0.3);
    const held = timersFirst ? [...this.#timers, ...this.#inbox] : [...this.#inbox, ...this.#timers];
    this.#inbox = [];
    this.#timers = [];
    const { epoch } = this;
    for (const action of held) this.world.wheel.in(0, () => this.post(epoch, action));
  }

  /** Runs `action` in the process `epoch`, later if it is paused, never if it is dead. */
  post(epoch: number, action: () => void): void {
    if (epoch !== this.epoch || this.process === null) return;
    if (this.paused) this.#inbox.push(action);
    else action();
  }

  /** As `post`, for what a timer of the process does. */
  postTimer(epoch: number, action: () => void): void {
    if (epoch !== this.epoch || this.process === null) return;
    if (this.paused) this.#timers.push(action);
    else action();
  }

  /** A message leaves. */
  send(message: Message): void {
    const { world, disk, lease } = this;
    world.oracle.sending(disk, message);
    const handsOver = message.type === 'timeoutNow' || message.type === 'goodbye';
    const acts = handsOver && lease.term === message.term;
    hold(!acts, 'S10', () => `O1: ${disk.uuid} sends ${message.type} of term ${message.term} while it acts on it`);
    if (message.type !== 'snapshot') world.network?.send(this, message);
  }

  /** A message arrives. */
  receive(message: Message, senderUuid: string): void {
    if (this.#inbox.length >= maxInbox) return;
    this.post(this.epoch, () => this.process?.receive(message, senderUuid));
  }

  #newDisk(): SimulatedDisk {
    this.#uuidCount += 1;
    const disk = new SimulatedDisk(this.id, `u${this.id}.${this.#uuidCount}`);
    this.world.disks.set(disk.uuid, disk);
    return disk;
  }
}
