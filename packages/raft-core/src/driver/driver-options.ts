/** Options of a running node: ports, bootstrap, and the reducer's own settings passed through. */
import type { Configuration, ConfigurationChange } from '../configuration.ts';
import type { RaftCoreOptions } from '../core/core-options.ts';
import { RaftError } from '../errors.ts';
import type { NodeId, Term } from '../ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { LogStore } from '../ports/log-store.ts';
import type { StateMachine } from '../ports/state-machine.ts';
import type { Tracer } from '../ports/tracer.ts';
import type { JoinRequest, Transport } from '../ports/transport.ts';
import type { Role } from '../core/trace.ts';

/** Who acts on leadership. Calls are synchronous and must not throw. */
export interface LeadershipListener {
  /** This node may act as leader of `term` until `validUntilMs` on the driver's clock. Repeated with later times. */
  lease(lease: { readonly term: Term; readonly validUntilMs: number }): void;
  /** Stop acting; then call `RaftDriver.reconcilerStopped(term)`. Takes effect before any message is sent (O1). */
  revoke(term: Term): void;
  /** Role, term or known leader changed. */
  changed?(status: { readonly role: Role; readonly term: Term; readonly leaderId: NodeId }): void;
}

/** Creates the cluster on an empty storage: every founder passes the same values. */
export interface BootstrapOptions {
  readonly clusterId: string;
  readonly generation: number;
  readonly configuration: Configuration;
}

/** Settings of the reducer that a node may override. */
export type CoreSettings = Partial<Omit<RaftCoreOptions, 'id' | 'uuid' | 'stored' | 'nowMs' | 'seed' | 'trace'>>;

export interface RaftDriverOptions extends CoreSettings {
  readonly id: NodeId;
  /** Open storage; owned by the caller, who disposes it after the driver. */
  readonly store: LogStore;
  /** Not yet started transport; owned by the caller, who disposes it after the driver. */
  readonly transport: Transport;
  readonly stateMachine: StateMachine;
  readonly clock: Clock;
  /** Seed of the election timeouts; drawn at random in production. */
  readonly seed: number;
  /** Drawn per process start; tells clones of a data directory apart. */
  readonly bootId: string;
  /** Ends the start and, later, the node. */
  readonly signal?: AbortSignal;
  /** Creates a cluster when the storage is empty; ignored when it is not. */
  readonly bootstrap?: BootstrapOptions;
  /** Without a listener, revocations are acknowledged at once. */
  readonly leadership?: LeadershipListener;
  readonly tracer?: Tracer;
  /** The disk is full and a write waits for room; told at each try, 50 ms after the first and then at doubling distances up to 5 s. */
  readonly onStorageFull?: (error: Error) => void;
  /** Why a node must not join, or undefined to let it in as a learner. @default everybody may */
  readonly joinProblem?: (request: JoinRequest) => string | undefined;
  /**
   * Makes the change that a node's request to join or to leave asks for. Rejects with the reason to refuse it.
   * @default `RaftDriver.changeConfiguration`
   */
  readonly changeMembership?: (change: ConfigurationChange) => Promise<unknown>;
  /** Entries applied since the last snapshot that trigger the next. @default 10000 */
  readonly snapshotEntries?: number;
  /** Bytes applied since the last snapshot that trigger the next. @default 67108864 */
  readonly snapshotBytes?: number;
  /** How long proposals stay undecided after leadership was lost before they are reported unknown. @default 2 elections */
  readonly outcomeWaitMs?: number;
  /** Proposals waiting for their outcome. @default 100000 */
  readonly maxPendingProposals?: number;
  /**
   * Also read the last entry of each write back, where `checkState` has the ordering contract asserted: finds a store
   * that acknowledges what it does not hold. @default false
   */
  readonly verifyWrites?: boolean;
}

/** Limits with defaults filled in. */
export interface DriverLimits {
  readonly snapshotEntries: number;
  readonly snapshotBytes: number;
  readonly outcomeWaitMs: number;
  readonly maxPendingProposals: number;
  readonly trailingEntries: number;
}

/** @throws `RAFT_INVALID_OPTION`. */
export function resolveDriverLimits(options: RaftDriverOptions): DriverLimits {
  const limits: DriverLimits = {
    snapshotEntries: options.snapshotEntries ?? 10_000,
    snapshotBytes: options.snapshotBytes ?? 64 * 1024 * 1024,
    outcomeWaitMs: options.outcomeWaitMs ?? 2 * (options.electionTimeoutMs ?? 150),
    maxPendingProposals: options.maxPendingProposals ?? 100_000,
    trailingEntries: options.trailingEntries ?? 5000,
  };
  for (const [name, value] of Object.entries(limits)) {
    if (!(value >= (name === 'trailingEntries' ? 0 : 1))) {
      throw new RaftError('RAFT_INVALID_OPTION', `${name} ${value} is too small; use at least 1`);
    }
  }
  if (options.bootId === '') throw new RaftError('RAFT_INVALID_OPTION', 'bootId is empty; draw one per process start');
  return limits;
}
