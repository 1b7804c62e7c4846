/** ClusterRoleBinding: who may do what a cluster role allows, everywhere. */
import type { Report } from '../builder-error.ts';
import { type NameRule, pathSegment } from '../check/names.ts';
import { checkBinding } from '../check/rbac.ts';
import type { RbacV1Subject, V1ClusterRoleBinding } from '../gen/rbac.authorization.k8s.io/v1.ts';
import type { KindToken } from '../kinds/kind-token.ts';
import { ClusterManifest, type Named } from '../manifest.ts';
import { accountSubject, type AccountRef, identitySubject, roleReference } from './subjects.ts';

/** Calls a ClusterRoleBinding needs. */
export type ClusterRoleBindingCalls = '.clusterRole()';

class ClusterRoleBindingBuilder<M extends ClusterRoleBindingCalls = ClusterRoleBindingCalls> extends ClusterManifest<
  V1ClusterRoleBinding,
  M
> {
  static readonly apiVersion = 'rbac.authorization.k8s.io/v1';
  static readonly kind = 'ClusterRoleBinding';
  static readonly plural = 'clusterrolebindings';
  static readonly namespaced = false;

  constructor(name: string, role?: Named) {
    super(name, role === undefined ? {} : { roleRef: roleReference('ClusterRole', role) });
  }

  static from(object: V1ClusterRoleBinding): ClusterRoleBinding<never> {
    return new ClusterRoleBindingBuilder<never>('').lift(object);
  }

  /** Binds a ClusterRole, by name or builder. Cannot change later. */
  clusterRole(role: Named): ClusterRoleBinding<never> {
    return this.with({ roleRef: roleReference('ClusterRole', role) }) as never;
  }

  /** Adds a service account; a builder needs a namespace of its own, or one given here. */
  serviceAccount(account: string | AccountRef, namespace?: Named): this {
    return this.withSubject(accountSubject(account, namespace));
  }

  /** Adds a user. */
  user(name: string): this {
    return this.withSubject(identitySubject('User', name));
  }

  /** Adds a group. */
  group(name: string): this {
    return this.withSubject(identitySubject('Group', name));
  }

  protected override get nameRule(): NameRule {
    return pathSegment;
  }

  protected override check(object: V1ClusterRoleBinding, report: Report): void {
    super.check(object, report);
    checkBinding(object.roleRef, object.subjects, '.clusterRole()', report);
  }

  private withSubject(subject: RbacV1Subject): this {
    return this.with({ subjects: [...(this.state.fields.subjects ?? []), subject] });
  }
}

/**
 * A ClusterRoleBinding. `.clusterRole()` is required.
 *
 *     new ClusterRoleBinding('operator', 'operator').serviceAccount('operator', 'default')
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/
 */
export type ClusterRoleBinding<M extends ClusterRoleBindingCalls = ClusterRoleBindingCalls> =
  ClusterRoleBindingBuilder<M>;
export const ClusterRoleBinding: KindToken<V1ClusterRoleBinding> & {
  new (name: string): ClusterRoleBinding;
  new (name: string, role: Named): ClusterRoleBinding<never>;
  /** Holds a plain object as it is; unknown fields stay. */
  from(object: V1ClusterRoleBinding): ClusterRoleBinding<never>;
} = ClusterRoleBindingBuilder as never;
