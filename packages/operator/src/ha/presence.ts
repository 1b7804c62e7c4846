/**
 * Which peers are connected now, as far as this node's streams tell. A hint for a node that stops: nobody who is away can take
 * over, and nobody need be waited for. It proves nothing, so no vote and no lease depends on it.
 */
import type { NodeId, Transport, TransportHandler } from '@k8sop/raft-core';

export class Presence {
  readonly #away = new Set<NodeId>();

  /** The same transport, whose peers are watched. */
  watch(transport: Transport): Transport {
    return {
      start: (handler, options) => transport.start(this.#watched(handler), options),
      send: (messages) => transport.send(messages),
      sendSnapshot: (offer, source, options) => transport.sendSnapshot(offer, source, options),
      setPeers: (peers) => transport.setPeers(peers),
      identify: (to, options) => transport.identify(to, options),
      join: (to, request, options) => transport.join(to, request, options),
      [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
    };
  }

  /** A stream of its broke, and it has not connected since. */
  isAway(id: NodeId): boolean {
    return this.#away.has(id);
  }

  #watched(handler: TransportHandler): TransportHandler {
    return {
      hello: () => handler.hello(),
      peerConnected: (hello) => {
        this.#away.delete(hello.id);
        handler.peerConnected(hello);
      },
      receive: (message, sender) => handler.receive(message, sender),
      peerUnreachable: (id, reason) => {
        this.#away.add(id);
        handler.peerUnreachable(id, reason);
      },
      receiveSnapshot: (offer, sender) => handler.receiveSnapshot(offer, sender),
      identify: () => handler.identify(),
      join: (request) => handler.join(request),
    };
  }
}
