/** What a container asks for and may use. */
import { checkResources } from '../check/resources.ts';
import type { Report } from '../builder-error.ts';
import { Fluent } from '../fluent.ts';
import type { V1ResourceRequirements } from '../gen/core/v1.ts';
import { type Quantity, quantityText } from '../values/quantity.ts';

/**
 * Requests and limits of a container. Quantities are text such as `'100m'` or `'1.5Gi'`, or numbers.
 *
 *     new Resources().cpu('100m', '500m').memory('128Mi', '512Mi')
 *
 * @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
 */
export class Resources extends Fluent<V1ResourceRequirements> {
  constructor() {
    super({});
  }

  /** Holds a plain value as it is. */
  static from(resources: V1ResourceRequirements): Resources {
    return new Resources().lift(resources);
  }

  /** CPU the scheduler reserves, in cores. */
  cpuRequest<const Q extends string | number>(cpu: Quantity<Q>): this {
    return this.request('cpu', cpu);
  }

  /** CPU the container may use, in cores; above it, it is throttled. */
  cpuLimit<const Q extends string | number>(cpu: Quantity<Q>): this {
    return this.limit('cpu', cpu);
  }

  /** Memory the scheduler reserves, in bytes. */
  memoryRequest<const Q extends string | number>(memory: Quantity<Q>): this {
    return this.request('memory', memory);
  }

  /** Memory the container may use, in bytes; above it, it is killed. */
  memoryLimit<const Q extends string | number>(memory: Quantity<Q>): this {
    return this.limit('memory', memory);
  }

  /** Request and limit of CPU. */
  cpu<const R extends string | number, const L extends string | number>(
    request: Quantity<R>,
    limit: Quantity<L>,
  ): this {
    return this.request('cpu', request).limit('cpu', limit);
  }

  /** Request and limit of memory. */
  memory<const R extends string | number, const L extends string | number>(
    request: Quantity<R>,
    limit: Quantity<L>,
  ): this {
    return this.request('memory', request).limit('memory', limit);
  }

  /** Request of any resource, such as `ephemeral-storage` or `example.com/gpu`. */
  request<const Q extends string | number>(name: string, amount: Quantity<Q>): this {
    return this.with({ requests: { ...this.state.fields.requests, [name]: quantityText(amount) } });
  }

  /** Limit of any resource. Extended resources need request and limit to be equal, or only a limit. */
  limit<const Q extends string | number>(name: string, amount: Quantity<Q>): this {
    return this.with({ limits: { ...this.state.fields.limits, [name]: quantityText(amount) } });
  }

  /** Uses a claim that the pod declares, for dynamic resource allocation. */
  claim(name: string): this {
    return this.with({ claims: [...(this.state.fields.claims ?? []), { name }] });
  }

  protected override check(resources: V1ResourceRequirements, report: Report): void {
    checkResources(resources, '', report);
  }

  protected override subject(): string {
    return 'Resources';
  }
}
