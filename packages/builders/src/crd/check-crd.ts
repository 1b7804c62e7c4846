/**
 * Everything the API server checks in a CustomResourceDefinition before it accepts it, as a list of problems.
 *
 * Covers names, versions, schemas, columns and subresources; compiling CEL and estimating its cost stay with the server.
 */
import type { Problem } from '../builder-error.ts';
import { checkNames } from './check-names.ts';
import { checkStructural, type ReportCrd } from './check-structural.ts';
import { checkSubresources } from './check-subresources.ts';
import type { CrdVersion, CustomResourceDefinition } from './custom-resource-definition.ts';

/** Problems of `crd` with their paths in it; an empty list means the API server's own checks would pass. */
export function checkCrd(crd: CustomResourceDefinition): Problem[] {
  const problems: Problem[] = [];
  const report: ReportCrd = (code, path, message) => problems.push({ code, path, message });
  checkNames(crd, report);
  checkVersions(crd.spec.versions, report);
  crd.spec.versions.forEach((version, index) => {
    const path = `spec.versions[${index}]`;
    const schema: CrdVersion['schema'] | undefined = version.schema;
    if (schema?.openAPIV3Schema === undefined) report('CRD_ROOT', `${path}.schema`, 'every version needs a schema');
    else checkStructural(schema.openAPIV3Schema, `${path}.schema.openAPIV3Schema`, report);
    checkSubresources(version, path, report);
  });
  checkConversion(crd, report);
  return problems;
}

function checkVersions(versions: readonly CrdVersion[], report: ReportCrd): void {
  const path = 'spec.versions';
  const stored = versions.filter(({ storage }) => storage);
  if (stored.length !== 1) {
    report('CRD_VERSION', path, `${stored.length} versions have storage: true; exactly one must`);
  }
  versions.forEach(({ name, deprecated, deprecationWarning }, index) => {
    const here = `${path}[${index}]`;
    if (versions.findIndex((other) => other.name === name) !== index) {
      report('CRD_VERSION', here, `version ${name} occurs twice`);
    }
    if (deprecationWarning === undefined) return;
    if (deprecated !== true) report('CRD_VERSION', here, 'deprecationWarning needs deprecated: true');
    if (deprecationWarning.length > 256) {
      report('CRD_VERSION', here, `deprecationWarning has ${deprecationWarning.length} characters; at most 256 fit`);
    }
  });
}

function checkConversion(crd: CustomResourceDefinition, report: ReportCrd): void {
  const { conversion } = crd.spec;
  const path = 'spec.conversion';
  if (conversion === undefined) return;
  if (conversion.strategy === 'None') {
    if (conversion.webhook !== undefined) report('CRD_CONVERSION', path, "webhook needs strategy: 'Webhook'");
    return;
  }
  if ((conversion.webhook?.conversionReviewVersions.length ?? 0) === 0) {
    report('CRD_CONVERSION', path, "conversionReviewVersions is required; use ['v1']");
  }
  const client = conversion.webhook?.clientConfig;
  if ((client?.url === undefined) === (client?.service === undefined)) {
    report('CRD_CONVERSION', path, 'clientConfig needs exactly one of url and service');
  }
  if (client?.url !== undefined && !client.url.startsWith('https://')) {
    report('CRD_CONVERSION', path, `url ${client.url} must start with https://`);
  }
}
