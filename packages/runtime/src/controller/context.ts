/**
 * What a handler receives: the object, and everything it may do to the cluster on the object's behalf.
 */

import type { OnConflict } from '../cache/object-writer.ts';
import type { DeleteOptions as ClientDeleteOptions, KubeClient } from '../client/kube-client.ts';
import type { Leadership } from '../leadership-gate.ts';
import type { Logger } from '../logger.ts';
import type { ConditionInput } from '../object/conditions.ts';
import type { KubeObject } from '../object/kube-object.ts';
import type { OwnerReference } from '../object/owner-ref.ts';
import type { ResourceKind } from '../object/resource-kind.ts';
import type { Trigger } from '../queue/trigger.ts';
import type { ReplicatedState } from '../replicated-state.ts';
import type { Action } from './action.ts';

/** A kind token: a builder class, the result of `customResource()`, or a row of the kind table. */
export type AnyKind = ResourceKind<KubeObject>;

/** The object type a kind token stands for. */
export type ObjectOf<K> = K extends ResourceKind<infer T> ? T : never;

/** The `status` of a kind's objects. */
export type StatusOf<K> = ObjectOf<K> extends { readonly status?: infer S } ? NonNullable<S> : never;

/** `string` for namespaced kinds, `undefined` for cluster-scoped ones. */
export type NamespaceOf<K> = K extends { readonly namespaced: false } ? undefined : string;

/** Shared with the cache, therefore read-only all the way down (and frozen outside production). */
export type DeepReadonly<T> = T extends (...args: never[]) => unknown
  ? T
  : T extends readonly (infer U)[]
    ? readonly DeepReadonly<U>[]
    : T extends object
      ? { readonly [P in keyof T]: DeepReadonly<T[P]> }
      : T;

/** The primary object as the handler sees it. */
export type ReadonlyObject<K> = DeepReadonly<ObjectOf<K>>;

/** A complete builder, or a plain object. An incomplete builder does not compile: `'~missing'` names the calls. */
export type Manifestable<T extends KubeObject> = T | { readonly '~missing': never; toJSON(): T };

/** An asynchronous function that brings the world closer to `ctx.resource`. */
export type Handler<K> = (ctx: Context<K>) => Promise<Action | void>;

export interface ApplyOptions {
  /** What to do with fields another manager owns. @default 'owner': take them if we own the object, otherwise fail */
  readonly onConflict?: OnConflict;
  /** Make the primary the owner, so that the child is deleted with it. @default true */
  readonly owned?: boolean;
}

export interface ReadOptions {
  /** @default the primary's namespace */
  readonly namespace?: string;
  /** `cache` throws `CACHE_NOT_DECLARED` without an informer; `live` asks the API server. @default cache if possible */
  readonly from?: 'cache' | 'live';
}

export interface ListOptions extends ReadOptions {
  /** All namespaces instead of one. @default false */
  readonly allNamespaces?: boolean;
  /** Label selector, such as `app=web,tier in (a,b)`. */
  readonly labels?: string;
  /**
   * Only objects for which the index that `.index(name, …)` declared yields `value`. Never read live: throws
   * `CACHE_NOT_DECLARED` where no cache of the whole scope has that index.
   */
  readonly index?: { readonly name: string; readonly value: string };
}

export interface DeleteOptions extends Pick<ClientDeleteOptions, 'uid' | 'resourceVersion' | 'propagationPolicy'> {
  /** @default the primary's namespace */
  readonly namespace?: string;
}

/**
 * One run of one object.
 *
 * Guarantees: every write carries the leadership under which the run began and is refused once that is lost; reads see
 * the run's own writes; `signal` aborts on timeout, lost leadership and shutdown.
 */
export interface Context<K = AnyKind> {
  /** The object as the cache holds it when the run begins. */
  readonly resource: ReadonlyObject<K>;
  readonly name: string;
  readonly namespace: NamespaceOf<K>;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Pass it to whatever waits. */
  readonly signal: AbortSignal;
  /** 1 for the first try, then one more per failure in a row. */
  readonly attempt: number;
  /** What put the object into the queue. */
  readonly triggers: readonly Trigger[];
  /** Unique per run; in every log line of it. */
  readonly reconcileId: string;
  readonly log: Logger;
  readonly leadership: Leadership;
  /** @throws `REPLICATION_UNAVAILABLE` in each call when the manager runs without replication. */
  readonly replicated: ReplicatedState;
  /** The raw client; its writes are neither fenced nor suppressed as own. */
  readonly client: KubeClient;

  /** The reference a child carries to this object. */
  ownerReference(): OwnerReference;
  /** The answer that ends a run until the next change. */
  done(): Action;

  /**
   * Makes the cluster match the manifest by server-side apply; sends nothing when it matches already. Fields stated
   * before and omitted now are removed. The namespace defaults to the primary's.
   * @throws RuntimeError `APPLY_CONFLICT` (another manager owns a field), `OWNER_SCOPE`.
   */
  apply<T extends KubeObject>(manifest: Manifestable<T>, options?: ApplyOptions): Promise<T>;
  /** Deletes; an absent object is success. */
  delete(kind: AnyKind, name: string, options?: DeleteOptions): Promise<void>;
  /** Undefined when it does not exist. */
  get<T extends KubeObject>(kind: ResourceKind<T>, name: string, options?: ReadOptions): Promise<T | undefined>;
  list<T extends KubeObject>(kind: ResourceKind<T>, options?: ListOptions): Promise<readonly T[]>;
  /**
   * States the whole status apart from conditions: a field stated before and omitted now disappears. An equal status
   * is not sent.
   */
  setStatus(status: StatusOf<K>): Promise<void>;
  /** Merges by type; `lastTransitionTime` moves only when `status` flips. */
  setCondition(...conditions: ConditionInput[]): Promise<void>;
  /** Records a Normal event. Never fails the run. */
  event(reason: string, message: string): Promise<void>;
  /** Records a Warning event. Never fails the run. */
  warning(reason: string, message: string): Promise<void>;
}
