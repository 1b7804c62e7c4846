/** Rules and bindings of role-based access control. */
import type { Report } from '../builder-error.ts';
import type { RbacV1Subject, V1PolicyRule, V1RoleRef } from '../gen/rbac.authorization.k8s.io/v1.ts';
import { join } from './join.ts';
import { checkName, dnsLabel, pathSegment, subdomain } from './names.ts';

/** Reports a rule that allows nothing, or that the API cannot read. */
export function checkRule(rule: V1PolicyRule, path: string, report: Report): void {
  const { apiGroups = [], resources = [], nonResourceURLs = [] } = rule;
  const verbs: readonly string[] = rule.verbs ?? [];
  const empty = (field: string, advice: string): void => report('RULE_EMPTY', join(path, field), advice);
  if (verbs.length === 0) empty('verbs', 'the rule allows no verb; call .verbs()');
  if (resources.length === 0 && nonResourceURLs.length === 0)
    empty('resources', 'the rule names no resource; call .resources()');
  if (resources.length > 0 && apiGroups.length === 0)
    empty('apiGroups', 'resources need a group; call .apiGroups() or .coreApi()');
  if (resources.length > 0 && nonResourceURLs.length > 0) {
    empty('nonResourceURLs', 'one rule is about resources or about URLs; make two');
  }
}

/** Reports URLs in a role of one namespace. */
export function checkNamespacedRule({ nonResourceURLs = [] }: V1PolicyRule, path: string, report: Report): void {
  if (nonResourceURLs.length > 0) report('RULE_EMPTY', `${path}.nonResourceURLs`, 'URLs belong in a ClusterRole');
}

/** Reports a binding without role, and subjects the API refuses. `call` names the missing call. */
export function checkBinding(
  roleRef: V1RoleRef | undefined,
  subjects: readonly RbacV1Subject[] | undefined,
  call: string,
  report: Report,
): void {
  if (roleRef === undefined) report('MISSING_CALL', 'roleRef', `call ${call}`);
  else checkName(roleRef.name, pathSegment, 'roleRef.name', report);
  for (const [index, { kind, name, namespace }] of (subjects ?? []).entries()) {
    const path = `subjects[${index}]`;
    if (kind !== 'ServiceAccount') {
      if (name === '') report('NAME', `${path}.name`, 'a name is required');
      continue;
    }
    checkName(name, subdomain, `${path}.name`, report);
    if (namespace === undefined) {
      report('MISSING_CALL', `${path}.namespace`, 'name the namespace: .serviceAccount(name, namespace)');
    } else checkName(namespace, dnsLabel, `${path}.namespace`, report);
  }
}
