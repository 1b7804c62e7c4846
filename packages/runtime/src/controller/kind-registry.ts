/**
 * From `apiVersion` and `kind` of a manifest to the kind's URL and scope: first the kinds a manager was told about,
 * then the table of built-in kinds.
 */

import { kindOf } from '@k8sop/builders/kinds';
import { RuntimeError } from '../errors.ts';
import type { KubeObject } from '../object/kube-object.ts';
import { kindId, type ResourceKind } from '../object/resource-kind.ts';

export class KindRegistry {
  readonly #kinds: Map<string, ResourceKind> = new Map();

  /** Makes a kind known; the same kind again is fine. */
  add(kind: ResourceKind): void {
    this.#kinds.set(kindId(kind), kind);
  }

  /** @throws RuntimeError `KIND_UNKNOWN` for a kind that is neither built in nor registered. */
  resolve(object: { readonly apiVersion: string; readonly kind: string }): ResourceKind<KubeObject> {
    const known =
      this.#kinds.get(kindId(object)) ?? (kindOf(object.apiVersion, object.kind) as ResourceKind | undefined);
    if (known !== undefined) return known;
    throw new RuntimeError(
      'KIND_UNKNOWN',
      `no kind ${object.kind} in ${object.apiVersion} is built in; pass its token to .owns() or .watches() ` +
        'so that its plural and scope are known',
    );
  }
}
