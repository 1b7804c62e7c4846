/**
 * Adds and removes one finalizer without ever touching another writer's entry.
 *
 * Guarantees: the patch carries a `test` of what we read, so a concurrent change makes it fail; then the live object
 * is read and the patch built anew, five times at most. What the server refuses for another reason is thrown. A vanished object, or another incarnation under the name, ends
 * the attempt quietly.
 */

import type { KubeClient } from '../client/kube-client.ts';
import { isStatusError } from '../client/status-error.ts';
import type { ObjectWriter, WriteOptions } from '../cache/object-writer.ts';
import { RuntimeError } from '../errors.ts';
import type { KubeObject } from '../object/kube-object.ts';
import { formatKey, keyOf } from '../object/object-key.ts';
import type { ResourceKind } from '../object/resource-kind.ts';
import { addFinalizerPatch, removeFinalizerPatch } from './finalizer-patch.ts';
import { sameJson } from './predicates.ts';

/** Attempts before `FINALIZER_CONTENDED`. */
export const MAX_FINALIZER_ATTEMPTS = 5;

export interface FinalizerPorts {
  readonly client: Pick<KubeClient, 'get'>;
  readonly writer: Pick<ObjectWriter, 'jsonPatch'>;
}

/** The default name of a controller's finalizer: `webapp.example.com/finalizer`. */
export function defaultFinalizer(kind: ResourceKind): string {
  const slash = kind.apiVersion.indexOf('/');
  const group = slash < 0 ? 'core' : kind.apiVersion.slice(0, slash);
  return `${kind.kind.toLowerCase()}.${group}/finalizer`;
}

/**
 * The object with the finalizer; undefined when it vanished or began to be deleted meanwhile.
 * @throws RuntimeError `FINALIZER_CONTENDED` after five lost races.
 */
export function ensureFinalizer<T extends KubeObject>(
  ports: FinalizerPorts,
  kind: ResourceKind<T>,
  object: T,
  name: string,
  options: WriteOptions,
): Promise<T | undefined> {
  return patchUntilSettled(ports, kind, object, { name, options, build: addFinalizerPatch, onlyLiving: true });
}

/**
 * The object without the finalizer; undefined when it vanished.
 * @throws RuntimeError `FINALIZER_CONTENDED` after five lost races.
 */
export function releaseFinalizer<T extends KubeObject>(
  ports: FinalizerPorts,
  kind: ResourceKind<T>,
  object: T,
  name: string,
  options: WriteOptions,
): Promise<T | undefined> {
  return patchUntilSettled(ports, kind, object, { name, options, build: removeFinalizerPatch, onlyLiving: false });
}

interface Change {
  readonly name: string;
  readonly options: WriteOptions;
  readonly build: typeof addFinalizerPatch;
  readonly onlyLiving: boolean;
}

async function patchUntilSettled<T extends KubeObject>(
  { client, writer }: FinalizerPorts,
  kind: ResourceKind<T>,
  first: T,
  { name, options, build, onlyLiving }: Change,
): Promise<T | undefined> {
  const key = keyOf(first);
  let object = first;
  let refusal: unknown;
  for (let attempt = 1; attempt <= MAX_FINALIZER_ATTEMPTS; attempt++) {
    const patch = build(object, name);
    if (patch === undefined) return object;
    try {
      return await writer.jsonPatch(kind, key, patch, options);
    } catch (error) {
      if (isStatusError(error, 404)) return undefined;
      if (!isLostRace(error)) throw error;
      refusal = error;
    }
    const live = await client.get(kind, key, { signal: options.signal });
    if (live === undefined || live.metadata.uid !== first.metadata.uid) return undefined;
    if (onlyLiving && live.metadata.deletionTimestamp !== undefined) return undefined;
    // A patch that would be the same again met no race: the server refuses the object itself.
    if (sameJson(build(live, name), patch)) throw refusal;
    object = live;
  }
  throw new RuntimeError(
    'FINALIZER_CONTENDED',
    `finalizers of ${kind.kind} ${formatKey(key)} changed under ${MAX_FINALIZER_ATTEMPTS} attempts to write ` +
      `${JSON.stringify(name)}; another controller rewrites the list continually`,
    { cause: refusal },
  );
}

/** A failed `test` is 422 Invalid; a moved resourceVersion may also be reported as 409 Conflict. */
function isLostRace(error: unknown): boolean {
  return isStatusError(error, 422) || isStatusError(error, 409);
}
