/**
 * Entry `@k8sop/builders`: typed, immutable builders of Kubernetes manifests.
 *
 * Every call returns a new builder; a call whose result is dropped does nothing.
 */

// For users: workloads
export { CronJob, type CronJobCalls } from './workload/cron-job.ts';
export { DaemonSet, type DaemonSetCalls } from './workload/daemon-set.ts';
export { Deployment, type DeploymentCalls, type RollingUpdateOptions } from './workload/deployment.ts';
export { Job, type JobCalls } from './workload/job.ts';
export { Pod, type PodCalls } from './workload/pod.ts';
export type { TolerationOptions, TopologySpreadOptions } from './workload/pod-workload.ts';
export type { SelectingWorkload } from './workload/selecting-workload.ts';
export { type ClaimRetention, StatefulSet, type StatefulSetCalls } from './workload/stateful-set.ts';

// Containers and volumes
export {
  Container,
  type ContainerCalls,
  type ContainerPortOptions,
  type EnvAllOptions,
  type OptionalSource,
  type VolumeMountOptions,
} from './pod/container.ts';
export { DownwardApiItem } from './pod/downward-api-item.ts';
export { PodSecurityContext } from './pod/pod-security-context.ts';
export { type HttpProbeOptions, Probe } from './pod/probe.ts';
export { type ProjectedConfigOptions, ProjectedVolumeSource } from './pod/projected-volume-source.ts';
export { Resources } from './pod/resources.ts';
export type { RestrictedOptions } from './pod/restricted.ts';
export { SecurityContext, type SecurityProfile, type SeLinux } from './pod/security-context.ts';
export { type ConfigVolumeOptions, type FileItems, type FilesVolumeOptions, Volume } from './pod/volume.ts';

// Configuration and storage
export { ConfigMap } from './config/config-map.ts';
export { Secret, type SecretType } from './config/secret.ts';
export {
  type AccessMode,
  PersistentVolumeClaim,
  type PersistentVolumeClaimCalls,
} from './storage/persistent-volume-claim.ts';
export { StorageClass, type StorageClassCalls } from './storage/storage-class.ts';

// Network
export { Ingress } from './network/ingress.ts';
export { IngressClass, type IngressClassCalls } from './network/ingress-class.ts';
export { IngressRule, type ServicePortRef, type ServiceRef } from './network/ingress-rule.ts';
export { NetworkPolicy } from './network/network-policy.ts';
export { NetworkPolicyEgress } from './network/network-policy-egress.ts';
export { NetworkPolicyIngress } from './network/network-policy-ingress.ts';
export type { PolicyPeer, PolicyPortOptions } from './network/network-policy-rule.ts';
export { Service, type ServiceCalls, type ServicePortOptions } from './network/service.ts';

// Access
export { ClusterRole } from './rbac/cluster-role.ts';
export { ClusterRoleBinding, type ClusterRoleBindingCalls } from './rbac/cluster-role-binding.ts';
export { PolicyRule } from './rbac/policy-rule.ts';
export { Role } from './rbac/role.ts';
export { RoleBinding, type RoleBindingCalls } from './rbac/role-binding.ts';
export { ServiceAccount } from './rbac/service-account.ts';
export type { AccountRef } from './rbac/subjects.ts';

// Policies and cluster
export { HorizontalPodAutoscaler, type HorizontalPodAutoscalerCalls } from './policy/horizontal-pod-autoscaler.ts';
export { Namespace, type PodSecurityOptions } from './cluster/namespace.ts';
export { type PodCount, PodDisruptionBudget } from './policy/pod-disruption-budget.ts';
export { PriorityClass, type PriorityClassCalls } from './cluster/priority-class.ts';

// Bundles
export { type Manifests, manifests, type ManifestsInput, type ObjectList, type WriteOptions } from './manifests.ts';
export type { Finding, LintOptions } from './lint/lint-objects.ts';
export type { LintRule, LintSeverity } from './lint/lint-rule.ts';

// Values
export { Annotations } from './meta/annotations.ts';
export { Labels } from './meta/labels.ts';
export { Selector, type SelectorLike, type SelectorOperator } from './meta/selector.ts';
export type { StringEntries } from './meta/string-map.ts';
export type { Duration } from './values/duration.ts';
export type { FileMode } from './values/file-mode.ts';
export { type ParsedQuantity, type Quantity, type QuantitySuffix, quantity } from './values/quantity.ts';

// For implementers
export { BuilderError, isBuilderError, type Problem, type ProblemCode } from './builder-error.ts';
export type { FieldAt, FieldPath } from './edit/field-path.ts';
export type { JsonPatchOperation } from './edit/json-patch.ts';
export type { MergePatch } from './edit/strategic-merge.ts';
export type { KindToken, ManifestBody } from './kinds/kind-token.ts';
export type { Kind, KubeObject, Manifest, Manifestable, Named, ObjectMeta } from './manifest.ts';
export { toYaml, toYamlDocuments } from './render/yaml.ts';
