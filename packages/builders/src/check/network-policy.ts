/** Network policies: peers, ports and address ranges. */
import type { Report } from '../builder-error.ts';
import type { V1NetworkPolicyPeer, V1NetworkPolicyPort, V1NetworkPolicySpec } from '../gen/networking.k8s.io/v1.ts';
import { checkIpBlock } from './cidr.ts';
import { join } from './join.ts';
import { checkSelector } from './label-syntax.ts';
import { checkPort, checkPortNumber } from './ports.ts';

/** A rule of either direction. */
interface EitherRule {
  readonly from?: readonly V1NetworkPolicyPeer[];
  readonly to?: readonly V1NetworkPolicyPeer[];
  readonly ports?: readonly V1NetworkPolicyPort[];
}

/** Reports what the API refuses in the spec of a policy. */
export function checkNetworkPolicy(spec: V1NetworkPolicySpec, report: Report): void {
  checkSelector(spec.podSelector, 'spec.podSelector', report);
  for (const direction of ['ingress', 'egress'] as const) {
    for (const [index, rule] of (spec[direction] ?? []).entries()) {
      checkPolicyRule(rule, `spec.${direction}[${index}]`, report);
    }
  }
}

/** Reports what the API refuses in one rule. */
export function checkPolicyRule(rule: EitherRule, path: string, report: Report): void {
  for (const direction of ['from', 'to'] as const) {
    for (const [index, peer] of (rule[direction] ?? []).entries()) {
      checkPeer(peer, `${join(path, direction)}[${index}]`, report);
    }
  }
  for (const [index, port] of (rule.ports ?? []).entries())
    checkPolicyPort(port, `${join(path, 'ports')}[${index}]`, report);
}

function checkPeer(peer: V1NetworkPolicyPeer, path: string, report: Report): void {
  const { ipBlock, podSelector, namespaceSelector } = peer;
  if (ipBlock === undefined && podSelector === undefined && namespaceSelector === undefined) {
    report('RULE_EMPTY', path, 'a peer names pods, namespaces or an address range');
  }
  checkSelector(podSelector, `${path}.podSelector`, report);
  checkSelector(namespaceSelector, `${path}.namespaceSelector`, report);
  if (ipBlock) checkIpBlock(ipBlock.cidr, ipBlock.except ?? [], `${path}.ipBlock`, report);
}

function checkPolicyPort({ port, endPort }: V1NetworkPolicyPort, path: string, report: Report): void {
  if (port !== undefined) checkPort(port, `${path}.port`, report);
  if (endPort === undefined) return;
  checkPortNumber(endPort, `${path}.endPort`, report);
  if (typeof port !== 'number' || endPort < port) {
    report(
      'PORT',
      `${path}.endPort`,
      `${endPort} must end a range that begins with a port number, not ${port ?? 'nothing'}`,
    );
  }
}
