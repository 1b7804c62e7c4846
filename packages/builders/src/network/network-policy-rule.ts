/** What rules of both directions share: ports, and peers that are named `from` or `to`. */
import type { Report } from '../builder-error.ts';
import { checkPolicyRule } from '../check/network-policy.ts';
import { Fluent } from '../fluent.ts';
import type {
  V1NetworkPolicyEgressRule,
  V1NetworkPolicyIngressRule,
  V1NetworkPolicyPeer,
  V1NetworkPolicyPort,
} from '../gen/networking.k8s.io/v1.ts';
import { type SelectorLike, selectorOf } from '../meta/selector.ts';

/** One peer: pods of namespaces, both selectors ANDed. Without `namespaces` the policy's own namespace is meant. */
export interface PolicyPeer {
  readonly pods?: SelectorLike;
  readonly namespaces?: SelectorLike;
}

/** Options of a policy port. */
export interface PolicyPortOptions {
  /** Last port of a range that begins with the port. */
  readonly endPort?: number;
}

/** A rule of either direction. */
type PolicyRuleObject = V1NetworkPolicyIngressRule & V1NetworkPolicyEgressRule;

/** Base of the rules of one direction. */
export abstract class NetworkPolicyRule extends Fluent<PolicyRuleObject> {
  /** Which field holds the peers. */
  protected abstract readonly direction: 'from' | 'to';

  /** Allows a TCP port of the pods, by number or name. Without any port, all are allowed. */
  tcpPort(port: number | string, options: PolicyPortOptions = {}): this {
    return this.withPort({ protocol: 'TCP', port, ...options });
  }

  /** Allows a UDP port. */
  udpPort(port: number | string, options: PolicyPortOptions = {}): this {
    return this.withPort({ protocol: 'UDP', port, ...options });
  }

  /** Allows an SCTP port. */
  sctpPort(port: number | string, options: PolicyPortOptions = {}): this {
    return this.withPort({ protocol: 'SCTP', port, ...options });
  }

  /** Allows a port and leaves the protocol to the API's default, TCP. */
  port(port: number | string, options: PolicyPortOptions = {}): this {
    return this.withPort({ port, ...options });
  }

  protected withPeer(peer: V1NetworkPolicyPeer): this {
    return this.with({ [this.direction]: [...(this.state.fields[this.direction] ?? []), peer] });
  }

  protected withSelectors({ pods, namespaces }: PolicyPeer): this {
    return this.withPeer({
      ...(namespaces !== undefined && { namespaceSelector: selectorOf(namespaces) }),
      ...(pods !== undefined && { podSelector: selectorOf(pods) }),
    });
  }

  protected withBlock(cidr: string, except: readonly string[] | undefined): this {
    return this.withPeer({ ipBlock: { cidr, ...(except && { except: [...except] }) } });
  }

  protected override check(rule: PolicyRuleObject, report: Report): void {
    checkPolicyRule(rule, '', report);
  }

  private withPort(port: V1NetworkPolicyPort): this {
    return this.with({ ports: [...(this.state.fields.ports ?? []), port] });
  }
}
