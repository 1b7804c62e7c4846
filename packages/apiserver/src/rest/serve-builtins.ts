/** The built-in resources, ready to serve. */
import { builtinResources, builtinSchema } from '../schema/bundle.ts';
import type { ResourceInfo } from '../schema/resource-info.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { ServedResource } from './served-resource.ts';
import { qualified } from './status-error.ts';

/** Where several versions share one storage, the version objects are kept in. */
const storageVersions: Readonly<Record<string, string>> = {
  'horizontalpodautoscalers.autoscaling': 'autoscaling/v2',
};

export function serveBuiltins(store: ObjectStore): ServedResource[] {
  return builtinResources().map((info) => serve(store, info));
}

function serve(store: ObjectStore, info: ResourceInfo): ServedResource {
  const groupVersion = info.group === '' ? info.version : `${info.group}/${info.version}`;
  const qualifiedName = qualified(info.group, info.plural);
  return {
    info,
    groupVersion,
    qualifiedName,
    collection: store.collection(qualifiedName),
    storageVersion: storageVersions[qualifiedName] ?? groupVersion,
    get schema() {
      return builtinSchema(info.group, info.version, info.kind);
    },
    custom: undefined,
    deprecation: undefined,
    view: undefined,
  };
}
