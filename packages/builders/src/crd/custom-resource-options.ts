/** What `customResource` takes. */
import type { TSchema } from 'typebox';
import type { ConversionOptions, PrinterColumn, ScalePaths } from './custom-resource-definition.ts';
import type { ValidationRule } from './structural-schema.ts';

/** One version of a custom resource. */
export interface VersionOptions<
  Spec extends TSchema = TSchema,
  Status extends TSchema | undefined = TSchema | undefined,
> {
  /** Schema of `spec`; wrap it in `Type.Optional` when objects without a spec are valid. */
  readonly spec: Spec;
  /** Schema of `status`. Its presence enables the status subresource: writes to the object no longer touch status. */
  readonly status?: Status;
  /** Shown by `kubectl explain`. */
  readonly description?: string;
  /** Columns of `kubectl get`; without any, the age is shown. */
  readonly columns?: readonly PrinterColumn[];
  /** Enables `kubectl scale` and autoscaling; needs a status schema. */
  readonly scale?: ScalePaths;
  /** Paths that field selectors may use, such as `.spec.host`; at most 8. */
  readonly selectableFields?: readonly string[];
  /** CEL rules about the whole object, with `self.spec`, `self.status` and `self.metadata.name`. */
  readonly validations?: readonly ValidationRule[];
  /** Whether the API serves this version. @default true */
  readonly served?: boolean;
  /** Warns clients that use this version; a text replaces the standard warning. @default false */
  readonly deprecated?: boolean | string;
}

/** A custom resource: identity, its storage version, and what else its definition says. */
export interface CustomResourceOptions<
  Group extends string,
  Version extends string,
  KindName extends string,
  Spec extends TSchema,
  Status extends TSchema | undefined,
  Others extends Readonly<Record<string, VersionOptions>>,
> extends VersionOptions<Spec, Status> {
  /** A domain you own, such as `example.com`. Part of every URL; it cannot change later. */
  readonly group: Group;
  /** The version in which objects are stored, such as `v1`. */
  readonly version: Version;
  /** PascalCase, singular. */
  readonly kind: KindName;
  /** @default lower-case kind with -s, -es or -ies; required for kinds that end in s, f, fe or o */
  readonly plural?: string;
  /** @default lower-case kind */
  readonly singular?: string;
  /** Such as `wa` for `kubectl get wa`. */
  readonly shortNames?: readonly string[];
  /** Groups of kinds, such as `all` for `kubectl get all`. */
  readonly categories?: readonly string[];
  /** @default 'Namespaced' */
  readonly scope?: 'Namespaced' | 'Cluster';
  /** Labels of the definition itself. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Annotations of the definition itself. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** How objects move between versions. @default only apiVersion changes */
  readonly conversion?: ConversionOptions;
  /** Versions besides `version`, by name. */
  readonly versions?: Others;
}
