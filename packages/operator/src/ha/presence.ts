/**
 * Which peers are connected now, as far as this node's streams tell. A hint for a node that stops: nobody who is away can take
 * over, and nobody need be waited for. It proves nothing, so no vote and no lease depends on it.
 */
import type { NodeId, Transport } from '@k8sop/raft-core';
import { withHandler } from './with-handler.ts';

export class Presence {
  readonly #away = new Set<NodeId>();

  /** The same transport, whose peers are watched. */
  watch(transport: Transport): Transport {
    return withHandler(transport, (handler) => ({
      peerConnected: (hello) => {
        this.#away.delete(hello.id);
        handler.peerConnected(hello);
      },
      peerUnreachable: (id, reason) => {
        this.#away.add(id);
        handler.peerUnreachable(id, reason);
      },
    }));
  }

  /** A stream of its broke, and it has not connected since. */
  isAway(id: NodeId): boolean {
    return this.#away.has(id);
  }
}
