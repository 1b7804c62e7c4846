/**
 * An address book: which host and port belong to a member. Never a membership source: entries that vanish, move or
 * were never there change addresses only, and an unanswered lookup changes nothing.
 */
import type { NodeId } from '../ids.ts';
import type { WaitOptions } from './log-store.ts';
import type { PeerAddress } from './transport.ts';

export interface PeerDiscovery {
  /**
   * The best known address of a member, looked up when unknown or after `refresh`; the last good answer stays in
   * force through errors, timeouts and empty answers.
   * @returns undefined while no lookup ever succeeded.
   */
  resolve(id: NodeId, options: WaitOptions): Promise<PeerAddress | undefined>;

  /** The address did not work (connect failed): look it up again on the next `resolve`. Cheap, never throws. */
  refresh(id: NodeId): void;

  /** Address changes of any member as they are noticed, until the signal aborts. One consumer. */
  changes(options: WaitOptions): AsyncIterable<PeerAddressChange>;
}

export interface PeerAddressChange {
  readonly id: NodeId;
  readonly address: PeerAddress;
}
