/** Service: one stable address for a set of pods. */
import type { Report } from '../builder-error.ts';
import { checkService } from '../check/service.ts';
import type { V1Service, V1ServicePort, V1ServiceSpec } from '../gen/core/v1.ts';
import type { KindToken } from '../kinds/kind-token.ts';
import { type NameRule, serviceName } from '../check/names.ts';
import { NamespacedManifest } from '../manifest.ts';
import { type SelectorLike, selectorOf } from '../meta/selector.ts';
import { type Duration, seconds } from '../values/duration.ts';
import type { SelectingWorkload } from '../workload/selecting-workload.ts';
import { attempt } from '../guard-calls.ts';

/** Calls a Service needs; `.headless()` and `.externalName()` do without ports. */
export type ServiceCalls = '.port()';

/** Options of a service port. */
export interface ServicePortOptions {
  /** @default unnamed if it is the only port, otherwise `port-<number>` */
  readonly name?: string;
  /** @default 'TCP' */
  readonly protocol?: 'TCP' | 'UDP' | 'SCTP';
  /** Protocol inside the connection, such as `kubernetes.io/h2c`, for proxies that look into it. */
  readonly appProtocol?: string;
}

/** A port of the pods: number or name of a container port. */
type Target = number | string;

class ServiceBuilder<M extends ServiceCalls = ServiceCalls> extends NamespacedManifest<V1Service, M> {
  static readonly apiVersion = 'v1';
  static readonly kind = 'Service';
  static readonly plural = 'services';
  static readonly namespaced = true;

  constructor(name: string) {
    super(name);
  }

  static from(object: V1Service): Service<never> {
    return new ServiceBuilder<never>('').lift(object);
  }

  static for(workload: SelectingWorkload, name?: string): Service<never> {
    return attempt('Service.for()', () => {
      const { metadata, spec } = workload.unchecked();
      let service = new ServiceBuilder<never>(name ?? metadata.name ?? '').selector(spec?.selector.matchLabels ?? {});
      if (metadata.namespace !== undefined) service = service.namespace(metadata.namespace);
      for (const port of (spec?.template.spec?.containers ?? []).flatMap((container) => container.ports ?? [])) {
        const { name: portName, containerPort, protocol } = port;
        service = service.withPort({
          port: containerPort,
          targetPort: portName ?? containerPort,
          ...(portName !== undefined && { name: portName }),
          ...(protocol !== undefined && protocol !== 'TCP' && { protocol }),
        });
      }
      return service;
    });
  }

  /** Serves a port; a second call for the same port and protocol replaces the first. `target` may be a port name. */
  port(port: number, target?: Target, options: ServicePortOptions = {}): Service<Exclude<M, '.port()'>> {
    return this.withPort({ port, ...(target !== undefined && { targetPort: target }), ...options }) as never;
  }

  /** Serves a port from another port of the pods. */
  portWithTarget(port: number, target: Target): Service<Exclude<M, '.port()'>> {
    return this.port(port, target);
  }

  /** Serves a port under a name. */
  namedPort(name: string, port: number, target?: Target): Service<Exclude<M, '.port()'>> {
    return this.port(port, target, { name });
  }

  /** Serves a UDP port. */
  udpPort(port: number, target?: Target): Service<Exclude<M, '.port()'>> {
    return this.port(port, target, { protocol: 'UDP' });
  }

  /** Which pods serve, by labels alone; replaces. `{}` means none: endpoints are then managed by someone else. */
  selector(selector: SelectorLike): this {
    const { matchLabels = {}, matchExpressions = [] } = selectorOf(selector);
    const next = this.withSpec({ selector: matchLabels });
    if (matchExpressions.length === 0) return next;
    const message = 'a Service selects by labels only; matchExpressions are not possible';
    return next.withProblem('SELECTOR_CONFLICT', 'spec.selector', message);
  }

  /** An address inside the cluster: the default, written out. */
  clusterIp(): this {
    return this.ofType({ type: 'ClusterIP' });
  }

  /** An address outside of the cluster. */
  loadBalancer(): this {
    return this.ofType({ type: 'LoadBalancer' });
  }

  /** A port on every node: with arguments for one port, without for all of them. `nodePort` is 30000–32767. */
  nodePort(): this;
  nodePort(port: number, target?: Target, nodePort?: number): Service<Exclude<M, '.port()'>>;
  nodePort(port?: number, target?: Target, nodePort?: number): never {
    const typed = this.ofType({ type: 'NodePort' });
    if (port === undefined) return typed as never;
    return typed.withPort({
      port,
      ...(target !== undefined && { targetPort: target }),
      ...(nodePort !== undefined && { nodePort }),
    }) as never;
  }

  /** No address of its own: names resolve to the pods. */
  headless(): Service<never> {
    return this.ofType({ type: 'ClusterIP', clusterIP: 'None' }) as unknown as Service<never>;
  }

  /** An alias of a name outside of the cluster. */
  externalName(name: string): Service<never> {
    return this.ofType({ type: 'ExternalName', externalName: name }) as unknown as Service<never>;
  }

  /** Keeps traffic from outside on the node it reaches; the client's address stays visible. */
  externalTrafficLocal(): this {
    return this.withSpec({ externalTrafficPolicy: 'Local' });
  }

  /** Keeps a client on the pod it reached first. @default 'None'; time 3 h */
  sessionAffinity(affinity: 'ClientIP' | 'None', timeout?: Duration): this {
    return this.withSpec({
      sessionAffinity: affinity,
      ...(timeout !== undefined && { sessionAffinityConfig: { clientIP: { timeoutSeconds: seconds(timeout) } } }),
    });
  }

  /** IP families in order of preference. @default the cluster's */
  ipFamilies(
    families: readonly ('IPv4' | 'IPv6')[],
    policy?: 'SingleStack' | 'PreferDualStack' | 'RequireDualStack',
  ): this {
    return this.withSpec({ ipFamilies: [...families], ...(policy !== undefined && { ipFamilyPolicy: policy }) });
  }

  /** Names resolve to pods that are not ready, too: for peers that find each other before they serve. */
  publishNotReadyAddresses(on = true): this {
    return this.withSpec({ publishNotReadyAddresses: on });
  }

  protected override get nameRule(): NameRule {
    return serviceName;
  }

  protected override derive(draft: V1Service): void {
    super.derive(draft);
    const name = draft.metadata.name ?? '';
    draft.metadata.labels = { app: name, ...draft.metadata.labels };
    const spec = (draft.spec ??= {});
    if (spec.type !== 'ExternalName') spec.selector ??= { app: name };
    if (Object.keys(spec.selector ?? {}).length === 0) delete spec.selector;
    if ((spec.ports ?? []).length > 1) spec.ports = spec.ports?.map(named) ?? [];
  }

  protected override check(object: V1Service, report: Report): void {
    super.check(object, report);
    checkService(object.spec ?? {}, report);
  }

  private withPort(port: V1ServicePort): this {
    const ports = this.specFields.ports ?? [];
    const index = ports.findIndex((other) => keyOf(other) === keyOf(port));
    return this.withSpec({ ports: index < 0 ? [...ports, port] : ports.with(index, { ...ports[index], ...port }) });
  }

  /** Switches the type: what the previous one wrote goes away. */
  private ofType(fields: Partial<V1ServiceSpec>): this {
    const { type: _type, clusterIP: _clusterIP, externalName: _externalName, ...spec } = this.specFields;
    const onNodes = fields.type === 'NodePort' || fields.type === 'LoadBalancer';
    const ports = onNodes ? spec.ports : spec.ports?.map(({ nodePort: _nodePort, ...port }) => port);
    return this.with({ spec: { ...spec, ...(ports && { ports }), ...fields } });
  }
}

/**
 * A Service. `.port()` is required unless it is headless or an external name. Label and selector default to
 * `{app: name}`; `.selector({})` means none.
 *
 *     new Service('web').port(80, 8080).selector(new Selector().insert('app', 'web'))
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/service/
 */
export type Service<M extends ServiceCalls = ServiceCalls> = ServiceBuilder<M>;
export const Service: KindToken<V1Service> & {
  new (name: string): Service;
  /** A service for a workload: its name, namespace, selector and container ports; named ports keep their names. */
  for(workload: SelectingWorkload, name?: string): Service<never>;
  /** Holds a plain object as it is; nothing is derived and unknown fields stay. */
  from(object: V1Service): Service<never>;
} = ServiceBuilder as never;

function keyOf({ port, protocol = 'TCP' }: V1ServicePort): string {
  return `${port}/${protocol}`;
}

/** Several ports need names; those without get one from number and protocol. */
function named(port: V1ServicePort): V1ServicePort {
  const { protocol = 'TCP' } = port;
  return { name: `port-${port.port}${protocol === 'TCP' ? '' : `-${protocol.toLowerCase()}`}`, ...port };
}
