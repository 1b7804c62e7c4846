/** Who a binding is about: service accounts, users and groups. */
import type { RbacV1Subject, V1RoleRef } from '../gen/rbac.authorization.k8s.io/v1.ts';
import type { ObjectMeta } from '../kinds/kind.ts';
import { nameOf, type Named } from '../manifest.ts';

const apiGroup = 'rbac.authorization.k8s.io';

/** A ServiceAccount builder. */
export interface AccountRef {
  unchecked(): { readonly metadata: ObjectMeta };
}

/** The subject of a service account; the namespace of a builder is its own unless given. */
export function accountSubject(account: string | AccountRef, namespace: Named | undefined): RbacV1Subject {
  const metadata = typeof account === 'string' ? { name: account } : account.unchecked().metadata;
  const place = namespace === undefined ? metadata.namespace : nameOf(namespace);
  return { kind: 'ServiceAccount', name: metadata.name ?? '', ...(place !== undefined && { namespace: place }) };
}

/** The subject of a user or group as the API server authenticates it. */
export function identitySubject(kind: 'User' | 'Group', name: string): RbacV1Subject {
  return { apiGroup, kind, name };
}

/** The reference to a role. */
export function roleReference(kind: 'Role' | 'ClusterRole', role: Named): V1RoleRef {
  return { apiGroup, kind, name: nameOf(role) };
}
