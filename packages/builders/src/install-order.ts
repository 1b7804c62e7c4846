/** In which order objects are installed: what others refer to comes first. */
import type { KubeObject } from './kinds/kind.ts';

const ORDER: readonly (readonly string[])[] = [
  ['Namespace'],
  ['CustomResourceDefinition'],
  ['PriorityClass', 'StorageClass', 'IngressClass', 'RuntimeClass'],
  ['ServiceAccount', 'Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'],
  ['ConfigMap', 'Secret'],
  ['PersistentVolume', 'PersistentVolumeClaim'],
  ['Service'],
  ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob', 'Pod', 'ReplicaSet'],
  ['HorizontalPodAutoscaler', 'PodDisruptionBudget'],
  ['Ingress', 'NetworkPolicy'],
];

const rankByKind: ReadonlyMap<string, number> = new Map(
  ORDER.flatMap((kinds, rank) => kinds.map((kind) => [kind, rank] as const)),
);

/** Place of the object's kind, from 0; kinds that are not listed, such as custom resources, come last. */
export function installRank({ kind }: KubeObject): number {
  return rankByKind.get(kind) ?? ORDER.length;
}

/** The objects in installation order; objects of equal rank keep theirs. */
export function installOrder<T extends KubeObject>(objects: readonly T[]): T[] {
  return objects.toSorted((a, b) => installRank(a) - installRank(b));
}
