/** The paths of one host of an Ingress. */
import type { Report } from '../builder-error.ts';
import { checkIngressRule } from '../check/ingress.ts';
import { Fluent } from '../fluent.ts';
import type { V1Service, V1TypedLocalObjectReference } from '../gen/core/v1.ts';
import type { V1HTTPIngressPath, V1IngressBackend, V1IngressRule } from '../gen/networking.k8s.io/v1.ts';

/** A Service builder. */
export interface ServiceRef {
  unchecked(): V1Service;
}

/** Number or name of a service port. */
export type ServicePortRef = number | string;

/** The API's form of a service and one of its ports; the port of a builder defaults to its first. */
export function serviceBackend(service: string | ServiceRef, port?: ServicePortRef): V1IngressBackend {
  const object = typeof service === 'string' ? undefined : service.unchecked();
  const name = typeof service === 'string' ? service : (object?.metadata.name ?? '');
  const target = port ?? object?.spec?.ports?.[0]?.port;
  if (target === undefined) return { service: { name } };
  return { service: { name, port: typeof target === 'number' ? { number: target } : { name: target } } };
}

/**
 * Paths of a host. Without `.host()` it matches every host. At least one path is needed.
 *
 *     new IngressRule().host('example.com').path('/api', 'api', 80).path('/', 'web', 80)
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/ingress/#ingress-rules
 */
export class IngressRule extends Fluent<V1IngressRule> {
  constructor() {
    super({});
  }

  /** Holds a plain value as it is. */
  static from(rule: V1IngressRule): IngressRule {
    return new IngressRule().lift(rule);
  }

  /** Host name; `*.example.com` matches one further label. */
  host(host: string): this {
    return this.with({ host });
  }

  /** Sends a path and everything below it to a service. The port of a Service builder defaults to its first. */
  path(path: string, service: string, port: ServicePortRef): this;
  path(path: string, service: ServiceRef, port?: ServicePortRef): this;
  path(path: string, service: string | ServiceRef, port?: ServicePortRef): this {
    return this.withPath({ path, pathType: 'Prefix', backend: serviceBackend(service, port) });
  }

  /** Sends exactly one path to a service. The port of a Service builder defaults to its first. */
  exactPath(path: string, service: string, port: ServicePortRef): this;
  exactPath(path: string, service: ServiceRef, port?: ServicePortRef): this;
  exactPath(path: string, service: string | ServiceRef, port?: ServicePortRef): this {
    return this.withPath({ path, pathType: 'Exact', backend: serviceBackend(service, port) });
  }

  /** Sends a path and everything below it to an object the controller knows, such as a storage bucket. */
  resourceBackend(path: string, resource: V1TypedLocalObjectReference, pathType: 'Exact' | 'Prefix' = 'Prefix'): this {
    return this.withPath({ path, pathType, backend: { resource: { ...resource } } });
  }

  protected override check(rule: V1IngressRule, report: Report): void {
    checkIngressRule(rule, '', report);
  }

  protected override subject(rule: V1IngressRule): string {
    return `IngressRule ${JSON.stringify(rule.host ?? '')}`;
  }

  private withPath(path: V1HTTPIngressPath): this {
    return this.with({ http: { paths: [...(this.state.fields.http?.paths ?? []), path] } });
  }
}
