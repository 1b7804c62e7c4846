/**
 * What the consensus thread and the main thread say to each other. Whether leadership is held is not among it: that is read
 * from shared memory. Requests carry a number that their answer repeats.
 */
import type { BootstrapOptions, Member, NodeId, Role } from '@k8sop/raft-core';
import type { CertificateExpiry } from '@k8sop/raft-grpc';
import type { RecordOutcome, VotersChange } from './genesis-record.ts';
import type { WantedReplicas } from './membership-loop.ts';
import type { OpenedStorage } from './raft-node.ts';
import type { RaftSettings } from './raft-settings.ts';

export interface ThreadData {
  readonly settings: RaftSettings;
  /** Memory of `SharedLease`. */
  readonly lease: SharedArrayBuffer;
}

/** An error as it crosses: class instances do not. */
export interface PlainError {
  readonly code: string;
  readonly message: string;
}

/** A node as others see it, for readiness and logs. */
export interface NodeView {
  readonly role: Role;
  readonly term: number;
  readonly leaderId: NodeId;
  /** Applied what the leader has committed, as far as this node knows. */
  readonly caughtUp: boolean;
  readonly member: 'voter' | 'learner' | 'none';
  /** It learns, and is meant to vote. */
  readonly promotionDue: boolean;
  /** It plays elections to itself, for a few hundred milliseconds after its start. */
  readonly rehearsing: boolean;
}

export type ToMain =
  | { readonly type: 'opened'; readonly storage: OpenedStorage }
  | { readonly type: 'leadership'; readonly clusterId: string; readonly generation: number; readonly term: number }
  | { readonly type: 'revoke'; readonly term: number }
  | { readonly type: 'view'; readonly view: NodeView }
  | { readonly type: 'problem'; readonly message: string }
  | { readonly type: 'certificates'; readonly expiry: CertificateExpiry }
  | { readonly type: 'record'; readonly request: number; readonly change: VotersChange }
  | { readonly type: 'answer'; readonly request: number; readonly value: unknown }
  | { readonly type: 'failure'; readonly request: number; readonly error: PlainError }
  | { readonly type: 'fatal'; readonly error: PlainError };

export type ToThread =
  | { readonly type: 'start'; readonly request: number; readonly bootstrap: BootstrapOptions | undefined }
  /** Found a cluster after all, on the storage that is empty still. */
  | { readonly type: 'restart'; readonly request: number; readonly bootstrap: BootstrapOptions }
  /** Forget the cluster, and open an empty storage. */
  | { readonly type: 'discard'; readonly request: number }
  | { readonly type: 'standing'; readonly request: number }
  | { readonly type: 'report'; readonly request: number }
  | { readonly type: 'identify'; readonly request: number; readonly id: NodeId; readonly limitMs: number }
  | { readonly type: 'ask'; readonly request: number; readonly contact: NodeId }
  | { readonly type: 'propose'; readonly request: number; readonly command: Uint8Array }
  | { readonly type: 'read'; readonly request: number; readonly key: string }
  /** Is this node the leader still, by a quorum asked now? */
  | { readonly type: 'confirm'; readonly request: number }
  /** And are these the voters in force? */
  | { readonly type: 'confirmVoters'; readonly request: number; readonly voters: readonly Member[] }
  /** `stopped`: nothing acts on the lease any more; saves the question by `revoke`. */
  | { readonly type: 'transfer'; readonly request: number; readonly stopped: boolean }
  | { readonly type: 'stopped'; readonly term: number }
  /** Leave for good, within the limit; answers false when that was not possible. */
  | { readonly type: 'leave'; readonly request: number; readonly limitMs: number }
  | { readonly type: 'replicas'; readonly replicas: WantedReplicas }
  | {
      readonly type: 'recorded';
      readonly request: number;
      readonly outcome: RecordOutcome | undefined;
      readonly error: PlainError | undefined;
    }
  | { readonly type: 'shutdown' };

/** Requests that the thread answers. */
export type ThreadRequest = Exclude<Extract<ToThread, { readonly request: number }>, { readonly type: 'recorded' }>;

export function plainError(error: unknown): PlainError {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return {
    code: typeof code === 'string' ? code : 'INTERNAL',
    message: typeof message === 'string' ? message : String(error),
  };
}
