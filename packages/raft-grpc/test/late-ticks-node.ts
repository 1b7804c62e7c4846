/** A real driver over a real gRPC transport, for the late-tick test and its worker thread. */
import {
  type Clock,
  configurationOf,
  type Message,
  startRaftDriver,
  type RaftDriver,
  type RaftDriverOptions,
  type Transport,
  type TransportHandler,
} from '@k8sop/raft-core';
import { MemoryStateMachine, openMemoryLogStore } from '@k8sop/raft-core/testing';
import { GrpcTransport } from '../src/grpc-transport.ts';
import { type AddressBook, discoveryOf } from './node.ts';

const voters = [1, 2, 3].map((id) => ({ id, uuid: `uuid-${id}` }));

export const clock: Clock = {
  nowMs: () => Number(process.hrtime.bigint()) / 1e6,
  setTimer: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  defer: (callback) => {
    const immediate = setImmediate(callback);
    return () => clearImmediate(immediate);
  },
};

export function transportOf(book: AddressBook): GrpcTransport {
  return new GrpcTransport({ discovery: discoveryOf(book), host: '127.0.0.1', port: 0 });
}

/** Starts voter `id` of three. */
export async function startVoter(
  id: number,
  transport: RaftDriverOptions['transport'],
  options: Partial<RaftDriverOptions> = {},
): Promise<RaftDriver> {
  return await startRaftDriver({
    id,
    store: openMemoryLogStore({ uuid: `uuid-${id}` }),
    transport,
    stateMachine: new MemoryStateMachine(),
    clock,
    seed: id,
    bootId: `boot-${id}`,
    bootstrap: { clusterId: 'late', generation: 1, configuration: configurationOf(voters) },
    adaptiveTiming: false, // the stalls must not lead to longer timeouts
    ...options,
  });
}

interface Taps {
  readonly received?: (message: Message) => void;
  /** Told of a message once it was given to the transport. */
  readonly sent?: (message: Message) => void;
}

/** The transport, with its messages told on the way. */
export function tapped(transport: Transport, { received, sent }: Taps): Transport {
  return {
    start: async (handler, options) => {
      const receive: TransportHandler['receive'] = (message, sender) => {
        received?.(message);
        handler.receive(message, sender);
      };
      await transport.start({ ...handler, receive }, options);
    },
    send: (messages) => {
      transport.send(messages);
      for (const message of messages) sent?.(message);
    },
    sendSnapshot: (offer, source, options) => transport.sendSnapshot(offer, source, options),
    setPeers: (peers) => transport.setPeers(peers),
    identify: (to, options) => transport.identify(to, options),
    join: (to, request, options) => transport.join(to, request, options),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
}
