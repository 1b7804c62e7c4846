/**
 * Kinds that find their pods by a selector: Deployment, StatefulSet, DaemonSet.
 *
 * The selector is never derived from user labels, because it cannot change later; labels follow the selector.
 */
import type { Report } from '../builder-error.ts';
import { checkSelector } from '../check/label-syntax.ts';
import { checkWhole } from '../check/numbers.ts';
import type { V1PodSpec, V1PodTemplateSpec } from '../gen/core/v1.ts';
import type { V1LabelSelector } from '../gen/meta/v1.ts';
import type { KubeObject } from '../kinds/kind.ts';
import { type SelectorLike, selectorOf, selects } from '../meta/selector.ts';
import { type Duration, seconds } from '../values/duration.ts';
import { PodWorkload } from './pod-workload.ts';

/** An object with a selector and a pod template. */
export interface SelectorObject extends KubeObject {
  spec?: {
    minReadySeconds?: number;
    revisionHistoryLimit?: number;
    selector: V1LabelSelector;
    template: V1PodTemplateSpec;
  };
}

/** Base of builders of kinds with a selector. */
export abstract class SelectorWorkload<T extends SelectorObject, M extends string> extends PodWorkload<T, M> {
  /** How the object finds its pods; pods get these labels. Cannot change later. @default {app: name} */
  selector(selector: SelectorLike): this {
    return this.withSpec({ selector: selectorOf(selector) } as never);
  }

  /** Time a new pod must be ready before it counts as available. @default 0 s */
  minReady(time: Duration): this {
    return this.withSpec({ minReadySeconds: seconds(time) } as never);
  }

  /** Old revisions kept for rollback. @default 10 */
  revisionHistory(count: number): this {
    return this.withSpec({ revisionHistoryLimit: count } as never);
  }

  protected override derive(draft: T): void {
    super.derive(draft);
    const spec = (draft.spec ??= {} as NonNullable<T['spec']>);
    spec.selector ??= { matchLabels: { app: draft.metadata.name ?? '' } };
    for (const constraint of spec.template?.spec?.topologySpreadConstraints ?? []) {
      constraint.labelSelector ??= structuredClone(spec.selector);
    }
    this.deriveLabels(draft, spec.selector.matchLabels ?? {});
  }

  protected override check(object: T, report: Report): void {
    super.check(object, report);
    const selector = object.spec?.selector;
    checkSelector(selector, 'spec.selector', report);
    const labels = object.spec?.template?.metadata?.labels ?? {};
    if (selector && !selects(selector, labels)) {
      report(
        'SELECTOR_CONFLICT',
        'spec.template.metadata.labels',
        `pod labels ${JSON.stringify(labels)} do not satisfy the selector ${JSON.stringify(selector)}; change .selector() or the labels`,
      );
    }
    if (selector && Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0) {
      report('SELECTOR_CONFLICT', 'spec.selector', 'an empty selector is refused; name at least one label');
    }
    checkWhole(object.spec?.minReadySeconds, 'spec.minReadySeconds', report);
    checkWhole(object.spec?.revisionHistoryLimit, 'spec.revisionHistoryLimit', report);
    checkAlwaysRestarts(object.spec?.template?.spec, report);
  }
}

function checkAlwaysRestarts(pod: V1PodSpec | undefined, report: Report): void {
  const policy = pod?.restartPolicy ?? 'Always';
  if (policy === 'Always') return;
  report('RESTART_POLICY', 'spec.template.spec.restartPolicy', `${policy}: this kind restarts its pods always`);
}
