/** What a bundle holds, by kind, namespace and name, and the pods its workloads would create. */
import type { V1PodSpec, V1PodTemplateSpec } from '../gen/core/v1.ts';
import type { V1LabelSelector } from '../gen/meta/v1.ts';
import type { KubeObject } from '../kinds/kind.ts';
import { selects } from '../meta/selector.ts';

/** Pods of one workload. */
export interface PodSource {
  readonly owner: KubeObject;
  /** Path of the pod spec in the owner. */
  readonly path: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: V1PodSpec;
}

/** Lookups over the objects of a bundle. */
export class Inventory {
  readonly objects: readonly KubeObject[];
  readonly pods: readonly PodSource[];
  private readonly byName: ReadonlyMap<string, KubeObject>;
  private readonly external: ReadonlySet<string>;

  /** `external` holds names such as `Secret/db` or `Secret/shop/db` that exist outside of the bundle. */
  constructor(objects: readonly KubeObject[], external: readonly string[]) {
    this.objects = objects;
    this.pods = objects.flatMap(podsOf);
    this.byName = new Map(
      objects.map((object) => [keyOf(object.kind, object.metadata.namespace, object.metadata.name), object]),
    );
    this.external = new Set(external);
  }

  /** The object, if the bundle holds it; cluster-scoped kinds have no namespace. */
  find<T extends KubeObject>(kind: string, namespace: string | undefined, name: string | undefined): T | undefined {
    return this.byName.get(keyOf(kind, namespace, name)) as T | undefined;
  }

  /** Whether the name is declared to exist elsewhere. */
  isExternal(kind: string, namespace: string | undefined, name: string): boolean {
    return this.external.has(`${kind}/${name}`) || this.external.has(`${kind}/${namespace ?? ''}/${name}`);
  }

  /** Whether the name may be used: it is in the bundle or external. */
  has(kind: string, namespace: string | undefined, name: string): boolean {
    return this.find(kind, namespace, name) !== undefined || this.isExternal(kind, namespace, name);
  }

  /** Pods of that namespace that the selector matches. */
  podsMatching(namespace: string | undefined, selector: V1LabelSelector): readonly PodSource[] {
    return this.pods.filter((pod) => pod.owner.metadata.namespace === namespace && selects(selector, pod.labels));
  }
}

function keyOf(kind: string, namespace: string | undefined, name: string | undefined): string {
  return JSON.stringify([kind, namespace ?? '', name ?? '']);
}

/** A workload as far as its pods are concerned. */
type Workload = KubeObject & {
  readonly spec?: {
    readonly template?: V1PodTemplateSpec;
    readonly jobTemplate?: { readonly spec?: { readonly template?: V1PodTemplateSpec } };
  };
};

const TEMPLATED = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job']);

function podsOf(owner: KubeObject): PodSource[] {
  const { spec } = owner as Workload;
  if (owner.kind === 'Pod') {
    const pod = owner as unknown as { readonly spec?: V1PodSpec };
    return source(owner, 'spec', { metadata: owner.metadata, ...(pod.spec === undefined ? {} : { spec: pod.spec }) });
  }
  if (TEMPLATED.has(owner.kind)) return source(owner, 'spec.template.spec', spec?.template);
  if (owner.kind === 'CronJob')
    return source(owner, 'spec.jobTemplate.spec.template.spec', spec?.jobTemplate?.spec?.template);
  return [];
}

function source(owner: KubeObject, path: string, template: V1PodTemplateSpec | undefined): PodSource[] {
  if (template?.spec === undefined) return [];
  return [{ owner, path, labels: template.metadata?.labels ?? {}, spec: template.spec }];
}
