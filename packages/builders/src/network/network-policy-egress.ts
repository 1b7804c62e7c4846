/** What the pods of a NetworkPolicy may reach. */
import type { SelectorLike } from '../meta/selector.ts';
import { NetworkPolicyRule, type PolicyPeer } from './network-policy-rule.ts';

/**
 * Traffic that is allowed out: any of the peers, on any of the ports. A rule without peers allows all of them.
 *
 *     new NetworkPolicyEgress().to({ namespaces: { env: 'prod' }, pods: { app: 'web' } }).tcpPort(80)
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export class NetworkPolicyEgress extends NetworkPolicyRule {
  constructor() {
    super({});
  }

  /** Adds one peer: pods that match `pods` in namespaces that match `namespaces`. */
  to(peer: PolicyPeer): this {
    return this.withSelectors(peer);
  }

  /** Adds all pods of matching namespaces as a peer of its own. */
  toNamespaceSelector(selector: SelectorLike): this {
    return this.withSelectors({ namespaces: selector });
  }

  /** Adds matching pods of the policy's namespace as a peer of its own. */
  toPodSelector(selector: SelectorLike): this {
    return this.withSelectors({ pods: selector });
  }

  /** Adds a range of addresses, such as `10.0.0.0/8`, without those in `except`. */
  toIpBlock(cidr: string, options: { readonly except?: readonly string[] } = {}): this {
    return this.withBlock(cidr, options.except);
  }

  protected override get direction(): 'to' {
    return 'to';
  }

  protected override subject(): string {
    return 'NetworkPolicyEgress';
  }
}
