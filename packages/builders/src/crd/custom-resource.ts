/**
 * `customResource`: one TypeBox schema yields the TypeScript type, the kind token and the CustomResourceDefinition.
 *
 * Flow: options → schemas converted per version → definition assembled → definition checked. Everything is checked in
 * the call itself, so a mistake shows when the module loads, not when the definition is installed.
 */
import type { TSchema } from 'typebox';
import type { V1CustomResourceDefinition } from '../gen/apiextensions.k8s.io/v1.ts';
import type { KubeObject } from '../kinds/kind.ts';
import { type KindToken, kindToken } from '../kinds/kind-token.ts';
import { BuilderError, type Problem } from '../builder-error.ts';
import type { Manifest } from '../manifest.ts';
import { checkCrd } from './check-crd.ts';
import { checkOptions } from './check-options.ts';
import { crdWarnings } from './crd-warnings.ts';
import type { CustomObject } from './custom-object.ts';
import { type CustomResourceBuilder, customResourceBuilder } from './custom-resource-builder.ts';
import type { CustomResourceDefinition } from './custom-resource-definition.ts';
import type { CustomResourceOptions, VersionOptions } from './custom-resource-options.ts';
import { defineCustomResource } from './define-custom-resource.ts';
import { definitionManifest } from './definition-manifest.ts';

/** A version besides the storage version, by name. */
export type OtherVersions = Readonly<Record<string, VersionOptions>>;

/**
 * The token of a custom resource: what `get`, `watch` and `new Operator` take, and the source of its manifests.
 *
 * `T` is the object in the storage version, `Others` the objects of other versions by version name.
 */
export interface CustomResource<T extends KubeObject, Others = Record<never, never>> extends KindToken<T> {
  readonly group: string;
  /** Whether status has an endpoint of its own, which is so when a status schema was given. */
  readonly statusSubresource: boolean;
  /** What the API server would accept but probably not as meant; also reported by the lint of a bundle. */
  readonly warnings: readonly Problem[];
  /** The token of another version; the same object read and written in that version. */
  version<V extends keyof Others & string>(version: V): KindToken<Others[V]>;
  /** A fluent builder of one object; incomplete without `.spec()`. */
  builder(name: string): CustomResourceBuilder<T, '.spec()'>;
  /** The definition, ready to be applied. */
  crd(): Manifest<V1CustomResourceDefinition>;
}

/** The type of the objects a token stands for: `type WebApp = ObjectOf<typeof WebApp>`. */
export type ObjectOf<K extends { readonly '~object'?: unknown }> = NonNullable<K['~object']>;

/**
 * Defines a custom resource.
 *
 * Guarantees: every constraint of the schemas is either enforced by the API server as written or reported; the
 * definition passes the API server's structural checks; nothing is installed.
 * @throws BuilderError listing every problem of schemas, names, columns and subresources with path and fix
 *
 * @example
 * const WebApp = customResource({
 *   group: 'example.com', version: 'v1', kind: 'WebApp',
 *   spec: Type.Object({ image: Type.String(), replicas: Type.Integer({ minimum: 0 }) }),
 * });
 */
export function customResource<
  const Group extends string,
  const Version extends string,
  const KindName extends string,
  Spec extends TSchema,
  Status extends TSchema | undefined = undefined,
  const Others extends OtherVersions = Record<never, never>,
  const Scope extends 'Namespaced' | 'Cluster' = 'Namespaced',
>(
  options: CustomResourceOptions<Group, Version, KindName, Spec, Status, Others> & { readonly scope?: Scope },
): CustomResource<
  CustomObject<`${Group}/${Version}`, KindName, Spec, Status>,
  { readonly [V in keyof Others & string]: ObjectOfVersion<Group, V, KindName, Others[V]> }
> & { readonly namespaced: Scope extends 'Cluster' ? false : true } {
  const unfit = checkOptions(options);
  if (unfit.length > 0) throw new BuilderError(subjectOf(options), unfit);
  const { crd, problems } = defineCustomResource(options as never);
  const all = [...problems, ...checkCrd(crd)];
  if (all.length > 0) throw new BuilderError(subjectOf(options), all);
  return Object.freeze(tokenOf(crd, options)) as never;
}

function subjectOf(options: { readonly kind?: unknown } | undefined): string {
  return `custom resource ${JSON.stringify(options?.kind ?? '')}`;
}

type ObjectOfVersion<Group extends string, V extends string, KindName extends string, O> = O extends {
  readonly spec: infer Spec extends TSchema;
}
  ? CustomObject<
      `${Group}/${V}`,
      KindName,
      Spec,
      O extends { readonly status: infer S extends TSchema } ? S : undefined
    >
  : never;

function tokenOf(
  crd: CustomResourceDefinition,
  options: { readonly group: string; readonly version: string },
): CustomResource<KubeObject, Record<string, KubeObject>> {
  const { names, scope, versions } = crd.spec;
  const tokenOfVersion = (version: string): KindToken<KubeObject> =>
    kindToken(`${options.group}/${version}`, names.kind, names.plural, scope === 'Namespaced');
  const others = new Map(versions.map(({ name }) => [name, tokenOfVersion(name)]));
  const storage = versions.find(({ name }) => name === options.version);
  const own = tokenOfVersion(options.version);
  return {
    ...own,
    group: options.group,
    statusSubresource: storage?.subresources?.status !== undefined,
    warnings: Object.freeze(crdWarnings(crd)),
    version: (version) => requireVersion(others, version, names.kind),
    builder: (name) => customResourceBuilder(own, name),
    crd: () => definitionManifest(crd),
  };
}

function requireVersion(
  tokens: ReadonlyMap<string, KindToken<KubeObject>>,
  version: string,
  kind: string,
): KindToken<KubeObject> {
  const token = tokens.get(version);
  if (token !== undefined) return token;
  const message = `version ${JSON.stringify(version)} must be one of ${[...tokens.keys()].join(', ')}`;
  throw new BuilderError(`custom resource ${JSON.stringify(kind)}`, [
    { code: 'CRD_VERSION', path: 'versions', message },
  ]);
}
