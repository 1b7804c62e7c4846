/**
 * Strategic merge of a partial object into a manifest, in place: maps merge, keyed lists merge by key, other lists
 * are replaced, `null` deletes. The keys are those of the Kubernetes API, listed by hand: its models lack them.
 *
 * @see https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
 */

import { ownField, setField } from '../own-field.ts';

/** Deep partial; `null` deletes a field. */
export type MergePatch<T> = T extends readonly (infer Item)[]
  ? readonly MergePatch<Item>[]
  : T extends object
    ? { readonly [K in keyof T]?: MergePatch<T[K]> | null }
    : T;

type Bag = Record<string, unknown>;

/** Merge keys of lists that are keyed wherever they appear; a missing protocol means TCP. */
const mergeKeys: Readonly<Record<string, readonly string[]>> = {
  conditions: ['type'],
  containers: ['name'],
  env: ['name'],
  ephemeralContainers: ['name'],
  hostAliases: ['ip'],
  imagePullSecrets: ['name'],
  initContainers: ['name'],
  resourceClaims: ['name'],
  schedulingGates: ['name'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
  volumeDevices: ['devicePath'],
  volumeMounts: ['mountPath'],
  volumes: ['name'],
};

const containerLists: ReadonlySet<string> = new Set(['containers', 'initContainers', 'ephemeralContainers']);

/** Merge keys of the list `name` in an object reached as `parent`, or undefined for lists that are replaced. */
function keysOf(name: string, parent: string): readonly string[] | undefined {
  if (name === 'ports' && containerLists.has(parent)) return ['containerPort', 'protocol'];
  if (name === 'ports') return parent === 'Service spec' ? ['port', 'protocol'] : undefined;
  if (name === 'claims') return parent === 'resources' ? ['name'] : undefined;
  if (name === 'secrets') return parent === 'ServiceAccount' ? ['name'] : undefined;
  return mergeKeys[name];
}

/** Merges `patch` into `target`. Idempotent; nothing of `patch` is shared with the result. */
export function strategicMerge(target: object, patch: object): void {
  const kind = (target as Bag).kind;
  mergeBag(target as Bag, patch as Bag, typeof kind === 'string' ? kind : '');
}

function mergeBag(target: Bag, patch: Bag, parent: string): void {
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (value === null) delete target[key];
    else setField(target, key, merged(ownField(target, key), value, key, parent));
  }
}

function merged(old: unknown, value: unknown, key: string, parent: string): unknown {
  if (Array.isArray(value)) {
    const current = Array.isArray(old) ? old : [];
    const keys = keysOf(key, parent);
    return keys ? mergeList(current, value, keys, key) : withoutNulls(value);
  }
  if (!isBag(value)) return value;
  const target = isBag(old) ? old : {};
  mergeBag(target, value, key === 'spec' && parent === 'Service' ? 'Service spec' : key);
  return target;
}

function mergeList(
  current: readonly unknown[],
  patch: readonly unknown[],
  keys: readonly string[],
  name: string,
): unknown[] {
  const result = [...current];
  for (const item of patch) {
    const index = result.findIndex((other) => identity(other, keys) === identity(item, keys));
    if (index < 0 || !isBag(item)) result.push(withoutNulls(item));
    else result[index] = merged(result[index], item, name, '');
  }
  return result;
}

function identity(item: unknown, keys: readonly string[]): string | undefined {
  if (!isBag(item)) return undefined;
  return JSON.stringify(keys.map((key) => item[key] ?? (key === 'protocol' ? 'TCP' : undefined)));
}

/** A copy in which deletions, which have nothing to delete, are gone. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isBag(value)) return value;
  const copy: Bag = {};
  mergeBag(copy, value, '');
  return copy;
}

function isBag(value: unknown): value is Bag {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
