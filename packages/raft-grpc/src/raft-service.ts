/** The generated service as grpc-js wants it: protobuf-es writes no stubs, and this is all that is missing. */
import { type DescMessage, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import type { MethodDefinition } from '@grpc/grpc-js';
import * as wire from './gen/k8sop/raft/v1/raft_pb.js';

const view = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
/** Plain bytes, so that what messages carry is no `Buffer` either: it reaches storage and state machines. */
const plain = (bytes: Buffer): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function method<I extends DescMessage, O extends DescMessage>(
  name: string,
  input: I,
  output: O,
  stream: boolean,
): MethodDefinition<MessageShape<I>, MessageShape<O>> {
  return {
    path: `/${wire.RaftService.typeName}/${name}`,
    requestStream: stream,
    responseStream: stream,
    requestSerialize: (message) => view(toBinary(input, message)),
    requestDeserialize: (bytes) => fromBinary(input, plain(bytes)),
    responseSerialize: (message) => view(toBinary(output, message)),
    responseDeserialize: (bytes) => fromBinary(output, plain(bytes)),
  };
}

export interface RaftServiceDefinition {
  readonly control: MethodDefinition<wire.ControlFrame, wire.ControlFrame>;
  readonly replicate: MethodDefinition<wire.ReplicateFrame, wire.ReplicateFrame>;
  readonly snapshot: MethodDefinition<wire.SnapshotFrame, wire.SnapshotProgress>;
  readonly identify: MethodDefinition<wire.IdentifyRequest, wire.IdentifyResponse>;
  readonly join: MethodDefinition<wire.JoinRequest, wire.JoinResponse>;
}

export const raftService: RaftServiceDefinition = {
  control: method('Control', wire.ControlFrameSchema, wire.ControlFrameSchema, true),
  replicate: method('Replicate', wire.ReplicateFrameSchema, wire.ReplicateFrameSchema, true),
  snapshot: method('Snapshot', wire.SnapshotFrameSchema, wire.SnapshotProgressSchema, true),
  identify: method('Identify', wire.IdentifyRequestSchema, wire.IdentifyResponseSchema, false),
  join: method('Join', wire.JoinRequestSchema, wire.JoinResponseSchema, false),
};
