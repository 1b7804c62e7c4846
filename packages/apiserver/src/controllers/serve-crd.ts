/** From a CustomResourceDefinition to the resources it serves. */
import type { CustomServing, ServedResource } from '../rest/served-resource.ts';
import type { ResourceInfo, SubresourceInfo } from '../schema/resource-info.ts';
import type { JsonValue } from '../schema/schema-node.ts';
import { isJsonObject, type JsonObject, type KubeObject } from '../store/kube-object.ts';
import type { ObjectStore } from '../store/object-store.ts';

const allVerbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];

/** One entry per served version. */
export function serveCrd(store: ObjectStore, crd: KubeObject): ServedResource[] {
  const spec = crd['spec'] as JsonObject;
  const names = spec['names'] as JsonObject;
  const group = textOf(spec['group']);
  const versions = (spec['versions'] as JsonObject[]).filter((version) => version['served'] === true);
  const storage = (spec['versions'] as JsonObject[]).find((version) => version['storage'] === true);
  const qualifiedName = `${textOf(names['plural'])}.${group}`;
  return versions.map((version) => ({
    info: infoOf(spec, names, version),
    groupVersion: `${group}/${textOf(version['name'])}`,
    qualifiedName,
    collection: store.collection(qualifiedName),
    storageVersion: `${group}/${textOf(storage?.['name'])}`,
    schema: undefined,
    custom: servingOf(version),
    deprecation: undefined,
    view: undefined,
  }));
}

function infoOf(spec: JsonObject, names: JsonObject, version: JsonObject): ResourceInfo {
  const kind = textOf(names['kind']);
  const subresources = isJsonObject(version['subresources']) ? version['subresources'] : {};
  const served: SubresourceInfo[] = Object.keys(subresources).map((name) => ({
    name,
    group: name === 'scale' ? 'autoscaling' : undefined,
    version: name === 'scale' ? 'v1' : undefined,
    kind: name === 'scale' ? 'Scale' : kind,
    verbs: ['get', 'patch', 'update'],
  }));
  return {
    group: textOf(spec['group']),
    version: textOf(version['name']),
    kind,
    listKind: textOf(names['listKind'], `${kind}List`),
    plural: textOf(names['plural']),
    singular: textOf(names['singular'], kind.toLowerCase()),
    shortNames: (names['shortNames'] ?? []) as string[],
    categories: (names['categories'] ?? []) as string[],
    namespaced: spec['scope'] === 'Namespaced',
    verbs: allVerbs,
    subresources: served,
    hasStatus: 'status' in subresources,
  };
}

function servingOf(version: JsonObject): CustomServing {
  const fields = (version['selectableFields'] ?? []) as { jsonPath: string }[];
  return { selectableFields: fields.map(({ jsonPath }) => jsonPath) };
}

function textOf(value: JsonValue | undefined, fallback = ''): string {
  return typeof value === 'string' ? value : fallback;
}
