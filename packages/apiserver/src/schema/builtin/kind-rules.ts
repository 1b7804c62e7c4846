/** The rules of each built-in kind beyond its metadata; kinds without an entry have none here. */
import { isIPv4, isIPv6 } from 'node:net';
import { deepEqual } from '../../store/deep-equal.ts';
import { isJsonObject, type JsonObject } from '../../store/kube-object.ts';
import { validateCrd } from '../crd-validation.ts';
import type { FieldError } from '../field-error.ts';
import { duplicate, forbidden, invalidValue, notSupported, required, tooLong } from '../field-errors.ts';
import { configMapKey } from '../name-rules.ts';
import { labelErrors } from '../object-meta-validation.ts';
import type { JsonValue } from '../schema-node.ts';
import { objectAt, objectsAt, textAt } from './fill.ts';
import { nonNegative, oneOfTexts, podSpecErrors, portNameErrors, templateErrors } from './pod-rules.ts';
import { selectorErrors } from './selector-rules.ts';
import {
  cronJobErrors,
  daemonSetErrors,
  deploymentErrors,
  jobErrors,
  replicaSetErrors,
  replicaStatusErrors,
  statefulSetErrors,
} from './workload-rules.ts';

type Rules = (object: JsonObject, old: JsonObject | undefined) => FieldError[];

const rbacGroup = 'rbac.authorization.k8s.io';
const dataLimitBytes = 1024 * 1024;

/** By `group/Kind`, or `Kind` of the core group. */
const rules: Readonly<Record<string, Rules>> = {
  ConfigMap: configMapErrors,
  Secret: secretErrors,
  Service: serviceErrors,
  Pod: (object) => podSpecErrors(objectAt(object, 'spec'), 'spec'),
  PodTemplate: (object) => templateErrors(objectAt(object, 'template'), 'template'),
  PersistentVolumeClaim: claimErrors,
  Event: (object) => eventErrors(object),
  'events.k8s.io/Event': (object, old) => (old === undefined ? newEventErrors(object) : []),
  'apps/Deployment': deploymentErrors,
  'apps/ReplicaSet': replicaSetErrors,
  'apps/StatefulSet': statefulSetErrors,
  'apps/DaemonSet': daemonSetErrors,
  'batch/Job': jobErrors,
  'batch/CronJob': cronJobErrors,
  'coordination.k8s.io/Lease': leaseErrors,
  'networking.k8s.io/NetworkPolicy': networkPolicyErrors,
  'networking.k8s.io/Ingress': ingressErrors,
  'policy/PodDisruptionBudget': disruptionErrors,
  'storage.k8s.io/StorageClass': (object) => (textAt(object, 'provisioner') === '' ? [required('provisioner')] : []),
  'rbac.authorization.k8s.io/Role': (object) => ruleErrors(object, true),
  'rbac.authorization.k8s.io/ClusterRole': (object) => ruleErrors(object, false),
  'rbac.authorization.k8s.io/RoleBinding': (object, old) => bindingErrors(object, old, ['ClusterRole', 'Role']),
  'rbac.authorization.k8s.io/ClusterRoleBinding': (object, old) => bindingErrors(object, old, ['ClusterRole']),
  'apiextensions.k8s.io/CustomResourceDefinition': validateCrd,
};

/** Rules of a status write; other kinds accept any status of the right type. */
const statusRules: Readonly<Record<string, Rules>> = {
  'apps/Deployment': replicaStatusErrors,
  'apps/ReplicaSet': replicaStatusErrors,
};

export function kindErrors(object: JsonObject, group: string, kind: string, old: JsonObject | undefined): FieldError[] {
  return rules[group === '' ? kind : `${group}/${kind}`]?.(object, old) ?? [];
}

export function kindStatusErrors(
  object: JsonObject,
  group: string,
  kind: string,
  old: JsonObject | undefined,
): FieldError[] {
  return statusRules[group === '' ? kind : `${group}/${kind}`]?.(object, old) ?? [];
}

// --- configuration ------------------------------------------------------------------------------------------------

function configMapErrors(object: JsonObject, old: JsonObject | undefined): FieldError[] {
  const [data, binary] = [objectAt(object, 'data'), objectAt(object, 'binaryData')];
  const errors = [...keyErrors(data, 'data'), ...keyErrors(binary, 'binaryData')];
  for (const key of Object.keys(data).filter((name) => Object.hasOwn(binary, name))) {
    errors.push(invalidValue(`data[${key}]`, key, 'duplicate of key present in binaryData'));
  }
  if (sizeBytes(data) + decodedBytes(binary) > dataLimitBytes) errors.push(tooLong('', dataLimitBytes));
  return [...errors, ...immutableErrors(object, old, ['data', 'binaryData'])];
}

const neededKeys: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
};

function secretErrors(object: JsonObject, old: JsonObject | undefined): FieldError[] {
  const data = objectAt(object, 'data');
  const type = textAt(object, 'type');
  const errors = keyErrors(data, 'data');
  if (decodedBytes(data) > dataLimitBytes) errors.push(tooLong('data', dataLimitBytes));
  for (const key of neededKeys[type] ?? []) if (!(key in data)) errors.push(required(`data[${key}]`));
  if (type === 'kubernetes.io/basic-auth' && !('username' in data) && !('password' in data)) {
    errors.push(required('data[username]'), required('data[password]'));
  }
  const account = 'kubernetes.io/service-account.name';
  if (
    type === 'kubernetes.io/service-account-token' &&
    textAt(objectAt(object, 'metadata', 'annotations'), account) === ''
  ) {
    errors.push(required(`metadata.annotations[${account}]`));
  }
  if (old !== undefined && textAt(old, 'type') !== type) {
    errors.push(invalidValue('type', type, 'field is immutable'));
  }
  return [...errors, ...immutableErrors(object, old, ['data'])];
}

function keyErrors(data: JsonObject, path: string): FieldError[] {
  return Object.keys(data).flatMap((key) =>
    configMapKey(key).map((problem) => invalidValue(`${path}[${key}]`, key, problem)),
  );
}

function immutableErrors(object: JsonObject, old: JsonObject | undefined, fields: readonly string[]): FieldError[] {
  if (old?.['immutable'] !== true) return [];
  const detail = 'field is immutable when `immutable` is set';
  const errors = object['immutable'] === true ? [] : [forbidden('immutable', detail)];
  const changed = fields.filter((field) => !deepEqual(objectAt(object, field), objectAt(old, field)));
  return [...errors, ...changed.map((field) => forbidden(field, detail))];
}

function sizeBytes(data: JsonObject): number {
  return Object.values(data).reduce<number>(
    (sum, value) => sum + (typeof value === 'string' ? Buffer.byteLength(value) : 0),
    0,
  );
}

function decodedBytes(data: JsonObject): number {
  return Object.values(data).reduce<number>(
    (sum, value) => sum + (typeof value === 'string' ? Buffer.byteLength(value, 'base64') : 0),
    0,
  );
}

// --- network ------------------------------------------------------------------------------------------------------

const serviceTypes = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];

function serviceErrors(object: JsonObject, old: JsonObject | undefined): FieldError[] {
  const spec = objectAt(object, 'spec');
  const type = textAt(spec, 'type');
  const ports = objectsAt(spec, 'ports');
  const errors: FieldError[] = [];
  if (ports.length === 0 && textAt(spec, 'clusterIP') !== 'None' && type !== 'ExternalName') {
    errors.push(required('spec.ports'));
  }
  if (type === 'ExternalName' && textAt(spec, 'externalName') === '') errors.push(required('spec.externalName'));
  errors.push(...servicePortErrors(ports));
  errors.push(...labelErrors(spec['selector'], 'spec.selector'));
  errors.push(...oneOfTexts(spec['sessionAffinity'], 'spec.sessionAffinity', ['ClientIP', 'None']));
  errors.push(...oneOfTexts(type, 'spec.type', serviceTypes));
  const address = textAt(spec, 'clusterIP');
  if (address !== '' && address !== 'None' && !isIPv4(address) && !isIPv6(address)) {
    const detail = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
    errors.push(invalidValue('spec.clusterIPs[0]', address, detail));
  }
  return [...errors, ...clusterAddressErrors(spec, old)];
}

function servicePortErrors(ports: readonly JsonObject[]): FieldError[] {
  const names = new Set<string>();
  const numbers = new Set<string>();
  return ports.flatMap((port, index) => {
    const at = `spec.ports[${index}]`;
    const name = textAt(port, 'name');
    const errors: FieldError[] = [];
    if (name === '' && ports.length > 1) errors.push(required(`${at}.name`));
    else if (name !== '') errors.push(...portNameErrors(name, `${at}.name`));
    if (name !== '' && names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    const number = port['port'];
    if (typeof number !== 'number' || number < 1 || number > 65_535) {
      errors.push(invalidValue(`${at}.port`, number ?? 0, 'must be between 1 and 65535, inclusive'));
    }
    errors.push(...oneOfTexts(port['protocol'], `${at}.protocol`, ['SCTP', 'TCP', 'UDP']));
    const target = port['targetPort'];
    if (typeof target === 'number' && (target < 1 || target > 65_535)) {
      errors.push(invalidValue(`${at}.targetPort`, target, 'must be between 1 and 65535, inclusive'));
    } else if (typeof target === 'string') errors.push(...portNameErrors(target, `${at}.targetPort`));
    const key = `${JSON.stringify(number)}/${textAt(port, 'protocol')}`;
    if (numbers.has(key)) errors.push(duplicate(at, { port: number ?? 0, protocol: port['protocol'] ?? '' }));
    numbers.add(key);
    return errors;
  });
}

/** The allocated address stays for as long as the type needs one. */
function clusterAddressErrors(spec: JsonObject, old: JsonObject | undefined): FieldError[] {
  const before = old === undefined ? '' : textAt(objectAt(old, 'spec'), 'clusterIP');
  const now = textAt(spec, 'clusterIP');
  if (before === '' || now === before || textAt(spec, 'type') === 'ExternalName') return [];
  return [invalidValue('spec.clusterIPs[0]', now === '' ? null : [now], 'may not change once set')];
}

function networkPolicyErrors(object: JsonObject): FieldError[] {
  const spec = objectAt(object, 'spec');
  const sides = [
    ['ingress', 'from'],
    ['egress', 'to'],
  ] as const;
  return [
    ...selectorErrors(spec['podSelector'], 'spec.podSelector'),
    ...sides.flatMap(([side, peers]) =>
      objectsAt(spec, side).flatMap((rule, i) =>
        objectsAt(rule, peers).flatMap((peer, j) => peerErrors(peer, `spec.${side}[${i}].${peers}[${j}]`)),
      ),
    ),
  ];
}

function peerErrors(peer: JsonObject, path: string): FieldError[] {
  const errors = ['podSelector', 'namespaceSelector'].flatMap((name) => selectorErrors(peer[name], `${path}.${name}`));
  if (Object.keys(peer).length === 0) errors.push(required(path, 'must specify a peer'));
  const block = peer['ipBlock'];
  if (!isJsonObject(block)) return errors;
  const cidr = textAt(block, 'cidr');
  if (cidr === '') errors.push(required(`${path}.ipBlock.cidr`));
  else if (!isCidr(cidr)) {
    errors.push(
      invalidValue(`${path}.ipBlock.cidr`, cidr, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'),
    );
  }
  return errors;
}

function isCidr(text: string): boolean {
  const [address = '', length = '', ...rest] = text.split('/');
  if (rest.length > 0 || !/^\d{1,3}$/.test(length)) return false;
  return (isIPv4(address) && Number(length) <= 32) || (isIPv6(address) && Number(length) <= 128);
}

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];

function ingressErrors(object: JsonObject): FieldError[] {
  const spec = objectAt(object, 'spec');
  const rulesOf = objectsAt(spec, 'rules');
  if (rulesOf.length === 0 && spec['defaultBackend'] === undefined) {
    return [invalidValue('spec', rulesOf, 'either `defaultBackend` or `rules` must be specified')];
  }
  return rulesOf.flatMap((rule, i) =>
    objectsAt(objectAt(rule, 'http'), 'paths').flatMap((path, j) =>
      ingressPathErrors(path, `spec.rules[${i}].http.paths[${j}]`),
    ),
  );
}

function ingressPathErrors(path: JsonObject, at: string): FieldError[] {
  const type = path['pathType'];
  const errors: FieldError[] = [];
  if (typeof type !== 'string') errors.push(required(`${at}.pathType`, 'pathType must be specified'));
  else if (!pathTypes.includes(type)) errors.push(notSupported(`${at}.pathType`, type, pathTypes));
  else if (type !== 'ImplementationSpecific' && !textAt(path, 'path').startsWith('/')) {
    errors.push(invalidValue(`${at}.path`, textAt(path, 'path'), 'must be an absolute path'));
  }
  const backend = objectAt(path, 'backend');
  if (backend['service'] === undefined && backend['resource'] === undefined) {
    errors.push(required(`${at}.backend.service.name`), required(`${at}.backend`, 'port name or number is required'));
  } else if (backend['service'] !== undefined && textAt(objectAt(backend, 'service'), 'name') === '') {
    errors.push(required(`${at}.backend.service.name`));
  }
  return errors;
}

// --- storage, policy, coordination, events ------------------------------------------------------------------------

function claimErrors(object: JsonObject, old: JsonObject | undefined): FieldError[] {
  const spec = objectAt(object, 'spec');
  const errors: FieldError[] = [];
  const modes = spec['accessModes'];
  if (!Array.isArray(modes) || modes.length === 0) {
    errors.push(required('spec.accessModes', 'at least 1 access mode is required'));
  }
  if (objectAt(spec, 'resources', 'requests')['storage'] === undefined) {
    errors.push(required('spec.resources[storage]'));
  }
  if (old === undefined) return errors;
  const fixed = ({ resources: _r, volumeName: _v, volumeAttributesClassName: _c, ...rest }: JsonObject): JsonObject =>
    rest;
  if (deepEqual(fixed(spec), fixed(objectAt(old, 'spec')))) return errors;
  const detail =
    'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
  return [...errors, forbidden('spec', detail)];
}

function disruptionErrors(object: JsonObject): FieldError[] {
  const spec = objectAt(object, 'spec');
  const { minAvailable, maxUnavailable } = spec;
  const errors: FieldError[] = [];
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    errors.push(invalidValue('spec', spec, 'minAvailable and maxUnavailable cannot be both set'));
  }
  return [
    ...errors,
    ...nonNegative(minAvailable, 'spec.minAvailable'),
    ...nonNegative(maxUnavailable, 'spec.maxUnavailable'),
    ...selectorErrors(spec['selector'], 'spec.selector'),
  ];
}

function leaseErrors(object: JsonObject): FieldError[] {
  const spec = objectAt(object, 'spec');
  const duration = spec['leaseDurationSeconds'];
  const errors =
    typeof duration === 'number' && duration <= 0
      ? [invalidValue('spec.leaseDurationSeconds', duration, 'must be greater than 0')]
      : [];
  return [...errors, ...nonNegative(spec['leaseTransitions'], 'spec.leaseTransitions')];
}

function eventErrors(object: JsonObject): FieldError[] {
  const namespace = textAt(objectAt(object, 'metadata'), 'namespace');
  const involved = textAt(objectAt(object, 'involvedObject'), 'namespace');
  const isClusterScoped = involved === '' && (namespace === 'default' || namespace === 'kube-system');
  if (involved === namespace || isClusterScoped) return [];
  return [invalidValue('involvedObject.namespace', involved, 'does not match event.namespace')];
}

function newEventErrors(object: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const hasTime = typeof object['eventTime'] === 'string';
  if (!hasTime) errors.push(required('eventTime'));
  const type = textAt(object, 'type');
  if (type !== 'Normal' && type !== 'Warning') errors.push(invalidValue('type', '', `has invalid value: ${type}`));
  if (!hasTime) return errors;
  for (const field of ['reportingController', 'reportingInstance', 'action', 'reason']) {
    if (textAt(object, field) === '') errors.push(required(field));
  }
  return errors;
}

// --- access -------------------------------------------------------------------------------------------------------

function ruleErrors(object: JsonObject, isNamespaced: boolean): FieldError[] {
  return objectsAt(object, 'rules').flatMap((rule, index) => {
    const at = `rules[${index}]`;
    const list = (name: string): JsonValue[] => (Array.isArray(rule[name]) ? rule[name] : []);
    const errors: FieldError[] = [];
    if (list('verbs').length === 0) errors.push(required(`${at}.verbs`, 'verbs must contain at least one value'));
    if (list('nonResourceURLs').length > 0) {
      if (isNamespaced) {
        const detail = 'namespaced rules cannot apply to non-resource URLs';
        errors.push(invalidValue(`${at}.nonResourceURLs`, list('nonResourceURLs'), detail));
      }
      if (['apiGroups', 'resources', 'resourceNames'].some((name) => list(name).length > 0)) {
        const detail = 'rules cannot apply to both regular resources and non-resource URLs';
        errors.push(invalidValue(`${at}.nonResourceURLs`, list('nonResourceURLs'), detail));
      }
      return errors;
    }
    if (list('apiGroups').length === 0) {
      errors.push(required(`${at}.apiGroups`, 'resource rules must supply at least one api group'));
    }
    if (list('resources').length === 0) {
      errors.push(required(`${at}.resources`, 'resource rules must supply at least one resource'));
    }
    return errors;
  });
}

function bindingErrors(object: JsonObject, old: JsonObject | undefined, kinds: readonly string[]): FieldError[] {
  const reference = objectAt(object, 'roleRef');
  const errors: FieldError[] = [];
  if (textAt(reference, 'apiGroup') !== rbacGroup) {
    errors.push(notSupported('roleRef.apiGroup', textAt(reference, 'apiGroup'), [rbacGroup]));
  }
  if (!kinds.includes(textAt(reference, 'kind'))) {
    errors.push(notSupported('roleRef.kind', textAt(reference, 'kind'), kinds));
  }
  if (textAt(reference, 'name') === '') errors.push(required('roleRef.name'));
  errors.push(...objectsAt(object, 'subjects').flatMap((subject, i) => subjectErrors(subject, `subjects[${i}]`)));
  if (old !== undefined && !deepEqual(reference, objectAt(old, 'roleRef'))) {
    errors.push(invalidValue('roleRef', reference, 'cannot change roleRef'));
  }
  return errors;
}

function subjectErrors(subject: JsonObject, at: string): FieldError[] {
  const errors = textAt(subject, 'name') === '' ? [required(`${at}.name`)] : [];
  const group = textAt(subject, 'apiGroup');
  switch (textAt(subject, 'kind')) {
    case 'ServiceAccount':
      if (group !== '') errors.push(notSupported(`${at}.apiGroup`, group, ['']));
      if (textAt(subject, 'namespace') === '') errors.push(required(`${at}.namespace`));
      return errors;
    case 'User':
    case 'Group':
      return group === rbacGroup ? errors : [...errors, notSupported(`${at}.apiGroup`, group, [rbacGroup])];
    default:
      return [...errors, notSupported(`${at}.kind`, textAt(subject, 'kind'), ['ServiceAccount', 'User', 'Group'])];
  }
}
