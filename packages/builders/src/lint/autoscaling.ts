/** `missing-scale-target`, `replicas-with-autoscaler`, `autoscaler-range`. */
import type { V2HorizontalPodAutoscaler } from '../gen/autoscaling/v2.ts';
import type { KubeObject } from '../kinds/kind.ts';
import type { Inventory } from './inventory.ts';
import type { ReportFinding } from './lint-rule.ts';

/** Checks an autoscaler against its target. */
export function lintAutoscaling(object: KubeObject, inventory: Inventory, report: ReportFinding): void {
  if (object.kind !== 'HorizontalPodAutoscaler') return;
  const { spec } = object as V2HorizontalPodAutoscaler;
  if (spec === undefined) return;
  const { kind, name } = spec.scaleTargetRef;
  const { namespace } = object.metadata;
  const minReplicas = spec.minReplicas ?? 1;
  if (minReplicas > spec.maxReplicas) {
    report('autoscaler-range', 'spec.minReplicas', `${minReplicas} exceeds maxReplicas ${spec.maxReplicas}`);
  }
  if (!inventory.has(kind, namespace, name)) {
    report('missing-scale-target', 'spec.scaleTargetRef', `there is no ${kind} ${name}; add it or declare it external`);
    return;
  }
  const target = inventory.find<KubeObject & { spec?: { replicas?: number } }>(kind, namespace, name);
  const replicas = target?.spec?.replicas;
  if (replicas === undefined) return;
  const message = `${kind} ${name} sets replicas: ${replicas}, which every apply would restore; leave replicas out`;
  report('replicas-with-autoscaler', 'spec.scaleTargetRef', message);
}
