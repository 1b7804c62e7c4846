/**
 * The types of the fields that typed calls write. TypeScript holds them at compile time; calls from plain JavaScript, or
 * through a cast, are held to them here. A name means one type wherever builders write it.
 */
import type { Report } from '../builder-error.ts';
import { show } from '../guard-calls.ts';

type FieldType = 'text' | 'number' | 'flag' | 'list' | 'map' | 'object' | 'text or number' | 'text or object';

const names: Readonly<Record<FieldType, string>> = {
  text:
    'apiGroup appProtocol audience cidr claimName clusterIP completionMode concurrencyPolicy containerName controller description ' +
    'devicePath divisor dnsPolicy driver effect externalName externalTrafficPolicy fieldPath fsGroupChangePolicy fsType ' +
    'generateName host imagePullPolicy ingressClassName ip ipFamilyPolicy key kind localhostProfile medium mountPath ' +
    'mountPropagation name namespace operation operator path pathType podManagementPolicy preemptionPolicy prefix ' +
    'priorityClassName protocol provisioner pullPolicy reclaimPolicy reference request resourceName restartPolicy ' +
    'schedule scheme secretName server serviceAccountName serviceName sessionAffinity sizeLimit storageClassName subPath ' +
    'subdomain terminationMessagePath terminationMessagePolicy timeZone topologyKey type volumeBindingMode volumeMode ' +
    'whenDeleted whenScaled whenUnsatisfiable workingDir',
  number:
    'activeDeadlineSeconds averageUtilization backoffLimit backoffLimitPerIndex completions containerPort defaultMode ' +
    'endPort expirationSeconds failedJobsHistoryLimit failureThreshold fsGroup hostPort initialDelaySeconds ' +
    'maxFailedIndexes maxReplicas maxSkew minDomains minReadySeconds minReplicas mode nodePort parallelism partition ' +
    'periodSeconds progressDeadlineSeconds replicas revisionHistoryLimit runAsGroup runAsUser startingDeadlineSeconds ' +
    'successThreshold successfulJobsHistoryLimit terminationGracePeriodSeconds timeoutSeconds tolerationSeconds ' +
    'ttlSecondsAfterFinished',
  flag:
    'allowPrivilegeEscalation allowVolumeExpansion automountServiceAccountToken globalDefault hostNetwork immutable ' +
    'optional paused privileged publishNotReadyAddresses readOnly readOnlyRootFilesystem runAsNonRoot stdin suspend tty',
  list:
    'accessModes add apiGroups args claims clusterRoleSelectors command containers drop egress env envFrom except from ' +
    'hosts httpHeaders imagePullSecrets ingress initContainers ipFamilies items matchExpressions metrics mountOptions ' +
    'nonResourceURLs paths policies policyTypes ports resizePolicy resourceNames rules secrets sources subjects ' +
    'supplementalGroups sysctls tls to tolerations topologySpreadConstraints values verbs volumeClaimTemplates ' +
    'volumeMounts volumes',
  map: 'annotations binaryData data labels limits matchLabels nodeSelector parameters requests volumeAttributes',
  object:
    'affinity aggregationRule backend behavior capabilities configMapKeyRef configMapRef defaultBackend emptyDir exec ' +
    'fieldRef grpc httpGet jobTemplate labelSelector lifecycle livenessProbe metadata namespaceSelector podFailurePolicy ' +
    'podSelector readinessProbe resourceFieldRef roleRef rollingUpdate scaleTargetRef seccompProfile secretKeyRef ' +
    'secretRef securityContext spec startupProbe strategy tcpSocket template updateStrategy valueFrom',
  'text or number': 'maxSurge maxUnavailable minAvailable targetPort',
  'text or object': 'image',
};

/** By name of the field. */
export const fieldTypes: ReadonlyMap<string, string> = new Map(
  (Object.keys(names) as FieldType[]).flatMap((type) => names[type].split(' ').map((name) => [name, type] as const)),
);
const typeOf = fieldTypes as ReadonlyMap<string, FieldType>;

const examples: Readonly<Record<FieldType, string>> = {
  text: "text, such as 'web'",
  number: 'a number, such as 3',
  flag: 'true or false',
  list: "a list, such as ['a', 'b']",
  map: "a map of text, such as { app: 'web' }",
  object: 'an object',
  'text or number': "a number or text, such as 3 or '25%'",
  'text or object': "text, such as 'nginx:1.27'",
};

/** Reports `TYPE` for every value that no field can hold, and for those that their own field can't. */
export function checkFieldTypes(fields: object, report: Report): void {
  for (const [name, value] of Object.entries(fields)) visit(value, name, name, report);
}

function visit(value: unknown, name: string, path: string, report: Report): void {
  if (value === undefined) return;
  const type = typeOf.get(name);
  if (value === null || !(type === undefined ? isJson(value) : isOf(value, type))) {
    report(
      'TYPE',
      path,
      `${show(value)} is no value here; give ${type === undefined ? 'a value of JSON' : examples[type]}`,
    );
  } else if (Array.isArray(value)) value.forEach((item, index) => visitItem(item, `${path}[${index}]`, report));
  else if (typeof value === 'object') visitMembers(value, name, path, report);
}

function visitItem(item: unknown, path: string, report: Report): void {
  if (item !== undefined && (item === null || !isJson(item))) {
    report('TYPE', path, `${show(item)} is no item of a list; leave it out`);
  } else if (typeof item === 'object') visitMembers(item, '', path, report);
}

/** Keys of a map are data, not names of fields. */
function visitMembers(object: object, name: string, path: string, report: Report): void {
  const isMap =
    typeOf.get(name) === 'map' || (name === 'selector' && !('matchLabels' in object || 'matchExpressions' in object));
  for (const [key, member] of Object.entries(object)) {
    if (!isMap) visit(member, key, `${path}.${key}`, report);
    else if (typeof member !== 'string' && member !== undefined) {
      report('TYPE', `${path}[${key}]`, `${show(member)} is no text; write it in quotes`);
    }
  }
}

function isJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return ['string', 'boolean', 'object', 'undefined'].includes(typeof value);
}

function isOf(value: unknown, type: FieldType): boolean {
  switch (type) {
    case 'text':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'flag':
      return typeof value === 'boolean';
    case 'list':
      return Array.isArray(value);
    case 'map':
    case 'object':
      return typeof value === 'object' && !Array.isArray(value);
    case 'text or number':
      return typeof value === 'string' || isOf(value, 'number');
    case 'text or object':
      return typeof value === 'string' || isOf(value, 'object');
  }
}
