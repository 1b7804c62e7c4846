/**
 * What names a kind, and what every object of any kind has. Types only.
 *
 * A builder class, a token of `./kinds` and a custom resource are all a `Kind<T>`: `get(Deployment, 'web')`.
 */
import type { V1ObjectMeta } from '../gen/meta/v1.ts';

/** Metadata of an object, as in the API. */
export type ObjectMeta = V1ObjectMeta;

/** Names a kind and carries the type of its objects. Compare `apiVersion` and `kind`, never the class name. */
export interface Kind<T> {
  /** `v1`, `apps/v1`, `example.com/v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  /** Lower-case plural, as in API paths. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** Type of the objects; never present at run time. */
  readonly '~object'?: T;
}

/** Any Kubernetes object: identity is never optional. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}
