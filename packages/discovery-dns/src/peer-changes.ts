/**
 * Address changes on their way to one consumer. Only the newest address of each peer is kept, so the buffer never holds
 * more than one entry a peer, however slow the consumer.
 */
import type { NodeId, PeerAddress, PeerAddressChange } from '@k8sop/raft-core';

export class PeerChanges {
  readonly #pending = new Map<NodeId, PeerAddress>();
  #wake: (() => void) | undefined;

  add({ id, address }: PeerAddressChange): void {
    this.#pending.set(id, address);
    this.#wake?.();
  }

  /** Yields changes as they come, until the signal aborts. */
  async *read(signal: AbortSignal): AsyncGenerator<PeerAddressChange, void, undefined> {
    while (!signal.aborted) {
      for (const [id, address] of this.#pending) {
        this.#pending.delete(id);
        yield { id, address };
      }
      if (this.#pending.size === 0 && !signal.aborted) await this.#next(signal);
    }
  }

  async #next(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    this.#wake = undefined;
  }
}
