/** How messages and findings name an object. */
import type { KubeObject } from './kinds/kind.ts';

/** Kind, namespace and name: `Deployment/web`, `Deployment/shop/web`. */
export function objectName({ kind, metadata }: KubeObject): string {
  const name = metadata.name ?? metadata.generateName ?? '';
  return metadata.namespace === undefined ? `${kind}/${name}` : `${kind}/${metadata.namespace}/${name}`;
}
