/** PriorityClass: which pods go first, and which make room. */
import type { Report } from '../builder-error.ts';
import { checkWhole } from '../check/numbers.ts';
import type { V1PriorityClass } from '../gen/scheduling.k8s.io/v1.ts';
import type { KindToken } from '../kinds/kind-token.ts';
import { ClusterManifest } from '../manifest.ts';
import { attempt } from '../guard-calls.ts';

/** Calls a PriorityClass needs. */
export type PriorityClassCalls = '.value()';

/** Highest value outside of the classes of the system. */
const maxValue = 1_000_000_000;

class PriorityClassBuilder<M extends PriorityClassCalls = PriorityClassCalls> extends ClusterManifest<
  V1PriorityClass,
  M
> {
  static readonly apiVersion = 'scheduling.k8s.io/v1';
  static readonly kind = 'PriorityClass';
  static readonly plural = 'priorityclasses';
  static readonly namespaced = false;

  constructor(name: string) {
    super(name);
  }

  static from(object: V1PriorityClass): PriorityClass<never> {
    return attempt('PriorityClass.from()', () => new PriorityClassBuilder<never>('').lift(object));
  }

  /** Priority; higher goes first. At most 1,000,000,000. Cannot change later. */
  value(value: number): PriorityClass<never> {
    return this.with({ value }) as never;
  }

  /** Pods that name no class get this one; at most one class may say so. */
  globalDefault(on = true): this {
    return this.with({ globalDefault: on });
  }

  /** When to use the class. */
  description(text: string): this {
    return this.with({ description: text });
  }

  /** `'Never'` waits for room instead of evicting others. @default 'PreemptLowerPriority' */
  preemptionPolicy(policy: 'PreemptLowerPriority' | 'Never'): this {
    return this.with({ preemptionPolicy: policy });
  }

  protected override check(object: V1PriorityClass, report: Report): void {
    super.check(object, report);
    if (object.value === undefined) report('MISSING_CALL', 'value', 'call .value()');
    const system = (object.metadata.name ?? '').startsWith('system-');
    if (!system) checkWhole(object.value, 'value', report, -(2 ** 31), maxValue);
  }
}

/**
 * A PriorityClass. `.value()` is required.
 *
 *     new PriorityClass('important').value(100_000)
 *
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
 */
export type PriorityClass<M extends PriorityClassCalls = PriorityClassCalls> = PriorityClassBuilder<M>;
export const PriorityClass: KindToken<V1PriorityClass> & {
  new (name: string): PriorityClass;
  /** Holds a plain object as it is; nothing is derived and unknown fields stay. */
  from(object: V1PriorityClass): PriorityClass<never>;
} = PriorityClassBuilder as never;
