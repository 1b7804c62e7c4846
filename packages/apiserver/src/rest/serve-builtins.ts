/** The built-in resources, ready to serve. */
import { builtinResourceSchema } from '../schema/builtin-schema.ts';
import { builtinResources } from '../schema/bundle.ts';
import type { ResourceSchema } from '../schema/resource-schema.ts';
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
  let compiled: ResourceSchema | undefined;
  const rules = (): ResourceSchema | undefined => (compiled ??= builtinResourceSchema(info));
  return {
    info,
    groupVersion,
    qualifiedName,
    collection: store.collection(qualifiedName),
    storageVersion: storageVersions[qualifiedName] ?? groupVersion,
    get rules() {
      return rules();
    },
    get schema() {
      return rules()?.node;
    },
    custom: undefined,
    deprecation: undefined,
    view: undefined,
  };
}
