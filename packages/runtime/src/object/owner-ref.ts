/** Owner references: who created an object and deletes it by garbage collection. */
import type { KubeObject } from './kube-object.ts';
import { groupOf } from './resource-kind.ts';

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** The reference a child carries to its controller: `controller` and `blockOwnerDeletion` are true. */
export function controllerRef(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name ?? '',
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** The reference marked as controller; at most one exists. */
export function findControllerRef(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

/**
 * Whether `reference` names an object of this group and kind. The version is ignored: an owner may
 * have written the reference through another version of its kind.
 */
export function refersToKind(
  reference: OwnerReference,
  kind: { readonly apiVersion: string; readonly kind: string },
): boolean {
  return reference.kind === kind.kind && groupOf(reference.apiVersion) === groupOf(kind.apiVersion);
}

/** Whether `owner` (by UID) is the controller of `object`. */
export function isControlledBy(object: KubeObject, ownerUid: string): boolean {
  return findControllerRef(object)?.uid === ownerUid;
}
