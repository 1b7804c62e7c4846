/**
 * How a child says whose it is: a controller reference where Kubernetes allows one, otherwise a label with the owner's
 * UID. Pure.
 *
 * A namespaced owner cannot own an object of another namespace or of the cluster: the garbage collector would delete
 * the child at once. Such a child gets the label instead and is deleted when the owner is finalized.
 */

import { RuntimeError } from '../errors.ts';
import type { KubeObject } from '../object/kube-object.ts';
import { controllerRef, findControllerRef, refersToKind } from '../object/owner-ref.ts';
import type { ResourceKind } from '../object/resource-kind.ts';

/** Holds the owner's UID on children outside the owner's scope. */
export const OWNER_UID_LABEL = 'k8sop.dev/owner-uid';

/** Whether an owner reference from `child` to `owner` is legal. */
export function canReference(owner: KubeObject, childNamespace: string | undefined): boolean {
  const { namespace } = owner.metadata;
  return namespace === undefined || namespace === childNamespace;
}

/**
 * `child` with its mark of ownership.
 * @throws RuntimeError `OWNER_SCOPE` for a child out of scope when nothing would delete it (no finalizer).
 */
export function withOwner<T extends KubeObject>(child: T, owner: KubeObject, finalizer: string | undefined): T {
  const { metadata } = child;
  if (canReference(owner, metadata.namespace)) {
    const own = controllerRef(owner);
    const others = (metadata.ownerReferences ?? []).filter((reference) => reference.uid !== own.uid);
    return { ...child, metadata: { ...metadata, ownerReferences: [...others, own] } };
  }
  if (finalizer === undefined) {
    throw new RuntimeError(
      'OWNER_SCOPE',
      `${child.kind} ${metadata.name} is outside the namespace of its owner ${owner.kind} ` +
        `${owner.metadata.namespace}/${owner.metadata.name}, so garbage collection cannot delete it; ` +
        'call .withFinalizer(), or apply it with { owned: false }',
    );
  }
  return {
    ...child,
    metadata: { ...metadata, labels: { ...metadata.labels, [OWNER_UID_LABEL]: owner.metadata.uid ?? '' } },
  };
}

/** What a child says about its owner. */
export type OwnerMark =
  | { readonly type: 'reference'; readonly name: string; readonly uid: string }
  | { readonly type: 'label'; readonly uid: string };

/** The mark that names an object of `kind`; a label may name an object of any kind. */
export function ownerMark(child: KubeObject, kind: ResourceKind): OwnerMark | undefined {
  const reference = findControllerRef(child);
  if (reference !== undefined && refersToKind(reference, kind)) {
    return { type: 'reference', name: reference.name, uid: reference.uid };
  }
  const uid = child.metadata.labels?.[OWNER_UID_LABEL];
  return uid === undefined ? undefined : { type: 'label', uid };
}
