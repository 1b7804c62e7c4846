/**
 * A fluent builder of one custom resource, typed by its schemas: `.spec()` is required, metadata and escape hatches are those
 * of every builder. Made by the resource's token: `WebApp.builder('shop').spec({ … })`.
 */
import type { Report } from '../builder-error.ts';
import type { Kind, KubeObject } from '../kinds/kind.ts';
import { NamespacedManifest, type SpecOf } from '../manifest.ts';

export abstract class CustomResourceBuilder<T extends KubeObject, M extends string = never> extends NamespacedManifest<
  T,
  M
> {
  /** What is wanted. A later call replaces an earlier one whole. */
  spec(spec: SpecOf<T>): CustomResourceBuilder<T, Exclude<M, '.spec()'>> {
    const fields = { spec: structuredClone(spec) } as unknown as Partial<T>;
    return this.with(fields) as unknown as CustomResourceBuilder<T, Exclude<M, '.spec()'>>;
  }

  /** What names mean in the spec is for the schema to say. */
  protected override get knownFields(): object {
    return { metadata: this.meta };
  }

  protected override check(object: T, report: Report): void {
    super.check(object, report);
    if ((object as { spec?: unknown }).spec === undefined) report('MISSING_CALL', 'spec', 'call .spec()');
    const { namespaced, kind } = this.constructor as unknown as Kind<T>;
    if (!namespaced && object.metadata.namespace !== undefined) {
      report('NAME', 'metadata.namespace', `${kind} is cluster-scoped: leave out .namespace()`);
    }
  }
}

/** A builder of `token`'s kind. */
export function customResourceBuilder<T extends KubeObject>(
  token: Kind<T>,
  name: string,
): CustomResourceBuilder<T, '.spec()'> {
  const { apiVersion, kind, plural, namespaced } = token;
  const OfKind = class extends CustomResourceBuilder<T, '.spec()'> {
    static readonly apiVersion = apiVersion;
    static readonly kind = kind;
    static readonly plural = plural;
    static readonly namespaced = namespaced;
    constructor() {
      super(name);
    }
  };
  return new OfKind();
}
