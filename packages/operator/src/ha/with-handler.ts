/** A transport some of whose events pass through somebody else before they reach the node. */
import type { Transport, TransportHandler } from '@k8sop/raft-core';

/** The same transport; `replace` gets the node's handler and returns what is called in place of its functions. */
export function withHandler(
  transport: Transport,
  replace: (handler: TransportHandler) => Partial<TransportHandler>,
): Transport {
  return {
    start: (handler, options) => transport.start({ ...passing(handler), ...replace(handler) }, options),
    send: (messages) => transport.send(messages),
    sendSnapshot: (offer, source, options) => transport.sendSnapshot(offer, source, options),
    setPeers: (peers) => transport.setPeers(peers),
    identify: (to, options) => transport.identify(to, options),
    join: (to, request, options) => transport.join(to, request, options),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
}

function passing(handler: TransportHandler): TransportHandler {
  return {
    hello: () => handler.hello(),
    peerConnected: (hello) => handler.peerConnected(hello),
    receive: (message, sender) => handler.receive(message, sender),
    peerUnreachable: (id, reason) => handler.peerUnreachable(id, reason),
    receiveSnapshot: (offer, sender) => handler.receiveSnapshot(offer, sender),
    identify: () => handler.identify(),
    join: (request) => handler.join(request),
  };
}
