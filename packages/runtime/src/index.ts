/**
 * Entry `@k8sop/runtime`: informers, queue, reconcile loop, safe writes. Most authors use `@k8sop/operator`, which
 * wraps this package.
 */

// For users
export { Action, type RequeueOptions } from './controller/action.ts';
export { RequeueError, TerminalError } from './controller/author-errors.ts';
export { Condition } from './controller/condition.ts';
export type {
  AnyKind,
  ApplyOptions,
  Context,
  DeepReadonly,
  DeleteOptions,
  Handler,
  ListOptions,
  Manifestable,
  NamespaceOf,
  ObjectOf,
  ReadonlyObject,
  ReadOptions,
  StatusOf,
} from './controller/context.ts';
export { type Duration, parseDuration } from './controller/duration.ts';
export { anyChange, desiredStateChanged, Predicate } from './controller/predicates.ts';
export { currentReconcile, type ReconcileScope } from './controller/reconcile-scope.ts';
export { isStatusError, StatusError, type StatusCause, type StatusDetails } from './client/status-error.ts';
export { isRuntimeError, RuntimeError, type RuntimeErrorCode } from './errors.ts';
export type { Change } from './cache/informer.ts';
export type { FieldConflict, OnConflict } from './cache/object-writer.ts';
export type { ConditionInput, ConditionStatus, StoredCondition } from './object/conditions.ts';
export type { KubeObject, ObjectMeta } from './object/kube-object.ts';
export type { ObjectKey } from './object/object-key.ts';
export type { OwnerReference } from './object/owner-ref.ts';
export type { ResourceKind } from './object/resource-kind.ts';
export type { Trigger, TriggerReason } from './queue/trigger.ts';

// For implementers
export { type Clock, sleep, systemClock, type Timer } from './clock.ts';
export type { LogFields, Logger } from './logger.ts';
export { silentLogger } from './logger.ts';
export { unfailingLogger } from './unfailing-logger.ts';
export { type Leadership, type LeadershipGate, openGate, unelectedLeadership } from './leadership-gate.ts';
export type { ReplicatedState } from './replicated-state.ts';
export { type Random, seededRandom, systemRandom } from './random.ts';
export type { Counter, Gauge, Histogram, MetricDeclaration, MetricLabels, Metrics } from './metrics.ts';
export { noMetrics } from './metrics.ts';
export type { ClusterAuth } from './client/cluster-auth.ts';
export { type ClusterEnvironment, openClusterAuth } from './client/open-cluster-auth.ts';
export { HttpKubeClient, type HttpKubeClientOptions } from './client/http-kube-client.ts';
export type { KubeClient } from './client/kube-client.ts';
export { ConsistentWriter } from './cache/consistent-writer.ts';
export type { Informer, InformerState } from './cache/informer.ts';
export type { InformerLease, InformerRegistry, InformerSpec } from './cache/informer-registry.ts';
export type { ObjectWriter } from './cache/object-writer.ts';
export { OwnWrites } from './cache/own-writes.ts';
export { SharedInformers, type SharedInformersOptions } from './cache/shared-informers.ts';
export {
  CONTROLLER_DEFAULTS,
  controllerName,
  type ControllerSpec,
  type OwnedKind,
  type WatchedKind,
} from './controller/controller-spec.ts';
export { defaultFinalizer } from './controller/finalizer.ts';
export type { CheckResult, HealthCheck } from './manager/health-endpoint.ts';
export { type ManagedController, Manager, type ManagerOptions, type ManagerPorts } from './manager/manager.ts';
export { PrometheusMetrics } from './manager/prometheus-metrics.ts';
export { listenForShutdown, type SignalSource } from './manager/shutdown-signals.ts';
