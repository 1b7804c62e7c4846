/** RoleBinding: who may do what a role allows, in one namespace. */
import type { Report } from '../builder-error.ts';
import { type NameRule, pathSegment } from '../check/names.ts';
import { checkBinding } from '../check/rbac.ts';
import type { RbacV1Subject, V1RoleBinding } from '../gen/rbac.authorization.k8s.io/v1.ts';
import type { KindToken } from '../kinds/kind-token.ts';
import { type Named, NamespacedManifest } from '../manifest.ts';
import { accountSubject, type AccountRef, identitySubject, roleReference } from './subjects.ts';

/** Calls a RoleBinding needs; `.clusterRole()` does as well. */
export type RoleBindingCalls = '.role()';

class RoleBindingBuilder<M extends RoleBindingCalls = RoleBindingCalls> extends NamespacedManifest<V1RoleBinding, M> {
  static readonly apiVersion = 'rbac.authorization.k8s.io/v1';
  static readonly kind = 'RoleBinding';
  static readonly plural = 'rolebindings';
  static readonly namespaced = true;

  constructor(name: string, role?: Named) {
    super(name, role === undefined ? {} : { roleRef: roleReference('Role', role) });
  }

  static toClusterRole(name: string, role: Named): RoleBinding<never> {
    return new RoleBindingBuilder(name).clusterRole(role);
  }

  static from(object: V1RoleBinding): RoleBinding<never> {
    return new RoleBindingBuilder<never>('').lift(object);
  }

  /** Binds a Role of the same namespace, by name or builder. Cannot change later. */
  role(role: Named): RoleBinding<never> {
    return this.with({ roleRef: roleReference('Role', role) }) as never;
  }

  /** Binds a ClusterRole, by name or builder, for this namespace only. Cannot change later. */
  clusterRole(role: Named): RoleBinding<never> {
    return this.with({ roleRef: roleReference('ClusterRole', role) }) as never;
  }

  /** Adds a service account; a builder without a namespace is looked for in the binding's own. */
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

  protected override derive(draft: V1RoleBinding): void {
    super.derive(draft);
    const { namespace } = draft.metadata;
    if (namespace === undefined) return;
    for (const subject of draft.subjects ?? []) if (subject.kind === 'ServiceAccount') subject.namespace ??= namespace;
  }

  protected override check(object: V1RoleBinding, report: Report): void {
    super.check(object, report);
    checkBinding(object.roleRef, object.subjects, '.role() or .clusterRole()', report);
  }

  private withSubject(subject: RbacV1Subject): this {
    return this.with({ subjects: [...(this.state.fields.subjects ?? []), subject] });
  }
}

/**
 * A RoleBinding. `.role()` or `.clusterRole()` is required.
 *
 *     new RoleBinding('reader').role('reader').serviceAccount('web', 'default')
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/
 */
export type RoleBinding<M extends RoleBindingCalls = RoleBindingCalls> = RoleBindingBuilder<M>;
export const RoleBinding: KindToken<V1RoleBinding> & {
  new (name: string): RoleBinding;
  new (name: string, role: Named): RoleBinding<never>;
  /** A binding of a ClusterRole for one namespace. */
  toClusterRole(name: string, role: Named): RoleBinding<never>;
  /** Holds a plain object as it is; nothing is derived and unknown fields stay. */
  from(object: V1RoleBinding): RoleBinding<never>;
} = RoleBindingBuilder as never;
