/**
 * Builders of whole objects: identity, metadata, output. Every call returns a new builder; `toJSON()` the manifest.
 *
 * A kind's class derives from `ClusterManifest` or, with a namespace, from `NamespacedManifest`.
 */
import { checkMetadata } from './check/metadata.ts';
import { type NameRule, subdomain } from './check/names.ts';
import type { ProblemCode, Report } from './builder-error.ts';
import { Fluent } from './fluent.ts';
import { refusal, show } from './guard-calls.ts';
import type { Kind, KubeObject, ObjectMeta } from './kinds/kind.ts';
import { type ManifestBodyArgs, manifestOf } from './kinds/kind-token.ts';
import { recordOf, type StringEntries } from './meta/string-map.ts';
import { toYaml } from './render/yaml.ts';

export type { Kind, KubeObject, ObjectMeta } from './kinds/kind.ts';

/** Something complete that turns into an object: `'~missing': never` keeps incomplete builders out. */
export interface Manifest<T> {
  readonly '~missing': never;
  toJSON(): T;
}

/** What can be applied: a plain object with identity, or a complete builder. */
export type Manifestable<T extends KubeObject> = T | Manifest<T>;

/** The spec of an object type. */
export type SpecOf<T> = T extends { spec?: infer Spec } ? NonNullable<Spec> : never;

/** An object builder of any kind, as taken where a name is: its name is used. */
export type Named = string | { unchecked(): { readonly metadata: ObjectMeta } };

/** Base of builders of cluster-scoped objects. */
export abstract class ClusterManifest<T extends KubeObject, M extends string = never> extends Fluent<T, M> {
  protected constructor(name: string, fields: object = {}) {
    super({ ...fields, metadata: { name } } as unknown as Partial<T>);
  }

  /** A plain object of this kind with apiVersion, kind and `metadata.name` filled in; nothing else is added. */
  static manifest<T extends KubeObject>(this: Kind<T>, name: string, ...body: ManifestBodyArgs<T>): T {
    return manifestOf<T>(this, name, body[0]);
  }

  /** Adds labels; a key that exists is replaced. */
  labels(labels: StringEntries): this {
    return this.withMetadata({ labels: { ...this.meta.labels, ...recordOf(labels) } });
  }

  /** Adds one label. */
  label(key: string, value: string): this {
    return this.labels({ [key]: value });
  }

  /** Adds annotations; a key that exists is replaced. */
  annotations(annotations: StringEntries): this {
    return this.withMetadata({ annotations: { ...this.meta.annotations, ...recordOf(annotations) } });
  }

  /** Adds one annotation. */
  annotation(key: string, value: string): this {
    return this.annotations({ [key]: value });
  }

  /**
   * The checked object as one YAML document with a final newline.
   * @throws BuilderError listing every problem.
   */
  toYAML(): string {
    return toYaml(this.toJSON());
  }

  /** Metadata as typed calls left it. */
  protected get meta(): Partial<ObjectMeta> {
    return this.state.fields.metadata ?? {};
  }

  /** Spec as typed calls left it. */
  protected get specFields(): Partial<SpecOf<T>> {
    return (this.state.fields as { spec?: SpecOf<T> }).spec ?? {};
  }

  /** A copy with a problem that only the call itself could see. */
  protected withProblem(code: ProblemCode, path: string, message: string): this {
    return this.change({ problems: [...this.state.problems, { code, path, message }] });
  }

  protected withMetadata(change: Partial<ObjectMeta>): this {
    return this.with({ metadata: { ...this.meta, ...change } } as unknown as Partial<T>);
  }

  protected withSpec(change: Partial<SpecOf<T>>): this {
    return this.with({ spec: { ...this.specFields, ...change } } as unknown as Partial<T>);
  }

  /** Identity; subclasses add what their kind derives and call this. */
  protected override derive(draft: T): void {
    const { apiVersion, kind } = this.constructor as unknown as Kind<T>;
    Object.assign(draft, { apiVersion, kind });
  }

  protected override check(object: T, report: Report): void {
    checkMetadata(object.metadata, report, this.nameRule);
  }

  /** Rule for names of this kind. */
  protected get nameRule(): NameRule {
    return subdomain;
  }

  protected override subject(object: T): string {
    const { name, generateName } = object.metadata ?? {};
    const { kind } = this.constructor as unknown as Kind<T>;
    return `${object.kind ?? kind} ${JSON.stringify(name ?? generateName ?? '')}`;
  }
}

/** Base of builders of namespaced objects. */
export abstract class NamespacedManifest<T extends KubeObject, M extends string = never> extends ClusterManifest<T, M> {
  /** Namespace of the object. @default the namespace of whoever applies it */
  namespace(namespace: Named): this {
    return this.withMetadata({ namespace: nameOf(namespace) });
  }
}

/** The name itself, or the name of the object a builder makes. */
export function nameOf(named: Named): string {
  if (typeof named === 'string') return named;
  if (typeof named === 'object' && named !== null && typeof named.unchecked === 'function') {
    return named.unchecked().metadata.name ?? '';
  }
  throw refusal('a name', `${show(named)} is no name; write it as text, or pass the builder of the object`);
}
