/** `crd-invalid`, `crd-advice`: definitions of custom resources, wherever they come from. */
import { checkCrd } from '../crd/check-crd.ts';
import { crdWarnings } from '../crd/crd-warnings.ts';
import type { CustomResourceDefinition } from '../crd/custom-resource-definition.ts';
import type { KubeObject } from '../kinds/kind.ts';
import type { ReportFinding } from './lint-rule.ts';

/** Checks a definition; other kinds pass. */
export function lintDefinition(object: KubeObject, report: ReportFinding): void {
  if (object.kind !== 'CustomResourceDefinition' || object.apiVersion !== 'apiextensions.k8s.io/v1') return;
  const crd = object as CustomResourceDefinition;
  for (const { path, message } of checkCrd(crd)) report('crd-invalid', path, message);
  for (const { path, message } of crdWarnings(crd)) report('crd-advice', path, message);
}
