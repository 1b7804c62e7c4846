/** NetworkPolicy: which traffic pods may send and receive. */
import type { Report } from '../builder-error.ts';
import { checkNetworkPolicy } from '../check/network-policy.ts';
import type { V1NetworkPolicy, V1NetworkPolicySpec } from '../gen/networking.k8s.io/v1.ts';
import { NamespacedManifest } from '../manifest.ts';
import { type SelectorLike, selectorOf } from '../meta/selector.ts';
import type { SelectingWorkload } from '../workload/selecting-workload.ts';
import type { NetworkPolicyEgress } from './network-policy-egress.ts';
import type { NetworkPolicyIngress } from './network-policy-ingress.ts';
import { attempt } from '../guard-calls.ts';

/**
 * A NetworkPolicy. It isolates the selected pods in the directions it speaks of: what no rule allows is denied.
 *
 *     new NetworkPolicy('web')
 *       .podSelector({ app: 'web' })
 *       .allowIngress(new NetworkPolicyIngress().fromPodSelector({ app: 'gateway' }).tcpPort(80))
 *       .denyAllEgress()
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export class NetworkPolicy extends NamespacedManifest<V1NetworkPolicy> {
  static readonly apiVersion = 'networking.k8s.io/v1';
  static readonly kind = 'NetworkPolicy';
  static readonly plural = 'networkpolicies';
  static readonly namespaced = true;
  declare static readonly '~object'?: V1NetworkPolicy;

  constructor(name: string) {
    super(name);
  }

  /** Holds a plain object as it is; nothing is derived and unknown fields stay. */
  static from(object: V1NetworkPolicy): NetworkPolicy {
    return new NetworkPolicy('').lift(object);
  }

  /** A policy for the pods of a workload: its name, namespace and selector. */
  static selecting(workload: SelectingWorkload, name?: string): NetworkPolicy {
    return attempt('NetworkPolicy.selecting()', () => {
      const { metadata, spec } = workload.unchecked();
      const policy = new NetworkPolicy(name ?? metadata.name ?? '').withSpec({ podSelector: spec?.selector ?? {} });
      return metadata.namespace === undefined ? policy : policy.namespace(metadata.namespace);
    });
  }

  /** Pods the policy is about; replaces. @default all pods of the namespace */
  podSelector(selector: SelectorLike): this {
    return this.withSpec({ podSelector: selectorOf(selector) });
  }

  /** Allows what a rule describes to come in, and nothing else but what other rules allow. */
  allowIngress(rule: NetworkPolicyIngress): this {
    return this.withRules('ingress', [...(this.specFields.ingress ?? []), rule.unchecked()]);
  }

  /** Allows what a rule describes to go out, and nothing else but what other rules allow. */
  allowEgress(rule: NetworkPolicyEgress): this {
    return this.withRules('egress', [...(this.specFields.egress ?? []), rule.unchecked()]);
  }

  /** Allows nothing to come in: takes earlier rules away. A later rule opens again. */
  denyAllIngress(): this {
    return this.withRules('ingress', []);
  }

  /** Allows nothing to go out, not even name resolution: takes earlier rules away. A later rule opens again. */
  denyAllEgress(): this {
    return this.withRules('egress', []);
  }

  /** Allows everything to come in. */
  allowAllIngress(): this {
    return this.withRules('ingress', [{}]);
  }

  /** Allows everything to go out. */
  allowAllEgress(): this {
    return this.withRules('egress', [{}]);
  }

  protected override derive(draft: V1NetworkPolicy): void {
    super.derive(draft);
    draft.spec ??= {};
    draft.spec.podSelector ??= {};
  }

  protected override check(object: V1NetworkPolicy, report: Report): void {
    super.check(object, report);
    checkNetworkPolicy(object.spec ?? {}, report);
  }

  private withRules(direction: 'ingress' | 'egress', rules: readonly object[]): this {
    const type = direction === 'ingress' ? 'Ingress' : 'Egress';
    const policyTypes = [...new Set([...(this.specFields.policyTypes ?? []), type])];
    return this.withSpec({ [direction]: [...rules], policyTypes } satisfies Partial<V1NetworkPolicySpec>);
  }
}
