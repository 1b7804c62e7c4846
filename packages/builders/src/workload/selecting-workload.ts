/** What helpers that follow a workload take: `Service.for`, `HorizontalPodAutoscaler.for`, `NetworkPolicy.selecting`. */
import type { V1PodTemplateSpec } from '../gen/core/v1.ts';
import type { V1LabelSelector } from '../gen/meta/v1.ts';
import type { KubeObject } from '../kinds/kind.ts';

/** A builder of a kind that finds its pods by a selector. Its own selector is the only source of truth. */
export interface SelectingWorkload {
  unchecked(): KubeObject & { spec?: { replicas?: number; selector: V1LabelSelector; template: V1PodTemplateSpec } };
}
