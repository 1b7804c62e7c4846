/**
 * What the server itself decides about a new built-in object, once it has a uid: the labels that tie a Job to its
 * pods, a node's first taint, a pod's quality of service. Volumes and their claims get no protecting finalizer: nothing
 * here would ever lift it, and their namespaces could not go.
 *
 * Not here: defaults (`kind-defaults.ts`), and what depends on other objects, such as addresses of Services.
 */
import type { JsonObject } from '../../store/kube-object.ts';
import { changeObject, objectAt, objectsAt, textAt } from './fill.ts';

type Preparation = (object: JsonObject) => JsonObject;

/** By `group/Kind`, or `Kind` of the core group. */
const preparations: Readonly<Record<string, Preparation>> = {
  Node: prepareNode,
  Pod: (object) => withStatus(object, { phase: 'Pending', qosClass: qualityOfService(objectAt(object, 'spec')) }),
  'batch/Job': prepareJob,
};

/** `object` has its final name and uid. Shares what doesn't change. */
export function prepareNewBuiltin(object: JsonObject, group: string, kind: string): JsonObject {
  return preparations[group === '' ? kind : `${group}/${kind}`]?.(object) ?? object;
}

/** What its writer is taken to have said: set before fields find their managers. Shares what doesn't change. */
export function seedNewBuiltin(object: JsonObject, group: string, kind: string): JsonObject {
  if (group !== 'apps' || kind !== 'DaemonSet') return object;
  return withAnnotation(object, 'deprecated.daemonset.template.generation', '1');
}

function withStatus(object: JsonObject, status: JsonObject): JsonObject {
  return { ...object, status: { ...objectAt(object, 'status'), ...status } };
}

function changeMetadata(object: JsonObject, change: Preparation): JsonObject {
  return changeObject(object, 'metadata', change);
}

function withAnnotation(object: JsonObject, name: string, value: string): JsonObject {
  return changeMetadata(object, (metadata) => ({
    ...metadata,
    annotations: { ...objectAt(metadata, 'annotations'), [name]: value },
  }));
}

function withLabels(object: JsonObject, labels: JsonObject): JsonObject {
  return { ...object, labels: { ...objectAt(object, 'labels'), ...labels } };
}

/** Until its kubelet says otherwise, a node takes no pods. */
function prepareNode(object: JsonObject): JsonObject {
  const spec = objectAt(object, 'spec');
  const taints = objectsAt(spec, 'taints');
  const key = 'node.kubernetes.io/not-ready';
  if (taints.some((taint) => taint['key'] === key)) return object;
  return { ...object, spec: { ...spec, taints: [...taints, { key, effect: 'NoSchedule' }] } };
}

/** A Job selects its pods by its own uid, unless its author took that on. */
function prepareJob(object: JsonObject): JsonObject {
  const spec = objectAt(object, 'spec');
  const metadata = objectAt(object, 'metadata');
  const [uid, name] = [textAt(metadata, 'uid'), textAt(metadata, 'name')];
  if (spec['manualSelector'] === true || uid === '') return object;
  const labels = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  const template = objectAt(spec, 'template');
  return {
    ...object,
    metadata: withLabels(metadata, labels),
    spec: {
      ...spec,
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
      template: { ...template, metadata: withLabels(objectAt(template, 'metadata'), labels) },
    },
  };
}

/** Guaranteed: requests equal limits of CPU and memory everywhere. BestEffort: none anywhere. Else Burstable. */
function qualityOfService(spec: JsonObject): string {
  const containers = [...objectsAt(spec, 'containers'), ...objectsAt(spec, 'initContainers')];
  const computed = ['cpu', 'memory'];
  const amounts = containers.map((container) => ({
    limits: objectAt(container, 'resources', 'limits'),
    requests: objectAt(container, 'resources', 'requests'),
  }));
  const says = (list: JsonObject): boolean => computed.some((name) => list[name] !== undefined);
  if (!amounts.some(({ limits, requests }) => says(limits) || says(requests))) return 'BestEffort';
  const isFixed = amounts.every(({ limits, requests }) =>
    computed.every((name) => limits[name] !== undefined && limits[name] === (requests[name] ?? limits[name])),
  );
  return isFixed ? 'Guaranteed' : 'Burstable';
}
