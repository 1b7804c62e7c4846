/**
 * Empties terminating namespaces and then lets them go. What stays because of its own finalizers is named in the
 * namespace's conditions.
 */
import type { ApiCore } from '../rest/api-core.ts';
import { deleteObject, readyToVanish } from '../rest/delete-object.ts';
import { plainDelete } from '../rest/delete-options.ts';
import type { ServedResource } from '../rest/served-resource.ts';
import { timestamp } from '../store/clock.ts';
import type { Collection, StoreEntry } from '../store/collection.ts';
import { deepEqual } from '../store/deep-equal.ts';
import { isJsonObject, type JsonObject, type KubeObject } from '../store/kube-object.ts';
import type { KeyedWorker } from './keyed-worker.ts';

interface Remains {
  /** `configmaps` → how many are left. */
  readonly resources: Map<string, number>;
  readonly finalizers: Map<string, number>;
}

export class NamespaceController {
  readonly #core: ApiCore;
  readonly #served: ServedResource;
  readonly #terminating = new Set<string>();

  constructor(core: ApiCore, served: ServedResource) {
    this.#core = core;
    this.#served = served;
  }

  start(worker: KeyedWorker): void {
    const enqueue = (name: string): void => worker.add(`namespace/${name}`, () => this.#reconcile(name));
    this.#core.store.subscribe((collection, { entry, type }) => {
      if (collection === this.#served.collection) {
        if (type === 'DELETED') this.#terminating.delete(entry.key);
        else if (entry.object.metadata.deletionTimestamp !== undefined) enqueue(entry.key);
        return;
      }
      const { namespace } = entry.object.metadata;
      if (namespace !== undefined && this.#terminating.has(namespace)) enqueue(namespace);
    });
    this.resync(worker);
  }

  resync(worker: KeyedWorker): void {
    this.#terminating.clear();
    this.#served.collection.forEach(undefined, ({ key, object }) => {
      if (object.metadata.deletionTimestamp !== undefined) worker.add(`namespace/${key}`, () => this.#reconcile(key));
    });
  }

  #reconcile(name: string): void {
    const entry = this.#served.collection.get(name);
    if (entry?.object.metadata.deletionTimestamp === undefined) return;
    this.#terminating.add(name);
    const remains = this.#deleteContents(name);
    if (remains.resources.size === 0) this.#release(entry);
    else this.#describe(entry, remains);
  }

  #deleteContents(namespace: string): Remains {
    const remains: Remains = { resources: new Map(), finalizers: new Map() };
    const seen = new Set<Collection>();
    for (const served of this.#core.registry.all()) {
      if (!served.info.namespaced || seen.has(served.collection)) continue;
      seen.add(served.collection);
      const entries: StoreEntry[] = [];
      served.collection.forEach(namespace, (entry) => entries.push(entry));
      for (const entry of entries) {
        const deletion = deleteObject(this.#core, served, entry, plainDelete);
        if (deletion.gone) continue;
        count(remains.resources, served.qualifiedName);
        for (const finalizer of deletion.entry.object.metadata.finalizers ?? []) count(remains.finalizers, finalizer);
      }
    }
    return remains;
  }

  #release(entry: StoreEntry): void {
    const spec = isJsonObject(entry.object['spec']) ? entry.object['spec'] : {};
    const finalizers = Array.isArray(spec['finalizers']) ? spec['finalizers'] : [];
    const { finalizers: _, ...rest } = spec;
    const left = finalizers.filter((finalizer) => finalizer !== 'kubernetes');
    const released: KubeObject = { ...entry.object, spec: left.length === 0 ? rest : { ...rest, finalizers: left } };
    if (readyToVanish(this.#served, released)) this.#served.collection.delete(entry);
    else if (left.length !== finalizers.length) this.#served.collection.update(entry, released);
  }

  #describe(entry: StoreEntry, remains: Remains): void {
    const status = isJsonObject(entry.object['status']) ? entry.object['status'] : {};
    const before = Array.isArray(status['conditions']) ? status['conditions'].filter((one) => isJsonObject(one)) : [];
    const nowText = timestamp(this.#core.clock.nowMs());
    const content = [...remains.resources].map(([resource, n]) => `${resource} has ${n} resource instances`).toSorted();
    const held = [...remains.finalizers].map(([name, n]) => `${name} in ${n} resource instances`).toSorted();
    const wanted = [
      condition('NamespaceDeletionDiscoveryFailure', 'ResourcesDiscovered', 'All resources successfully discovered'),
      condition(
        'NamespaceDeletionGroupVersionParsingFailure',
        'ParsedGroupVersions',
        'All legacy kube types successfully parsed',
      ),
      condition(
        'NamespaceDeletionContentFailure',
        'ContentDeleted',
        'All content successfully deleted, may be waiting on finalization',
      ),
      condition(
        'NamespaceContentRemaining',
        'SomeResourcesRemain',
        `Some resources are remaining: ${content.join(', ')}`,
        true,
      ),
      held.length === 0
        ? condition(
            'NamespaceFinalizersRemaining',
            'ContentHasNoFinalizers',
            'All content-preserving finalizers finished',
          )
        : condition(
            'NamespaceFinalizersRemaining',
            'SomeFinalizersRemain',
            `Some content in the namespace has finalizers remaining: ${held.join(', ')}`,
            true,
          ),
    ];
    const conditions = wanted.map((one): JsonObject => {
      const old = before.find((other) => other['type'] === one['type']);
      const since =
        old !== undefined && old['status'] === one['status'] ? (old['lastTransitionTime'] ?? nowText) : nowText;
      return {
        type: one['type'] ?? '',
        status: one['status'] ?? '',
        lastTransitionTime: since,
        reason: one['reason'] ?? '',
        message: one['message'] ?? '',
      };
    });
    if (deepEqual(before, conditions)) return;
    this.#served.collection.update(entry, { ...entry.object, status: { ...status, conditions } });
  }
}

function condition(type: string, reason: string, message: string, holds = false): JsonObject {
  return { type, status: holds ? 'True' : 'False', reason, message };
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
