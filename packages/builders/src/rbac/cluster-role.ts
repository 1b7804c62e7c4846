/** ClusterRole: what is allowed in all namespaces, on cluster-scoped objects and on URLs. */
import type { Report } from '../builder-error.ts';
import { checkSelector } from '../check/label-syntax.ts';
import { type NameRule, pathSegment } from '../check/names.ts';
import { checkRule } from '../check/rbac.ts';
import type { V1ClusterRole } from '../gen/rbac.authorization.k8s.io/v1.ts';
import { ClusterManifest } from '../manifest.ts';
import { type SelectorLike, selectorOf } from '../meta/selector.ts';
import type { PolicyRule } from './policy-rule.ts';

/**
 * A ClusterRole. Rules add up; nothing is ever denied.
 *
 *     new ClusterRole('operator').rule(new PolicyRule().apiGroups(['example.com']).resources(['webapps']).allVerbs())
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/
 */
export class ClusterRole extends ClusterManifest<V1ClusterRole> {
  static readonly apiVersion = 'rbac.authorization.k8s.io/v1';
  static readonly kind = 'ClusterRole';
  static readonly plural = 'clusterroles';
  static readonly namespaced = false;
  declare static readonly '~object'?: V1ClusterRole;

  constructor(name: string) {
    super(name);
  }

  /** Holds a plain object as it is; unknown fields stay. */
  static from(object: V1ClusterRole): ClusterRole {
    return new ClusterRole('').lift(object);
  }

  /** Adds a rule. */
  rule(rule: PolicyRule): this {
    return this.with({ rules: [...(this.state.fields.rules ?? []), rule.unchecked()] });
  }

  /** Takes over the rules of all cluster roles with these labels; a controller fills `rules` then. */
  aggregate(selector: SelectorLike): this {
    const selectors = this.state.fields.aggregationRule?.clusterRoleSelectors ?? [];
    return this.with({ aggregationRule: { clusterRoleSelectors: [...selectors, selectorOf(selector)] } });
  }

  protected override get nameRule(): NameRule {
    return pathSegment;
  }

  protected override check(object: V1ClusterRole, report: Report): void {
    super.check(object, report);
    for (const [index, rule] of (object.rules ?? []).entries()) checkRule(rule, `rules[${index}]`, report);
    for (const [index, selector] of (object.aggregationRule?.clusterRoleSelectors ?? []).entries()) {
      checkSelector(selector, `aggregationRule.clusterRoleSelectors[${index}]`, report);
    }
  }
}
