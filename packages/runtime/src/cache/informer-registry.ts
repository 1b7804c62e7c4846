/**
 * Port: informers shared by all controllers of a manager, one per kind, namespace set, selector and
 * projection. `SharedInformers` implements it.
 */
import type { KubeObject } from '../object/kube-object.ts';
import type { ResourceKind } from '../object/resource-kind.ts';
import type { Informer, InformerState } from './informer.ts';

export interface InformerSpec<T extends KubeObject> {
  readonly kind: ResourceKind<T>;
  /** Absent or empty: all namespaces, or a cluster-scoped kind. */
  readonly namespaces?: readonly string[];
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Hold metadata only. @default true for Secret and ConfigMap, otherwise false */
  readonly metadataOnly?: boolean;
}

/** One holder's share of an informer; the informer stops when the last holder releases. */
export interface InformerLease<T extends KubeObject> {
  readonly informer: Informer<T>;
  /** Idempotent. */
  release(): void;
}

export interface InformerStatus {
  readonly kind: ResourceKind;
  readonly namespaces: readonly string[] | undefined;
  readonly state: InformerState;
  readonly size: number;
}

export interface InformerRegistry extends AsyncDisposable {
  /** Starts the informer unless an equal one runs. */
  acquire<T extends KubeObject>(spec: InformerSpec<T>): InformerLease<T>;
  /**
   * A running, unselective informer whose scope includes `namespace` (absent: all namespaces) and
   * that holds full objects unless `metadataOnly` suffices. Never starts one.
   */
  find<T extends KubeObject>(
    kind: ResourceKind<T>,
    scope?: { readonly namespace?: string; readonly metadataOnly?: boolean },
  ): Informer<T> | undefined;
  /** Every informer of this kind, whatever its scope: own writes are shown to all of them. */
  all<T extends KubeObject>(kind: ResourceKind<T>): readonly Informer<T>[];
  /** For readiness and metrics. */
  statuses(): readonly InformerStatus[];
}
