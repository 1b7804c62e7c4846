/** A kind without a builder: its place in the API, its type, and a typed one-liner for its manifests. */
import type { Kind, KubeObject, ObjectMeta } from './kind.ts';

/** Content of a manifest besides identity: everything but apiVersion, kind and `metadata.name`. */
export type ManifestBody<T> = Omit<T, 'apiVersion' | 'kind' | 'metadata'> & {
  readonly metadata?: Omit<ObjectMeta, 'name'>;
};

/** `body` may be left out when nothing in it is required. */
export type ManifestBodyArgs<T> =
  Record<never, never> extends ManifestBody<T> ? [body?: ManifestBody<T>] : [body: ManifestBody<T>];

/** A kind that can write its own manifests. */
export interface KindToken<T> extends Kind<T> {
  /** A plain object with apiVersion, kind and `metadata.name` filled in; nothing else is added. */
  manifest(name: string, ...body: ManifestBodyArgs<T>): T;
}

/** A frozen token. */
export function kindToken<T extends KubeObject>(
  apiVersion: string,
  kind: string,
  plural: string,
  namespaced: boolean,
): KindToken<T> {
  const token = { apiVersion, kind, plural, namespaced };
  return Object.freeze({ ...token, manifest: (name: string, body?: object) => manifestOf<T>(token, name, body) });
}

/** Fills in the identity of a manifest. */
export function manifestOf<T>(kind: Kind<T>, name: string, body: object = {}): T {
  const { metadata, ...rest } = body as { metadata?: ObjectMeta };
  return { apiVersion: kind.apiVersion, kind: kind.kind, metadata: { name, ...metadata }, ...rest } as T;
}
