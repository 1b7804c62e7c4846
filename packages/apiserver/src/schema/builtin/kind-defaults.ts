/** What each built-in kind gets when its author leaves it out, as kube-apiserver 1.36 fills it in. */
import type { JsonObject } from '../../store/kube-object.ts';
import { defaultCrd } from '../crd-defaults.ts';
import { changeAt, changeEach, changeObject, fill, objectAt, textAt } from './fill.ts';
import { defaultPod, defaultPodSpec, defaultTemplate } from './pod-defaults.ts';

type Defaults = (object: JsonObject) => JsonObject;

const rbacGroup = 'rbac.authorization.k8s.io';

/** By `group/Kind`, or `Kind` of the core group. */
const defaults: Readonly<Record<string, Defaults>> = {
  Pod: defaultPod,
  PodTemplate: (object) => changeAt(object, ['template', 'spec'], defaultPodSpec),
  ReplicationController: onSpec((spec) => fill(defaultTemplate(spec), { replicas: 1 })),
  'apps/Deployment': onSpec(defaultDeployment),
  'apps/ReplicaSet': onSpec((spec) => fill(defaultTemplate(spec), { replicas: 1 })),
  'apps/StatefulSet': onSpec(defaultStatefulSet),
  'apps/DaemonSet': onSpec(defaultDaemonSet),
  'batch/Job': onSpec(defaultJob),
  'batch/CronJob': onSpec(defaultCronJob),
  Service: onSpec(defaultService),
  Endpoints: (object) =>
    changeEach(object, 'subsets', (subset) => changeEach(subset, 'ports', (port) => fill(port, { protocol: 'TCP' }))),
  Secret: (object) => fill(object, { type: 'Opaque' }),
  Namespace: defaultNamespace,
  PersistentVolumeClaim: (object) => withPhase(onSpec((spec) => fill(spec, { volumeMode: 'Filesystem' }))(object)),
  PersistentVolume: (object) =>
    withPhase(
      onSpec((spec) => fill(spec, { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' }))(object),
    ),
  LimitRange: onSpec((spec) => changeEach(spec, 'limits', defaultLimit)),
  'autoscaling/HorizontalPodAutoscaler': onSpec(defaultAutoscaler),
  'networking.k8s.io/NetworkPolicy': onSpec(defaultNetworkPolicy),
  'networking.k8s.io/IngressClass': onSpec((spec) =>
    changeObject(spec, 'parameters', (parameters) => fill(parameters, { scope: 'Cluster' })),
  ),
  'storage.k8s.io/StorageClass': (object) => fill(object, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
  'storage.k8s.io/CSIDriver': onSpec((spec) =>
    fill(spec, {
      attachRequired: true,
      podInfoOnMount: false,
      storageCapacity: false,
      fsGroupPolicy: 'ReadWriteOnceWithFSType',
      volumeLifecycleModes: ['Persistent'],
      requiresRepublish: false,
      seLinuxMount: false,
    }),
  ),
  'scheduling.k8s.io/PriorityClass': (object) => fill(object, { preemptionPolicy: 'PreemptLowerPriority' }),
  'rbac.authorization.k8s.io/RoleBinding': defaultBinding,
  'rbac.authorization.k8s.io/ClusterRoleBinding': defaultBinding,
  'discovery.k8s.io/EndpointSlice': (object) =>
    changeEach(object, 'ports', (port) => ({ ...fill(port, { protocol: 'TCP' }), name: textAt(port, 'name') })),
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': (object) =>
    changeEach(object, 'webhooks', (hook) => fill(defaultWebhook(hook), { reinvocationPolicy: 'Never' })),
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': (object) =>
    changeEach(object, 'webhooks', defaultWebhook),
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy': onSpec(defaultPolicy),
  'admissionregistration.k8s.io/MutatingAdmissionPolicy': onSpec(defaultPolicy),
  'apiextensions.k8s.io/CustomResourceDefinition': defaultCrd,
  'apiregistration.k8s.io/APIService': onSpec((spec) =>
    changeObject(spec, 'service', (service) => fill(service, { port: 443 })),
  ),
  'authentication.k8s.io/TokenRequest': onSpec((spec) => fill(spec, { expirationSeconds: 3600 })),
};

/** Fills in the defaults of a built-in kind; kinds without any come back as they are. */
export function defaultBuiltin(object: JsonObject, group: string, kind: string): JsonObject {
  return defaults[group === '' ? kind : `${group}/${kind}`]?.(object) ?? object;
}

function onSpec(change: Defaults): Defaults {
  return (object) => changeObject(object, 'spec', change);
}

function defaultDeployment(spec: JsonObject): JsonObject {
  const filled = fill(defaultTemplate(spec), {
    replicas: 1,
    strategy: {},
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
  });
  return changeObject(filled, 'strategy', (strategy) => {
    const typed = fill(strategy, { type: 'RollingUpdate' });
    if (typed['type'] !== 'RollingUpdate') return typed;
    const rolling = fill(objectAt(typed, 'rollingUpdate'), { maxUnavailable: '25%', maxSurge: '25%' });
    return { ...typed, rollingUpdate: rolling };
  });
}

function defaultStatefulSet(spec: JsonObject): JsonObject {
  const filled = fill(defaultTemplate(spec), {
    podManagementPolicy: 'OrderedReady',
    updateStrategy: {},
    replicas: 1,
    revisionHistoryLimit: 10,
    persistentVolumeClaimRetentionPolicy: {},
  });
  let out = changeObject(filled, 'updateStrategy', (strategy) => {
    const typed = fill(strategy, { type: 'RollingUpdate' });
    if (typed['type'] !== 'RollingUpdate') return typed;
    return { ...typed, rollingUpdate: fill(objectAt(typed, 'rollingUpdate'), { partition: 0 }) };
  });
  out = changeObject(out, 'persistentVolumeClaimRetentionPolicy', (policy) =>
    fill(policy, { whenDeleted: 'Retain', whenScaled: 'Retain' }),
  );
  return changeEach(out, 'volumeClaimTemplates', (claim) =>
    withPhase({
      ...fill(claim, { kind: 'PersistentVolumeClaim', apiVersion: 'v1' }),
      spec: fill(objectAt(claim, 'spec'), { volumeMode: 'Filesystem' }),
    }),
  );
}

function defaultDaemonSet(spec: JsonObject): JsonObject {
  const filled = fill(defaultTemplate(spec), { updateStrategy: {}, revisionHistoryLimit: 10 });
  return changeObject(filled, 'updateStrategy', (strategy) => {
    const typed = fill(strategy, { type: 'RollingUpdate' });
    if (typed['type'] !== 'RollingUpdate') return typed;
    return { ...typed, rollingUpdate: fill(objectAt(typed, 'rollingUpdate'), { maxUnavailable: 1, maxSurge: 0 }) };
  });
}

function defaultJob(spec: JsonObject): JsonObject {
  // only a job that says nothing at all about its size runs once; with completions alone it is parallel by one
  const counts = spec['completions'] === undefined && spec['parallelism'] === undefined ? { completions: 1 } : {};
  return fill(defaultTemplate(spec), {
    ...counts,
    parallelism: 1,
    backoffLimit: spec['backoffLimitPerIndex'] === undefined ? 6 : 2 ** 31 - 1,
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: spec['podFailurePolicy'] === undefined ? 'TerminatingOrFailed' : 'Failed',
    manualSelector: false,
  });
}

function defaultCronJob(spec: JsonObject): JsonObject {
  const filled = fill(spec, {
    concurrencyPolicy: 'Allow',
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  });
  return changeAt(filled, ['jobTemplate', 'spec'], defaultTemplate);
}

function defaultService(spec: JsonObject): JsonObject {
  let out = fill(spec, { sessionAffinity: 'None', type: 'ClusterIP' });
  if (out['sessionAffinity'] === 'ClientIP') {
    const config = objectAt(out, 'sessionAffinityConfig');
    const clientIP = fill(objectAt(config, 'clientIP'), { timeoutSeconds: 10_800 });
    out = { ...out, sessionAffinityConfig: { ...config, clientIP } };
  }
  const type = textAt(out, 'type');
  const external = type === 'NodePort' || type === 'LoadBalancer';
  if (external || (type === 'ClusterIP' && objectsOrTexts(out, 'externalIPs') > 0)) {
    out = fill(out, { externalTrafficPolicy: 'Cluster' });
  }
  if (external || type === 'ClusterIP') out = fill(out, { internalTrafficPolicy: 'Cluster' });
  if (type === 'LoadBalancer') out = fill(out, { allocateLoadBalancerNodePorts: true });
  return changeEach(out, 'ports', (port) => {
    const filled = fill(port, { protocol: 'TCP' });
    const target = filled['targetPort'];
    return target === undefined || target === 0 || target === ''
      ? { ...filled, targetPort: port['port'] ?? 0 }
      : filled;
  });
}

function objectsOrTexts(object: JsonObject, name: string): number {
  const list = object[name];
  return Array.isArray(list) ? list.length : 0;
}

function defaultNamespace(object: JsonObject): JsonObject {
  const metadata = objectAt(object, 'metadata');
  const name = textAt(metadata, 'name');
  if (name === '') return object;
  const labels = fill(objectAt(metadata, 'labels'), { 'kubernetes.io/metadata.name': name });
  return labels === metadata['labels'] ? object : { ...object, metadata: { ...metadata, labels } };
}

function withPhase(object: JsonObject): JsonObject {
  return { ...object, status: fill(objectAt(object, 'status'), { phase: 'Pending' }) };
}

/** A container's limits and requests follow from each other, from the strictest on. */
function defaultLimit(limit: JsonObject): JsonObject {
  if (limit['type'] !== 'Container') return limit;
  const limits = fill(objectAt(limit, 'default'), objectAt(limit, 'max'));
  const requests = fill(fill(objectAt(limit, 'defaultRequest'), limits), objectAt(limit, 'min'));
  const filled: JsonObject = {};
  if (Object.keys(limits).length > 0) filled['default'] = limits;
  if (Object.keys(requests).length > 0) filled['defaultRequest'] = requests;
  return { ...limit, ...filled };
}

function defaultAutoscaler(spec: JsonObject): JsonObject {
  const filled = fill(spec, { minReplicas: 1 });
  if (filled['metrics'] !== undefined || filled['targetCPUUtilizationPercentage'] !== undefined) return filled;
  const target = { type: 'Utilization', averageUtilization: 80 };
  return { ...filled, metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }] };
}

function defaultNetworkPolicy(spec: JsonObject): JsonObject {
  const types = Array.isArray(spec['egress']) ? ['Ingress', 'Egress'] : ['Ingress'];
  const protocol = (rule: JsonObject): JsonObject =>
    changeEach(rule, 'ports', (port) => fill(port, { protocol: 'TCP' }));
  return changeEach(changeEach(fill(spec, { policyTypes: types }), 'ingress', protocol), 'egress', protocol);
}

function defaultBinding(object: JsonObject): JsonObject {
  const bound = changeObject(object, 'roleRef', (reference) => fill(reference, { apiGroup: rbacGroup }));
  return changeEach(bound, 'subjects', (subject) =>
    subject['kind'] === 'User' || subject['kind'] === 'Group' ? fill(subject, { apiGroup: rbacGroup }) : subject,
  );
}

function defaultWebhook(hook: JsonObject): JsonObject {
  const filled = fill(hook, {
    failurePolicy: 'Fail',
    matchPolicy: 'Equivalent',
    namespaceSelector: {},
    objectSelector: {},
    timeoutSeconds: 10,
  });
  const scoped = changeEach(filled, 'rules', (rule) => fill(rule, { scope: '*' }));
  return changeAt(scoped, ['clientConfig', 'service'], (service) => fill(service, { port: 443 }));
}

function defaultPolicy(spec: JsonObject): JsonObject {
  const filled = fill(spec, { failurePolicy: 'Fail' });
  return changeObject(filled, 'matchConstraints', (match) => {
    const matched = fill(match, { matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {} });
    return ['resourceRules', 'excludeResourceRules'].reduce(
      (rules, name) => changeEach(rules, name, (rule) => fill(rule, { scope: '*' })),
      matched,
    );
  });
}
