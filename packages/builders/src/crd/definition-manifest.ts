/** The definition as something that `apply` and `manifests` take. */
import type { V1CustomResourceDefinition } from '../gen/apiextensions.k8s.io/v1.ts';
import type { Manifest } from '../manifest.ts';
import { canonical } from '../render/canonical.ts';
import type { CustomResourceDefinition } from './custom-resource-definition.ts';

/** A manifest that yields a fresh copy of `crd` every time. */
export function definitionManifest(crd: CustomResourceDefinition): Manifest<V1CustomResourceDefinition> {
  const manifest: Omit<Manifest<V1CustomResourceDefinition>, '~missing'> = {
    // The generated types hold mutable lists; the copy is the caller's own.
    toJSON: () => canonical(crd) as unknown as V1CustomResourceDefinition,
  };
  return Object.freeze(manifest) as Manifest<V1CustomResourceDefinition>;
}
