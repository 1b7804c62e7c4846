/** Selectors that match no pod, and service ports that lead nowhere. */
import type { V1Service, V1ServicePort } from '../gen/core/v1.ts';
import type { V1LabelSelector } from '../gen/meta/v1.ts';
import type { V1NetworkPolicy } from '../gen/networking.k8s.io/v1.ts';
import type { V1PodDisruptionBudget } from '../gen/policy/v1.ts';
import type { KubeObject } from '../kinds/kind.ts';
import type { Inventory, PodSource } from './inventory.ts';
import type { ReportFinding } from './lint-rule.ts';

/** Checks what the object selects. */
export function lintSelections(object: KubeObject, inventory: Inventory, report: ReportFinding): void {
  if (object.kind === 'Service' && object.apiVersion === 'v1') lintService(object as V1Service, inventory, report);
  if (object.kind === 'PodDisruptionBudget') lintBudget(object as V1PodDisruptionBudget, inventory, report);
  if (object.kind === 'NetworkPolicy') lintPolicy(object as V1NetworkPolicy, inventory, report);
}

function lintService(service: V1Service, inventory: Inventory, report: ReportFinding): void {
  const selector = service.spec?.selector;
  if (selector === undefined || Object.keys(selector).length === 0) return;
  const pods = inventory.podsMatching(service.metadata.namespace, { matchLabels: selector });
  if (pods.length === 0) {
    report('service-selects-nothing', 'spec.selector', `no pod has the labels ${show({ matchLabels: selector })}`);
    return;
  }
  service.spec?.ports?.forEach((port, index) => {
    if (pods.some((pod) => leadsSomewhere(port, pod))) return;
    const target = port.targetPort ?? port.port;
    const names = pods.map(({ owner }) => `${owner.kind} ${owner.metadata.name ?? ''}`).join(', ');
    const message = `target ${target}/${port.protocol ?? 'TCP'} is no container port of ${names}`;
    report('service-port-target', `spec.ports[${index}].targetPort`, message);
  });
}

/** Containers need not declare ports; a pod that declares none may listen on any number, but has no named port. */
function leadsSomewhere(port: V1ServicePort, { spec }: PodSource): boolean {
  const target = port.targetPort ?? port.port;
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const ports = [...spec.containers, ...sidecars].flatMap((container) => container.ports ?? []);
  if (ports.length === 0) return typeof target === 'number';
  return ports.some(({ name, containerPort, protocol }) => {
    return (name === target || containerPort === target) && (protocol ?? 'TCP') === (port.protocol ?? 'TCP');
  });
}

function lintBudget(budget: V1PodDisruptionBudget, inventory: Inventory, report: ReportFinding): void {
  const selector = budget.spec?.selector;
  if (selector === undefined || inventory.podsMatching(budget.metadata.namespace, selector).length > 0) return;
  report('budget-selects-nothing', 'spec.selector', `no pod matches ${show(selector)}; copy the workload's selector`);
}

function lintPolicy(policy: V1NetworkPolicy, inventory: Inventory, report: ReportFinding): void {
  const selector = policy.spec?.podSelector;
  if (selector === undefined || show(selector) === '{}') return;
  if (inventory.podsMatching(policy.metadata.namespace, selector).length > 0) return;
  const message = `no pod matches ${show(selector)}; copy the workload's selector`;
  report('network-policy-selects-nothing', 'spec.podSelector', message);
}

function show(selector: V1LabelSelector): string {
  return JSON.stringify(selector.matchExpressions === undefined ? (selector.matchLabels ?? {}) : selector);
}
