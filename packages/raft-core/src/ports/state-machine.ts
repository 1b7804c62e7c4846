/**
 * The application's replicated state. Deterministic: equal commands in equal order give equal state and results on
 * every node. Held in memory or anywhere else, but always restorable from a snapshot.
 *
 * **Order.** The driver calls `apply`, `snapshot` and `restore` one at a time, in log order, each index once per
 * process life. After a restart it calls `restore` with the newest snapshot (if any), then `apply` from there.
 */
import type { LogIndex, Term } from '../ids.ts';
import type { WaitOptions } from './log-store.ts';

/** One committed command. `data` is the proposer's bytes; not to be mutated. */
export interface Command {
  readonly index: LogIndex;
  readonly term: Term;
  readonly data: Uint8Array;
}

export interface StateMachine {
  /**
   * Applies commands in order and answers one result per command, at the same position. A result goes to the
   * proposer and, for session commands, into the snapshot: at most 64 KiB.
   *
   * A command the application does not like is still applied, with a result that says so. A rejection stops the
   * node: state machines must not diverge.
   */
  apply(commands: readonly Command[], options: WaitOptions): Promise<readonly Uint8Array[]>;

  /**
   * A consistent image of the state after the last applied command. The image is fixed when the call is made: later
   * `apply` calls, which may run while it is still being read, don't show in it.
   */
  snapshot(options: WaitOptions): AsyncIterable<Uint8Array>;

  /** Replaces the whole state with an image. Rejecting stops the node. */
  restore(image: AsyncIterable<Uint8Array>, options: WaitOptions): Promise<void>;
}
