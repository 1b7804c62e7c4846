/** The two questions that any node may ask any other: who are you, and may I join. */
import type { Client, MethodDefinition } from '@grpc/grpc-js';
import type { IdentifyAnswer, JoinAnswer, JoinRequest, NodeId } from '@k8sop/raft-core';
import { create } from '@bufbuild/protobuf';
import { IdentifyRequestSchema } from './gen/k8sop/raft/v1/raft_pb.js';
import { errorOf } from './grpc-error.ts';
import { raftService } from './raft-service.ts';
import { identifyAnswer, joinAnswer, joinRequestFrame } from './wire-codec.ts';

/** Long enough for a join, which waits for a commit. */
const deadlineMs = 5_000;

export async function askIdentify(client: Client, to: NodeId, signal: AbortSignal): Promise<IdentifyAnswer> {
  return identifyAnswer(await call(client, raftService.identify, create(IdentifyRequestSchema), to, signal));
}

export async function askJoin(
  client: Client,
  to: NodeId,
  request: JoinRequest,
  signal: AbortSignal,
): Promise<JoinAnswer> {
  return joinAnswer(await call(client, raftService.join, joinRequestFrame(request), to, signal));
}

function call<I, O>(
  client: Client,
  { path, requestSerialize, responseDeserialize }: MethodDefinition<I, O>,
  request: I,
  to: NodeId,
  signal: AbortSignal,
): Promise<O> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const cancel = (): void => sent.cancel();
    let late = false;
    // Not a gRPC deadline: that is a time of day, and a clock put right would end calls at once, or hours later.
    const limit = setTimeout(() => {
      late = true;
      cancel();
    }, deadlineMs);
    const sent = client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error, value) => {
      clearTimeout(limit);
      signal.removeEventListener('abort', cancel);
      if (signal.aborted) reject(signal.reason);
      else if (late) reject(errorOf(to, new Error(`no answer within ${deadlineMs / 1_000} s`)));
      else if (error !== null || value === undefined) reject(errorOf(to, error ?? new Error('no answer')));
      else resolve(value);
    });
    signal.addEventListener('abort', cancel, { once: true });
  });
}
