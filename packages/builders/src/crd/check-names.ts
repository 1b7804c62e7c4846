/** Names of a definition: group, kind, plural, versions, short names, categories. */
import type { ReportCrd } from './check-structural.ts';
import type { CustomResourceDefinition } from './custom-resource-definition.ts';

const LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const PROTECTED = /(^|\.)(k8s|kubernetes)\.io$/;
const APPROVAL = 'api-approved.kubernetes.io';

/** Checks every name of the definition. */
export function checkNames(crd: CustomResourceDefinition, report: ReportCrd): void {
  const { group, names, versions } = crd.spec;
  checkGroup(crd, report);
  if (crd.metadata.name !== `${names.plural}.${group}`) {
    const message = `${JSON.stringify(crd.metadata.name)} must be plural.group, "${names.plural}.${group}"`;
    report('CRD_NAME', 'metadata.name', message);
  }
  checkLabel(names.plural, 'spec.names.plural', report);
  checkLabel(names.kind.toLowerCase(), 'spec.names.kind', report);
  if (names.singular !== undefined && names.singular !== names.kind.toLowerCase()) {
    checkLabel(names.singular, 'spec.names.singular', report);
  }
  if (names.listKind !== undefined && names.listKind !== `${names.kind}List`) {
    checkLabel(names.listKind.toLowerCase(), 'spec.names.listKind', report);
  }
  if (names.listKind === names.kind) {
    report('CRD_NAME', 'spec.names.listKind', `listKind ${names.kind} must differ from kind`);
  }
  names.shortNames?.forEach((name, index) => checkLabel(name, `spec.names.shortNames[${index}]`, report));
  names.categories?.forEach((name, index) => checkLabel(name, `spec.names.categories[${index}]`, report));
  versions.forEach(({ name }, index) => checkLabel(name, `spec.versions[${index}].name`, report));
}

function checkGroup({ metadata, spec: { group } }: CustomResourceDefinition, report: ReportCrd): void {
  if (group.length > 253 || !SUBDOMAIN.test(group)) {
    report('CRD_NAME', 'spec.group', `${JSON.stringify(group)} must be a DNS-1123 subdomain of at most 253 characters`);
  } else if (!group.includes('.')) {
    report('CRD_NAME', 'spec.group', `${JSON.stringify(group)} needs a dot; use a domain you own, as in example.com`);
  }
  if (PROTECTED.test(group) && metadata.annotations?.[APPROVAL] === undefined) {
    const fix = `use your own domain, or set the annotation ${APPROVAL} to the approving pull request`;
    report('CRD_GROUP_PROTECTED', 'spec.group', `${group} belongs to the Kubernetes project: ${fix}`);
  }
}

function checkLabel(name: string, path: string, report: ReportCrd): void {
  if (name.length <= 63 && LABEL.test(name)) return;
  const rule = 'letters, digits and "-", starting with a letter, at most 63 characters';
  report('CRD_NAME', path, `${JSON.stringify(name)} must be a DNS-1035 label: ${rule}`);
}
