/**
 * The token by which a kind is named in code: builder classes, `customResource` results and rows of
 * the kind table all satisfy it structurally.
 */
import type { KubeObject } from './kube-object.ts';

export interface ResourceKind<T = KubeObject> {
  /** `v1`, `apps/v1`, `example.com/v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  /** Lower-case name in URLs, such as `deployments`. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** Type only; never present at run time. */
  readonly '~object'?: T;
}

/** API group of `apps/v1` is `apps`; of `v1` the empty string. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** One text per kind and version, for map keys: `apps/v1/Deployment`. */
export function kindId(kind: { readonly apiVersion: string; readonly kind: string }): string {
  return `${kind.apiVersion}/${kind.kind}`;
}

/** As kubectl names a resource: `deployments.apps`, `pods`. */
export function resourceName(kind: { readonly apiVersion: string; readonly plural: string }): string {
  const group = groupOf(kind.apiVersion);
  return group === '' ? kind.plural : `${kind.plural}.${group}`;
}
