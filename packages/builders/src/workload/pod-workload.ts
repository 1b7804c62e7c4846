/**
 * What every pod-bearing builder has: containers, volumes and pod settings, wherever the kind keeps its pod template.
 *
 * Not here: the kinds themselves, labels of kinds with a selector (`selector-workload.ts`), hardening
 * (`../pod/restricted.ts`).
 */
import type { Report } from '../builder-error.ts';
import { checkPodTemplate } from '../check/pod-template.ts';
import { objectAt, readAt, withAt } from '../edit/field-path.ts';
import type {
  V1Affinity,
  V1PodSpec,
  V1PodTemplateSpec,
  V1Toleration,
  V1TopologySpreadConstraint,
} from '../gen/core/v1.ts';
import type { KubeObject } from '../kinds/kind.ts';
import { nameOf, type Named, NamespacedManifest } from '../manifest.ts';
import { type SelectorLike, selectorOf } from '../meta/selector.ts';
import { recordOf, type StringEntries } from '../meta/string-map.ts';
import type { Container } from '../pod/container.ts';
import type { PodSecurityContext } from '../pod/pod-security-context.ts';
import { restrict, type RestrictedOptions } from '../pod/restricted.ts';
import type { Volume } from '../pod/volume.ts';
import { type Duration, seconds } from '../values/duration.ts';

/** A toleration; `effect` absent tolerates all effects. */
export interface TolerationOptions {
  readonly key?: string;
  /** @default 'Equal' */
  readonly operator?: 'Exists' | 'Equal';
  readonly value?: string;
  readonly effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
  /** How long a `NoExecute` taint is tolerated. @default forever */
  readonly tolerationSeconds?: Duration;
}

/** Even spreading over a topology. */
export interface TopologySpreadOptions {
  /** Pods that one domain may have more than another. @default 1 */
  readonly maxSkew?: number;
  /** @default 'DoNotSchedule' */
  readonly whenUnsatisfiable?: 'DoNotSchedule' | 'ScheduleAnyway';
  /** Pods that count. @default the workload's own selector */
  readonly selector?: SelectorLike;
  readonly minDomains?: number;
}

/** A pod template under construction. */
type Template = { metadata?: V1PodTemplateSpec['metadata']; spec?: Partial<V1PodSpec> };

/** Base of builders whose kind holds a pod template; `M` as in `Fluent`. */
export abstract class PodWorkload<T extends KubeObject, M extends string> extends NamespacedManifest<T, M> {
  /** Adds an init container: they run one after another, each to its end, before the containers start. */
  initContainer(container: Container<never>): this {
    return this.withPod({ initContainers: [...(this.pod.initContainers ?? []), container.unchecked()] });
  }

  /** Adds a sidecar: an init container that keeps running beside the containers and stops after them. */
  sidecar(container: Container<never>): this {
    return this.initContainer(container.restartPolicy('Always'));
  }

  /** Adds a volume that containers can mount by its name. */
  volume(volume: Volume): this {
    return this.withPod({ volumes: [...(this.pod.volumes ?? []), volume.unchecked()] });
  }

  /** Service account of the pods, by name or builder. @default 'default' */
  serviceAccount(account: Named): this {
    return this.withPod({ serviceAccountName: nameOf(account) });
  }

  /** Runs pods only on nodes with this label; further calls add labels. */
  nodeSelector(key: string, value: string): this {
    return this.withPod({ nodeSelector: { ...this.pod.nodeSelector, [key]: value } });
  }

  /** Secret with registry credentials, by name or builder. */
  imagePullSecret(secret: Named): this {
    return this.withPod({ imagePullSecrets: [...(this.pod.imagePullSecrets ?? []), { name: nameOf(secret) }] });
  }

  /** Labels of the pods only. */
  podLabels(labels: StringEntries): this {
    return this.withPodMetadata({ labels: { ...this.template.metadata?.labels, ...recordOf(labels) } });
  }

  /** Annotations of the pods only. */
  podAnnotations(annotations: StringEntries): this {
    return this.withPodMetadata({
      annotations: { ...this.template.metadata?.annotations, ...recordOf(annotations) },
    });
  }

  /** Lets pods run on nodes with matching taints. */
  toleration(options: TolerationOptions): this {
    const { tolerationSeconds, ...rest } = options;
    const added: V1Toleration = {
      ...rest,
      ...(tolerationSeconds !== undefined && { tolerationSeconds: seconds(tolerationSeconds) }),
    };
    return this.withPod({ tolerations: [...(this.pod.tolerations ?? []), added] });
  }

  /** Where pods may or should run relative to nodes and other pods; replaces. */
  affinity(affinity: V1Affinity): this {
    return this.withPod({ affinity: structuredClone(affinity) });
  }

  /** Spreads pods evenly over the values of a node label, such as `topology.kubernetes.io/zone`. */
  topologySpread(topologyKey: string, options: TopologySpreadOptions = {}): this {
    const { selector, maxSkew = 1, whenUnsatisfiable = 'DoNotSchedule', ...rest } = options;
    const added: V1TopologySpreadConstraint = {
      topologyKey,
      maxSkew,
      whenUnsatisfiable,
      ...rest,
      ...(selector !== undefined && { labelSelector: selectorOf(selector) }),
    };
    return this.withPod({ topologySpreadConstraints: [...(this.pod.topologySpreadConstraints ?? []), added] });
  }

  /** Priority of the pods, by name or builder. */
  priorityClass(priorityClass: Named): this {
    return this.withPod({ priorityClassName: nameOf(priorityClass) });
  }

  /** Uses the node's network. */
  hostNetwork(on = true): this {
    return this.withPod({ hostNetwork: on });
  }

  /** Where names are resolved. @default 'ClusterFirst' */
  dnsPolicy(policy: 'ClusterFirst' | 'ClusterFirstWithHostNet' | 'Default' | 'None'): this {
    return this.withPod({ dnsPolicy: policy });
  }

  /** Time between SIGTERM and SIGKILL. @default 30 s */
  terminationGracePeriod(grace: Duration): this {
    return this.withPod({ terminationGracePeriodSeconds: seconds(grace) });
  }

  /** Whether the service account's token is mounted. @default the account's setting */
  automountToken(on: boolean): this {
    return this.withPod({ automountServiceAccountToken: on });
  }

  /** Security settings of the pod; replaces. */
  podSecurityContext(context: PodSecurityContext): this {
    return this.withPod({ securityContext: context.unchecked() });
  }

  /**
   * Fills in what the *restricted* Pod Security Standard asks for, in the pod and in every container, also those added
   * later. A contradicting call is a problem with code `RESTRICTED`; nothing is overwritten.
   * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
   */
  restricted(options: RestrictedOptions = {}): this {
    const step = (draft: T, report: Report): void => {
      restrict(objectAt(draft, [...this.templatePath, 'spec']), options, this.podPath, report);
    };
    return this.change({ late: [...this.state.late, step] });
  }

  /** Where the kind keeps the pod template. */
  protected get templatePath(): readonly string[] {
    return ['spec', 'template'];
  }

  /** The same as text, with the pod's spec. */
  protected get podPath(): string {
    return [...this.templatePath, 'spec'].join('.');
  }

  protected get template(): Template {
    return (readAt(this.state.fields, this.templatePath) ?? {}) as Template;
  }

  protected get pod(): Partial<V1PodSpec> {
    return this.template.spec ?? {};
  }

  protected withPod(change: Partial<V1PodSpec>): this {
    return this.withTemplate({ spec: { ...this.pod, ...change } });
  }

  /** Adds containers; each class gives this the type that says they are no longer missing. */
  protected withContainers(containers: readonly Container<never>[]): this {
    return this.withPod({
      containers: [...(this.pod.containers ?? []), ...containers.map((container) => container.unchecked())],
    });
  }

  /** `labels` go on the object and on its pods, below those of typed calls. */
  protected deriveLabels(
    draft: T,
    labels: Readonly<Record<string, string>>,
    inner: readonly (readonly string[])[] = [],
  ): void {
    const shared = { ...labels, ...draft.metadata.labels };
    for (const path of [[], ...inner, this.templatePath]) {
      const metadata = objectAt<{ labels?: Record<string, string> }>(draft, [...path, 'metadata']);
      metadata.labels = { ...shared, ...metadata.labels };
    }
    const spec = objectAt<Partial<V1PodSpec>>(draft, [...this.templatePath, 'spec']);
    for (const constraint of spec.topologySpreadConstraints ?? []) {
      constraint.labelSelector ??= { matchLabels: { ...labels } };
    }
  }

  protected override check(object: T, report: Report): void {
    super.check(object, report);
    const template = (readAt(object, this.templatePath) ?? {}) as V1PodTemplateSpec;
    checkPodTemplate(template, { path: this.templatePath.join('.'), claims: this.claimNames(object) }, report);
  }

  /** Volumes that exist besides the pod's own, such as those of claim templates. */
  protected claimNames(_object: T): readonly string[] {
    return [];
  }

  private withPodMetadata(change: Record<string, unknown>): this {
    return this.withTemplate({ metadata: { ...this.template.metadata, ...change } });
  }

  private withTemplate(change: Template): this {
    return this.change({
      fields: withAt(this.state.fields, this.templatePath, { ...this.template, ...change }),
    });
  }
}
