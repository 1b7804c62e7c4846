/**
 * Deletes: preconditions, propagation finalizers, grace, and the moment an object is really gone.
 *
 * Guarantees: an object with finalizers stays until the last one is removed; deleting it again changes nothing.
 */
import { admitNamespaceDeletion } from '../admission/namespace-lifecycle.ts';
import { timestamp } from '../store/clock.ts';
import type { StoreEntry } from '../store/collection.ts';
import { canonicalMetadata, isJsonObject, type JsonObject, type KubeObject } from '../store/kube-object.ts';
import type { ApiCore } from './api-core.ts';
import type { DeleteOptions, Propagation } from './delete-options.ts';
import type { ServedResource } from './served-resource.ts';
import { conflict } from './status-error.ts';

export interface Deletion {
  /** The object as it is now, or as it was when it vanished. */
  readonly entry: StoreEntry;
  readonly gone: boolean;
}

/** @throws StatusError 403 or 409. */
export function deleteObject(
  core: ApiCore,
  served: ServedResource,
  entry: StoreEntry,
  options: DeleteOptions,
): Deletion {
  const { object } = entry;
  if (served.qualifiedName === 'namespaces') admitNamespaceDeletion(object.metadata.name ?? '');
  checkPreconditions(served, object, options);
  const grace = graceSeconds(served, object, options);
  const finalizers = withCleanup(served, object, finalizersFor(object, options.propagation));
  if (finalizers.length === 0 && grace === 0 && specFinalizers(served, object).length === 0) {
    if (!options.dryRun && !served.collection.delete(entry).ok) throw lostRace(served, object);
    return { entry, gone: true };
  }
  const marked = markDeleted(core, served, object, finalizers, grace);
  if (marked === object) return { entry, gone: false };
  if (options.dryRun) return { entry: { ...entry, object: marked, json: undefined }, gone: false };
  const result = served.collection.update(entry, marked);
  if (!result.ok) throw lostRace(served, object);
  return { entry: result.entry, gone: false };
}

/** True once nothing holds a terminating object any more. */
export function readyToVanish(served: ServedResource, object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  if (deletionTimestamp === undefined || finalizers.length > 0) return false;
  return deletionGracePeriodSeconds === 0 && specFinalizers(served, object).length === 0;
}

function checkPreconditions(served: ServedResource, object: KubeObject, options: DeleteOptions): void {
  const { uid, resourceVersion } = object.metadata;
  const subject = { group: served.info.group, plural: served.info.kind };
  const name = object.metadata.name ?? '';
  if (options.uid !== undefined && options.uid !== uid) {
    const detail = `the UID in the precondition (${options.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`;
    throw conflict(subject, name, detail);
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion) {
    const detail = `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`;
    throw conflict(subject, name, detail);
  }
}

/** Only pods leave gracefully, and only those that run somewhere. */
function graceSeconds(served: ServedResource, object: KubeObject, options: DeleteOptions): number {
  if (served.qualifiedName !== 'pods') return 0;
  const spec = isJsonObject(object['spec']) ? object['spec'] : {};
  const status = isJsonObject(object['status']) ? object['status'] : {};
  const scheduled = typeof spec['nodeName'] === 'string' && spec['nodeName'] !== '';
  if (!scheduled || status['phase'] === 'Succeeded' || status['phase'] === 'Failed') return 0;
  const configured = spec['terminationGracePeriodSeconds'];
  const wanted = options.gracePeriodSeconds ?? (typeof configured === 'number' ? configured : 30);
  const current =
    object.metadata.deletionTimestamp === undefined ? undefined : object.metadata.deletionGracePeriodSeconds;
  return Math.max(current === undefined ? wanted : Math.min(current, wanted), 0);
}

const propagationFinalizers: Readonly<Record<Propagation, string | undefined>> = {
  Background: undefined,
  Foreground: 'foregroundDeletion',
  Orphan: 'orphan',
};

function finalizersFor(object: KubeObject, propagation: Propagation | undefined): readonly string[] {
  const current = object.metadata.finalizers ?? [];
  if (propagation === undefined) return current;
  const wanted = propagationFinalizers[propagation];
  const kept = current.filter((name) => (name !== 'orphan' && name !== 'foregroundDeletion') || name === wanted);
  if (wanted === undefined || kept.includes(wanted)) return kept;
  return [...kept, wanted];
}

/** Holds a deleted CustomResourceDefinition until its objects are gone. */
export const crdCleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';

function withCleanup(served: ServedResource, object: KubeObject, finalizers: readonly string[]): readonly string[] {
  if (served.qualifiedName !== 'customresourcedefinitions.apiextensions.k8s.io') return finalizers;
  if (finalizers.includes(crdCleanupFinalizer) || object.metadata.deletionTimestamp !== undefined) return finalizers;
  return [...finalizers, crdCleanupFinalizer];
}

/** Namespaces are held by `spec.finalizers` as well. */
function specFinalizers(served: ServedResource, object: KubeObject): readonly unknown[] {
  if (served.qualifiedName !== 'namespaces') return [];
  const spec = isJsonObject(object['spec']) ? object['spec'] : {};
  return Array.isArray(spec['finalizers']) ? spec['finalizers'] : [];
}

/** The terminating form of an object; the object itself when it already is. */
function markDeleted(
  core: ApiCore,
  served: ServedResource,
  object: KubeObject,
  finalizers: readonly string[],
  grace: number,
): KubeObject {
  const { metadata } = object;
  const already = metadata.deletionTimestamp !== undefined;
  const sameGrace = (metadata.deletionGracePeriodSeconds ?? 0) === grace;
  if (already && sameGrace && finalizers.length === (metadata.finalizers?.length ?? 0)) return object;
  const isNamespace = served.qualifiedName === 'namespaces';
  const isDefinition = served.qualifiedName === 'customresourcedefinitions.apiextensions.k8s.io';
  const plain = isNamespace || isDefinition;
  const generation = metadata.generation;
  const next: KubeObject = {
    ...object,
    metadata: canonicalMetadata({
      ...metadata,
      ...(generation === undefined || already || plain ? {} : { generation: generation + 1 }),
      deletionTimestamp:
        already && sameGrace ? (metadata.deletionTimestamp ?? '') : timestamp(core.clock.nowMs() + grace * 1000),
      ...(plain ? {} : { deletionGracePeriodSeconds: grace }),
      finalizers: [...finalizers],
    }),
  };
  if (isNamespace)
    next['status'] = { ...(isJsonObject(object['status']) ? object['status'] : {}), phase: 'Terminating' };
  if (isDefinition && !already) next['status'] = terminatingDefinition(core, object);
  return next;
}

function terminatingDefinition(core: ApiCore, object: KubeObject): JsonObject {
  const status = isJsonObject(object['status']) ? object['status'] : {};
  const conditions = Array.isArray(status['conditions']) ? status['conditions'] : [];
  const terminating: JsonObject = {
    type: 'Terminating',
    status: 'True',
    lastTransitionTime: timestamp(core.clock.nowMs()),
    reason: 'InstanceDeletionPending',
    message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
  };
  return { ...status, conditions: [...conditions, terminating] };
}

function lostRace(served: ServedResource, object: KubeObject): Error {
  return conflict(
    served.info,
    object.metadata.name ?? '',
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}
