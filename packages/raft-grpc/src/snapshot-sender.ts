/** One outgoing snapshot stream: resumes where the receiver left off, at most two chunks unacknowledged. */
import type { Client, ClientDuplexStream } from '@grpc/grpc-js';
import { type Hello, snapshotChunkBytes, type SnapshotOffer, type SnapshotSource } from '@k8sop/raft-core';
import type * as wire from './gen/k8sop/raft/v1/raft_pb.js';
import { errorOf, malformed } from './grpc-error.ts';
import { raftService } from './raft-service.ts';
import { count, helloFrame, helloOf, offerFrame, snapshotFrame } from './wire-codec.ts';

const chunksInFlight = 2;

export interface SnapshotTransfer {
  readonly offer: SnapshotOffer;
  readonly source: SnapshotSource;
  readonly ownHello: Hello;
  /** Throws when the receiver's hello is not believed. */
  readonly accept: (hello: Hello) => void;
}

/** @throws `RAFT_PEER_UNREACHABLE`, `RAFT_SNAPSHOT_MISMATCH`, `RAFT_WRONG_CLUSTER`, or the signal's reason. */
export async function sendSnapshot(client: Client, transfer: SnapshotTransfer, signal: AbortSignal): Promise<void> {
  const { path, requestSerialize, responseDeserialize } = raftService.snapshot;
  const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  const cancel = (): void => stream.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    signal.throwIfAborted();
    await transferOver(stream, transfer, signal);
  } catch (error) {
    stream.on('error', () => {}); // cancelling makes one
    stream.cancel();
    signal.throwIfAborted();
    throw errorOf(transfer.offer.to, error);
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

type SnapshotStream = ClientDuplexStream<wire.SnapshotFrame, wire.SnapshotProgress>;

async function transferOver(stream: SnapshotStream, transfer: SnapshotTransfer, signal: AbortSignal): Promise<void> {
  const { offer, source, ownHello, accept } = transfer;
  const send = (frame: Parameters<typeof snapshotFrame>[0]): void => void stream.write(snapshotFrame(frame));
  const { sizeBytes } = offer.snapshot;
  let sentBytes = -1;
  let inFlight = 0;
  send({ case: 'hello', value: helloFrame(ownHello) });
  send({ case: 'offer', value: offerFrame(offer) });
  for await (const { frame } of stream as AsyncIterable<wire.SnapshotProgress>) {
    switch (frame.case) {
      case 'hello':
        accept(helloOf(frame.value));
        continue;
      case 'receivedBytes': {
        const received = count(frame.value, 'received_bytes');
        if (received > sizeBytes) throw malformed(`${received} B received of ${sizeBytes}`);
        if (sentBytes < 0) sentBytes = received;
        else inFlight -= 1;
        while (inFlight < chunksInFlight && sentBytes < sizeBytes) {
          const data = await source.read(sentBytes, snapshotChunkBytes, { signal });
          send({ case: 'chunk', value: { offset: BigInt(sentBytes), data: data as Uint8Array<ArrayBuffer> } });
          sentBytes += data.byteLength;
          inFlight += 1;
        }
        continue;
      }
      case 'installed':
        stream.end();
        return;
      case undefined:
        throw malformed('snapshot progress without content');
    }
  }
  throw malformed('the receiver ended the stream before the snapshot was installed');
}
