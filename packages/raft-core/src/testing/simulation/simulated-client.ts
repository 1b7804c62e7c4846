/**
 * One client: one operation at a time, retried elsewhere until its outcome is known. Each outcome is held against the
 * committed history, whose order witnesses linearizability: an operation takes effect at one index, and never at or
 * before the index of one that was done before it began. So no acknowledged write is lost, none counts twice, reads
 * are monotone and see the client's own writes.
 */
import type { Session } from '../../driver/command-envelope.ts';
import type { NodeId } from '../../ids.ts';
import { registerCount, type RegisterCommand, type RegisterMachine } from './register-machine.ts';
import { hold } from './simulation-failure.ts';
import type { SimulationWorld } from './simulation-world.ts';

interface Operation {
  /** Null: a read. */
  readonly command: RegisterCommand | null;
  /** Names the command to a driver, in a session that ends with an operation of unknown outcome. */
  readonly session: Session;
  readonly key: number;
  /** Highest index known done when the operation began. */
  readonly afterIndex: number;
  attempts: number;
}

const patience = { replyMs: 250, retryMs: 20, abandonAfter: 3 } as const;

export class SimulatedClient {
  readonly id: number;
  readonly #world: SimulationWorld;
  #sequence = 0;
  #value = 0;
  #stopped = false;
  #sessionCount = 1;
  #sessionSequence = 0;
  #operation: Operation | null = null;
  #attempt = 0;
  #target: NodeId = 1;
  /** Operations whose outcome is known. */
  doneCount = 0;
  /** Operations given up with unknown outcome. */
  unknownCount = 0;

  constructor(id: number, world: SimulationWorld) {
    this.id = id;
    this.#world = world;
  }

  /** Begins nothing new; what is under way is seen to its end. */
  stop(): void {
    this.#stopped = true;
  }

  /** Waits, then begins the next operation. */
  start(): void {
    if (this.#stopped) return;
    const { wheel, random, profile } = this.#world;
    wheel.in(1 + random.below(2 * profile.thinkMs), () => this.#begin());
  }

  #begin(): void {
    if (this.#stopped) return;
    const { random, oracle, seenIndex } = this.#world;
    const key = random.below(registerCount);
    const kind = random.below(10);
    let command: RegisterCommand | null = null;
    if (kind >= 4) {
      this.#sequence += 1;
      this.#sessionSequence += 1;
      const value = this.id * 1_000_000 + this.#sequence;
      const type = kind >= 8 ? 'cas' : 'put';
      const { id: client } = this;
      command = oracle.history.register({ client, sequence: this.#sequence, type, key, expected: this.#value, value });
    }
    const session = { clientId: `c${this.id}.${this.#sessionCount}`, sequence: this.#sessionSequence };
    this.#operation = { command, session, key, afterIndex: seenIndex, attempts: 0 };
    this.#try();
  }

  #try(): void {
    const operation = this.#operation;
    if (operation === null) return;
    const { wheel, random, calm } = this.#world;
    operation.attempts += 1;
    if (!calm && operation.attempts > patience.abandonAfter && this.#world.chance(0.004)) {
      this.unknownCount += 1;
      this.#sessionCount += 1;
      this.#sessionSequence = 0;
      this.#finish();
      return;
    }
    this.#attempt += 1;
    const attempt = this.#attempt;
    this.#chooseTarget();
    const node = this.#world.node(this.#target);
    wheel.in(1 + random.below(3), () => {
      if (node !== undefined) node.post(node.epoch, () => this.#ask(attempt));
    });
    wheel.in(patience.replyMs, () => this.#retry(attempt, 0));
  }

  #ask(attempt: number): void {
    const process = this.#world.node(this.#target)?.process;
    const operation = this.#operation;
    if (!process || operation === null || attempt !== this.#attempt) return;
    const { command, session } = operation;
    const accepted =
      command === null
        ? process.read((machine, exempt) => this.#readReply(attempt, machine, exempt))
        : process.propose({ commandId: command.id, session, reply: (result) => this.#writeReply(attempt, result) });
    if (!accepted) this.#retry(attempt, patience.retryMs);
  }

  #readReply(attempt: number, machine: RegisterMachine, exempt: boolean): void {
    const operation = this.#operation;
    if (operation === null || attempt !== this.#attempt) return;
    const value = machine.registers[operation.key] as number;
    const { index } = machine;
    this.#arrive(attempt, () => {
      if (!exempt) this.#checkRead(operation, index, value);
      this.#value = value;
      this.#finish();
    });
  }

  #checkRead({ key, afterIndex }: Operation, index: number, value: number): void {
    const world = this.#world;
    hold(
      index >= afterIndex,
      'client',
      () => `stale read by client ${this.id}: index ${index}, ${afterIndex} was seen`,
    );
    const known = world.oracle.history.valueAt(key, index);
    hold(value === known, 'client', () => `client ${this.id} read ${value} at ${index}, committed is ${known}`);
    world.seenIndex = Math.max(world.seenIndex, index);
  }

  #writeReply(attempt: number, result: number | 'lost'): void {
    const operation = this.#operation;
    const command = operation?.command;
    if (!operation || !command || attempt !== this.#attempt) return;
    if (result === 'lost') {
      this.#retry(attempt, patience.retryMs);
      return;
    }
    this.#arrive(attempt, () => {
      this.#checkWrite(operation.afterIndex, command, result);
      this.#finish();
    });
  }

  #checkWrite(afterIndex: number, { sequence, id }: RegisterCommand, result: number): void {
    const world = this.#world;
    const effect = world.oracle.history.effect(this.id, sequence);
    hold(effect !== undefined, 'client', () => `command ${id} was acknowledged but never committed`);
    hold(effect.result === result, 'client', () => `command ${id} answered ${result}, committed is ${effect.result}`);
    hold(
      effect.index > afterIndex,
      'client',
      () => `command ${id} took effect at ${effect.index}, before ${afterIndex}`,
    );
    world.seenIndex = Math.max(world.seenIndex, effect.index);
  }

  #arrive(attempt: number, action: () => void): void {
    this.#world.wheel.in(1 + this.#world.random.below(3), () => {
      if (attempt === this.#attempt) action();
    });
  }

  #retry(attempt: number, delayMs: number): void {
    this.#world.wheel.in(delayMs, () => {
      if (attempt !== this.#attempt || this.#operation === null) return;
      this.#target = 0;
      this.#try();
    });
  }

  #finish(): void {
    this.#operation = null;
    this.#attempt += 1;
    this.doneCount += 1;
    this.start();
  }

  /** Stays with a node that answered; else asks somebody who leads or might. */
  #chooseTarget(): void {
    if (this.#target !== 0) return;
    const world = this.#world;
    const { leaders, running } = world;
    const known = leaders.length > 0 && world.chance(0.7) ? world.pick(leaders) : undefined;
    this.#target = (known ?? (running.length > 0 ? world.pick(running) : undefined))?.id ?? 1;
  }
}
