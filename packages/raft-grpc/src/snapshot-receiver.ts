/** One incoming snapshot stream: hello, offer, chunks in order, each acknowledged; the last answer says that it is installed. */
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { type Hello, snapshotChunkBytes, type TransportHandler } from '@k8sop/raft-core';
import type * as wire from './gen/k8sop/raft/v1/raft_pb.js';
import { malformed } from './grpc-error.ts';
import { count, helloFrame, offerMessage, snapshotProgress } from './wire-codec.ts';

export async function receiveSnapshot(
  call: ServerDuplexStream<wire.SnapshotFrame, wire.SnapshotProgress>,
  handler: TransportHandler,
  accept: (hello: wire.Hello | undefined) => Hello,
): Promise<void> {
  const stop = new AbortController();
  const { signal } = stop;
  const frames = call[Symbol.asyncIterator]() as AsyncIterator<wire.SnapshotFrame>;
  const answer = (frame: Parameters<typeof snapshotProgress>[0]): void => void call.write(snapshotProgress(frame));
  try {
    const first = await nextFrame(frames);
    const sender = accept(first.case === 'hello' ? first.value : undefined);
    answer({ case: 'hello', value: helloFrame(handler.hello()) });

    const second = await nextFrame(frames);
    if (second.case !== 'offer') throw malformed('snapshot stream without an offer');
    const offer = offerMessage(second.value, { from: sender.id, to: handler.hello().id });
    const { sizeBytes } = offer.snapshot;

    await using sink = await handler.receiveSnapshot(offer, sender);
    answer({ case: 'receivedBytes', value: BigInt(sink.sizeBytes) });
    while (sink.sizeBytes < sizeBytes) {
      const { offset, data } = chunkOf(await nextFrame(frames));
      if (count(offset, 'offset') !== sink.sizeBytes) throw malformed(`chunk at ${offset}, ${sink.sizeBytes} expected`);
      await sink.write(data, { signal });
      answer({ case: 'receivedBytes', value: BigInt(sink.sizeBytes) });
    }
    await sink.finish({ signal });
    handler.receive(offer, sender);
    answer({ case: 'installed', value: true });
  } finally {
    stop.abort();
  }
}

async function nextFrame(frames: AsyncIterator<wire.SnapshotFrame>): Promise<wire.SnapshotFrame['frame']> {
  const { done, value } = await frames.next();
  if (done === true) throw malformed('snapshot stream ended early');
  return value.frame;
}

function chunkOf(frame: wire.SnapshotFrame['frame']): wire.SnapshotChunk {
  if (frame.case !== 'chunk') throw malformed('a chunk was expected');
  const { byteLength } = frame.value.data;
  if (byteLength === 0 || byteLength > snapshotChunkBytes) throw malformed(`chunk of ${byteLength} B`);
  return frame.value;
}
