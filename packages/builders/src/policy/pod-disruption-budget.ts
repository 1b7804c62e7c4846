/** PodDisruptionBudget: how many pods a drain or an upgrade may take at once. */
import type { Report } from '../builder-error.ts';
import { checkSelector } from '../check/label-syntax.ts';
import { checkWhole } from '../check/numbers.ts';
import type { V1PodDisruptionBudget } from '../gen/policy/v1.ts';
import { NamespacedManifest } from '../manifest.ts';
import { type SelectorLike, selectorOf } from '../meta/selector.ts';
import type { SelectingWorkload } from '../workload/selecting-workload.ts';
import { attempt } from '../guard-calls.ts';

/** A number of pods, or a percentage of them. */
export type PodCount = number | `${number}%`;

/**
 * A PodDisruptionBudget: one of `.minAvailable()` and `.maxUnavailable()`.
 *
 *     PodDisruptionBudget.for(deployment).maxUnavailable(1)
 *
 * @see https://kubernetes.io/docs/tasks/run-application/configure-pdb/
 */
export class PodDisruptionBudget extends NamespacedManifest<V1PodDisruptionBudget> {
  static readonly apiVersion = 'policy/v1';
  static readonly kind = 'PodDisruptionBudget';
  static readonly plural = 'poddisruptionbudgets';
  static readonly namespaced = true;
  declare static readonly '~object'?: V1PodDisruptionBudget;

  constructor(name: string) {
    super(name);
  }

  /** Holds a plain object as it is; unknown fields stay. */
  static from(object: V1PodDisruptionBudget): PodDisruptionBudget {
    return new PodDisruptionBudget('').lift(object);
  }

  /** A budget for the pods of a workload: its name, namespace and selector. */
  static for(workload: SelectingWorkload, name?: string): PodDisruptionBudget {
    return attempt('PodDisruptionBudget.for()', () => {
      const { metadata, spec } = workload.unchecked();
      const budget = new PodDisruptionBudget(name ?? metadata.name ?? '').withSpec({ selector: spec?.selector ?? {} });
      return metadata.namespace === undefined ? budget : budget.namespace(metadata.namespace);
    });
  }

  /** Pods that count; `{}` means all of the namespace. Replaces. */
  selector(selector: SelectorLike): this {
    return this.withSpec({ selector: selectorOf(selector) });
  }

  /** Pods that must stay, as a number or percentage. Takes `.maxUnavailable()` back. */
  minAvailable(count: PodCount): this {
    const { maxUnavailable: _other, ...spec } = this.specFields;
    return this.with({ spec: { ...spec, minAvailable: count } });
  }

  /** Pods that may be missing, as a number or percentage. Takes `.minAvailable()` back. */
  maxUnavailable(count: PodCount): this {
    const { minAvailable: _other, ...spec } = this.specFields;
    return this.with({ spec: { ...spec, maxUnavailable: count } });
  }

  protected override check(object: V1PodDisruptionBudget, report: Report): void {
    super.check(object, report);
    const { selector, minAvailable, maxUnavailable } = object.spec ?? {};
    if (selector === undefined) report('MISSING_CALL', 'spec.selector', 'call .selector()');
    checkSelector(selector, 'spec.selector', report);
    if (minAvailable === undefined && maxUnavailable === undefined) {
      report('MISSING_CALL', 'spec', 'call .minAvailable() or .maxUnavailable()');
    }
    if (minAvailable !== undefined && maxUnavailable !== undefined) {
      report('RANGE', 'spec', 'minAvailable and maxUnavailable exclude each other');
    }
    checkPodCount(minAvailable, 'spec.minAvailable', report);
    checkPodCount(maxUnavailable, 'spec.maxUnavailable', report);
  }
}

function checkPodCount(count: number | string | undefined, path: string, report: Report): void {
  if (typeof count === 'number') checkWhole(count, path, report);
  else if (count !== undefined && !/^(100|\d{1,2})%$/.test(count)) {
    report('RANGE', path, `"${count}" must be a whole number or a percentage from 0% to 100%`);
  }
}
