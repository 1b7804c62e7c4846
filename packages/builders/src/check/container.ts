/** One container, as far as it can be checked without its pod. */
import type { Report } from '../builder-error.ts';
import type { V1Container } from '../gen/core/v1.ts';
import { checkDuplicates } from './duplicates.ts';
import { join } from './join.ts';
import { checkName, dnsLabel, portName } from './names.ts';
import { checkPortNumber } from './ports.ts';
import { checkProbe, checkSingleSuccess, namedPortsOf } from './probe.ts';
import { checkQuantity, checkResources } from './resources.ts';

const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;

/** Reports what the API refuses in any container; mounts are checked with the pod's volumes. */
export function checkContainer(container: V1Container, path: string, report: Report): void {
  checkName(container.name, dnsLabel, join(path, 'name'), report);
  if (!container.image?.trim()) report('MISSING_CALL', join(path, 'image'), 'call .image()');
  checkPorts(container, path, report);
  checkEnvironment(container, path, report);
  checkResources(container.resources, join(path, 'resources'), report);
  for (const role of probes) {
    const probe = container[role];
    if (probe) checkProbe(probe, join(path, role), report);
    if (role !== 'readinessProbe') checkSingleSuccess(probe, join(path, role), report);
  }
  checkNamedPorts(container, path, report);
  checkDuplicates(container.volumeMounts, (mount) => mount.mountPath, 'mount path', join(path, 'volumeMounts'), report);
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    if (!mount.mountPath)
      report('REFERENCE', `${join(path, 'volumeMounts')}[${index}].mountPath`, 'a mount path is required');
  }
}

/** A container port in the API's identity: number and protocol. */
function portKey(port: { readonly protocol?: string }, number: number): string {
  return `${number}/${port.protocol ?? 'TCP'}`;
}

function checkPorts({ ports }: V1Container, path: string, report: Report): void {
  const at = join(path, 'ports');
  for (const [index, port] of (ports ?? []).entries()) {
    checkPortNumber(port.containerPort, `${at}[${index}].containerPort`, report);
    if (port.hostPort !== undefined) checkPortNumber(port.hostPort, `${at}[${index}].hostPort`, report);
    if (port.name !== undefined) checkName(port.name, portName, `${at}[${index}].name`, report, 'PORT');
  }
  checkDuplicates(ports, (port) => port.name, 'port name', at, report);
  checkDuplicates(ports, (port) => portKey(port, port.containerPort), 'port', at, report);
}

function checkEnvironment({ env }: V1Container, path: string, report: Report): void {
  const at = join(path, 'env');
  checkDuplicates(env, (variable) => variable.name, 'variable', at, report);
  for (const [index, { name, valueFrom }] of (env ?? []).entries()) {
    if (!/^(?:(?!=)[ -~])+$/.test(name)) {
      report('NAME', `${at}[${index}].name`, `${JSON.stringify(name)} must be printable, not empty and without '='`);
    }
    const divisor = valueFrom?.resourceFieldRef?.divisor;
    if (divisor !== undefined) checkQuantity(divisor, `${at}[${index}].valueFrom.resourceFieldRef.divisor`, report);
  }
}

function checkNamedPorts(container: V1Container, path: string, report: Report): void {
  const declared = new Set((container.ports ?? []).map((port) => port.name));
  for (const role of probes) {
    for (const [at, name] of namedPortsOf(container[role], join(path, role))) {
      if (!declared.has(name))
        report('REFERENCE', at, `the container declares no port named "${name}"; call .namedPort()`);
    }
  }
}
