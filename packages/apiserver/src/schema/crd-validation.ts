/**
 * Whether a CustomResourceDefinition may be stored: names and group, versions, what an update may not change.
 *
 * Not here: the rules of a version's schema (`structural-schema-validation.ts`) and whether its CEL rules compile
 * (`cel/definition-rule-errors.ts`).
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
 */
import { definitionRuleErrors } from '../cel/definition-rule-errors.ts';
import type { JsonObject } from '../store/kube-object.ts';
import { deepEqual } from '../store/deep-equal.ts';
import { objectAt, objectsAt, textAt } from './builtin/fill.ts';
import type { FieldError } from './field-error.ts';
import { duplicate, invalidValue, notSupported, required } from './field-errors.ts';
import { dns1035Label, dns1123Subdomain } from './name-rules.ts';
import type { JsonValue } from './schema-node.ts';
import { structuralErrors } from './structural-schema-validation.ts';

const approvalAnnotation = 'api-approved.kubernetes.io';
const approvalUrl = 'https://github.com/kubernetes/enhancements/pull/1111';

/** Problems of a defaulted CRD beyond those of its metadata. */
export function validateCrd(crd: JsonObject, old?: JsonObject): FieldError[] {
  const errors = [...specErrors(crd, old), ...storedVersionErrors(crd), ...approvalErrors(crd)];
  return old === undefined ? [...nameErrors(crd), ...errors] : [...errors, ...immutableErrors(crd, old)];
}

function nameErrors(crd: JsonObject): FieldError[] {
  const spec = objectAt(crd, 'spec');
  const expected = `${textAt(objectAt(spec, 'names'), 'plural')}.${textAt(spec, 'group')}`;
  const name = textAt(objectAt(crd, 'metadata'), 'name');
  return name === expected ? [] : [invalidValue('metadata.name', name, 'must be spec.names.plural+"."+spec.group')];
}

function specErrors(crd: JsonObject, old: JsonObject | undefined): FieldError[] {
  const spec = objectAt(crd, 'spec');
  return [
    ...groupErrors(textAt(spec, 'group')),
    ...scopeErrors(textAt(spec, 'scope')),
    ...versionErrors(spec, old),
    ...preserveErrors(spec),
    ...namesErrors(objectAt(spec, 'names')),
    ...conversionErrors(spec),
  ];
}

function groupErrors(group: string): FieldError[] {
  if (group === '') return [required('spec.group')];
  const problems = dns1123Subdomain(group);
  if (problems.length > 0) return [invalidValue('spec.group', group, problems.join(','))];
  if (!group.includes('.')) return [invalidValue('spec.group', group, 'should be a domain with at least one dot')];
  return [];
}

function scopeErrors(scope: string): FieldError[] {
  if (scope === '') return [required('spec.scope')];
  return scope === 'Cluster' || scope === 'Namespaced'
    ? []
    : [notSupported('spec.scope', scope, ['Cluster', 'Namespaced'])];
}

function versionErrors(spec: JsonObject, old: JsonObject | undefined): FieldError[] {
  const known = objectsAt(objectAt(old ?? {}, 'spec'), 'versions').map((version) => version['schema']);
  const versions = objectsAt(spec, 'versions');
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  versions.forEach((version, index) => {
    const path = `spec.versions[${index}]`;
    const name = textAt(version, 'name');
    const problems = dns1035Label(name);
    if (problems.length > 0) errors.push(invalidValue(`${path}.name`, name, problems.join(',')));
    if (seen.has(name)) errors.push(duplicate(`${path}.name`, name));
    seen.add(name);
    errors.push(...servingErrors(version, path, versions.length, known));
  });
  const storage = versions.filter((version) => version['storage'] === true);
  if (storage.length !== 1) {
    const detail = 'must have exactly one version marked as storage version';
    errors.push(invalidValue('spec.versions', versions.map(goVersion), detail));
  }
  return errors;
}

/** A version as kube-apiserver's internal type shows itself in messages. */
function goVersion(version: JsonObject): JsonObject {
  return {
    Name: textAt(version, 'name'),
    Served: version['served'] === true,
    Storage: version['storage'] === true,
    Deprecated: version['deprecated'] === true,
    DeprecationWarning: version['deprecationWarning'] ?? null,
    Schema: null,
    Subresources: version['subresources'] ?? null,
    AdditionalPrinterColumns: version['additionalPrinterColumns'] ?? null,
    SelectableFields: version['selectableFields'] ?? null,
  };
}

function servingErrors(
  version: JsonObject,
  path: string,
  count: number,
  known: readonly (JsonValue | undefined)[],
): FieldError[] {
  const schema = objectAt(version, 'schema')['openAPIV3Schema'];
  const at = `${path}.schema.openAPIV3Schema`;
  // kube-apiserver keeps the schema of a lone version where older API versions had it, and names that place
  const shown = count === 1 ? 'spec.validation.openAPIV3Schema' : at;
  const isKnown = known.some((other) => deepEqual(other, version['schema']));
  const errors =
    schema === undefined || schema === null
      ? [required(at)]
      : schemaErrors(objectAt(version, 'schema', 'openAPIV3Schema'), shown, isKnown);
  return [
    ...errors,
    ...subresourceErrors(objectAt(version, 'subresources'), count === 1 ? 'spec.subresources' : `${path}.subresources`),
    ...columnErrors(version, count === 1 ? 'spec.additionalPrinterColumns' : `${path}.additionalPrinterColumns`),
    ...warningErrors(version, path),
  ];
}

/** Rules are compiled once the structure is sound; those of a schema that is already stored were compiled then. */
function schemaErrors(schema: JsonObject, path: string, isKnown: boolean): FieldError[] {
  const errors = structuralErrors(schema, path);
  return errors.length > 0 || isKnown ? errors : definitionRuleErrors(schema, path);
}

function subresourceErrors(subresources: JsonObject, path: string): FieldError[] {
  if (subresources['scale'] === undefined) return [];
  const scale = objectAt(subresources, 'scale');
  const rules = [
    ['specReplicasPath', 'spec', true],
    ['statusReplicasPath', 'status', true],
    ['labelSelectorPath', 'spec or status', false],
  ] as const;
  return rules.flatMap(([field, part, isRequired]) => {
    const value = textAt(scale, field);
    const at = `${path}.scale.${field}`;
    if (value === '') return isRequired ? [required(at)] : [];
    const prefixes = part === 'spec or status' ? ['.spec.', '.status.'] : [`.${part}.`];
    if (prefixes.some((prefix) => value.startsWith(prefix))) return [];
    const detail =
      part === 'spec or status'
        ? 'should be a json path under either .spec or .status'
        : `should be a json path under .${part}`;
    return [invalidValue(at, value, detail)];
  });
}

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];

function columnErrors(version: JsonObject, path: string): FieldError[] {
  return objectsAt(version, 'additionalPrinterColumns').flatMap((column, index) => {
    const at = `${path}[${index}]`;
    const errors: FieldError[] = [];
    if (textAt(column, 'name') === '') errors.push(required(`${at}.name`));
    const type = textAt(column, 'type');
    if (type === '') errors.push(required(`${at}.type`, `must be one of ${columnTypes.join(',')}`));
    else if (!columnTypes.includes(type)) {
      errors.push(invalidValue(`${at}.type`, type, `must be one of ${columnTypes.join(',')}`));
    }
    if (textAt(column, 'jsonPath') === '') errors.push(required(`${at}.JSONPath`));
    return errors;
  });
}

function warningErrors(version: JsonObject, path: string): FieldError[] {
  const warning = version['deprecationWarning'];
  if (typeof warning !== 'string') return [];
  const at = `${path}.deprecationWarning`;
  if (version['deprecated'] !== true) return [invalidValue(at, warning, 'can only be set for deprecated versions')];
  return warning.length > 256 ? [invalidValue(at, warning, 'must be <= 256 characters long')] : [];
}

function preserveErrors(spec: JsonObject): FieldError[] {
  if (spec['preserveUnknownFields'] !== true) return [];
  const detail =
    'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
  return [invalidValue('spec.preserveUnknownFields', true, detail)];
}

function namesErrors(names: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const check = (path: string, value: string, shown: string = value): void => {
    if (value === '') errors.push(required(path));
    else {
      const problems = dns1035Label(value);
      if (problems.length > 0) errors.push(invalidValue(path, shown, problems.join(',')));
    }
  };
  check('spec.names.plural', textAt(names, 'plural'));
  check('spec.names.singular', textAt(names, 'singular'));
  check('spec.names.kind', textAt(names, 'kind').toLowerCase(), textAt(names, 'kind'));
  const listKind = textAt(names, 'listKind');
  check('spec.names.listKind', listKind.toLowerCase(), listKind);
  texts(names['shortNames']).forEach((name, i) => check(`spec.names.shortNames[${i}]`, name));
  texts(names['categories']).forEach((name, i) => check(`spec.names.categories[${i}]`, name));
  if (listKind !== '' && listKind === textAt(names, 'kind')) {
    errors.push(invalidValue('spec.names.listKind', listKind, 'kind and listKind may not be the same'));
  }
  return errors;
}

function conversionErrors(spec: JsonObject): FieldError[] {
  const conversion = objectAt(spec, 'conversion');
  const strategy = textAt(conversion, 'strategy');
  if (strategy === '') return [required('spec.conversion.strategy')];
  if (strategy !== 'None' && strategy !== 'Webhook') {
    return [notSupported('spec.conversion.strategy', strategy, ['None', 'Webhook'])];
  }
  const hook = conversion['webhook'];
  if (strategy === 'None') {
    if (hook === undefined) return [];
    const detail = 'should not be set when strategy is not set to Webhook';
    return [{ path: 'spec.conversion.webhookClientConfig', type: 'FieldValueForbidden', value: '', detail }];
  }
  if (Object.keys(objectAt(conversion, 'webhook', 'clientConfig')).length > 0) return [];
  return [required('spec.conversion.webhookClientConfig', 'required when strategy is set to Webhook')];
}

function storedVersionErrors(crd: JsonObject): FieldError[] {
  const stored = texts(objectAt(crd, 'status')['storedVersions']);
  if (stored.length === 0) return [invalidValue('status.storedVersions', [], 'must have at least one stored version')];
  const versions = objectsAt(objectAt(crd, 'spec'), 'versions');
  const names = versions.map((version) => textAt(version, 'name'));
  const errors: FieldError[] = [];
  for (const version of versions.filter((candidate) => candidate['storage'] === true)) {
    const name = textAt(version, 'name');
    if (!stored.includes(name)) {
      errors.push(invalidValue('status.storedVersions', stored, `must have the storage version ${name}`));
    }
  }
  stored.forEach((name, index) => {
    if (names.includes(name)) return;
    const detail = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
    errors.push(invalidValue(`status.storedVersions[${index}]`, name, detail));
  });
  return errors;
}

/** Groups of Kubernetes' own domains need somebody's approval. */
function approvalErrors(crd: JsonObject): FieldError[] {
  const group = textAt(objectAt(crd, 'spec'), 'group');
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(group)) return [];
  const approval = textAt(objectAt(crd, 'metadata', 'annotations'), approvalAnnotation);
  const path = `metadata.annotations[${approvalAnnotation}]`;
  if (approval === '') {
    const detail = `protected groups must have approval annotation "${approvalAnnotation}", see ${approvalUrl}`;
    return [required(path, detail)];
  }
  if (approval.startsWith('unapproved') || URL.canParse(approval)) return [];
  return [
    invalidValue(
      path,
      approval,
      `protected groups must have approval annotation "${approvalAnnotation}" with either a URL or a reason starting with "unapproved", see ${approvalUrl}`,
    ),
  ];
}

function immutableErrors(crd: JsonObject, old: JsonObject): FieldError[] {
  const established = objectsAt(objectAt(old, 'status'), 'conditions').some(
    (condition) => condition['type'] === 'Established' && condition['status'] === 'True',
  );
  const [spec, before] = [objectAt(crd, 'spec'), objectAt(old, 'spec')];
  const fields: [string, JsonValue | undefined, JsonValue | undefined][] = [
    ['spec.group', spec['group'], before['group']],
  ];
  if (established) fields.unshift(['spec.scope', spec['scope'], before['scope']]);
  fields.push(['spec.names.plural', objectAt(spec, 'names')['plural'], objectAt(before, 'names')['plural']]);
  if (established) fields.push(['spec.names.kind', objectAt(spec, 'names')['kind'], objectAt(before, 'names')['kind']]);
  const changed = fields.filter(([, now, then]) => !deepEqual(now, then));
  // a new group or plural also breaks the name, which an update can't change: one complaint is enough
  return changed.map(([path, now]) => invalidValue(path, now, 'field is immutable'));
}

function texts(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
