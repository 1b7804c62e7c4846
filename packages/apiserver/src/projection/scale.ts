/** The `/scale` view of an object: `autoscaling/v1 Scale` out of its paths, and back into its spec. */
import type { ScalePaths } from '../schema/validate-custom-resource.ts';
import type { JsonValue } from '../schema/schema-node.ts';
import { isJsonObject, type JsonObject, type KubeObject } from '../store/kube-object.ts';

/** Where built-in workloads keep what `/scale` shows; their selector is an object and shown as text. */
export const builtinScalePaths: ScalePaths = {
  specReplicasPath: '.spec.replicas',
  statusReplicasPath: '.status.replicas',
  labelSelectorPath: undefined,
};

/** `selector` is the selector's text for built-in kinds; custom resources keep theirs at `labelSelectorPath`. */
export function scaleOf(object: KubeObject, paths: ScalePaths, selector?: string): JsonObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const spec = read(object, paths.specReplicasPath);
  const status = read(object, paths.statusReplicasPath);
  const shownSelector =
    selector ?? (paths.labelSelectorPath === undefined ? '' : read(object, paths.labelSelectorPath));
  const metadata = Object.entries({ name, namespace, uid, resourceVersion, creationTimestamp });
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: Object.fromEntries(metadata.filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
    // Scale's spec.replicas is left out when it is zero
    spec: typeof spec === 'number' && spec !== 0 ? { replicas: spec } : {},
    status: {
      replicas: typeof status === 'number' ? status : 0,
      ...(typeof shownSelector === 'string' && shownSelector !== '' ? { selector: shownSelector } : {}),
    },
  };
}

/** The object with the replicas of a Scale at `specReplicasPath`; shares all else. */
export function withReplicas(object: KubeObject, paths: ScalePaths, replicas: number): KubeObject {
  return write(object, steps(paths.specReplicasPath), replicas) as KubeObject;
}

function read(object: JsonObject, path: string): JsonValue | undefined {
  let current: JsonValue | undefined = object;
  for (const step of steps(path)) current = isJsonObject(current) ? current[step] : undefined;
  return current;
}

function write(object: JsonObject, path: readonly string[], value: JsonValue): JsonObject {
  const [first = '', ...rest] = path;
  const member = object[first];
  if (rest.length === 0) return member === value ? object : { ...object, [first]: value };
  return { ...object, [first]: write(isJsonObject(member) ? member : {}, rest, value) };
}

function steps(path: string): string[] {
  return path.split('.').filter((step) => step !== '');
}
