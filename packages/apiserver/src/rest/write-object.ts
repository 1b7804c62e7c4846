/**
 * Creates and updates: from a decoded object to a commit. HTTP handlers and controllers write through here, so the same
 * rules hold for both.
 *
 * Guarantees: validation, admission and the commit happen in one synchronous step; a write that changes nothing keeps
 * the resourceVersion and emits no event.
 */
import { admitCreation } from '../admission/namespace-lifecycle.ts';
import { prepareNewBuiltin, seedNewBuiltin } from '../schema/builtin/new-object.ts';
import type { StoreEntry } from '../store/collection.ts';
import { deepEqual } from '../store/deep-equal.ts';
import type { KubeObject } from '../store/kube-object.ts';
import type { ApiCore } from './api-core.ts';
import { readyToVanish } from './delete-object.ts';
import { allowsUnconditionalUpdate, prepareCreate, prepareUpdate } from './kind-rules.ts';
import { newMetadata, updatedMetadata, withGeneratedName } from './object-metadata.ts';
import { inServedVersion, inStorageVersion, type ServedResource, storageGroup, storeKey } from './served-resource.ts';
import {
  alreadyExists,
  badRequest,
  conflict,
  internalError,
  invalid,
  notFound,
  staleObject,
  StatusError,
} from './status-error.ts';
import { trackFields } from './track-fields.ts';
import { validateCreate, validateUpdate } from './validate-object.ts';

export interface WriteContext {
  readonly manager: string;
  readonly dryRun: boolean;
  readonly subresource: string | undefined;
  /** The object already names the managers of its fields, as after an apply. */
  readonly fieldsTracked?: boolean;
}

/** How the server writes on its own behalf. */
export const systemWrite: WriteContext = { manager: 'kube-apiserver', dryRun: false, subresource: undefined };

const generatedNameTries = 8;

/**
 * Stores a new object. `object` is in the served version, decoded and defaulted.
 * @throws StatusError 404, 403, 409, 422 and the 500 of a preset resourceVersion.
 */
export function createObject(
  core: ApiCore,
  served: ServedResource,
  namespace: string | undefined,
  object: KubeObject,
  context: WriteContext,
): StoreEntry {
  const generates = (object.metadata.name ?? '') === '' && (object.metadata.generateName ?? '') !== '';
  for (let attempt = 1; ; attempt++) {
    try {
      return createOnce(core, served, namespace, object, context);
    } catch (error) {
      const clash = error instanceof StatusError && error.reason === 'AlreadyExists';
      if (!generates || !clash || attempt === generatedNameTries) throw error;
    }
  }
}

function createOnce(
  core: ApiCore,
  served: ServedResource,
  namespace: string | undefined,
  object: KubeObject,
  context: WriteContext,
): StoreEntry {
  const { info, collection } = served;
  const placed = place(object, namespace);
  if (namespace !== undefined) {
    admitCreation(core.store.collection('namespaces'), namespace, info, placed.metadata.name ?? '');
  }
  const named = withGeneratedName(core, placed);
  const seeded = served.custom === undefined ? (seedNewBuiltin(named, info.group, info.kind) as KubeObject) : named;
  const tracked = trackFields(core, served, undefined, seeded, context);
  const prepared = prepareCreate(core, served, tracked);
  const identified: KubeObject = { ...prepared, metadata: newMetadata(core, served, prepared) };
  const complete =
    served.custom === undefined ? (prepareNewBuiltin(identified, info.group, info.kind) as KubeObject) : identified;
  const errors = validateCreate(served, complete);
  if (errors.length > 0) throw invalid(subjectOf(served), complete.metadata.name ?? '', errors);
  const preset = object.metadata.resourceVersion ?? '';
  if (preset !== '' && preset !== '0')
    throw internalError('resourceVersion should not be set on objects to be created');
  const name = complete.metadata.name ?? '';
  const key = storeKey(namespace, name);
  const stored = inStorageVersion(served, complete);
  if (context.dryRun) {
    if (collection.get(key) !== undefined) throw alreadyExists(info, name);
    const { resourceVersion: _, ...metadata } = stored.metadata;
    return { key, object: { ...stored, metadata }, revision: 0, json: undefined };
  }
  const result = collection.create(key, stored);
  if (!result.ok) throw alreadyExists(info, name);
  return result.entry;
}

function subjectOf(served: ServedResource): { group: string; kind: string } {
  return { group: storageGroup(served), kind: served.info.kind };
}

/** @throws StatusError 400 when the object names another namespace than the request. */
function place(object: KubeObject, namespace: string | undefined): KubeObject {
  const given = object.metadata.namespace ?? '';
  if (given === (namespace ?? '')) return object;
  if (given !== '') throw wrongNamespace();
  return { ...object, metadata: { ...object.metadata, namespace: namespace ?? '' } };
}

function wrongNamespace(): StatusError {
  return badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

/**
 * Replaces a stored object by `next` (served version, decoded and defaulted, as the client wants it).
 * @throws StatusError 400, 409, 422; the caller has dealt with 404.
 */
export function replaceObject(
  core: ApiCore,
  served: ServedResource,
  current: StoreEntry,
  next: KubeObject,
  context: WriteContext,
  ownsUidCheck: 'precondition' | 'immutable',
): StoreEntry {
  const old = inServedVersion(served, current.object);
  checkIdentity(served, next, old, ownsUidCheck);
  const tracked = trackFields(core, served, old, next, context);
  return commitUpdate(core, served, current, old, tracked, context);
}

/** The second half of an update, after fields have found their managers. */
export function commitUpdate(
  core: ApiCore,
  served: ServedResource,
  current: StoreEntry,
  old: KubeObject,
  tracked: KubeObject,
  context: WriteContext,
): StoreEntry {
  const prepared = prepareUpdate(core, served, tracked, old, context.subresource);
  const metadata = updatedMetadata(served, prepared, old, context.subresource);
  const complete: KubeObject = { ...prepared, apiVersion: old.apiVersion, kind: old.kind, metadata };
  const errors = validateUpdate(served, complete, old, context.subresource);
  if (errors.length > 0) throw invalid(subjectOf(served), old.metadata.name ?? '', errors);
  if (deepEqual(complete, old)) return current;
  const stored = inStorageVersion(served, complete);
  const unsaved: StoreEntry = { key: current.key, object: stored, revision: current.revision, json: undefined };
  if (context.dryRun) return unsaved;
  if (readyToVanish(served, complete)) {
    if (!served.collection.delete(current).ok) throw conflict(served.info, old.metadata.name ?? '', staleObject);
    return unsaved;
  }
  const result = served.collection.update(current, stored);
  if (!result.ok) throw conflict(served.info, old.metadata.name ?? '', staleObject);
  return result.entry;
}

function checkIdentity(
  served: ServedResource,
  next: KubeObject,
  old: KubeObject,
  uidCheck: 'precondition' | 'immutable',
): void {
  const { info } = served;
  const name = old.metadata.name ?? '';
  const { uid, resourceVersion, namespace } = next.metadata;
  if ((namespace ?? '') !== '' && namespace !== old.metadata.namespace) throw wrongNamespace();
  if (uid !== undefined && uid !== '' && uid !== old.metadata.uid) {
    if (uidCheck === 'precondition') {
      const detail = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`;
      throw conflict(info, name, detail);
    }
    const error = {
      path: 'metadata.uid',
      type: 'FieldValueInvalid',
      value: uid,
      detail: 'field is immutable',
    } as const;
    throw invalid(info, name, [error, error]);
  }
  checkRevision(served, name, resourceVersion ?? '', old);
}

function checkRevision(served: ServedResource, name: string, given: string, old: KubeObject): void {
  if (given === '' || given === '0') {
    if (allowsUnconditionalUpdate(served)) return;
    throw invalid({ group: served.info.group, kind: served.info.plural }, name, [
      {
        path: 'metadata.resourceVersion',
        type: 'FieldValueInvalid',
        value: 0,
        detail: 'must be specified for an update',
      },
    ]);
  }
  if (!/^\d+$/.test(given)) throw internalError(`strconv.ParseUint: parsing "${given}": invalid syntax`);
  if (given !== old.metadata.resourceVersion) throw conflict(served.info, name, staleObject);
}

export function existing(served: ServedResource, namespace: string | undefined, name: string): StoreEntry {
  const entry = served.collection.get(storeKey(namespace, name));
  if (entry === undefined) throw notFound(served.info, name);
  return entry;
}
