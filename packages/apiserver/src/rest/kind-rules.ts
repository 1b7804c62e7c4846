/**
 * What the server itself sets on objects of some kinds, before validation: the parts clients can't decide.
 *
 * Not here: defaults and validation of fields (schema).
 */
import { withStoredVersions } from '../schema/crd-defaults.ts';
import { isJsonObject, type JsonObject, type KubeObject } from '../store/kube-object.ts';
import type { ApiCore } from './api-core.ts';
import type { ServedResource } from './served-resource.ts';
import { completeService } from './service-rules.ts';

/** A new object as it will be stored, apart from metadata. */
export function prepareCreate(core: ApiCore, served: ServedResource, object: KubeObject): KubeObject {
  const prepared = { ...object };
  if (served.info.hasStatus) resetStatus(served, prepared);
  switch (served.qualifiedName) {
    case 'namespaces':
      return prepareNamespace(prepared);
    case 'persistentvolumeclaims':
    case 'persistentvolumes':
    case 'pods':
      return { ...prepared, status: { ...statusOf(prepared), phase: 'Pending' } };
    case 'services':
      return completeService(prepared, undefined, served.collection, core.random);
    case 'customresourcedefinitions.apiextensions.k8s.io':
      return withStoredVersions({
        ...prepared,
        status: { conditions: null, acceptedNames: { plural: '', kind: '' }, storedVersions: null },
      }) as KubeObject;
    default:
      return prepared;
  }
}

/** A changed object: what its writer may not touch comes from `old`. */
export function prepareUpdate(
  core: ApiCore,
  served: ServedResource,
  next: KubeObject,
  old: KubeObject,
  subresource: string | undefined,
): KubeObject {
  if (subresource === 'status') return withField(old, 'status', next['status'], next.metadata);
  if (subresource === 'scale') return withField(old, 'spec', next['spec'], next.metadata);
  if (subresource === 'finalize') return withField(old, 'spec', next['spec'], next.metadata);
  let prepared = served.info.hasStatus ? withField(next, 'status', old['status'], next.metadata) : next;
  if (served.qualifiedName === 'namespaces') prepared = keepFinalizers(prepared, old);
  if (served.qualifiedName === 'services') prepared = completeService(prepared, old, served.collection, core.random);
  if (served.qualifiedName === 'customresourcedefinitions.apiextensions.k8s.io') {
    prepared = withStoredVersions(prepared, old) as KubeObject;
  }
  return prepared;
}

/** Deleted objects of these kinds are answered whole, not as a Status. */
export function answersDeletedObject(served: ServedResource): boolean {
  return (
    served.qualifiedName === 'pods' || served.qualifiedName === 'services' || served.qualifiedName === 'serviceaccounts'
  );
}

/** PUT of a missing object creates it. */
export function createsOnUpdate(served: ServedResource): boolean {
  return creatingOnUpdate.has(served.qualifiedName);
}

const creatingOnUpdate = new Set([
  'leases.coordination.k8s.io',
  'events',
  'events.events.k8s.io',
  'limitranges',
  'endpoints',
  'services',
  'endpointslices.discovery.k8s.io',
  'runtimeclasses.node.k8s.io',
  'csidrivers.storage.k8s.io',
]);

/** PUT without resourceVersion overwrites whatever is there. */
export function allowsUnconditionalUpdate(served: ServedResource): boolean {
  return served.custom === undefined && !conditionalOnly.has(served.qualifiedName);
}

const conditionalOnly = new Set([
  'customresourcedefinitions.apiextensions.k8s.io',
  'leases.coordination.k8s.io',
  'apiservices.apiregistration.k8s.io',
  'endpointslices.discovery.k8s.io',
  'csidrivers.storage.k8s.io',
  'csinodes.storage.k8s.io',
  'runtimeclasses.node.k8s.io',
  'poddisruptionbudgets.policy',
  'priorityclasses.scheduling.k8s.io',
]);

function prepareNamespace(object: KubeObject): KubeObject {
  const spec = isJsonObject(object['spec']) ? object['spec'] : {};
  const given = Array.isArray(spec['finalizers']) ? spec['finalizers'] : [];
  const finalizers = given.includes('kubernetes') ? given : [...given, 'kubernetes'];
  const named = { ...object, metadata: withNameLabel(object.metadata) };
  return { ...named, spec: { ...spec, finalizers }, status: { phase: 'Active' } };
}

/** Only `/finalize` changes spec.finalizers. */
function keepFinalizers(next: KubeObject, old: KubeObject): KubeObject {
  return withField(next, 'spec', old['spec'], withNameLabel({ ...next.metadata, name: old.metadata.name ?? '' }));
}

/** Namespaces always carry their name as a label, so that selectors can name them. */
function withNameLabel(metadata: KubeObject['metadata']): KubeObject['metadata'] {
  const { name = '', labels } = metadata;
  return name === '' ? metadata : { ...metadata, labels: { ...labels, 'kubernetes.io/metadata.name': name } };
}

const emptyStatuses = new WeakMap<ServedResource, KubeObject[string] | null>();

/** Status as it is on an object that says nothing about it: absent, or empty where the kind always shows it. */
function resetStatus(served: ServedResource, object: KubeObject): void {
  delete object['status'];
  if (served.custom !== undefined) return;
  let empty = emptyStatuses.get(served);
  if (empty === undefined) {
    const blank = served.rules?.decode({ apiVersion: object.apiVersion, kind: object.kind, metadata: {} });
    empty = blank?.ok === true ? (blank.value['status'] ?? null) : null;
    emptyStatuses.set(served, empty);
  }
  if (empty !== null) object['status'] = empty;
}

/** Write-only convenience of Secrets: text that ends up base64-encoded in `data`. */
export function foldStringData(object: KubeObject): KubeObject {
  const { stringData, ...rest } = object;
  if (!isJsonObject(stringData)) return stringData === undefined ? object : (rest as KubeObject);
  const data: JsonObject = isJsonObject(object['data']) ? { ...object['data'] } : {};
  for (const [key, value] of Object.entries(stringData))
    data[key] = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64');
  return { ...(rest as KubeObject), data };
}

function statusOf(object: KubeObject): JsonObject {
  return isJsonObject(object['status']) ? object['status'] : {};
}

function withField(
  object: KubeObject,
  field: string,
  value: KubeObject[string] | undefined,
  metadata: KubeObject['metadata'],
): KubeObject {
  const copy: KubeObject = { ...object, metadata };
  if (value === undefined) delete copy[field];
  else copy[field] = value;
  return copy;
}
