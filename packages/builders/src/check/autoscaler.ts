/** Autoscalers: target, range and percentages. */
import type { Report } from '../builder-error.ts';
import type { V2HorizontalPodAutoscalerSpec } from '../gen/autoscaling/v2.ts';
import { checkWhole } from './numbers.ts';

/** Reports what the API refuses in the spec of an autoscaler. */
export function checkAutoscaler(spec: Partial<V2HorizontalPodAutoscalerSpec> | undefined, report: Report): void {
  const { scaleTargetRef, minReplicas, maxReplicas, metrics = [] } = spec ?? {};
  if (scaleTargetRef === undefined) report('MISSING_CALL', 'spec.scaleTargetRef', 'call .target()');
  if (maxReplicas === undefined) report('MISSING_CALL', 'spec.maxReplicas', 'call .maxReplicas()');
  checkWhole(maxReplicas, 'spec.maxReplicas', report, 1);
  checkWhole(minReplicas, 'spec.minReplicas', report, 0);
  if (maxReplicas !== undefined && (minReplicas ?? 1) > maxReplicas) {
    report('RANGE', 'spec.minReplicas', `${minReplicas ?? 1} is above maxReplicas ${maxReplicas}`);
  }
  for (const [index, { resource }] of metrics.entries()) {
    const path = `spec.metrics[${index}].resource.target.averageUtilization`;
    checkWhole(resource?.target.averageUtilization, path, report, 1);
  }
}
