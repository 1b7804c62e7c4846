/** HorizontalPodAutoscaler (autoscaling/v2): replicas follow load. */
import type { Report } from '../builder-error.ts';
import { checkAutoscaler } from '../check/autoscaler.ts';
import type {
  V2CrossVersionObjectReference,
  V2HorizontalPodAutoscaler,
  V2HorizontalPodAutoscalerBehavior,
  V2MetricSpec,
} from '../gen/autoscaling/v2.ts';
import type { KindToken } from '../kinds/kind-token.ts';
import { NamespacedManifest } from '../manifest.ts';
import type { SelectingWorkload } from '../workload/selecting-workload.ts';
import { attempt } from '../guard-calls.ts';

/** Calls a HorizontalPodAutoscaler needs. */
export type HorizontalPodAutoscalerCalls = '.target()' | '.maxReplicas()';

class HorizontalPodAutoscalerBuilder<
  M extends HorizontalPodAutoscalerCalls = HorizontalPodAutoscalerCalls,
> extends NamespacedManifest<V2HorizontalPodAutoscaler, M> {
  static readonly apiVersion = 'autoscaling/v2';
  static readonly kind = 'HorizontalPodAutoscaler';
  static readonly plural = 'horizontalpodautoscalers';
  static readonly namespaced = true;

  constructor(name: string) {
    super(name);
  }

  static from(object: V2HorizontalPodAutoscaler): HorizontalPodAutoscaler<never> {
    return new HorizontalPodAutoscalerBuilder<never>('').lift(object);
  }

  static for(workload: SelectingWorkload, name?: string): HorizontalPodAutoscaler<'.maxReplicas()'> {
    return attempt('HorizontalPodAutoscaler.for()', () => {
      const { metadata } = workload.unchecked();
      const scaler = new HorizontalPodAutoscalerBuilder<'.maxReplicas()'>(name ?? metadata.name ?? '');
      const placed = metadata.namespace === undefined ? scaler : scaler.namespace(metadata.namespace);
      return placed.target(workload);
    });
  }

  /** What is scaled: a workload builder, or a reference. A builder that writes `replicas` is a problem. */
  target(target: SelectingWorkload | V2CrossVersionObjectReference): HorizontalPodAutoscaler<Exclude<M, '.target()'>> {
    if (!('unchecked' in target)) return this.withSpec({ scaleTargetRef: { ...target } }) as never;
    const { apiVersion, kind, metadata, spec } = target.unchecked();
    const name = metadata.name ?? '';
    const next = this.withSpec({ scaleTargetRef: { apiVersion, kind, name } });
    if (spec?.replicas === undefined) return next as never;
    const message = `${kind} "${name}" writes replicas ${spec.replicas} and would undo the autoscaler; remove .replicas()`;
    return next.withProblem('REPLICAS_WITH_AUTOSCALER', 'spec.scaleTargetRef', message) as never;
  }

  /** Fewest pods. @default 1 */
  minReplicas(count: number): this {
    return this.withSpec({ minReplicas: count });
  }

  /** Most pods. */
  maxReplicas(count: number): HorizontalPodAutoscaler<Exclude<M, '.maxReplicas()'>> {
    return this.withSpec({ maxReplicas: count }) as never;
  }

  /** Keeps average CPU at this percentage of the requests. */
  cpu(percent: number): this {
    return this.utilization('cpu', percent);
  }

  /** Keeps average memory at this percentage of the requests. */
  memory(percent: number): this {
    return this.utilization('memory', percent);
  }

  /** Adds any metric; the one that asks for most pods decides. */
  metric(metric: V2MetricSpec): this {
    return this.withSpec({ metrics: [...(this.specFields.metrics ?? []), structuredClone(metric)] });
  }

  /** How fast it may scale up and down; replaces. */
  behavior(behavior: V2HorizontalPodAutoscalerBehavior): this {
    return this.withSpec({ behavior: structuredClone(behavior) });
  }

  protected override check(object: V2HorizontalPodAutoscaler, report: Report): void {
    super.check(object, report);
    checkAutoscaler(object.spec, report);
  }

  private utilization(name: 'cpu' | 'memory', percent: number): this {
    const target = { type: 'Utilization', averageUtilization: percent };
    return this.metric({ type: 'Resource', resource: { name, target } });
  }
}

/**
 * A HorizontalPodAutoscaler. `.target()` and `.maxReplicas()` are required. Its target must not write `replicas`.
 *
 *     HorizontalPodAutoscaler.for(deployment).minReplicas(2).maxReplicas(10).cpu(80)
 *
 * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
 */
export type HorizontalPodAutoscaler<M extends HorizontalPodAutoscalerCalls = HorizontalPodAutoscalerCalls> =
  HorizontalPodAutoscalerBuilder<M>;
export const HorizontalPodAutoscaler: KindToken<V2HorizontalPodAutoscaler> & {
  new (name: string): HorizontalPodAutoscaler;
  /** An autoscaler for a workload: its name and namespace, and the workload as target. */
  for(workload: SelectingWorkload, name?: string): HorizontalPodAutoscaler<'.maxReplicas()'>;
  /** Holds a plain object as it is; nothing is derived and unknown fields stay. */
  from(object: V2HorizontalPodAutoscaler): HorizontalPodAutoscaler<never>;
} = HorizontalPodAutoscalerBuilder as never;
