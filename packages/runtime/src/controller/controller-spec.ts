/**
 * Everything that makes one controller: what the facade collects, resolved to numbers and defaults.
 */

import type { Change } from '../cache/informer.ts';
import type { KubeObject } from '../object/kube-object.ts';
import type { ObjectKey } from '../object/object-key.ts';
import { groupOf, type ResourceKind } from '../object/resource-kind.ts';
import type { AnyKind, Handler } from './context.ts';
import type { Predicate } from './predicates.ts';

/** A kind whose objects this controller creates; a change of one runs its owner. */
export interface OwnedKind {
  readonly kind: AnyKind;
  /** Hold only metadata of the children. @default true for Secret and ConfigMap, otherwise false */
  readonly metadataOnly?: boolean;
  /** Label selector of the children to watch. @default all */
  readonly labels?: string;
}

/** A kind whose changes run the objects that `map` names. */
export interface WatchedKind {
  readonly kind: AnyKind;
  /** Called with old and new state of each change, so that dropped references run too. */
  readonly map: (change: Change<KubeObject>) => Iterable<ObjectKey>;
}

export interface ControllerSpec {
  /** Label of metrics and logs. @default `<plural>.<group>` */
  readonly name: string;
  readonly kind: AnyKind;
  readonly reconcile: Handler<AnyKind>;
  readonly onDelete?: Handler<AnyKind>;
  /** Name of the finalizer to hold; absent: none. */
  readonly finalizer?: string;
  readonly owns: readonly OwnedKind[];
  readonly watches: readonly WatchedKind[];
  /** Which changes of a primary run it. */
  readonly predicate: Predicate;
  /** Empty: all namespaces. */
  readonly namespaces: readonly string[];
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly indexes: readonly { readonly name: string; readonly values: (object: KubeObject) => Iterable<string> }[];
  /** Runs at once, over all keys. Integer ≥ 1. @default 10 */
  readonly concurrency: number;
  /** A run is aborted after this long, in milliseconds. @default 300000 */
  readonly timeoutMs: number;
  /** Delay after a handler that returned nothing, in milliseconds. @default 300000 */
  readonly requeueAfterMs: number;
  /** Longest delay after failures, in milliseconds. @default 60000 */
  readonly errorRequeueMs: number;
  /** Owner recorded in `managedFields`. @default `<plural>.<group>` */
  readonly fieldManager: string;
}

/** `webapps.example.com`: the default name and field manager of a controller. */
export function controllerName(kind: ResourceKind): string {
  const group = groupOf(kind.apiVersion);
  return group === '' ? kind.plural : `${kind.plural}.${group}`;
}

/** Defaults of the numeric options. */
export const CONTROLLER_DEFAULTS = {
  concurrency: 10,
  timeoutMs: 300_000,
  requeueAfterMs: 300_000,
  errorRequeueMs: 60_000,
} as const;
