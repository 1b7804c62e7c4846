/**
 * What runs on a node: the same core, under one of two shells. `CoreProcess` executes effects itself, with every liberty
 * that the ordering contract leaves; `DriverProcess` is the real driver over simulated ports. Faults, clients, oracles
 * and invariants know this interface alone.
 */
import type { ConfigurationChange } from '../../configuration.ts';
import type { RaftCore } from '../../core/raft-node.ts';
import type { Session } from '../../driver/command-envelope.ts';
import type { Timing } from '../../entry.ts';
import type { NodeId } from '../../ids.ts';
import type { Message } from '../../message.ts';
import type { RegisterMachine } from './register-machine.ts';

/** A client's command waiting for its outcome here. `lost`: not known to have happened; ask again. */
export interface ProposalWaiter {
  readonly commandId: number;
  readonly session: Session;
  readonly reply: (result: number | 'lost') => void;
}

/** Answers a client's read from the state; `exempt` when a clock stood still under the lease it rests on. */
export type ReadReply = (machine: RegisterMachine, exempt: boolean) => void;

/** Calls that ask for something return false when it was refused at once. */
export interface SimulatedProcess {
  /** Null while starting. */
  readonly core: RaftCore | null;
  readonly machine: RegisterMachine;
  start(): void;
  receive(message: Message, senderUuid: string): void;
  peerUnreachable(peer: NodeId): void;
  propose(waiter: ProposalWaiter): boolean;
  read(reply: ReadReply): boolean;
  change(change: ConfigurationChange, checks: 'enforced' | 'skipped'): boolean;
  changeTiming(timing: Timing): boolean;
  transfer(target: NodeId): boolean;
  /** An administrator tells the node of a cluster that counts it as a member. */
  admit(contact: NodeId): void;
  /** Ends cleanly, then calls `done`. */
  stop(done: () => void): void;
}
