/** The columns that kube-apiserver shows for built-in kinds; kinds without an entry show name and age. */
import { objectAt, objectsAt, textAt } from '../schema/builtin/fill.ts';
import type { JsonValue } from '../schema/schema-node.ts';
import { isJsonObject, type JsonObject, type KubeObject } from '../store/kube-object.ts';
import { ageOf, humanDuration } from './human-duration.ts';
import { podCells } from './pod-cells.ts';
import { nameColumn, type TableColumn, type TablePrinter } from './table.ts';

/** `Name`, `Name:integer` or `Name^` (wide output only), and the cell. */
type Column = readonly [heading: string, cell: (object: KubeObject, nowMs: number) => JsonValue];

const age: Column = ['Age', (object, nowMs) => ageOf(object.metadata.creationTimestamp, nowMs)];

/** By `group/Kind`, or `Kind` of the core group; the name comes first unless a kind names its own place for it. */
const columnsOf: Readonly<Record<string, readonly Column[]>> = {
  Pod: [
    ['Ready', (pod) => podCells(pod).ready],
    ['Status', (pod) => podCells(pod).status],
    ['Restarts', (pod, nowMs) => podCells(pod, nowMs).restarts],
    age,
    ['IP^', (pod) => textAt(status(pod), 'podIP') || '<none>'],
    ['Node^', (pod) => textAt(spec(pod), 'nodeName') || '<none>'],
    ['Nominated Node^', (pod) => textAt(status(pod), 'nominatedNodeName') || '<none>'],
    ['Readiness Gates^', (pod) => podCells(pod).readinessGates],
  ],
  'apps/Deployment': [
    ['Ready', (object) => `${numberAt(status(object), 'readyReplicas')}/${numberAt(spec(object), 'replicas')}`],
    ['Up-to-date', (object) => numberAt(status(object), 'updatedReplicas')],
    ['Available', (object) => numberAt(status(object), 'availableReplicas')],
    age,
    ...templateColumns(),
  ],
  'apps/ReplicaSet': [...replicaColumns(), age, ...templateColumns()],
  ReplicationController: [...replicaColumns(), age, ...templateColumns()],
  'apps/StatefulSet': [
    ['Ready', (object) => `${numberAt(status(object), 'readyReplicas')}/${numberAt(spec(object), 'replicas')}`],
    age,
    ...templateColumns().slice(0, 2),
  ],
  'apps/DaemonSet': [
    ['Desired:integer', (object) => numberAt(status(object), 'desiredNumberScheduled')],
    ['Current:integer', (object) => numberAt(status(object), 'currentNumberScheduled')],
    ['Ready:integer', (object) => numberAt(status(object), 'numberReady')],
    ['Up-to-date:integer', (object) => numberAt(status(object), 'updatedNumberScheduled')],
    ['Available:integer', (object) => numberAt(status(object), 'numberAvailable')],
    ['Node Selector', (object) => labelsText(objectAt(spec(object), 'template', 'spec', 'nodeSelector'))],
    age,
    ...templateColumns(),
  ],
  'batch/Job': [
    ['Status', jobStatus],
    ['Completions', jobCompletions],
    ['Duration', jobDuration],
    age,
    ...templateColumns(),
  ],
  'batch/CronJob': [
    ['Schedule', (object) => textAt(spec(object), 'schedule')],
    ['Timezone', (object) => textAt(spec(object), 'timeZone') || '<none>'],
    ['Suspend:boolean', (object) => (spec(object)['suspend'] === true ? 'True' : 'False')],
    ['Active:integer', (object) => objectsAt(status(object), 'active').length],
    ['Last Schedule', (object, nowMs) => agoOr('<none>', status(object)['lastScheduleTime'], nowMs)],
    age,
    ['Containers^', (object) => containerNames(cronTemplate(object))],
    ['Images^', (object) => images(cronTemplate(object))],
    ['Selector^', (object) => selectorText(objectAt(spec(object), 'jobTemplate', 'spec')['selector'])],
  ],
  Service: [
    ['Type', (object) => textAt(spec(object), 'type')],
    ['Cluster-IP', (object) => textAt(spec(object), 'clusterIP') || '<none>'],
    ['External-IP', externalAddress],
    ['Port(s)', servicePorts],
    age,
    ['Selector^', (object) => labelsText(objectAt(spec(object), 'selector'))],
  ],
  'networking.k8s.io/Ingress': [
    ['Class', (object) => textAt(spec(object), 'ingressClassName') || '<none>'],
    ['Hosts', ingressHosts],
    ['Address', (object) => loadBalancerAddresses(status(object))],
    ['Ports', (object) => (objectsAt(spec(object), 'tls').length > 0 ? '80, 443' : '80')],
    age,
  ],
  'networking.k8s.io/IngressClass': [
    ['Controller', (object) => textAt(spec(object), 'controller')],
    ['Parameters', (object) => parametersText(objectAt(spec(object), 'parameters'))],
    age,
  ],
  'networking.k8s.io/NetworkPolicy': [['Pod-Selector', (object) => selectorText(spec(object)['podSelector'])], age],
  Endpoints: [['Endpoints', (object) => endpointsText(objectsAt(object, 'subsets'))], age],
  'discovery.k8s.io/EndpointSlice': [
    ['AddressType', (object) => textAt(object, 'addressType')],
    [
      'Ports',
      (object) =>
        fewText(
          objectsAt(object, 'ports').map((port) => shown(port['port'] ?? '*')),
          '<unset>',
        ),
    ],
    [
      'Endpoints',
      (object) =>
        fewText(
          objectsAt(object, 'endpoints').flatMap((end) => texts(end['addresses'])),
          '<unset>',
        ),
    ],
    age,
  ],
  ConfigMap: [['Data', (object) => count(object['data']) + count(object['binaryData'])], age],
  Secret: [['Type', (object) => textAt(object, 'type')], ['Data', (object) => count(object['data'])], age],
  ServiceAccount: [['Secrets', (object) => objectsAt(object, 'secrets').length], age],
  Namespace: [['Status', (object) => textAt(status(object), 'phase')], age],
  Node: [
    ['Status', nodeStatus],
    ['Roles', nodeRoles],
    age,
    ['Version', (object) => textAt(objectAt(status(object), 'nodeInfo'), 'kubeletVersion')],
    ['Internal-IP^', (object) => nodeAddress(object, 'InternalIP')],
    ['External-IP^', (object) => nodeAddress(object, 'ExternalIP')],
    ['OS-Image^', (object) => nodeInfo(object, 'osImage')],
    ['Kernel-Version^', (object) => nodeInfo(object, 'kernelVersion')],
    ['Container-Runtime^', (object) => nodeInfo(object, 'containerRuntimeVersion')],
  ],
  PersistentVolumeClaim: [
    [
      'Status',
      (object) => (object.metadata.deletionTimestamp === undefined ? textAt(status(object), 'phase') : 'Terminating'),
    ],
    ['Volume', (object) => textAt(spec(object), 'volumeName')],
    ['Capacity', (object) => textAt(objectAt(status(object), 'capacity'), 'storage')],
    ['Access Modes', (object) => accessModes(status(object)['accessModes'])],
    ['StorageClass', (object) => textAt(spec(object), 'storageClassName')],
    ['VolumeAttributesClass', (object) => textAt(spec(object), 'volumeAttributesClassName') || '<unset>'],
    age,
    ['VolumeMode^', (object) => textAt(spec(object), 'volumeMode') || '<unset>'],
  ],
  'storage.k8s.io/StorageClass': [
    ['Provisioner', (object) => textAt(object, 'provisioner')],
    ['ReclaimPolicy', (object) => textAt(object, 'reclaimPolicy')],
    ['VolumeBindingMode', (object) => textAt(object, 'volumeBindingMode')],
    ['AllowVolumeExpansion', (object) => object['allowVolumeExpansion'] === true],
    age,
  ],
  'scheduling.k8s.io/PriorityClass': [
    ['Value', (object) => numberAt(object, 'value')],
    ['Global-Default', (object) => object['globalDefault'] === true],
    age,
    ['PreemptionPolicy', (object) => textAt(object, 'preemptionPolicy')],
  ],
  'policy/PodDisruptionBudget': [
    ['Min Available', (object) => shown(spec(object)['minAvailable'] ?? 'N/A')],
    ['Max Unavailable', (object) => shown(spec(object)['maxUnavailable'] ?? 'N/A')],
    ['Allowed Disruptions:integer', (object) => numberAt(status(object), 'disruptionsAllowed')],
    age,
  ],
  'autoscaling/HorizontalPodAutoscaler': [
    ['Reference', (object) => referenceText(objectAt(spec(object), 'scaleTargetRef'))],
    ['Targets', (object) => (objectsAt(spec(object), 'metrics').length === 0 ? '<none>' : metricsText(object))],
    ['MinPods', (object) => shown(spec(object)['minReplicas'] ?? '<unset>')],
    ['MaxPods', (object) => numberAt(spec(object), 'maxReplicas')],
    ['Replicas', (object) => numberAt(status(object), 'currentReplicas')],
    age,
  ],
  'coordination.k8s.io/Lease': [['Holder', (object) => textAt(spec(object), 'holderIdentity')], age],
  'rbac.authorization.k8s.io/Role': [['Created At:date', (object) => object.metadata.creationTimestamp ?? null]],
  'rbac.authorization.k8s.io/ClusterRole': [['Created At:date', (object) => object.metadata.creationTimestamp ?? null]],
  'rbac.authorization.k8s.io/RoleBinding': [['Role', roleText], age, ...subjectColumns()],
  'rbac.authorization.k8s.io/ClusterRoleBinding': [['Role', roleText], age, ...subjectColumns()],
  'apiextensions.k8s.io/CustomResourceDefinition': [
    ['Created At:date', (object) => object.metadata.creationTimestamp ?? null],
  ],
  Event: eventColumns('involvedObject', 'source', 'message', 'firstTimestamp', 'lastTimestamp', 'count'),
  'events.k8s.io/Event': eventColumns(
    'regarding',
    'deprecatedSource',
    'note',
    'deprecatedFirstTimestamp',
    'deprecatedLastTimestamp',
    'deprecatedCount',
  ),
};

const nameAndAge: readonly Column[] = [age];
const printers = new Map<string, TablePrinter>();

/** The printer of a built-in kind. */
export function kindPrinter(group: string, kind: string): TablePrinter {
  const key = group === '' ? kind : `${group}/${kind}`;
  let printer = printers.get(key);
  if (printer === undefined) printers.set(key, (printer = compilePrinter(columnsOf[key] ?? nameAndAge, kind)));
  return printer;
}

function compilePrinter(columns: readonly Column[], kind: string): TablePrinter {
  const definitions = columns.map(([heading]) => readHeading(heading));
  const cells = (object: KubeObject, nowMs: number): JsonValue[] => columns.map(([, cell]) => cell(object, nowMs));
  if (kind === 'Event') {
    const last = { ...nameColumn, priority: 1 };
    return {
      columns: [...definitions, last],
      cells: (object, nowMs) => [...cells(object, nowMs), object.metadata.name ?? ''],
    };
  }
  return {
    columns: [nameColumn, ...definitions],
    cells: (object, nowMs) => [object.metadata.name ?? '', ...cells(object, nowMs)],
  };
}

function readHeading(heading: string): TableColumn {
  const wide = heading.endsWith('^');
  const [name = '', type = 'string'] = (wide ? heading.slice(0, -1) : heading).split(':');
  const description = name === 'Age' ? 'How long ago the object was created.' : `${name} of the object.`;
  return { name, type: type as TableColumn['type'], format: '', description, priority: wide ? 1 : 0 };
}

// --- cells that several kinds share ------------------------------------------------------------------------------

function spec(object: JsonObject): JsonObject {
  return objectAt(object, 'spec');
}

function status(object: JsonObject): JsonObject {
  return objectAt(object, 'status');
}

function numberAt(object: JsonObject, name: string): number {
  const value = object[name];
  return typeof value === 'number' ? value : 0;
}

function count(value: JsonValue | undefined): number {
  return isJsonObject(value) ? Object.keys(value).length : 0;
}

function texts(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function shown(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function agoOr(fallback: string, timestamp: JsonValue | undefined, nowMs: number): string {
  return typeof timestamp === 'string' ? ageOf(timestamp, nowMs) : fallback;
}

function replicaColumns(): readonly Column[] {
  return [
    ['Desired:integer', (object) => numberAt(spec(object), 'replicas')],
    ['Current:integer', (object) => numberAt(status(object), 'replicas')],
    ['Ready:integer', (object) => numberAt(status(object), 'readyReplicas')],
  ];
}

function templateColumns(): readonly Column[] {
  const podSpec = (object: KubeObject): JsonObject => objectAt(spec(object), 'template', 'spec');
  return [
    ['Containers^', (object) => containerNames(podSpec(object))],
    ['Images^', (object) => images(podSpec(object))],
    ['Selector^', (object) => selectorText(spec(object)['selector'])],
  ];
}

function cronTemplate(object: KubeObject): JsonObject {
  return objectAt(spec(object), 'jobTemplate', 'spec', 'template', 'spec');
}

function containerNames(podSpec: JsonObject): string {
  return objectsAt(podSpec, 'containers')
    .map((container) => textAt(container, 'name'))
    .join(',');
}

function images(podSpec: JsonObject): string {
  return objectsAt(podSpec, 'containers')
    .map((container) => textAt(container, 'image'))
    .join(',');
}

function labelsText(labels: JsonObject): string {
  const pairs = Object.keys(labels)
    .toSorted()
    .map((name) => `${name}=${shown(labels[name] ?? '')}`);
  return pairs.length === 0 ? '<none>' : pairs.join(',');
}

const operatorTexts: Readonly<Record<string, (key: string, values: string) => string>> = {
  In: (key, values) => `${key} in (${values})`,
  NotIn: (key, values) => `${key} notin (${values})`,
  Exists: (key) => key,
  DoesNotExist: (key) => `!${key}`,
};

/** A label selector as text; a plain map is one too. */
function selectorText(selector: JsonValue | undefined): string {
  if (!isJsonObject(selector)) return '<none>';
  const isTyped = 'matchLabels' in selector || 'matchExpressions' in selector;
  if (!isTyped) return labelsText(selector);
  const labels = objectAt(selector, 'matchLabels');
  const expressions = objectsAt(selector, 'matchExpressions').map((expression) => {
    const values = texts(expression['values']).toSorted().join(',');
    return operatorTexts[textAt(expression, 'operator')]?.(textAt(expression, 'key'), values) ?? '';
  });
  const parts = [...(Object.keys(labels).length === 0 ? [] : [labelsText(labels)]), ...expressions];
  return parts.length === 0 ? '<none>' : parts.join(',');
}

function fewText(values: readonly string[], empty: string, limit = 3): string {
  if (values.length === 0) return empty;
  const few = values.slice(0, limit).join(',');
  return values.length > limit ? `${few} + ${values.length - limit} more...` : few;
}

// --- cells of single kinds -----------------------------------------------------------------------------------------

function conditionTrue(object: KubeObject, type: string): boolean {
  return objectsAt(status(object), 'conditions').some(
    (condition) => condition['type'] === type && condition['status'] === 'True',
  );
}

function jobStatus(object: KubeObject): string {
  if (conditionTrue(object, 'Complete')) return 'Complete';
  if (conditionTrue(object, 'Failed')) return 'Failed';
  if (object.metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (conditionTrue(object, 'Suspended')) return 'Suspended';
  if (conditionTrue(object, 'FailureTarget')) return 'FailureTarget';
  return conditionTrue(object, 'SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
}

function jobCompletions(object: KubeObject): string {
  const succeeded = numberAt(status(object), 'succeeded');
  const { completions, parallelism } = spec(object);
  if (typeof completions === 'number') return `${succeeded}/${completions}`;
  const parallel = typeof parallelism === 'number' ? parallelism : 0;
  return parallel > 1 ? `${succeeded}/1 of ${parallel}` : `${succeeded}/1`;
}

function jobDuration(object: KubeObject, nowMs: number): string {
  const { startTime, completionTime } = status(object);
  if (typeof startTime !== 'string') return '';
  const end = typeof completionTime === 'string' ? Date.parse(completionTime) : nowMs;
  return humanDuration(end - Date.parse(startTime));
}

function externalAddress(object: KubeObject): string {
  const external = texts(spec(object)['externalIPs']);
  switch (textAt(spec(object), 'type')) {
    case 'LoadBalancer': {
      const balanced = loadBalancerAddresses(status(object));
      const all = [...(balanced === '' ? [] : [balanced]), ...external];
      return all.length === 0 ? '<pending>' : all.join(',');
    }
    case 'ExternalName':
      return textAt(spec(object), 'externalName');
    default:
      return external.length === 0 ? '<none>' : external.join(',');
  }
}

function loadBalancerAddresses(state: JsonObject): string {
  return objectsAt(objectAt(state, 'loadBalancer'), 'ingress')
    .map((ingress) => textAt(ingress, 'ip') || textAt(ingress, 'hostname'))
    .filter((address) => address !== '')
    .join(',');
}

function servicePorts(object: KubeObject): string {
  const ports = objectsAt(spec(object), 'ports').map((port) => {
    const node = numberAt(port, 'nodePort');
    return `${numberAt(port, 'port')}${node === 0 ? '' : `:${node}`}/${textAt(port, 'protocol')}`;
  });
  return ports.length === 0 ? '<none>' : ports.join(',');
}

function ingressHosts(object: KubeObject): string {
  const hosts = objectsAt(spec(object), 'rules').map((rule) => textAt(rule, 'host'));
  const named = hosts.filter((host) => host !== '');
  return named.length === 0 ? '*' : fewText(named, '*');
}

function parametersText(parameters: JsonObject): string {
  const kind = textAt(parameters, 'kind');
  if (kind === '') return '<none>';
  const group = textAt(parameters, 'apiGroup');
  return `${kind}${group === '' ? '' : `.${group}`}/${textAt(parameters, 'name')}`;
}

function endpointsText(subsets: readonly JsonObject[]): string {
  const addresses = subsets.flatMap((subset) => {
    const ips = objectsAt(subset, 'addresses').map((address) => textAt(address, 'ip'));
    const ports = objectsAt(subset, 'ports');
    return ports.length === 0 ? ips : ports.flatMap((port) => ips.map((ip) => `${ip}:${numberAt(port, 'port')}`));
  });
  return fewText(addresses, '<none>');
}

function nodeStatus(object: KubeObject): string {
  const ready = objectsAt(status(object), 'conditions').find((condition) => condition['type'] === 'Ready');
  const words = [ready === undefined ? 'Unknown' : ready['status'] === 'True' ? 'Ready' : 'NotReady'];
  if (spec(object)['unschedulable'] === true) words.push('SchedulingDisabled');
  return words.join(',');
}

const rolePrefix = 'node-role.kubernetes.io/';

function nodeRoles(object: KubeObject): string {
  const roles = Object.entries(object.metadata.labels ?? {}).flatMap(([label, value]) => {
    if (label.startsWith(rolePrefix) && label.length > rolePrefix.length) return [label.slice(rolePrefix.length)];
    return label === 'kubernetes.io/role' && value !== '' ? [value] : [];
  });
  return roles.length === 0 ? '<none>' : [...new Set(roles)].toSorted().join(',');
}

function nodeAddress(object: KubeObject, type: string): string {
  const found = objectsAt(status(object), 'addresses').find((address) => address['type'] === type);
  return found === undefined ? '<none>' : textAt(found, 'address');
}

function nodeInfo(object: KubeObject, name: string): string {
  return textAt(objectAt(status(object), 'nodeInfo'), name) || '<unknown>';
}

const modeTexts: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

function accessModes(modes: JsonValue | undefined): string {
  return texts(modes)
    .map((mode) => modeTexts[mode] ?? mode)
    .join(',');
}

function referenceText(reference: JsonObject): string {
  return `${textAt(reference, 'kind')}/${textAt(reference, 'name')}`;
}

function metricsText(object: KubeObject): string {
  const parts = objectsAt(spec(object), 'metrics').map((metric) => {
    const resource = objectAt(metric, 'resource');
    const target = objectAt(resource, 'target');
    const wanted =
      target['averageUtilization'] === undefined
        ? shown(target['averageValue'] ?? '<auto>')
        : `${numberAt(target, 'averageUtilization')}%`;
    return `${textAt(resource, 'name') || textAt(metric, 'type')}: <unknown>/${wanted}`;
  });
  return fewText(parts, '<none>', 2);
}

function roleText(object: KubeObject): string {
  return referenceText(objectAt(object, 'roleRef'));
}

function subjectColumns(): readonly Column[] {
  const named = (object: KubeObject, kind: string): string =>
    objectsAt(object, 'subjects')
      .filter((subject) => subject['kind'] === kind)
      .map((subject) => (kind === 'ServiceAccount' ? `${textAt(subject, 'namespace')}/` : '') + textAt(subject, 'name'))
      .join(', ');
  return [
    ['Users^', (object) => named(object, 'User')],
    ['Groups^', (object) => named(object, 'Group')],
    ['ServiceAccounts^', (object) => named(object, 'ServiceAccount')],
  ];
}

/** Both kinds of Event have the same columns under different field names. */
function eventColumns(
  subject: string,
  source: string,
  message: string,
  first: string,
  last: string,
  counter: string,
): readonly Column[] {
  const seen = (object: KubeObject, field: string, nowMs: number): string =>
    agoOr(agoOr('<unknown>', object['eventTime'], nowMs), object[field], nowMs);
  return [
    [
      'Last Seen',
      (object, nowMs) => agoOr(seen(object, last, nowMs), objectAt(object, 'series')['lastObservedTime'], nowMs),
    ],
    ['Type', (object) => textAt(object, 'type')],
    ['Reason', (object) => textAt(object, 'reason')],
    [
      'Object',
      (object) => {
        const target = objectAt(object, subject);
        const name = textAt(target, 'name');
        return `${textAt(target, 'kind').toLowerCase()}${name === '' ? '' : `/${name}`}`;
      },
    ],
    ['Subobject^', (object) => textAt(objectAt(object, subject), 'fieldPath')],
    [
      'Source^',
      (object) => {
        const parts = [textAt(objectAt(object, source), 'component'), textAt(objectAt(object, source), 'host')];
        return (
          parts.filter((part) => part !== '').join(', ') ||
          textAt(object, 'reportingComponent') ||
          textAt(object, 'reportingController')
        );
      },
    ],
    ['Message', (object) => textAt(object, message).trim()],
    ['First Seen^', (object, nowMs) => seen(object, first, nowMs)],
    ['Count^', (object) => numberAt(objectAt(object, 'series'), 'count') || Math.max(1, numberAt(object, counter))],
  ];
}
