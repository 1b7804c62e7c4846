/** Rules between objects: what every single object cannot know about the others. */
import type { KubeObject } from '../kinds/kind.ts';
import { objectName } from '../object-name.ts';
import { lintAutoscaling } from './autoscaling.ts';
import { lintDefinition } from './definitions.ts';
import { Inventory } from './inventory.ts';
import { DEFAULT_SEVERITIES, type LintRule, type LintSeverity, type ReportFinding } from './lint-rule.ts';
import { lintPodSecurity } from './pod-security.ts';
import { lintPods } from './pods.ts';
import { lintReferences } from './references.ts';
import { lintSelections } from './selections.ts';

/** One violation of a rule. */
export interface Finding {
  readonly rule: LintRule;
  readonly severity: Exclude<LintSeverity, 'off'>;
  /** Such as `Deployment/web` or `Deployment/shop/web`. */
  readonly object: string;
  /** Where in the object, such as `spec.template.spec.containers[0].image`. */
  readonly path: string;
  /** Value and what to do; never the content of a Secret. */
  readonly message: string;
}

/** Which rules apply, and which names may be taken for granted. */
export interface LintOptions {
  /** Severity per rule; rules that are left out keep their default. */
  readonly rules?: Readonly<Partial<Record<LintRule, LintSeverity>>>;
  /** Names outside of the bundle that exist anyway, such as `Secret/db` or `Namespace/shop`. */
  readonly external?: readonly string[];
}

/** All findings, in the order of the objects. */
export function lintObjects(objects: readonly KubeObject[], options: LintOptions = {}): Finding[] {
  const inventory = new Inventory(objects, options.external ?? []);
  const severities = { ...DEFAULT_SEVERITIES, ...options.rules };
  return objects.flatMap((object) => {
    const findings: Finding[] = [];
    const report: ReportFinding = (rule, path, message) => {
      const severity: LintSeverity = severities[rule] ?? 'off';
      if (severity !== 'off') findings.push({ rule, severity, object: objectName(object), path, message });
    };
    lintReferences(object, inventory, report);
    lintSelections(object, inventory, report);
    lintAutoscaling(object, inventory, report);
    lintPods(object, inventory, report);
    lintPodSecurity(object, inventory, report);
    lintDefinition(object, report);
    return findings;
  });
}
