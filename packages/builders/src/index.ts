/**
 * Entry `@k8sop/builders`: typed, immutable builders of Kubernetes manifests.
 *
 * Every call returns a new builder; a call whose result is dropped does nothing.
 */

// For users
export { Annotations } from './meta/annotations.ts';
export { ConfigMap } from './config/config-map.ts';
export {
  Container,
  type ContainerPortOptions,
  type EnvAllOptions,
  type OptionalSource,
  type VolumeMountOptions,
} from './pod/container.ts';
export { Deployment, type RollingUpdateOptions } from './workload/deployment.ts';
export { DownwardApiItem } from './pod/downward-api-item.ts';
export { Labels } from './meta/labels.ts';
export { PodSecurityContext } from './pod/pod-security-context.ts';
export { type HttpProbeOptions, Probe } from './pod/probe.ts';
export { type ProjectedConfigOptions, ProjectedVolumeSource } from './pod/projected-volume-source.ts';
export { Resources } from './pod/resources.ts';
export { Secret, type SecretType } from './config/secret.ts';
export { SecurityContext, type SecurityProfile, type SeLinux } from './pod/security-context.ts';
export { Selector, type SelectorLike, type SelectorOperator } from './meta/selector.ts';
export { Service, type ServicePortOptions } from './network/service.ts';
export { type ConfigVolumeOptions, type FileItems, type FilesVolumeOptions, Volume } from './pod/volume.ts';
export { type ParsedQuantity, type Quantity, quantity } from './values/quantity.ts';

// For implementers
export { BuilderError, isBuilderError, type Problem, type ProblemCode } from './builder-error.ts';
export type { Kind, KubeObject, Manifest, Manifestable, Named, ObjectMeta } from './manifest.ts';
