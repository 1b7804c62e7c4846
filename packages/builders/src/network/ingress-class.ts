/** IngressClass: which controller serves ingresses of a class. */
import type { Report } from '../builder-error.ts';
import { keyProblem } from '../check/label-syntax.ts';
import type { V1IngressClass, V1IngressClassParametersReference } from '../gen/networking.k8s.io/v1.ts';
import type { KindToken } from '../kinds/kind-token.ts';
import { ClusterManifest } from '../manifest.ts';

/** Calls an IngressClass needs. */
export type IngressClassCalls = '.controller()';

class IngressClassBuilder<M extends IngressClassCalls = IngressClassCalls> extends ClusterManifest<V1IngressClass, M> {
  static readonly apiVersion = 'networking.k8s.io/v1';
  static readonly kind = 'IngressClass';
  static readonly plural = 'ingressclasses';
  static readonly namespaced = false;

  constructor(name: string) {
    super(name);
  }

  static from(object: V1IngressClass): IngressClass<never> {
    return new IngressClassBuilder<never>('').lift(object);
  }

  /** Name of the controller, such as `k8s.io/ingress-nginx`. Cannot change later. */
  controller(controller: string): IngressClass<never> {
    return this.withSpec({ controller }) as never;
  }

  /** Object with further settings of the controller. */
  parameters(parameters: V1IngressClassParametersReference): this {
    return this.withSpec({ parameters: { ...parameters } });
  }

  /** Ingresses that name no class get this one. */
  default(on = true): this {
    return this.annotation('ingressclass.kubernetes.io/is-default-class', String(on));
  }

  protected override check(object: V1IngressClass, report: Report): void {
    super.check(object, report);
    const controller = object.spec?.controller;
    if (controller === undefined) return report('MISSING_CALL', 'spec.controller', 'call .controller()');
    const valid = controller.includes('/') && keyProblem(controller) === undefined;
    if (!valid)
      report('NAME', 'spec.controller', `"${controller}" must be a domain and a name, such as example.com/ingress`);
  }
}

/**
 * An IngressClass. `.controller()` is required.
 *
 *     new IngressClass('nginx').controller('k8s.io/ingress-nginx')
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/ingress/#ingress-class
 */
export type IngressClass<M extends IngressClassCalls = IngressClassCalls> = IngressClassBuilder<M>;
export const IngressClass: KindToken<V1IngressClass> & {
  new (name: string): IngressClass;
  /** Holds a plain object as it is; nothing is derived and unknown fields stay. */
  from(object: V1IngressClass): IngressClass<never>;
} = IngressClassBuilder as never;
