/** One resource in one group-version, with all that serving it takes. */
import type { ResourceInfo } from '../schema/resource-info.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import type { Collection, StoreEntry } from '../store/collection.ts';
import type { JsonObject, KubeObject } from '../store/kube-object.ts';

export interface ServedResource {
  readonly info: ResourceInfo;
  /** `v1`, `apps/v1`. */
  readonly groupVersion: string;
  /** `configmaps`, `deployments.apps`. */
  readonly qualifiedName: string;
  readonly collection: Collection;
  /** The apiVersion that objects have in the store. */
  readonly storageVersion: string;
  readonly schema: SchemaNode | undefined;
  /** Set for custom resources. */
  readonly custom: CustomServing | undefined;
  /** Text of the Warning header that every use of this version gets. */
  readonly deprecation: string | undefined;
  /** Set when this version shows stored objects in another shape. */
  readonly view: ObjectView | undefined;
}

/** What a CustomResourceDefinition says about one of its versions beyond names and schema. */
export interface CustomServing {
  /** JSON paths such as `.spec.color`. */
  readonly selectableFields: readonly string[];
}

/** Two versions of one storage whose shapes differ, such as both kinds of Event. */
export interface ObjectView {
  readonly fromStorage: (stored: JsonObject) => JsonObject;
  readonly toStorage: (served: JsonObject) => JsonObject;
}

export function storeKey(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

/** The stored object in the version that this resource serves. */
export function inServedVersion(served: ServedResource, object: KubeObject): KubeObject {
  if (served.view !== undefined) return served.view.fromStorage(object) as KubeObject;
  if (object.apiVersion === served.groupVersion) return object;
  return { ...object, apiVersion: served.groupVersion };
}

export function inStorageVersion(served: ServedResource, object: KubeObject): KubeObject {
  if (served.view !== undefined) return served.view.toStorage(object) as KubeObject;
  if (object.apiVersion === served.storageVersion) return object;
  return { ...object, apiVersion: served.storageVersion };
}

/** JSON of one entry in the served version; made once per entry where that is the storage version. */
export function entryJson(served: ServedResource, entry: StoreEntry): string {
  if (served.groupVersion === served.storageVersion && served.view === undefined) {
    entry.json ??= JSON.stringify(entry.object);
    return entry.json;
  }
  return JSON.stringify(inServedVersion(served, entry.object));
}
