/** Ingresses: hosts, paths and backends. */
import type { Report } from '../builder-error.ts';
import type { V1IngressBackend, V1IngressRule, V1IngressSpec } from '../gen/networking.k8s.io/v1.ts';
import { join } from './join.ts';
import { checkName, dnsLabel, serviceName, subdomain } from './names.ts';
import { checkPortNumber } from './ports.ts';

/** Reports what the API refuses in the spec of an ingress. */
export function checkIngress(spec: V1IngressSpec, report: Report): void {
  const { rules = [], tls = [], defaultBackend, ingressClassName } = spec;
  if (rules.length === 0 && defaultBackend === undefined) {
    report('MISSING_CALL', 'spec.rules', 'call .rule() or .defaultBackend()');
  }
  if (ingressClassName !== undefined) checkName(ingressClassName, subdomain, 'spec.ingressClassName', report);
  if (defaultBackend) checkBackend(defaultBackend, 'spec.defaultBackend', report);
  for (const [index, rule] of rules.entries()) checkIngressRule(rule, `spec.rules[${index}]`, report);
  for (const [index, { hosts = [] }] of tls.entries()) {
    for (const [position, host] of hosts.entries()) checkHost(host, `spec.tls[${index}].hosts[${position}]`, report);
  }
}

/** Reports what the API refuses in one rule. */
export function checkIngressRule(rule: V1IngressRule, path: string, report: Report): void {
  if (rule.host !== undefined) checkHost(rule.host, join(path, 'host'), report);
  const paths = rule.http?.paths ?? [];
  if (paths.length === 0) report('RULE_EMPTY', join(path, 'http.paths'), 'the rule has no path; call .path()');
  for (const [index, item] of paths.entries()) {
    const at = `${join(path, 'http.paths')}[${index}]`;
    const needsSlash = item.pathType !== 'ImplementationSpecific' || item.path !== undefined;
    if (needsSlash && !item.path?.startsWith('/')) {
      report('NAME', `${at}.path`, `"${item.path ?? ''}" must begin with '/'`);
    }
    checkBackend(item.backend, `${at}.backend`, report);
  }
}

function checkHost(host: string, path: string, report: Report): void {
  checkName(host.startsWith('*.') ? host.slice(2) : host, subdomain, path, report);
}

function checkBackend({ service, resource }: V1IngressBackend, path: string, report: Report): void {
  if (service === undefined) {
    if (resource === undefined) report('MISSING_CALL', path, 'a backend is a service or a resource');
    return;
  }
  checkName(service.name, serviceName, `${path}.service.name`, report);
  const { number, name } = service.port ?? {};
  if (number === undefined && name === undefined) report('PORT', `${path}.service.port`, 'name a port of the service');
  if (number !== undefined) checkPortNumber(number, `${path}.service.port.number`, report);
  if (name !== undefined) checkName(name, dnsLabel, `${path}.service.port.name`, report, 'PORT');
}
