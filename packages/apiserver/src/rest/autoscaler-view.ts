/**
 * HorizontalPodAutoscalers are stored as autoscaling/v2; v1 shows the one metric it knows, the CPU utilisation. Other
 * metrics are out of sight there, and lost by a write through v1.
 */
import { isJsonObject, type JsonObject, type KubeObject } from '../store/kube-object.ts';
import type { ObjectView } from './served-resource.ts';

export const autoscalerView: ObjectView = {
  fromStorage: (stored) => {
    const { metrics, behavior: _, ...spec } = objectAt(stored, 'spec');
    const target = cpuUtilisation(Array.isArray(metrics) ? metrics : [], 'target');
    const { currentMetrics, conditions: _c, ...status } = objectAt(stored, 'status');
    const current = cpuUtilisation(Array.isArray(currentMetrics) ? currentMetrics : [], 'current');
    return {
      kind: 'HorizontalPodAutoscaler',
      apiVersion: 'autoscaling/v1',
      metadata: (stored as KubeObject).metadata,
      spec: { ...spec, ...(target === undefined ? {} : { targetCPUUtilizationPercentage: target }) },
      status: { ...status, ...(current === undefined ? {} : { currentCPUUtilizationPercentage: current }) },
    };
  },
  toStorage: (served) => {
    const { targetCPUUtilizationPercentage: target, ...spec } = objectAt(served, 'spec');
    const { currentCPUUtilizationPercentage: _, ...status } = objectAt(served, 'status');
    const utilisation = { type: 'Utilization', averageUtilization: target ?? 80 };
    return {
      kind: 'HorizontalPodAutoscaler',
      apiVersion: 'autoscaling/v2',
      metadata: (served as KubeObject).metadata,
      spec: { ...spec, metrics: [{ type: 'Resource', resource: { name: 'cpu', target: utilisation } }] },
      status,
    };
  },
};

function cpuUtilisation(metrics: readonly JsonObject[string][], side: 'target' | 'current'): number | undefined {
  for (const metric of metrics) {
    const resource = isJsonObject(metric) ? objectAt(metric, 'resource') : {};
    const value = objectAt(resource, side)['averageUtilization'];
    if (resource['name'] === 'cpu' && typeof value === 'number') return value;
  }
  return undefined;
}

function objectAt(object: JsonObject, field: string): JsonObject {
  const value = object[field];
  return isJsonObject(value) ? value : {};
}
