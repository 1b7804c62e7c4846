/** PartialObjectMetadata: an object without its body. */
import { canonicalMetadata, type JsonObject, type KubeObject } from '../store/kube-object.ts';

export function partialObject(object: KubeObject): JsonObject {
  return {
    kind: 'PartialObjectMetadata',
    apiVersion: 'meta.k8s.io/v1',
    metadata: canonicalMetadata(object.metadata),
  };
}
