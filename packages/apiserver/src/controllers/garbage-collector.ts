/**
 * Deletes objects whose owners are gone, and carries out foreground and orphaning deletion.
 *
 * Guarantees: an object goes only when none of its owners exists under the recorded uid; with `orphanDependents` it
 * stays and loses the reference; a foreground-deleted owner goes after the dependents that block it.
 * @see https://kubernetes.io/docs/concepts/architecture/garbage-collection/
 */
import type { ApiCore } from '../rest/api-core.ts';
import { deleteObject, readyToVanish } from '../rest/delete-object.ts';
import { type Propagation, plainDelete } from '../rest/delete-options.ts';
import { type ServedResource, storeKey } from '../rest/served-resource.ts';
import type { Collection, StoreEntry, StoreEvent } from '../store/collection.ts';
import { canonicalMetadata, type KubeObject, type OwnerReference } from '../store/kube-object.ts';
import type { KeyedWorker } from './keyed-worker.ts';

interface Place {
  readonly collection: Collection;
  readonly key: string;
}

type OwnerState = 'solid' | 'waiting' | 'gone';

const foreground = 'foregroundDeletion';
const orphan = 'orphan';

export class GarbageCollector {
  readonly #core: ApiCore;
  readonly #worker: KeyedWorker;
  /** Owner uid → dependents by place. */
  readonly #dependents = new Map<string, Map<string, Place>>();

  constructor(core: ApiCore, worker: KeyedWorker) {
    this.#core = core;
    this.#worker = worker;
  }

  start(): void {
    this.resync();
    this.#core.store.subscribe((collection, event) => this.#observe(collection, event));
  }

  /** Reads everything anew, after the store has been replaced as a whole. */
  resync(): void {
    this.#dependents.clear();
    for (const collection of this.#core.store.collections()) {
      collection.forEach(undefined, (entry) => {
        this.#link(collection, entry);
        this.#consider(collection, entry);
      });
    }
  }

  #observe(collection: Collection, { type, entry, previous }: StoreEvent): void {
    if (previous !== undefined && previous.object.metadata.ownerReferences !== undefined)
      this.#unlink(collection, previous);
    if (type === 'DELETED') {
      this.#wakeDependents(entry);
      this.#wakeOwners(entry);
      return;
    }
    this.#link(collection, entry);
    this.#consider(collection, entry);
  }

  /** Queues whatever the state of this one object may call for. */
  #consider(collection: Collection, entry: StoreEntry): void {
    const { ownerReferences, deletionTimestamp, finalizers } = entry.object.metadata;
    const place = { collection, key: entry.key };
    if (
      deletionTimestamp !== undefined &&
      (finalizers?.includes(foreground) === true || finalizers?.includes(orphan) === true)
    ) {
      this.#enqueue('owner', place, (current) => this.#finishOwner(place, current));
    }
    if (ownerReferences !== undefined && deletionTimestamp === undefined) {
      this.#enqueue('dependent', place, (current) => this.#attend(place, current));
    }
  }

  #enqueue(role: string, place: Place, work: (entry: StoreEntry) => void): void {
    this.#worker.add(`gc/${role}/${place.collection.name}/${place.key}`, () => {
      const current = place.collection.get(place.key);
      if (current !== undefined) work(current);
    });
  }

  #wakeDependents({ object }: StoreEntry): void {
    for (const place of this.#dependentsOf(object)) {
      this.#enqueue('dependent', place, (current) => this.#attend(place, current));
    }
  }

  /** A dependent that is gone may have been the last that blocked its owner. */
  #wakeOwners({ object }: StoreEntry): void {
    for (const reference of object.metadata.ownerReferences ?? []) {
      const owner = this.#find(reference, object.metadata.namespace);
      if (owner?.entry.object.metadata.deletionTimestamp !== undefined) {
        this.#consider(owner.served.collection, owner.entry);
      }
    }
  }

  /** Decides over one object with owners. */
  #attend({ collection }: Place, entry: StoreEntry): void {
    const { metadata } = entry.object;
    const references = metadata.ownerReferences ?? [];
    const served = this.#core.registry.findQualified(collection.name);
    if (references.length === 0 || metadata.deletionTimestamp !== undefined || served === undefined) return;
    const states = references.map((reference) => this.#stateOf(reference, metadata.namespace));
    if (states.includes('solid')) {
      const kept = references.filter((_, index) => states[index] === 'solid');
      if (kept.length < references.length) this.#rewrite(served, entry, { ownerReferences: kept });
      return;
    }
    const hasDependents = this.#dependentsOf(entry.object).length > 0;
    const propagation: Propagation = states.includes('waiting') && hasDependents ? 'Foreground' : 'Background';
    deleteObject(this.#core, served, entry, { ...plainDelete, propagation: keepPolicy(entry.object) ?? propagation });
  }

  /** Carries out foreground or orphaning deletion of an owner. */
  #finishOwner({ collection }: Place, entry: StoreEntry): void {
    const { metadata } = entry.object;
    const served = this.#core.registry.findQualified(collection.name);
    if (metadata.deletionTimestamp === undefined || served === undefined) return;
    const finalizers = metadata.finalizers ?? [];
    const dependents = this.#dependentsOf(entry.object);
    if (finalizers.includes(orphan)) {
      for (const place of dependents) this.#releaseDependent(place, metadata.uid ?? '');
      this.#dropFinalizer(served, collection.get(entry.key), orphan);
    } else if (finalizers.includes(foreground)) {
      for (const place of dependents) {
        const dependent = place.collection.get(place.key);
        if (dependent !== undefined) this.#attend(place, dependent);
      }
      const blocked = this.#dependentsOf(entry.object).some((place) => blocks(place, metadata.uid ?? ''));
      if (!blocked) this.#dropFinalizer(served, collection.get(entry.key), foreground);
    }
  }

  #releaseDependent(place: Place, ownerUid: string): void {
    const entry = place.collection.get(place.key);
    const served = this.#core.registry.findQualified(place.collection.name);
    if (entry === undefined || served === undefined) return;
    const kept = (entry.object.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== ownerUid);
    this.#rewrite(served, entry, { ownerReferences: kept });
  }

  #dropFinalizer(served: ServedResource, entry: StoreEntry | undefined, finalizer: string): void {
    if (entry === undefined) return;
    const finalizers = (entry.object.metadata.finalizers ?? []).filter((name) => name !== finalizer);
    this.#rewrite(served, entry, { finalizers });
  }

  #rewrite(served: ServedResource, entry: StoreEntry, change: Partial<KubeObject['metadata']>): void {
    const next: KubeObject = { ...entry.object, metadata: canonicalMetadata({ ...entry.object.metadata, ...change }) };
    if (readyToVanish(served, next)) served.collection.delete(entry);
    else served.collection.update(entry, next);
  }

  #stateOf(reference: OwnerReference, namespace: string | undefined): OwnerState {
    const owner = this.#find(reference, namespace);
    if (owner === undefined) return 'gone';
    const { deletionTimestamp, finalizers = [] } = owner.entry.object.metadata;
    return deletionTimestamp !== undefined && finalizers.includes(foreground) ? 'waiting' : 'solid';
  }

  #find(
    reference: OwnerReference,
    namespace: string | undefined,
  ): { served: ServedResource; entry: StoreEntry } | undefined {
    const served = this.#core.registry.findKind(reference.apiVersion, reference.kind);
    if (served === undefined) return undefined;
    const entry = served.collection.get(storeKey(served.info.namespaced ? namespace : undefined, reference.name));
    return entry?.object.metadata.uid === reference.uid ? { served, entry } : undefined;
  }

  #dependentsOf(owner: KubeObject): readonly Place[] {
    return [...(this.#dependents.get(owner.metadata.uid ?? '')?.values() ?? [])];
  }

  #link(collection: Collection, entry: StoreEntry): void {
    for (const { uid } of entry.object.metadata.ownerReferences ?? []) {
      const places = this.#dependents.get(uid) ?? new Map<string, Place>();
      places.set(`${collection.name}/${entry.key}`, { collection, key: entry.key });
      this.#dependents.set(uid, places);
    }
  }

  #unlink(collection: Collection, entry: StoreEntry): void {
    for (const { uid } of entry.object.metadata.ownerReferences ?? []) {
      const places = this.#dependents.get(uid);
      places?.delete(`${collection.name}/${entry.key}`);
      if (places?.size === 0) this.#dependents.delete(uid);
    }
  }
}

/** A dependent that was itself marked for orphaning or foreground deletion keeps that policy. */
function keepPolicy(object: KubeObject): Propagation | undefined {
  const { finalizers = [] } = object.metadata;
  if (finalizers.includes(orphan)) return 'Orphan';
  return finalizers.includes(foreground) ? 'Foreground' : undefined;
}

function blocks({ collection, key }: Place, ownerUid: string): boolean {
  const references = collection.get(key)?.object.metadata.ownerReferences ?? [];
  return references.some(({ uid, blockOwnerDeletion }) => uid === ownerUid && blockOwnerDeletion === true);
}
