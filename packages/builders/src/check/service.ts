/** Services: ports, and which fields which type allows. */
import type { Report } from '../builder-error.ts';
import type { V1ServicePort, V1ServiceSpec } from '../gen/core/v1.ts';
import { checkDuplicates } from './duplicates.ts';
import { checkLabels } from './label-syntax.ts';
import { checkName, dnsLabel, subdomain } from './names.ts';
import { checkPort, checkPortNumber } from './ports.ts';

/** Reports what the API refuses in the spec of a service. */
export function checkService(spec: V1ServiceSpec, report: Report): void {
  const { type = 'ClusterIP', ports = [] } = spec;
  const portless = type === 'ExternalName' || spec.clusterIP === 'None';
  if (ports.length === 0 && !portless)
    report('MISSING_CALL', 'spec.ports', 'call .port(), .headless() or .externalName()');
  checkLabels(spec.selector, 'spec.selector', report);
  checkDuplicates(ports, (port) => port.name, 'port name', 'spec.ports', report);
  checkDuplicates(ports, (port) => `${port.port}/${port.protocol ?? 'TCP'}`, 'port', 'spec.ports', report);
  for (const [index, port] of ports.entries())
    checkServicePort(port, type, `spec.ports[${index}]`, ports.length, report);
  checkType(spec, type, report);
}

function checkServicePort(port: V1ServicePort, type: string, path: string, count: number, report: Report): void {
  checkPortNumber(port.port, `${path}.port`, report);
  if (port.targetPort !== undefined) checkPort(port.targetPort, `${path}.targetPort`, report);
  if (port.name !== undefined) checkName(port.name, dnsLabel, `${path}.name`, report);
  else if (count > 1) report('MISSING_CALL', `${path}.name`, 'several ports need names; call .namedPort()');
  if (port.nodePort === undefined) return;
  checkPortNumber(port.nodePort, `${path}.nodePort`, report);
  if (type !== 'NodePort' && type !== 'LoadBalancer') {
    report('PORT', `${path}.nodePort`, `a ${type} service has no node ports; call .nodePort() or .loadBalancer() last`);
  }
}

function checkType(spec: V1ServiceSpec, type: string, report: Report): void {
  const external = type === 'NodePort' || type === 'LoadBalancer';
  const refuse = (field: keyof V1ServiceSpec, advice: string): void =>
    report('SERVICE_TYPE', `spec.${field}`, `not possible for type ${type}; ${advice}`);
  if (spec.externalTrafficPolicy !== undefined && !external) {
    refuse('externalTrafficPolicy', 'call .nodePort() or .loadBalancer()');
  }
  if (spec.clusterIP === 'None' && type !== 'ClusterIP')
    refuse('clusterIP', 'a headless service is a ClusterIP service');
  if (spec.externalName !== undefined && type !== 'ExternalName') refuse('externalName', 'call .externalName() last');
  if (type === 'ExternalName') {
    checkName(spec.externalName, subdomain, 'spec.externalName', report);
    if (spec.selector !== undefined) refuse('selector', 'an external name selects no pods');
  }
  for (const field of ['loadBalancerClass', 'loadBalancerSourceRanges', 'allocateLoadBalancerNodePorts'] as const) {
    if (spec[field] !== undefined && type !== 'LoadBalancer') refuse(field, 'call .loadBalancer()');
  }
  const timeout = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (timeout !== undefined && (spec.sessionAffinity !== 'ClientIP' || timeout < 1 || timeout > 86_400)) {
    report(
      'RANGE',
      'spec.sessionAffinityConfig.clientIP.timeoutSeconds',
      `${timeout} needs affinity ClientIP and 1 to 86400 seconds`,
    );
  }
}
