/**
 * A `KubeClient` in memory whose every answer and event waits for the test: writes are committed,
 * answered or lost, and stream events delivered, one step at a time in any order. Two managers exist:
 * ours applies `data.own`, the other updates `data.foreign`, or takes `data.own`.
 */
import type {
  ApplyOptions,
  DeleteOptions,
  DeleteResult,
  KubeClient,
  ListOptions,
  ListPage,
  WatchEvent,
  WatchOptions,
  WatchStream,
  WriteResult,
} from '../src/client/kube-client.ts';
import { StatusError } from '../src/client/status-error.ts';
import type { KubeObject } from '../src/object/kube-object.ts';
import type { ObjectKey } from '../src/object/object-key.ts';
import type { ResourceKind } from '../src/object/resource-kind.ts';

export interface Thing extends KubeObject {
  readonly data: Readonly<Record<string, string>>;
}

export const thingKind: ResourceKind<Thing> = {
  apiVersion: 'example.com/v1',
  kind: 'Thing',
  plural: 'things',
  namespaced: true,
};

export const NAMESPACE = 'default';
export const OWN_MANAGER = 'things.example.com';

export interface LoggedEvent {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: Thing;
  readonly foreign: boolean;
}

interface PendingRequest {
  readonly kind: 'write' | 'list';
  /** Runs on the server. */
  readonly commit: () => void;
  committed: boolean;
  readonly answer: () => void;
  readonly lose: () => void;
}

export class SimulatedCluster implements KubeClient {
  readonly log: LoggedEvent[] = [];
  readonly #objects = new Map<string, Thing>();
  readonly #pending: PendingRequest[] = [];
  #version = 100;
  #uid = 0;
  #stream: SteppedStream | undefined;
  #known: WatchOptions['known'];
  #delivered = 0;

  /** Versions up to here were delivered by the current stream or its list. */
  get deliveredVersion(): number {
    return this.#delivered;
  }

  /** Whether a watch is open. */
  get watching(): boolean {
    return this.#stream !== undefined;
  }

  get pendingCount(): number {
    return this.#pending.length;
  }

  get version(): number {
    return this.#version;
  }

  stored(name: string): Thing | undefined {
    return this.#objects.get(name);
  }

  // Steps of the foreign world.

  foreignWrite(name: string): void {
    const before = this.#objects.get(name);
    if (before !== undefined) {
      const data = { ...before.data, foreign: `f${this.#version}` };
      const ours = before.metadata.managedFields?.filter((entry) => entry.manager === OWN_MANAGER) ?? [];
      const fields = before.data['own'] !== undefined && ours.length === 0 ? ['foreign', 'own'] : ['foreign'];
      const metadata = { ...before.metadata, managedFields: [...ours, foreignEntry(fields)] };
      this.#store(name, { ...before, data, metadata }, { type: 'MODIFIED', foreign: true });
    }
  }

  foreignTakesOwn(name: string): void {
    const before = this.#objects.get(name);
    if (before !== undefined) {
      const data = { ...before.data, own: `taken${this.#version}` };
      const metadata = { ...before.metadata, managedFields: [foreignEntry(['foreign', 'own'])] };
      this.#store(name, { ...before, data, metadata }, { type: 'MODIFIED', foreign: true });
    }
  }

  foreignDelete(name: string): void {
    this.#remove(name, true);
  }

  foreignCreate(name: string): void {
    if (!this.#objects.has(name)) {
      const metadata = { managedFields: [foreignEntry(['foreign'])] };
      const data = { foreign: `f${this.#version}` };
      this.#store(name, thing(name, { data, metadata }), { type: 'ADDED', foreign: true });
    }
  }

  // Steps of requests and the stream.

  commit(pick: number): void {
    const open = this.#pending.filter((request) => !request.committed);
    const request = open[pick % Math.max(1, open.length)];
    if (request !== undefined) {
      request.committed = true;
      request.commit();
    }
  }

  answer(pick: number): void {
    this.#finish(pick, (request) => request.answer());
  }

  lose(pick: number): void {
    this.#finish(pick, (request) => request.lose());
  }

  /** The stream delivers its next event. */
  deliver(): void {
    const next = this.log.find((event) => event.version > this.#delivered);
    if (next !== undefined && this.#stream !== undefined) {
      this.#delivered = next.version;
      const known = next.type === 'DELETED' ? undefined : (this.#known?.(String(next.version)) as Thing | undefined);
      this.#stream.push([{ type: next.type, object: known ?? structuredClone(next.object) }]);
    }
  }

  bookmark(): void {
    const unread = this.log.some((event) => event.version > this.#delivered);
    if (this.#stream !== undefined && !unread) {
      this.#delivered = this.#version;
      const metadata = { resourceVersion: String(this.#version) };
      this.#stream.push([{ type: 'BOOKMARK', object: { ...thing('', { data: {}, metadata }) } }]);
    }
  }

  /** The stream's version is too old: a relist follows. */
  expire(): void {
    this.#stream?.push([{ type: 'ERROR', status: { code: 410, message: 'too old' } }]);
    this.#stream = undefined;
  }

  // KubeClient.

  listPage<T extends KubeObject>(_kind: ResourceKind<T>, options: ListOptions): Promise<ListPage<T>> {
    const [versionText = '', after = ''] = options.continue?.split('|') ?? [];
    let page: ListPage<T> | undefined;
    return this.#request<ListPage<T>>('list', {
      commit: () => {
        const snapshot = this.#snapshots.get(versionText) ?? [...this.#objects].toSorted(byName);
        const version = versionText === '' ? String(this.#version) : versionText;
        this.#snapshots.set(version, snapshot);
        const [item] = snapshot.filter(([name]) => name > after);
        const more = item !== undefined && snapshot.some(([name]) => name > item[0]);
        page = {
          items: (item === undefined ? [] : [structuredClone(item[1])]) as unknown as T[],
          resourceVersion: version,
          ...(more ? { continue: `${version}|${item[0]}` } : {}),
        };
      },
      result: () => page as ListPage<T>,
      lost: () => new StatusError('list lost', { code: 500, reason: 'InternalError' }),
    });
  }

  watch<T extends KubeObject>(_kind: ResourceKind<T>, options: WatchOptions): Promise<WatchStream<T>> {
    this.#delivered = Number(options.resourceVersion);
    this.#known = options.known;
    this.#stream = new SteppedStream(options.signal);
    return Promise.resolve(this.#stream as unknown as WatchStream<T>);
  }

  apply<T extends KubeObject>(_kind: ResourceKind<T>, object: T, options: ApplyOptions): Promise<WriteResult<T>> {
    let result: (() => WriteResult<T>) | undefined;
    return this.#request<WriteResult<T>>('write', {
      commit: () => {
        result = this.#apply(object as unknown as Thing, options.force === true) as unknown as () => WriteResult<T>;
      },
      result: () => (result as () => WriteResult<T>)(),
      lost: () => new Error('answer lost'),
    });
  }

  delete<T extends KubeObject>(
    _kind: ResourceKind<T>,
    key: ObjectKey,
    _options: DeleteOptions,
  ): Promise<DeleteResult<T>> {
    let uid: string | undefined;
    return this.#request<DeleteResult<T>>('write', {
      commit: () => {
        uid = this.#objects.get(key.name)?.metadata.uid;
        this.#remove(key.name, false);
      },
      result: () => (uid === undefined ? { outcome: 'absent' } : { outcome: 'gone', uid }),
      lost: () => new Error('answer lost'),
    });
  }

  readonly get: () => Promise<never> = unused;
  readonly create: () => Promise<never> = unused;
  readonly jsonPatch: () => Promise<never> = unused;
  readonly mergePatch: () => Promise<never> = unused;
  readonly serves: () => Promise<never> = unused;

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  readonly #snapshots = new Map<string, [string, Thing][]>();

  /** Server-side apply of `data.own`, with conflicts and no-ops. */
  #apply(desired: Thing, force: boolean): () => WriteResult<Thing> {
    const name = desired.metadata.name ?? '';
    const before = this.#objects.get(name);
    const own = desired.data['own'] ?? '';
    if (before === undefined) {
      const metadata = { managedFields: [ownEntry()] };
      const created = this.#store(name, thing(name, { data: { own }, metadata }), { type: 'ADDED', foreign: false });
      return () => ({ object: structuredClone(created), created: true });
    }
    const isOurs = before.metadata.managedFields?.some((entry) => entry.manager === OWN_MANAGER) === true;
    if (isOurs && before.data['own'] === own) {
      return () => ({ object: structuredClone(before), created: false });
    }
    const contested = !isOurs && before.data['own'] !== undefined && before.data['own'] !== own;
    if (contested && !force) {
      return () => {
        throw conflict();
      };
    }
    const others = before.data['foreign'] === undefined ? [] : [foreignEntry(['foreign'])];
    const metadata = { ...before.metadata, managedFields: [ownEntry(), ...others] };
    const next = { ...before, data: { ...before.data, own }, metadata };
    const stored = this.#store(name, next, { type: 'MODIFIED', foreign: false });
    return () => ({ object: structuredClone(stored), created: false });
  }

  #store(
    name: string,
    object: Thing,
    event: { readonly type: 'ADDED' | 'MODIFIED'; readonly foreign: boolean },
  ): Thing {
    this.#version += 1;
    const uid = event.type === 'ADDED' ? `uid-${++this.#uid}` : object.metadata.uid;
    const metadata = {
      ...object.metadata,
      ...(uid === undefined ? {} : { uid }),
      resourceVersion: String(this.#version),
    };
    const stored: Thing = { ...object, metadata };
    this.#objects.set(name, stored);
    this.log.push({ version: this.#version, ...event, object: stored });
    return stored;
  }

  #remove(name: string, foreign: boolean): void {
    const before = this.#objects.get(name);
    if (before !== undefined) {
      this.#version += 1;
      this.#objects.delete(name);
      const metadata = { ...before.metadata, resourceVersion: String(this.#version) };
      this.log.push({ version: this.#version, type: 'DELETED', foreign, object: { ...before, metadata } });
    }
  }

  #request<R>(
    kind: PendingRequest['kind'],
    steps: { readonly commit: () => void; readonly result: () => R; readonly lost: () => Error },
  ): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#pending.push({
        kind,
        commit: steps.commit,
        committed: false,
        answer: () => {
          try {
            resolve(steps.result());
          } catch (error) {
            reject(error as Error);
          }
        },
        lose: () => reject(steps.lost()),
      });
    });
  }

  #finish(pick: number, how: (request: PendingRequest) => void): void {
    const done = this.#pending.filter((request) => request.committed);
    const request = done[pick % Math.max(1, done.length)];
    if (request !== undefined) {
      this.#pending.splice(this.#pending.indexOf(request), 1);
      how(request);
    }
  }
}

class SteppedStream implements WatchStream<Thing> {
  readonly #batches: WatchEvent<Thing>[][] = [];
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(signal: AbortSignal) {
    signal.addEventListener('abort', () => this.close(), { once: true });
  }

  push(batch: WatchEvent<Thing>[]): void {
    this.#batches.push(batch);
    this.#wake?.();
  }

  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly WatchEvent<Thing>[]> {
    while (!this.#closed) {
      const batches = this.#batches.splice(0);
      if (batches.length > 0) {
        yield* batches;
        continue;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

export function thing(
  name: string,
  parts: { readonly data: Thing['data']; readonly metadata?: KubeObject['metadata'] },
): Thing {
  const { apiVersion, kind } = thingKind;
  return { apiVersion, kind, metadata: { name, namespace: NAMESPACE, ...parts.metadata }, data: parts.data };
}

function ownEntry(): NonNullable<KubeObject['metadata']['managedFields']>[number] {
  return {
    manager: OWN_MANAGER,
    operation: 'Apply',
    apiVersion: thingKind.apiVersion,
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:data': { 'f:own': {} } },
  };
}

function foreignEntry(fields: readonly string[]): NonNullable<KubeObject['metadata']['managedFields']>[number] {
  return {
    manager: 'someone',
    operation: 'Update',
    apiVersion: thingKind.apiVersion,
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:data': Object.fromEntries(fields.map((field) => [`f:${field}`, {}])) },
  };
}

function conflict(): StatusError {
  const cause = { reason: 'FieldManagerConflict', field: '.data.own', message: 'conflict with "someone" using v1' };
  return new StatusError('Apply failed with 1 conflict', {
    code: 409,
    reason: 'Conflict',
    details: { causes: [cause] },
  });
}

function byName(a: readonly [string, Thing], b: readonly [string, Thing]): number {
  return a[0] < b[0] ? -1 : 1;
}

function unused(): Promise<never> {
  return Promise.reject(new Error('the simulated cluster does not answer this'));
}
