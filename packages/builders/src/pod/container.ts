/** A container: image, process, ports, environment, mounts, probes. */
import type { Report } from '../builder-error.ts';
import { checkContainer } from '../check/container.ts';
import type { ConfigMap } from '../config/config-map.ts';
import type { Secret } from '../config/secret.ts';
import { Fluent } from '../fluent.ts';
import type { V1Container, V1ContainerPort, V1EnvVarSource, V1Lifecycle, V1VolumeMount } from '../gen/core/v1.ts';
import { nameOf, type Named } from '../manifest.ts';
import { type Quantity, quantityText } from '../values/quantity.ts';
import type { Probe } from './probe.ts';
import type { Resources } from './resources.ts';
import type { SecurityContext } from './security-context.ts';

/** Calls a container needs. */
export type ContainerCalls = '.image()';

/** Options of a container port. */
export interface ContainerPortOptions {
  /** Name that services and probes can refer to: at most 15 characters, with a letter. */
  readonly name?: string;
  /** @default 'TCP' */
  readonly protocol?: 'TCP' | 'UDP' | 'SCTP';
  /** Port on the node; at most one pod per node can have it. */
  readonly hostPort?: number;
}

/** Options of a value taken from a ConfigMap or Secret. */
export interface OptionalSource {
  /** True: start also if the source or its key is absent. @default false */
  readonly optional?: boolean;
}

/** Options of taking every entry of a ConfigMap or Secret. */
export interface EnvAllOptions extends OptionalSource {
  /** Put before the name of each variable. */
  readonly prefix?: string;
}

/** Options of a volume mount. */
export interface VolumeMountOptions {
  /** Path inside the volume. @default its root */
  readonly subPath?: string;
  readonly mountPropagation?: 'None' | 'HostToContainer' | 'Bidirectional';
}

class ContainerBuilder<M extends ContainerCalls = ContainerCalls> extends Fluent<V1Container, M> {
  constructor(name: string, image?: string) {
    super({ name, ...(image !== undefined && { image }) });
  }

  static from(container: V1Container): Container<never> {
    return new ContainerBuilder<never>('').lift(container);
  }

  /** Image to run. */
  image(image: string): Container<never> {
    return this.with({ image }) as unknown as Container<never>;
  }

  /** When the image is pulled. @default 'IfNotPresent', 'Always' for the tag `latest` */
  imagePullPolicy(policy: 'Always' | 'IfNotPresent' | 'Never'): this {
    return this.with({ imagePullPolicy: policy });
  }

  /** Entry point, without a shell; replaces. An empty list means the image's own. */
  command(command: readonly string[]): this {
    return this.withList('command', command);
  }

  /** Arguments of the entry point; replaces. An empty list means the image's own. */
  args(args: readonly string[]): this {
    return this.withList('args', args);
  }

  /** Working directory. @default the image's */
  workingDir(path: string): this {
    return this.with({ workingDir: path });
  }

  /** Declares a port the process listens on. */
  port(port: number, options: ContainerPortOptions = {}): this {
    const added: V1ContainerPort = { containerPort: port, ...options };
    return this.with({ ports: [...(this.state.fields.ports ?? []), added] });
  }

  /** Declares a port with a name that services and probes can refer to. */
  namedPort(name: string, port: number, options: Omit<ContainerPortOptions, 'name'> = {}): this {
    return this.port(port, { ...options, name });
  }

  /** Environment variable; numbers and booleans become text. */
  env(name: string, value: string | number | boolean): this {
    return this.with({ env: [...(this.state.fields.env ?? []), { name, value: String(value) }] });
  }

  /** Environment variable from a key of a Secret. A Secret builder checks the key at compile time. */
  envFromSecret(name: string, secret: string, key: string, options?: OptionalSource): this;
  envFromSecret<K extends string>(name: string, secret: Secret<K>, key: NoInfer<K>, options?: OptionalSource): this;
  envFromSecret(name: string, secret: Named, key: string, options: OptionalSource = {}): this {
    return this.envFrom(name, { secretKeyRef: { name: nameOf(secret), key, ...options } });
  }

  /** Environment variable from a key of a ConfigMap. A ConfigMap builder checks the key at compile time. */
  envFromConfigMap(name: string, configMap: string, key: string, options?: OptionalSource): this;
  envFromConfigMap<K extends string>(
    name: string,
    configMap: ConfigMap<K>,
    key: NoInfer<K>,
    options?: OptionalSource,
  ): this;
  envFromConfigMap(name: string, configMap: Named, key: string, options: OptionalSource = {}): this {
    return this.envFrom(name, { configMapKeyRef: { name: nameOf(configMap), key, ...options } });
  }

  /** Environment variable from a field of the pod, such as `metadata.name` or `status.podIP`. */
  envFromField(name: string, fieldPath: string): this {
    return this.envFrom(name, { fieldRef: { fieldPath } });
  }

  /** Environment variable from a resource of the container, such as `limits.memory`, divided by `divisor`. */
  envFromResource<const Q extends string | number>(
    name: string,
    resource: string,
    options: { readonly divisor?: Quantity<Q>; readonly containerName?: string } = {},
  ): this {
    const { divisor, containerName } = options;
    return this.envFrom(name, {
      resourceFieldRef: {
        resource,
        ...(divisor !== undefined && { divisor: quantityText(divisor) }),
        ...(containerName !== undefined && { containerName }),
      },
    });
  }

  /** One environment variable per entry of a Secret. */
  envAllFromSecret(secret: Named, options: EnvAllOptions = {}): this {
    const { prefix, ...rest } = options;
    const source = { ...(prefix !== undefined && { prefix }), secretRef: { name: nameOf(secret), ...rest } };
    return this.with({ envFrom: [...(this.state.fields.envFrom ?? []), source] });
  }

  /** One environment variable per entry of a ConfigMap. */
  envAllFromConfigMap(configMap: Named, options: EnvAllOptions = {}): this {
    const { prefix, ...rest } = options;
    const source = { ...(prefix !== undefined && { prefix }), configMapRef: { name: nameOf(configMap), ...rest } };
    return this.with({ envFrom: [...(this.state.fields.envFrom ?? []), source] });
  }

  /** Requests and limits; replaces. Empty ones are left out. */
  resources(resources: Resources): this {
    const plain = resources.unchecked();
    return Object.keys(plain).length === 0 ? this : this.with({ resources: plain });
  }

  /** Mounts a volume of the pod at `path`. */
  volumeMount(name: string, path: string, options: VolumeMountOptions = {}): this {
    return this.mount({ name, mountPath: path, ...options });
  }

  /** Mounts a volume of the pod at `path`, read-only. */
  volumeMountReadonly(name: string, path: string, options: VolumeMountOptions = {}): this {
    return this.mount({ name, mountPath: path, ...options, readOnly: true });
  }

  /** Restarts the container when it fails. */
  livenessProbe(probe: Probe): this {
    return this.with({ livenessProbe: probe.unchecked() });
  }

  /** Takes the pod out of its services while it fails. */
  readinessProbe(probe: Probe): this {
    return this.with({ readinessProbe: probe.unchecked() });
  }

  /** Holds the other probes back until it first succeeds. */
  startupProbe(probe: Probe): this {
    return this.with({ startupProbe: probe.unchecked() });
  }

  /** Privileges; replaces. */
  securityContext(context: SecurityContext): this {
    return this.with({ securityContext: context.unchecked() });
  }

  /** Hooks after start and before stop. */
  lifecycle(lifecycle: V1Lifecycle): this {
    return this.with({ lifecycle: structuredClone(lifecycle) });
  }

  /** `'Always'` makes an init container a sidecar. @default the pod's policy */
  restartPolicy(policy: 'Always' | 'OnFailure' | 'Never'): this {
    return this.with({ restartPolicy: policy });
  }

  /** File from which the last message is read, and whether the log stands in for an empty one. */
  terminationMessage(path: string, policy?: 'File' | 'FallbackToLogsOnError'): this {
    return this.with({
      terminationMessagePath: path,
      ...(policy !== undefined && { terminationMessagePolicy: policy }),
    });
  }

  /** Whether a resize of a resource restarts the container. */
  resizePolicy(resource: 'cpu' | 'memory', policy: 'NotRequired' | 'RestartContainer'): this {
    const added = { resourceName: resource, restartPolicy: policy };
    return this.with({ resizePolicy: [...(this.state.fields.resizePolicy ?? []), added] });
  }

  /** Keeps standard input open. */
  stdin(on = true): this {
    return this.with({ stdin: on });
  }

  /** Gives the process a terminal; needs `stdin`. */
  tty(on = true): this {
    return this.with({ tty: on });
  }

  protected override check(container: V1Container, report: Report): void {
    checkContainer(container, '', report);
  }

  protected override subject(container: V1Container): string {
    return `Container ${JSON.stringify(container.name)}`;
  }

  private withList(field: 'command' | 'args', values: readonly string[]): this {
    if (values.length > 0) return this.with({ [field]: [...values] });
    const { [field]: _dropped, ...fields } = this.state.fields;
    return this.change({ fields });
  }

  private envFrom(name: string, valueFrom: V1EnvVarSource): this {
    return this.with({ env: [...(this.state.fields.env ?? []), { name, valueFrom }] });
  }

  private mount(mount: V1VolumeMount): this {
    return this.with({ volumeMounts: [...(this.state.fields.volumeMounts ?? []), mount] });
  }
}

/**
 * A container of a pod. `.image()` is required.
 *
 *     new Container('app').image('nginx:1.27').port(80).env('LOG_LEVEL', 'info')
 *
 * @see https://kubernetes.io/docs/concepts/containers/
 */
export type Container<M extends ContainerCalls = ContainerCalls> = ContainerBuilder<M>;
export const Container: {
  new (name: string): Container;
  new (name: string, image: string): Container<never>;
  /** Holds a plain value as it is. */
  from(container: V1Container): Container<never>;
} = ContainerBuilder as never;
