/**
 * Entry `@k8sop/operator`: write a Kubernetes operator in a few lines.
 */

// For users
export { Operator, type Owned, type QueueOptions, type RunOptions } from './operator.ts';
export { type AddOptions, Manager, type ManagerSettings } from './manager.ts';
export type { MetricsRegistry, ProbeOptions, ProcessSettings } from './operator-settings.ts';
export {
  atLeastOneOf,
  atMostOneOf,
  cel,
  Conditions,
  type CustomObject,
  type CustomResource,
  customResource,
  EmbeddedResource,
  exactlyOneOf,
  immutable,
  IntOrString,
  LabelSelector,
  type ObjectOf,
  PodTemplate,
  Quantity,
  Raw,
} from '@k8sop/builders/crd';
export {
  Action,
  type AnyKind,
  anyChange,
  type ApplyOptions,
  type Change,
  Condition,
  type Context,
  desiredStateChanged,
  type DeleteOptions,
  type Duration,
  type FieldConflict,
  type Handler,
  isRuntimeError,
  isStatusError,
  type KubeObject,
  type ListOptions,
  type LogFields,
  type Logger,
  type ObjectKey,
  type OnConflict,
  Predicate,
  type ReadonlyObject,
  type ReadOptions,
  RequeueError,
  type RequeueOptions,
  RuntimeError,
  type RuntimeErrorCode,
  StatusError,
  type StatusOf,
  TerminalError,
  type Trigger,
} from '@k8sop/runtime';
export { pinoLogger } from './pino-logger.ts';

export { LeaseElection } from './lease-election.ts';
export { type ClusterMember, ClusterManager } from './cluster-manager.ts';
export { LeaderElection } from './leader-election.ts';
export { RaftConfig } from './raft-config.ts';
export { type BeginNodeOptions, RaftNodeManager, type RaftNodeOptions } from './raft-node-manager.ts';
export { TlsConfig, type TlsFiles } from '@k8sop/raft-grpc/tls-config';

// For implementers
export type { Election, ElectionPorts, OpenElection } from './election.ts';
export type { HealthCheck, Leadership, LeadershipGate, ReplicatedState } from '@k8sop/runtime';
