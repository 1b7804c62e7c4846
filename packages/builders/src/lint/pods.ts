/** Rules about single containers and names: image tags, and what teams may require. */
import type { V1Container } from '../gen/core/v1.ts';
import type { KubeObject } from '../kinds/kind.ts';
import type { Inventory, PodSource } from './inventory.ts';
import type { ReportFinding } from './lint-rule.ts';
import { allContainers } from './pod-references.ts';

/** Longest name of a StatefulSet whose revision label still fits. */
const MAX_STATEFUL_SET_NAME = 52;

/** Workloads whose pods are meant to run on. */
const LASTING = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet']);

/** Checks the containers of `object`. */
export function lintPods(object: KubeObject, inventory: Inventory, report: ReportFinding): void {
  const name = object.metadata.name ?? '';
  if (object.kind === 'StatefulSet' && name.length > MAX_STATEFUL_SET_NAME) {
    const message = `${name.length} characters; above ${MAX_STATEFUL_SET_NAME} the revision label of its pods overflows`;
    report('stateful-set-name', 'metadata.name', message);
  }
  for (const pod of inventory.pods) {
    if (pod.owner !== object) continue;
    for (const { container, path } of allContainers(pod)) {
      lintImage(container, path, report);
      lintRequirements(container, path, pod, report);
    }
    if (LASTING.has(object.kind)) lintProbes(pod, report);
  }
}

function lintImage({ image }: V1Container, path: string, report: ReportFinding): void {
  if (image === undefined || image.includes('@')) return;
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  if (tag !== undefined && tag !== 'latest') return;
  report('image-tag', `${path}.image`, `${image} changes over time; name a version tag or a digest`);
}

function lintProbes({ spec, path }: PodSource, report: ReportFinding): void {
  spec.containers.forEach(({ name, readinessProbe }, index) => {
    if (readinessProbe !== undefined) return;
    report('require-probe', `${path}.containers[${index}]`, `${name} has no readiness probe; call .readinessProbe()`);
  });
}

function lintRequirements(container: V1Container, path: string, { spec }: PodSource, report: ReportFinding): void {
  const { requests, limits } = container.resources ?? {};
  const absent = [
    ...(requests?.['cpu'] === undefined ? ['cpu request'] : []),
    ...(requests?.['memory'] === undefined ? ['memory request'] : []),
    ...(limits?.['memory'] === undefined ? ['memory limit'] : []),
  ];
  if (absent.length > 0) report('require-resources', path, `${container.name} has no ${absent.join(', ')}`);
  const context = container.securityContext;
  const nonRoot = context?.runAsNonRoot ?? spec.securityContext?.runAsNonRoot;
  if (nonRoot !== true || context?.allowPrivilegeEscalation !== false) {
    const message = `${container.name} may run as root or gain privileges; call .restricted()`;
    report('require-security-context', path, message);
  }
  container.ports?.forEach(({ name, containerPort }, index) => {
    if (name === undefined) {
      report('require-port-name', `${path}.ports[${index}]`, `port ${containerPort} has no name; call .namedPort()`);
    }
  });
}
