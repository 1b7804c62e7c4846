/** From a CustomResourceDefinition to the resources it serves. */
import type { ServedResource } from '../rest/served-resource.ts';
import { compileCrd } from '../schema/crd-model.ts';
import type { KubeObject } from '../store/kube-object.ts';
import type { ObjectStore } from '../store/object-store.ts';

/** One entry per served version, the most preferred first. */
export function serveCrd(store: ObjectStore, crd: KubeObject): ServedResource[] {
  const compiled = compileCrd(crd);
  const qualifiedName = `${compiled.plural}.${compiled.group}`;
  const collection = store.collection(qualifiedName);
  return compiled.versions
    .filter((version) => version.served)
    .map((version) => ({
      info: version.info,
      groupVersion: `${compiled.group}/${version.name}`,
      qualifiedName,
      collection,
      storageVersion: `${compiled.group}/${compiled.storageVersion}`,
      rules: version.schema,
      get schema() {
        return version.schema.node;
      },
      custom: version,
      deprecation: version.deprecationWarning,
      view: undefined,
    }));
}
