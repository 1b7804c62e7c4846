/**
 * Rules about `metadata` that hold for every kind: names, labels, annotations, finalizers, owners, and what an update may
 * not change.
 *
 * Not here: rules of one kind (`builtin-validation.ts`).
 */
import { isJsonObject, type JsonObject } from '../store/kube-object.ts';
import { deepEqual } from '../store/deep-equal.ts';
import type { FieldError } from './field-error.ts';
import { forbidden, invalidValue, required, tooLong } from './field-errors.ts';
import {
  asPrefix,
  dns1123Label,
  dns1123Subdomain,
  labelValueRule,
  qualifiedName,
  type NameRule,
} from './name-rules.ts';
import type { JsonValue } from './schema-node.ts';

export interface MetadataRules {
  readonly namespaced: boolean;
  /** @default a DNS subdomain */
  readonly name?: NameRule;
}

const annotationLimitBytes = 256 * 1024;
const standardFinalizers = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** Problems of the metadata of an object about to be stored. */
export function validateMetadata(object: JsonObject, rules: MetadataRules, old?: JsonObject): FieldError[] {
  const meta = isJsonObject(object['metadata']) ? object['metadata'] : {};
  const oldMeta = old === undefined ? undefined : isJsonObject(old['metadata']) ? old['metadata'] : {};
  return [
    ...nameErrors(meta, rules),
    ...namespaceErrors(meta, rules),
    ...labelErrors(meta['labels'], 'metadata.labels'),
    ...annotationErrors(meta['annotations'], 'metadata.annotations'),
    ...ownerErrors(meta['ownerReferences']),
    ...finalizerErrors(meta['finalizers']),
    ...(oldMeta === undefined ? [] : updateErrors(meta, oldMeta)),
  ];
}

function nameErrors(meta: JsonObject, { name: rule = dns1123Subdomain }: MetadataRules): FieldError[] {
  const errors: FieldError[] = [];
  const generateName = meta['generateName'];
  if (typeof generateName === 'string' && generateName !== '') {
    errors.push(...problems(asPrefix(rule), generateName, 'metadata.generateName'));
  }
  const name = meta['name'];
  if (typeof name !== 'string' || name === '') {
    errors.push(required('metadata.name', 'name or generateName is required'));
  } else errors.push(...problems(rule, name, 'metadata.name'));
  return errors;
}

function namespaceErrors(meta: JsonObject, { namespaced }: MetadataRules): FieldError[] {
  const namespace = meta['namespace'];
  const given = typeof namespace === 'string' && namespace !== '';
  if (!namespaced) return given ? [forbidden('metadata.namespace', 'not allowed on this type')] : [];
  return given ? problems(dns1123Label, namespace, 'metadata.namespace') : [required('metadata.namespace')];
}

/** Also for the labels of selectors and pod templates. */
export function labelErrors(labels: JsonValue | undefined, path: string): FieldError[] {
  if (!isJsonObject(labels)) return [];
  return Object.entries(labels).flatMap(([key, value]) => [
    ...problems(qualifiedName, key, path),
    ...(typeof value === 'string' ? problems(labelValueRule, value, path) : []),
  ]);
}

export function annotationErrors(annotations: JsonValue | undefined, path: string): FieldError[] {
  if (!isJsonObject(annotations)) return [];
  const errors = Object.keys(annotations).flatMap((key) => problems(qualifiedName, key.toLowerCase(), path, key));
  const sizeBytes = Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(typeof value === 'string' ? value : ''),
    0,
  );
  return sizeBytes > annotationLimitBytes ? [...errors, tooLong(path, annotationLimitBytes)] : errors;
}

function ownerErrors(owners: JsonValue | undefined): FieldError[] {
  if (!Array.isArray(owners)) return [];
  const path = 'metadata.ownerReferences';
  const errors: FieldError[] = [];
  let controller: string | undefined;
  for (const owner of owners.filter((item) => isJsonObject(item))) {
    const [apiVersion, kind, name, uid] = ['apiVersion', 'kind', 'name', 'uid'].map((key) => text(owner[key]));
    if (apiVersion === '') errors.push(invalidValue(`${path}.apiVersion`, '', 'version must not be empty'));
    else if ((apiVersion ?? '').split('/').length > 2) {
      errors.push(invalidValue(`${path}.apiVersion`, apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
    }
    if (kind === '') errors.push(invalidValue(`${path}.kind`, '', 'must not be empty'));
    if (name === '') errors.push(invalidValue(`${path}.name`, '', 'must not be empty'));
    if (uid === '') errors.push(invalidValue(`${path}.uid`, '', 'must not be empty'));
    if (apiVersion === 'v1' && kind === 'Event') {
      errors.push(invalidValue(path, owner, '/v1, Kind=Event is disallowed from being an owner'));
    }
    if (owner['controller'] !== true) continue;
    if (controller === undefined) controller = `${kind}/${name}`;
    else {
      const detail = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${kind}/${name}`;
      errors.push(invalidValue(path, owners, detail));
    }
  }
  return errors;
}

function finalizerErrors(finalizers: JsonValue | undefined): FieldError[] {
  if (!Array.isArray(finalizers)) return [];
  const path = 'metadata.finalizers';
  const errors = finalizers.flatMap((finalizer, index) => {
    const name = text(finalizer);
    const own = problems(qualifiedName, name, `${path}[${index}]`);
    if (own.length > 0 || name.includes('/') || standardFinalizers.has(name)) return own;
    const detail = 'name is neither a standard finalizer name nor is it fully qualified';
    return [invalidValue(`${path}[${index}]`, name, detail)];
  });
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    const detail = 'finalizer orphan and foregroundDeletion cannot be both set';
    errors.push(invalidValue(path, finalizers, detail));
  }
  return errors;
}

/** Fields that the server keeps as they were where a client leaves them out. */
const immutableFields = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const;

function updateErrors(meta: JsonObject, old: JsonObject): FieldError[] {
  const errors = immutableFields.flatMap((field) => {
    const before = old[field];
    const now = meta[field];
    if (now === undefined || now === null || now === '' || deepEqual(now, before)) return [];
    return [invalidValue(`metadata.${field}`, now, 'field is immutable')];
  });
  const [generation, before] = [meta['generation'], old['generation']];
  if (typeof generation === 'number' && typeof before === 'number' && generation < before) {
    errors.push(invalidValue('metadata.generation', generation, 'must not be decremented'));
  }
  return [...errors, ...newFinalizerErrors(meta, old)];
}

function newFinalizerErrors(meta: JsonObject, old: JsonObject): FieldError[] {
  if (typeof old['deletionTimestamp'] !== 'string') return [];
  const before = Array.isArray(old['finalizers']) ? old['finalizers'] : [];
  const now = Array.isArray(meta['finalizers']) ? meta['finalizers'] : [];
  const added = now.filter((finalizer) => !before.includes(finalizer));
  if (added.length === 0) return [];
  const shown = `[]string{${added.map((name) => JSON.stringify(name)).join(', ')}}`;
  const detail = `no new finalizers can be added if the object is being deleted, found new finalizers ${shown}`;
  return [forbidden('metadata.finalizers', detail)];
}

function problems(rule: NameRule, name: string, path: string, shown: string = name): FieldError[] {
  return rule(name).map((problem) => invalidValue(path, shown, problem));
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
