/**
 * Follows CustomResourceDefinitions: accepts their names, serves them, establishes them, and on deletion removes every
 * object of theirs before the definition goes. Part of the server itself: it runs even with controllers off.
 */
import type { ApiCore } from '../rest/api-core.ts';
import { crdCleanupFinalizer, deleteObject, readyToVanish } from '../rest/delete-object.ts';
import { plainDelete } from '../rest/delete-options.ts';
import type { RequestInfo } from '../rest/request-info.ts';
import type { ServedResource } from '../rest/served-resource.ts';
import { qualified } from '../rest/status-error.ts';
import { trackFields } from '../rest/track-fields.ts';
import { systemWrite } from '../rest/write-object.ts';
import { timestamp } from '../store/clock.ts';
import type { StoreEntry } from '../store/collection.ts';
import { deepEqual } from '../store/deep-equal.ts';
import type { JsonValue } from '../schema/schema-node.ts';
import { canonicalMetadata, isJsonObject, type JsonObject, type KubeObject } from '../store/kube-object.ts';
import { serveCrd } from './serve-crd.ts';
import type { KeyedWorker } from './keyed-worker.ts';

export const crdCollection = 'customresourcedefinitions.apiextensions.k8s.io';

export class CrdController {
  readonly #core: ApiCore;
  readonly #served: ServedResource;
  /** The spec each served definition was compiled from. */
  readonly #specs = new Map<string, JsonValue | undefined>();

  constructor(core: ApiCore, served: ServedResource) {
    this.#core = core;
    this.#served = served;
  }

  start(worker: KeyedWorker): void {
    const collection = this.#served.collection;
    const reconcile = (key: string): void => this.#reconcile(key);
    collection.forEach(undefined, (entry) => this.#reconcile(entry.key));
    collection.subscribe(({ entry, type }) => {
      if (type === 'DELETED') this.#stopServing(entry.key);
      else worker.add(`crd/${entry.key}`, () => reconcile(entry.key));
    });
  }

  /** Serves what the store holds, after it has been replaced as a whole. */
  resync(known: Iterable<string>): void {
    for (const name of known) if (this.#served.collection.get(name) === undefined) this.#stopServing(name);
    this.#served.collection.forEach(undefined, (entry) => this.#reconcile(entry.key));
  }

  #reconcile(name: string): void {
    const entry = this.#served.collection.get(name);
    if (entry === undefined) {
      this.#stopServing(name);
    } else if (entry.object.metadata.deletionTimestamp !== undefined) {
      this.#cleanUp(entry);
    } else {
      this.#establish(entry);
    }
  }

  #establish(entry: StoreEntry): void {
    const { object } = entry;
    const spec = object['spec'] as JsonObject;
    const nowText = timestamp(this.#core.clock.nowMs());
    const status = isJsonObject(object['status']) ? object['status'] : {};
    const versions = spec['versions'] as JsonObject[];
    const storage = versions.find((version) => version['storage'] === true)?.['name'] ?? null;
    const stored = Array.isArray(status['storedVersions']) ? status['storedVersions'] : [];
    const conditions = Array.isArray(status['conditions']) ? (status['conditions'] as JsonObject[]) : [];
    const wanted: JsonObject = {
      ...status,
      conditions: [
        condition(conditions, 'NamesAccepted', 'True', 'NoConflicts', 'no conflicts found', nowText),
        condition(
          conditions,
          'Established',
          'True',
          'InitialNamesAccepted',
          'the initial names have been accepted',
          nowText,
        ),
      ],
      acceptedNames: acceptedNames(spec),
      storedVersions: stored.includes(storage) ? stored : [...stored, storage],
    };
    this.#serve(entry.key, object);
    if (deepEqual(wanted, status)) return;
    const next: KubeObject = { ...object, status: wanted };
    const tracked = trackFields(this.#core, this.#served, object, next, { ...systemWrite, subresource: 'status' });
    const { managedFields } = tracked.metadata;
    this.#served.collection.update(entry, {
      ...next,
      metadata: canonicalMetadata({ ...object.metadata, ...(managedFields === undefined ? {} : { managedFields }) }),
    });
  }

  /** Compiles anew only when the spec has changed: compiled versions are what caches hang on. */
  #serve(name: string, object: KubeObject): void {
    const spec = object['spec'];
    if (this.#specs.has(name) && deepEqual(this.#specs.get(name), spec)) return;
    this.#endWatches(name);
    this.#specs.set(name, spec);
    this.#core.registry.setCustom(name, serveCrd(this.#core.store, object));
  }

  #stopServing(name: string): void {
    if (!this.#specs.delete(name)) return;
    this.#endWatches(name);
    this.#core.registry.setCustom(name, []);
  }

  /** A watch shows objects as one spec describes them: with the next one, or none, it ends after the events that it owes. */
  #endWatches(name: string): void {
    this.#core.watches.close((label) => {
      const { group, resource } = label as RequestInfo;
      return qualified(group, resource) === name;
    });
  }

  #cleanUp(entry: StoreEntry): void {
    const [served] =
      this.#core.registry.custom(entry.key).length > 0
        ? this.#core.registry.custom(entry.key)
        : serveCrd(this.#core.store, entry.object);
    let left = 0;
    served?.collection.forEach(undefined, () => left++);
    if (served !== undefined && left > 0) {
      const entries: StoreEntry[] = [];
      served.collection.forEach(undefined, (instance) => entries.push(instance));
      for (const instance of entries) if (deleteObject(this.#core, served, instance, plainDelete).gone) left--;
    }
    if (left > 0) {
      // the finalizers of what is left decide; come back when something of it changes
      const stop = served?.collection.subscribe(() => {
        if (served.collection.size > 0) return;
        stop?.();
        this.#reconcile(entry.key);
      });
      return;
    }
    const { object } = entry;
    const finalizers = (object.metadata.finalizers ?? []).filter((name) => name !== crdCleanupFinalizer);
    const released: KubeObject = { ...object, metadata: { ...object.metadata, finalizers } };
    this.#stopServing(entry.key);
    if (readyToVanish(this.#served, released)) this.#served.collection.delete(entry);
    else if (finalizers.length !== object.metadata.finalizers?.length) this.#served.collection.update(entry, released);
  }
}

function acceptedNames(spec: JsonObject): JsonObject {
  return { ...(spec['names'] as JsonObject) };
}

function condition(
  existing: readonly JsonObject[],
  type: string,
  status: string,
  reason: string,
  message: string,
  nowText: string,
): JsonObject {
  const old = existing.find((one) => one['type'] === type);
  const lastTransitionTime = old?.['status'] === status ? (old['lastTransitionTime'] ?? nowText) : nowText;
  return { type, status, lastTransitionTime, reason, message };
}
