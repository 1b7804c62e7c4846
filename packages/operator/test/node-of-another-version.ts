/** A real consensus node whose hello names another range of protocol versions, as a build before or after ours would. */
import { randomUUID } from 'node:crypto';
import {
  openMemoryLogStore,
  type RaftDriver,
  startRaftDriver,
  type Transport,
  type TransportHandler,
} from '@k8sop/raft-core';
import { GrpcTransport, type GrpcTransportOptions } from '@k8sop/raft-grpc';
import { monotonicClock } from '../src/ha/monotonic-clock.ts';

export interface VersionRange {
  readonly protocolMin: number;
  readonly protocolMax: number;
}

/** Starts it as an empty node, which may join. Disposing the driver leaves the transport to the caller. */
export async function startNodeOfVersion(
  id: number,
  range: VersionRange,
  options: GrpcTransportOptions,
): Promise<{ readonly driver: RaftDriver; readonly applied: string[] } & AsyncDisposable> {
  const applied: string[] = [];
  const transport = new GrpcTransport(options);
  const driver = await startRaftDriver({
    id,
    store: openMemoryLogStore({ uuid: randomUUID() }),
    transport: speaking(range, transport),
    stateMachine: {
      apply: async (entries) =>
        entries.map(({ data }) => {
          applied.push(Buffer.from(data).toString());
          return new Uint8Array(0);
        }),
      snapshot: async function* () {},
      restore: async () => {},
    },
    clock: monotonicClock,
    seed: 1,
    bootId: randomUUID(),
    electionTimeoutMs: 1_000,
    heartbeatMs: 30,
  });
  const close = async (): Promise<void> => {
    await driver[Symbol.asyncDispose]();
    await transport[Symbol.asyncDispose]();
  };
  return { driver, applied, [Symbol.asyncDispose]: close };
}

function speaking(range: VersionRange, transport: GrpcTransport): Transport {
  return {
    start: (handler, options) => transport.start(withRange(range, handler), options),
    send: (messages) => transport.send(messages),
    sendSnapshot: (offer, source, options) => transport.sendSnapshot(offer, source, options),
    setPeers: (peers) => transport.setPeers(peers),
    identify: (to, options) => transport.identify(to, options),
    join: (to, request, options) => transport.join(to, request, options),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
}

function withRange(range: VersionRange, handler: TransportHandler): TransportHandler {
  return {
    hello: () => ({ ...handler.hello(), ...range }),
    peerConnected: (hello) => handler.peerConnected(hello),
    receive: (message, sender) => handler.receive(message, sender),
    peerUnreachable: (id, reason) => handler.peerUnreachable(id, reason),
    receiveSnapshot: (offer, sender) => handler.receiveSnapshot(offer, sender),
    identify: () => handler.identify(),
    join: (request) => handler.join(request),
  };
}
