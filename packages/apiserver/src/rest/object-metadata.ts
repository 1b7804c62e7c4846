/** The metadata fields that belong to the server: set on creation, carried over on every update. */
import { timestamp } from '../store/clock.ts';
import { deepEqual } from '../store/deep-equal.ts';
import { canonicalMetadata, type KubeObject, type ObjectMeta } from '../store/kube-object.ts';
import { generateName } from '../store/random-source.ts';
import type { ApiCore } from './api-core.ts';
import { initialGeneration, nextGeneration } from './generation.ts';
import type { ServedResource } from './served-resource.ts';

/** Metadata of a new object. `resourceVersion` is a placeholder that the store overwrites. */
export function newMetadata(core: ApiCore, served: ServedResource, object: KubeObject): ObjectMeta {
  const given = object.metadata;
  const metadata: ObjectMeta = {
    ...given,
    uid: core.random.uuid(),
    resourceVersion: '0',
    creationTimestamp: timestamp(core.clock.nowMs()),
  };
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
  const generation = initialGeneration(served, object);
  if (generation !== undefined) metadata.generation = generation;
  return canonicalMetadata(metadata);
}

/** Fills `metadata.name` from `generateName` where it is missing. */
export function withGeneratedName(core: ApiCore, object: KubeObject): KubeObject {
  const { name, generateName: base } = object.metadata;
  if ((name !== undefined && name !== '') || base === undefined || base === '') return object;
  return { ...object, metadata: { ...object.metadata, name: generateName(base, core.random) } };
}

/** Metadata of a changed object: the server's fields come from `old`, the writer's from `next`. */
export function updatedMetadata(
  served: ServedResource,
  next: KubeObject,
  old: KubeObject,
  subresource: string | undefined,
): ObjectMeta {
  const before = old.metadata;
  const source = subresource === 'status' ? statusWriterMetadata(served, next.metadata, before) : next.metadata;
  const metadata: Record<string, unknown> = { ...source };
  for (const field of serverFields) {
    if (before[field] === undefined) delete metadata[field];
    else metadata[field] = before[field];
  }
  if (subresource === undefined || subresource === 'scale') {
    const generation = nextGeneration(served, next, old);
    if (generation !== undefined) metadata['generation'] = generation;
  }
  const canonical = canonicalMetadata(metadata as ObjectMeta);
  return deepEqual(canonical, before) ? before : canonical;
}

/** Kinds whose `/status` takes nothing but status; custom resources are like them. Other kinds take metadata, too. */
const statusOnlyGroups = new Set([
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'admissionregistration.k8s.io',
]);

/** What a writer of `/status` may say in metadata. */
export function statusWriterMetadata(served: ServedResource, given: ObjectMeta, before: ObjectMeta): ObjectMeta {
  if (served.custom !== undefined || statusOnlyGroups.has(served.info.group)) {
    const { managedFields } = given;
    return { ...before, ...(managedFields !== undefined && { managedFields }) };
  }
  // the labels of a Deployment and the owners of a pod stay out of the reach of controllers' status updates
  if (served.qualifiedName === 'deployments.apps') return withMember(given, 'labels', before.labels);
  return served.qualifiedName === 'pods' ? withMember(given, 'ownerReferences', before.ownerReferences) : given;
}

function withMember<Name extends keyof ObjectMeta>(
  metadata: ObjectMeta,
  name: Name,
  value: ObjectMeta[Name],
): ObjectMeta {
  const copy = { ...metadata };
  if (value === undefined) delete copy[name];
  else copy[name] = value;
  return copy;
}

const serverFields = [
  'name',
  'namespace',
  'generateName',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const;
