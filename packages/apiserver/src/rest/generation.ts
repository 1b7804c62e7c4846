/** When `metadata.generation` rises. */
import { deepEqual } from '../store/deep-equal.ts';
import type { KubeObject } from '../store/kube-object.ts';
import type { ServedResource } from './served-resource.ts';

/** Built-in kinds whose generation follows their spec; the rest keep whatever a client sent. */
const counted = new Set([
  'pods',
  'podtemplates',
  'replicationcontrollers',
  'daemonsets.apps',
  'deployments.apps',
  'replicasets.apps',
  'statefulsets.apps',
  'cronjobs.batch',
  'jobs.batch',
  'ingresses.networking.k8s.io',
  'ingressclasses.networking.k8s.io',
  'networkpolicies.networking.k8s.io',
  'poddisruptionbudgets.policy',
  'endpointslices.discovery.k8s.io',
  'flowschemas.flowcontrol.apiserver.k8s.io',
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io',
  'mutatingwebhookconfigurations.admissionregistration.k8s.io',
  'validatingwebhookconfigurations.admissionregistration.k8s.io',
  'validatingadmissionpolicies.admissionregistration.k8s.io',
  'validatingadmissionpolicybindings.admissionregistration.k8s.io',
  'customresourcedefinitions.apiextensions.k8s.io',
]);

export function initialGeneration(served: ServedResource, object: KubeObject): number | undefined {
  if (served.custom !== undefined || counted.has(served.qualifiedName)) return 1;
  return object.metadata.generation;
}

/** The generation after a write through the main resource. */
export function nextGeneration(served: ServedResource, next: KubeObject, old: KubeObject): number | undefined {
  const current = old.metadata.generation;
  const counts = served.custom !== undefined || counted.has(served.qualifiedName);
  if (!counts) return current;
  return desiredStateEqual(served, next, old) ? current : (current ?? 0) + 1;
}

/** Everything but metadata and, where it is a subresource, status. */
function desiredStateEqual(served: ServedResource, next: KubeObject, old: KubeObject): boolean {
  if (served.qualifiedName === 'deployments.apps' && !deepEqual(next.metadata.annotations, old.metadata.annotations)) {
    return false; // annotations reach the replica sets of a deployment
  }
  const fields = new Set([...Object.keys(next), ...Object.keys(old)]);
  for (const field of fields) {
    if (field === 'metadata' || field === 'apiVersion' || field === 'kind') continue;
    if (field === 'status' && (served.info.hasStatus || served.custom === undefined)) continue;
    if (!deepEqual(next[field], old[field])) return false;
  }
  return true;
}
