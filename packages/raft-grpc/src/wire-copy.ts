/** A message as the other end of a stream gets it, without a stream: encoded, and decoded again. */
import type { MethodDefinition } from '@grpc/grpc-js';
import { type Message, messageClass, type SnapshotOffer } from '@k8sop/raft-core';
import { raftService } from './raft-service.ts';
import { controlFrame, controlMessage, type ControlMessage, replicateFrame, replicateMessage } from './wire-codec.ts';
import type { ReplicateMessage } from './wire-codec.ts';

/** Equal to `message`, and shares no memory with it. */
export function wireCopy(message: Exclude<Message, SnapshotOffer>): Message {
  const ends = { from: message.from, to: message.to };
  if (isReplication(message)) return replicateMessage(copyOf(raftService.replicate, replicateFrame(message)), ends);
  return controlMessage(copyOf(raftService.control, controlFrame(message)), ends);
}

function isReplication(message: ControlMessage | ReplicateMessage): message is ReplicateMessage {
  return messageClass(message.type) === 'replicate';
}

function copyOf<F>({ requestSerialize, requestDeserialize }: MethodDefinition<F, F>, frame: F): F {
  return requestDeserialize(requestSerialize(frame));
}
