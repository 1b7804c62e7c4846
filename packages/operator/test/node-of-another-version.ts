/** A real consensus node whose hello names another range of protocol versions, as a build before or after ours would. */
import { randomUUID } from 'node:crypto';
import { openMemoryLogStore, type RaftDriver, startRaftDriver } from '@k8sop/raft-core';
import { GrpcTransport, type GrpcTransportOptions } from '@k8sop/raft-grpc';
import { monotonicClock } from '../src/ha/monotonic-clock.ts';
import { withHandler } from '../src/ha/with-handler.ts';

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
    transport: withHandler(transport, (handler) => ({ hello: () => ({ ...handler.hello(), ...range }) })),
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
