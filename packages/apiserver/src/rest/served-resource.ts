/** One resource in one group-version, with all that serving it takes. */
import type { ResourceInfo } from '../schema/resource-info.ts';
import type { CrdVersion } from '../schema/crd-model.ts';
import type { ResourceSchema } from '../schema/resource-schema.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import type { Collection, StoreEntry } from '../store/collection.ts';
import { deepEqual } from '../store/deep-equal.ts';
import { isJsonObject, type JsonObject, type KubeObject } from '../store/kube-object.ts';

export interface ServedResource {
  readonly info: ResourceInfo;
  /** `v1`, `apps/v1`. */
  readonly groupVersion: string;
  /** `configmaps`, `deployments.apps`. */
  readonly qualifiedName: string;
  readonly collection: Collection;
  /** The apiVersion that objects have in the store. */
  readonly storageVersion: string;
  /** Decoding, defaults and validation. */
  readonly rules: ResourceSchema | undefined;
  /** The type tree that ownership of fields is computed on. */
  readonly schema: SchemaNode | undefined;
  /** Set for custom resources. */
  readonly custom: CrdVersion | undefined;
  /** Text of the Warning header that every use of this version gets. */
  readonly deprecation: string | undefined;
  /** Set when this version shows stored objects in another shape. */
  readonly view: ObjectView | undefined;
}

/** Two versions of one storage whose shapes differ, such as both kinds of Event. */
export interface ObjectView {
  readonly fromStorage: (stored: JsonObject) => JsonObject;
  readonly toStorage: (served: JsonObject) => JsonObject;
}

export function storeKey(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

/** The group that objects have in the store; validation names it, whichever group showed the object. */
export function storageGroup({ storageVersion }: Pick<ServedResource, 'storageVersion'>): string {
  return storageVersion.includes('/') ? storageVersion.slice(0, storageVersion.indexOf('/')) : '';
}

/** The stored object in the version that this resource serves. */
export function inServedVersion(served: ServedResource, object: KubeObject): KubeObject {
  if (served.view !== undefined) return served.view.fromStorage(object) as KubeObject;
  if (served.custom !== undefined) return customInVersion(served, object);
  if (object.apiVersion === served.groupVersion) return object;
  return { ...object, apiVersion: served.groupVersion };
}

/** Schemas change under stored custom resources: what is read is pruned and defaulted by the current one. */
function customInVersion(served: ServedResource, object: KubeObject): KubeObject {
  const { rules, groupVersion } = served;
  const versioned = object.apiVersion === groupVersion ? object : { ...object, apiVersion: groupVersion };
  if (rules === undefined) return versioned;
  const decoded = rules.decode(versioned);
  const current = rules.applyDefaults(decoded.ok ? decoded.value : versioned) as KubeObject;
  return deepEqual(current, versioned) ? versioned : current;
}

export function inStorageVersion(served: ServedResource, object: KubeObject): KubeObject {
  if (served.view !== undefined) return served.view.toStorage(object) as KubeObject;
  if (object.apiVersion === served.storageVersion) return object;
  return { ...object, apiVersion: served.storageVersion };
}

/** JSON of one entry in the served version; made once per entry where that is the storage version. */
export function entryJson(served: ServedResource, entry: StoreEntry): string {
  if (served.groupVersion === served.storageVersion && served.view === undefined) {
    if (entry.json === undefined || entry.jsonBy !== served.custom) {
      const object = inServedVersion(served, entry.object);
      entry.json = JSON.stringify(served.custom === undefined ? object : sortedFields(object));
      entry.jsonBy = served.custom;
    }
    return entry.json;
  }
  const object = inServedVersion(served, entry.object);
  return JSON.stringify(served.custom === undefined ? object : sortedFields(object));
}

/** Custom resources are shown with sorted fields; here down to the entries of managedFields. */
function sortedFields(object: KubeObject): JsonObject {
  const metadata: JsonObject = { ...object.metadata };
  const { managedFields } = object.metadata;
  if (managedFields !== undefined) {
    metadata['managedFields'] = managedFields.map((entry) => (isJsonObject(entry) ? sorted(entry) : entry));
  }
  return sorted({ ...object, metadata: sorted(metadata) });
}

function sorted(object: JsonObject): JsonObject {
  const copy: JsonObject = {};
  for (const field of Object.keys(object).sort()) copy[field] = object[field] ?? null;
  return copy;
}
