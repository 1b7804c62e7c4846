/**
 * Kinds that find their pods by a selector: Deployment, StatefulSet, DaemonSet.
 *
 * The selector is never derived from user labels, because it cannot change later; labels follow the selector.
 */
import type { Report } from '../builder-error.ts';
import { checkLabels, checkSelector } from '../check/label-syntax.ts';
import type { V1PodSpec, V1PodTemplateSpec } from '../gen/core/v1.ts';
import type { V1LabelSelector } from '../gen/meta/v1.ts';
import type { KubeObject } from '../kinds/kind.ts';
import { type SelectorLike, selectorOf, selects } from '../meta/selector.ts';
import { PodWorkload } from './pod-workload.ts';

/** An object with a selector and a pod template. */
export interface SelectorObject extends KubeObject {
  spec?: { selector: V1LabelSelector; template: V1PodTemplateSpec };
}

/** Base of builders of kinds with a selector. */
export abstract class SelectorWorkload<T extends SelectorObject, M extends string> extends PodWorkload<T, M> {
  /** How the object finds its pods; pods get these labels. Cannot change later. @default {app: name} */
  selector(selector: SelectorLike): this {
    return this.withSpec({ selector: selectorOf(selector) } as never);
  }

  protected override derive(draft: T): void {
    super.derive(draft);
    const spec = (draft.spec ??= {} as NonNullable<T['spec']>);
    spec.selector ??= { matchLabels: { app: draft.metadata.name ?? '' } };
    this.deriveLabels(draft, spec.selector.matchLabels ?? {});
    for (const constraint of spec.template?.spec?.topologySpreadConstraints ?? []) {
      constraint.labelSelector ??= structuredClone(spec.selector);
    }
  }

  protected override check(object: T, report: Report): void {
    super.check(object, report);
    const selector = object.spec?.selector;
    checkSelector(selector, 'spec.selector', report);
    const labels = object.spec?.template?.metadata?.labels ?? {};
    checkLabels(labels, 'spec.template.metadata.labels', report);
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
    checkAlwaysRestarts(object.spec?.template?.spec, report);
  }
}

function checkAlwaysRestarts(pod: V1PodSpec | undefined, report: Report): void {
  const policy = pod?.restartPolicy ?? 'Always';
  if (policy === 'Always') return;
  report('RESTART_POLICY', 'spec.template.spec.restartPolicy', `${policy}: this kind restarts its pods always`);
}
