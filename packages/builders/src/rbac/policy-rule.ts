/** One rule of a Role or ClusterRole: verbs on resources. */
import type { Report } from '../builder-error.ts';
import { checkRule } from '../check/rbac.ts';
import { Fluent } from '../fluent.ts';
import type { V1PolicyRule } from '../gen/rbac.authorization.k8s.io/v1.ts';

/** Lists of a rule. */
type RuleList = 'apiGroups' | 'nonResourceURLs' | 'resourceNames' | 'resources' | 'verbs';

/**
 * Allows verbs on resources of API groups. All calls append, without repeating.
 *
 *     new PolicyRule().coreApi().resources(['pods', 'services']).readOnly()
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/
 */
export class PolicyRule extends Fluent<V1PolicyRule> {
  constructor() {
    super({});
  }

  /** Holds a plain value as it is. */
  static from(rule: V1PolicyRule): PolicyRule {
    return new PolicyRule().lift(rule);
  }

  /** API groups; `''` is the core group, `'*'` all. */
  apiGroups(groups: readonly string[]): this {
    return this.append('apiGroups', groups);
  }

  /** The core group: pods, services, config maps, secrets, ... */
  coreApi(): this {
    return this.apiGroups(['']);
  }

  /** The group of deployments, stateful sets and daemon sets. */
  appsApi(): this {
    return this.apiGroups(['apps']);
  }

  /** Resources in lower-case plural; `pods/log` is a subresource, `'*'` all. */
  resources(resources: readonly string[]): this {
    return this.append('resources', resources);
  }

  /** Only these objects. Verbs that name no object, such as create and list, ignore it or fail. */
  resourceNames(names: readonly string[]): this {
    return this.append('resourceNames', names);
  }

  /** Paths of the API server outside of resources, such as `/metrics`; only in a ClusterRole. */
  nonResourceUrls(urls: readonly string[]): this {
    return this.append('nonResourceURLs', urls);
  }

  /** Verbs: get, list, watch, create, update, patch, delete, deletecollection, ... */
  verbs(verbs: readonly string[]): this {
    return this.append('verbs', verbs);
  }

  /** Every verb. */
  allVerbs(): this {
    return this.verbs(['*']);
  }

  /** get, list, watch. */
  readOnly(): this {
    return this.verbs(['get', 'list', 'watch']);
  }

  /** get, list, watch, create, update, patch, delete. */
  readWrite(): this {
    return this.readOnly().verbs(['create', 'update', 'patch', 'delete']);
  }

  protected override check(rule: V1PolicyRule, report: Report): void {
    checkRule(rule, '', report);
  }

  protected override subject(): string {
    return 'PolicyRule';
  }

  private append(list: RuleList, values: readonly string[]): this {
    return this.with({ [list]: [...new Set([...(this.state.fields[list] ?? []), ...values])] });
  }
}
