/** Role: what is allowed in one namespace. */
import type { Report } from '../builder-error.ts';
import { type NameRule, pathSegment } from '../check/names.ts';
import { checkNamespacedRule, checkRule } from '../check/rbac.ts';
import type { V1Role } from '../gen/rbac.authorization.k8s.io/v1.ts';
import { NamespacedManifest } from '../manifest.ts';
import type { PolicyRule } from './policy-rule.ts';

/**
 * A Role. Rules add up; nothing is ever denied.
 *
 *     new Role('reader').rule(new PolicyRule().coreApi().resources(['pods']).readOnly())
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/
 */
export class Role extends NamespacedManifest<V1Role> {
  static readonly apiVersion = 'rbac.authorization.k8s.io/v1';
  static readonly kind = 'Role';
  static readonly plural = 'roles';
  static readonly namespaced = true;
  declare static readonly '~object'?: V1Role;

  constructor(name: string) {
    super(name);
  }

  /** Holds a plain object as it is; unknown fields stay. */
  static from(object: V1Role): Role {
    return new Role('').lift(object);
  }

  /** Adds a rule. */
  rule(rule: PolicyRule): this {
    return this.with({ rules: [...(this.state.fields.rules ?? []), rule.unchecked()] });
  }

  protected override get nameRule(): NameRule {
    return pathSegment;
  }

  protected override check(object: V1Role, report: Report): void {
    super.check(object, report);
    for (const [index, rule] of (object.rules ?? []).entries()) {
      checkRule(rule, `rules[${index}]`, report);
      checkNamespacedRule(rule, `rules[${index}]`, report);
    }
  }
}
