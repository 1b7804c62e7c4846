/** Names in pods: configuration, secrets, claims, service accounts. */
import type { V1Container, V1PodSpec, V1Volume } from '../gen/core/v1.ts';
import type { KubeObject } from '../kinds/kind.ts';
import type { Inventory, PodSource } from './inventory.ts';
import type { ReportFinding } from './lint-rule.ts';
import { missing } from './references-message.ts';

/** Checks the names in the pods that `object` creates. */
export function lintPodReferences(object: KubeObject, inventory: Inventory, report: ReportFinding): void {
  for (const pod of inventory.pods) {
    if (pod.owner !== object) continue;
    const check = sourceChecker(pod, inventory, report);
    allContainers(pod).forEach(({ container, path }) => lintEnvironment(container, path, check));
    pod.spec.volumes?.forEach((volume, index) => lintVolume(volume, `${pod.path}.volumes[${index}]`, check));
    lintAccount(pod, inventory, report);
  }
}

/** All containers of a pod with their paths; init containers first. */
export function allContainers({ spec, path }: PodSource): { container: V1Container; path: string }[] {
  const lists = ['initContainers', 'containers'] as const;
  return lists.flatMap((list) => {
    return (spec[list] ?? []).map((container, index) => ({ container, path: `${path}.${list}[${index}]` }));
  });
}

interface Source {
  readonly kind: 'ConfigMap' | 'Secret' | 'PersistentVolumeClaim';
  readonly name: string | undefined;
  readonly keys?: readonly string[];
  readonly optional?: boolean | undefined;
}

type CheckSource = (source: Source, path: string) => void;

function sourceChecker({ owner }: PodSource, inventory: Inventory, report: ReportFinding): CheckSource {
  const { namespace } = owner.metadata;
  return ({ kind, name, keys = [], optional }, path) => {
    if (name === undefined || optional === true) return;
    const rule = RULES[kind];
    if (!inventory.has(kind, namespace, name)) report(rule, path, missing(kind, name));
    const present = keysOf(inventory.find(kind, namespace, name));
    if (present === undefined) return;
    for (const key of keys) {
      if (!present.has(key)) report(rule, path, `${kind} ${name} has no key ${key}; it has ${[...present].join(', ')}`);
    }
  };
}

const RULES = {
  ConfigMap: 'missing-config-map',
  Secret: 'missing-secret',
  PersistentVolumeClaim: 'missing-claim',
} as const;

type Content = KubeObject & Partial<Record<'data' | 'binaryData' | 'stringData', Readonly<Record<string, string>>>>;

function keysOf(object: KubeObject | undefined): ReadonlySet<string> | undefined {
  if (object?.kind !== 'ConfigMap' && object?.kind !== 'Secret') return undefined;
  const { data, binaryData, stringData } = object as Content;
  return new Set(Object.keys({ ...data, ...binaryData, ...stringData }));
}

function lintEnvironment(container: V1Container, path: string, check: CheckSource): void {
  container.env?.forEach(({ valueFrom }, index) => {
    const here = `${path}.env[${index}].valueFrom`;
    const { configMapKeyRef: config, secretKeyRef: secret } = valueFrom ?? {};
    if (config !== undefined)
      check({ kind: 'ConfigMap', name: config.name, keys: [config.key], optional: config.optional }, here);
    if (secret !== undefined)
      check({ kind: 'Secret', name: secret.name, keys: [secret.key], optional: secret.optional }, here);
  });
  container.envFrom?.forEach(({ configMapRef, secretRef }, index) => {
    const here = `${path}.envFrom[${index}]`;
    check({ kind: 'ConfigMap', name: configMapRef?.name, optional: configMapRef?.optional }, here);
    check({ kind: 'Secret', name: secretRef?.name, optional: secretRef?.optional }, here);
  });
}

function lintVolume(volume: V1Volume, path: string, check: CheckSource): void {
  const { configMap, secret, persistentVolumeClaim, projected } = volume;
  check({ kind: 'ConfigMap', name: configMap?.name, keys: keysIn(configMap), optional: configMap?.optional }, path);
  check({ kind: 'Secret', name: secret?.secretName, keys: keysIn(secret), optional: secret?.optional }, path);
  check({ kind: 'PersistentVolumeClaim', name: persistentVolumeClaim?.claimName }, path);
  projected?.sources?.forEach((source, index) => {
    const here = `${path}.projected.sources[${index}]`;
    const { configMap: config, secret: files } = source;
    check({ kind: 'ConfigMap', name: config?.name, keys: keysIn(config), optional: config?.optional }, here);
    check({ kind: 'Secret', name: files?.name, keys: keysIn(files), optional: files?.optional }, here);
  });
}

function keysIn(source: { readonly items?: readonly { readonly key: string }[] } | undefined): string[] {
  return source?.items?.map(({ key }) => key) ?? [];
}

function lintAccount({ owner, spec, path }: PodSource, inventory: Inventory, report: ReportFinding): void {
  const { namespace } = owner.metadata;
  const account = spec.serviceAccountName;
  if (account !== undefined && account !== 'default' && !inventory.has('ServiceAccount', namespace, account)) {
    report('missing-service-account', `${path}.serviceAccountName`, missing('ServiceAccount', account));
  }
  lintPullSecrets(spec, path, (name) => inventory.has('Secret', namespace, name), report);
}

function lintPullSecrets(spec: V1PodSpec, path: string, has: (name: string) => boolean, report: ReportFinding): void {
  spec.imagePullSecrets?.forEach(({ name }, index) => {
    if (name === undefined || has(name)) return;
    report('missing-secret', `${path}.imagePullSecrets[${index}]`, missing('Secret', name));
  });
}
