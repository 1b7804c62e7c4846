/** Ingress: HTTP from outside of the cluster to services. */
import type { Report } from '../builder-error.ts';
import { checkIngress } from '../check/ingress.ts';
import type { V1Ingress } from '../gen/networking.k8s.io/v1.ts';
import { nameOf, type Named, NamespacedManifest } from '../manifest.ts';
import { type IngressRule, serviceBackend, type ServicePortRef, type ServiceRef } from './ingress-rule.ts';

/**
 * An Ingress: rules by host and path, and certificates by host.
 *
 *     new Ingress('web').ingressClass('nginx').rule(new IngressRule().host('example.com').path('/', 'web', 80))
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/ingress/
 */
export class Ingress extends NamespacedManifest<V1Ingress> {
  static readonly apiVersion = 'networking.k8s.io/v1';
  static readonly kind = 'Ingress';
  static readonly plural = 'ingresses';
  static readonly namespaced = true;
  declare static readonly '~object'?: V1Ingress;

  constructor(name: string) {
    super(name);
  }

  /** Holds a plain object as it is; unknown fields stay. */
  static from(object: V1Ingress): Ingress {
    return new Ingress('').lift(object);
  }

  /** Which controller serves it, by name or builder. @default the cluster's default class */
  ingressClass(ingressClass: Named): this {
    return this.withSpec({ ingressClassName: nameOf(ingressClass) });
  }

  /** Adds the paths of a host. */
  rule(rule: IngressRule): this {
    return this.withSpec({ rules: [...(this.specFields.rules ?? []), rule.unchecked()] });
  }

  /** Serves hosts with the certificate in a TLS Secret, by name or builder. */
  tls(hosts: readonly string[], secret: Named): this {
    const added = { hosts: [...hosts], secretName: nameOf(secret) };
    return this.withSpec({ tls: [...(this.specFields.tls ?? []), added] });
  }

  /** What serves requests that no rule matches. The port of a Service builder defaults to its first. */
  defaultBackend(service: string, port: ServicePortRef): this;
  defaultBackend(service: ServiceRef, port?: ServicePortRef): this;
  defaultBackend(service: string | ServiceRef, port?: ServicePortRef): this {
    return this.withSpec({ defaultBackend: serviceBackend(service, port) });
  }

  protected override check(object: V1Ingress, report: Report): void {
    super.check(object, report);
    checkIngress(object.spec ?? {}, report);
  }
}
