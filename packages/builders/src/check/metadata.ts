/** Metadata of any object: name, namespace, labels, annotations. */
import type { Report } from '../builder-error.ts';
import type { ObjectMeta } from '../kinds/kind.ts';
import { checkAnnotations, checkLabels } from './label-syntax.ts';
import { checkName, dnsLabel, type NameRule, subdomain } from './names.ts';

/** Reports what the API refuses in any metadata; the name by its kind's own rule. */
export function checkMetadata(metadata: ObjectMeta | undefined, report: Report, rule: NameRule = subdomain): void {
  if (metadata?.generateName === undefined || metadata.name !== undefined) {
    checkName(metadata?.name, rule, 'metadata.name', report);
  }
  if (metadata?.namespace !== undefined) checkName(metadata.namespace, dnsLabel, 'metadata.namespace', report);
  checkLabels(metadata?.labels, 'metadata.labels', report);
  checkAnnotations(metadata?.annotations, 'metadata.annotations', report);
}
