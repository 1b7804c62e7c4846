/** The `missing-…` rules: names that lead to no object of the bundle. */
import type { V1StatefulSet } from '../gen/apps/v1.ts';
import type { V1Service, V1ServiceAccount } from '../gen/core/v1.ts';
import type { V1Ingress, V1IngressBackend } from '../gen/networking.k8s.io/v1.ts';
import type { V1RoleBinding } from '../gen/rbac.authorization.k8s.io/v1.ts';
import type { KubeObject } from '../kinds/kind.ts';
import type { Inventory } from './inventory.ts';
import type { ReportFinding } from './lint-rule.ts';
import { lintPodReferences } from './pod-references.ts';
import { missing } from './references-message.ts';

/** Namespaces that every cluster has. */
const STANDARD_NAMESPACES = new Set(['default', 'kube-system', 'kube-public', 'kube-node-lease']);

/** Cluster roles that every cluster has, besides those that start with `system:`. */
const STANDARD_CLUSTER_ROLES = new Set(['cluster-admin', 'admin', 'edit', 'view']);

/** Checks the names that the object refers to. */
export function lintReferences(object: KubeObject, inventory: Inventory, report: ReportFinding): void {
  lintNamespace(object, inventory, report);
  lintPodReferences(object, inventory, report);
  switch (object.kind) {
    case 'StatefulSet':
      lintGoverningService(object as V1StatefulSet, inventory, report);
      return;
    case 'Ingress':
      lintIngress(object as V1Ingress, inventory, report);
      return;
    case 'RoleBinding':
    case 'ClusterRoleBinding':
      lintBinding(object as V1RoleBinding, inventory, report);
      return;
    case 'ServiceAccount':
      (object as V1ServiceAccount).imagePullSecrets?.forEach(({ name }, index) => {
        if (name === undefined || inventory.has('Secret', object.metadata.namespace, name)) return;
        report('missing-secret', `imagePullSecrets[${index}]`, missing('Secret', name));
      });
      return;
    default:
  }
}

function lintNamespace(object: KubeObject, inventory: Inventory, report: ReportFinding): void {
  const { namespace } = object.metadata;
  if (namespace === undefined || STANDARD_NAMESPACES.has(namespace)) return;
  if (inventory.has('Namespace', undefined, namespace)) return;
  const message = `there is no Namespace ${namespace}; add it or declare 'Namespace/${namespace}' external`;
  report('missing-namespace', 'metadata.namespace', message);
}

function lintGoverningService({ metadata, spec }: V1StatefulSet, inventory: Inventory, report: ReportFinding): void {
  const name = spec?.serviceName;
  if (name === undefined || inventory.has('Service', metadata.namespace, name)) return;
  report('missing-service', 'spec.serviceName', missing('Service', name));
}

function lintIngress({ metadata, spec }: V1Ingress, inventory: Inventory, report: ReportFinding): void {
  const check = (backend: V1IngressBackend | undefined, path: string): void => {
    lintBackend(backend, metadata.namespace, path, inventory, report);
  };
  check(spec?.defaultBackend, 'spec.defaultBackend');
  spec?.rules?.forEach((rule, ruleIndex) => {
    rule.http?.paths.forEach(({ backend }, pathIndex) => {
      check(backend, `spec.rules[${ruleIndex}].http.paths[${pathIndex}].backend`);
    });
  });
  spec?.tls?.forEach(({ secretName }, index) => {
    if (secretName === undefined || inventory.has('Secret', metadata.namespace, secretName)) return;
    report('missing-secret', `spec.tls[${index}].secretName`, missing('Secret', secretName));
  });
}

function lintBackend(
  backend: V1IngressBackend | undefined,
  namespace: string | undefined,
  path: string,
  inventory: Inventory,
  report: ReportFinding,
): void {
  const service = backend?.service;
  if (service === undefined) return;
  if (!inventory.has('Service', namespace, service.name)) {
    report('missing-service', `${path}.service.name`, missing('Service', service.name));
    return;
  }
  const ports = inventory.find<V1Service>('Service', namespace, service.name)?.spec?.ports;
  const wanted = service.port?.name ?? service.port?.number;
  if (ports === undefined || wanted === undefined) return;
  if (ports.some(({ name, port }) => name === wanted || port === wanted)) return;
  const present = ports.map(({ name, port }) => name ?? port).join(', ');
  report('missing-service', `${path}.service.port`, `Service ${service.name} has no port ${wanted}; it has ${present}`);
}

function lintBinding(
  { metadata, roleRef, subjects }: V1RoleBinding,
  inventory: Inventory,
  report: ReportFinding,
): void {
  const { kind, name } = roleRef;
  const standard = kind === 'ClusterRole' && (STANDARD_CLUSTER_ROLES.has(name) || name.startsWith('system:'));
  const roleNamespace = kind === 'ClusterRole' ? undefined : metadata.namespace;
  if (!standard && !inventory.has(kind, roleNamespace, name)) report('missing-role', 'roleRef', missing(kind, name));
  subjects?.forEach((subject, index) => {
    if (subject.kind !== 'ServiceAccount' || subject.name === 'default') return;
    if (inventory.has('ServiceAccount', subject.namespace ?? metadata.namespace, subject.name)) return;
    if (inventory.has('ServiceAccount', undefined, subject.name)) return; // applied into a namespace chosen later
    report('missing-service-account', `subjects[${index}]`, missing('ServiceAccount', subject.name));
  });
}
