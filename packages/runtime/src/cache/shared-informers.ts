/**
 * `InformerRegistry`: one informer per kind, namespace set, selector and projection, shared by
 * reference count. Only `acquire` starts one; no read ever does.
 */
import type { KubeClient } from '../client/kube-client.ts';
import { type Clock, systemClock } from '../clock.ts';
import { type Logger, silentLogger } from '../logger.ts';
import { type Gauge, type Metrics, noMetrics } from '../metrics.ts';
import type { KubeObject } from '../object/kube-object.ts';
import { kindId, type ResourceKind, resourceName } from '../object/resource-kind.ts';
import { type Random, systemRandom } from '../random.ts';
import { CachedInformer } from './cached-informer.ts';
import type { Informer } from './informer.ts';
import type { InformerLease, InformerRegistry, InformerSpec, InformerStatus } from './informer-registry.ts';

export interface SharedInformersOptions {
  readonly client: KubeClient;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
  /** Field managers whose ownership stays in the cache: those of all controllers. May grow until `acquire`. */
  readonly ownManagers?: ReadonlySet<string>;
  /** Freeze cached objects deeply. Costs about as much as parsing; meant for development. @default false */
  readonly freeze?: boolean;
}

/** More watches than this deserve a warning: one watch over all namespaces is cheaper. */
const MANY_NAMESPACES = 50;
/** Kinds whose contents rarely matter and are often large or secret. */
const METADATA_ONLY_KINDS = new Set(['v1/Secret', 'v1/ConfigMap']);

interface Entry {
  readonly informer: CachedInformer<KubeObject>;
  readonly selective: boolean;
  holderCount: number;
}

export class SharedInformers implements InformerRegistry {
  readonly #options: SharedInformersOptions;
  readonly #log: Logger;
  readonly #objects: Gauge;
  readonly #entries = new Map<string, Entry>();
  readonly #stopping = new Set<Promise<void>>();

  constructor(options: SharedInformersOptions) {
    this.#options = options;
    this.#log = options.logger ?? silentLogger;
    this.#objects = (options.metrics ?? noMetrics).gauge({
      name: 'k8sop_cache_objects',
      help: 'Objects held by informers.',
      labels: ['kind'],
    });
  }

  acquire<T extends KubeObject>(spec: InformerSpec<T>): InformerLease<T> {
    const id = specId(spec);
    const entry = this.#entries.get(id) ?? this.#start(id, spec);
    entry.holderCount += 1;
    let held = true;
    return {
      informer: entry.informer as unknown as Informer<T>,
      release: () => {
        if (held) {
          held = false;
          this.#release(id, entry);
        }
      },
    };
  }

  find<T extends KubeObject>(
    kind: ResourceKind<T>,
    scope: { readonly namespace?: string; readonly metadataOnly?: boolean } = {},
  ): Informer<T> | undefined {
    for (const { informer, selective } of this.#entries.values()) {
      const { namespaces } = informer;
      const covers =
        namespaces === undefined || (scope.namespace !== undefined && namespaces.includes(scope.namespace));
      const complete = scope.metadataOnly === true || !informer.metadataOnly;
      if (!selective && covers && complete && kindId(informer.kind) === kindId(kind)) {
        return informer as unknown as Informer<T>;
      }
    }
    return undefined;
  }

  all<T extends KubeObject>(kind: ResourceKind<T>): readonly Informer<T>[] {
    const id = kindId(kind);
    const found: Informer<T>[] = [];
    for (const { informer } of this.#entries.values()) {
      if (kindId(informer.kind) === id) {
        found.push(informer as unknown as Informer<T>);
      }
    }
    return found;
  }

  statuses(): readonly InformerStatus[] {
    const sizes = new Map<string, number>();
    const statuses: InformerStatus[] = [];
    for (const { informer } of this.#entries.values()) {
      const { kind, namespaces, state, size } = informer;
      statuses.push({ kind, namespaces, state, size });
      sizes.set(kind.kind, (sizes.get(kind.kind) ?? 0) + size);
    }
    for (const [kind, size] of sizes) {
      this.#objects.set(size, { kind });
    }
    return statuses;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { informer } of this.#entries.values()) {
      this.#stop(informer);
    }
    this.#entries.clear();
    await Promise.all(this.#stopping);
  }

  #start<T extends KubeObject>(id: string, spec: InformerSpec<T>): Entry {
    const { client, clock, random, metrics, ownManagers, freeze } = this.#options;
    const namespaces = spec.namespaces === undefined || spec.namespaces.length === 0 ? undefined : spec.namespaces;
    if (namespaces !== undefined && namespaces.length > MANY_NAMESPACES) {
      const fields = { resource: resourceName(spec.kind), namespaces: namespaces.length };
      this.#log.warn('one watch per namespace; watching all namespaces is cheaper', fields);
    }
    const informer = new CachedInformer<T>({
      client,
      clock: clock ?? systemClock,
      random: random ?? systemRandom,
      logger: this.#log,
      metrics: metrics ?? noMetrics,
      kind: spec.kind,
      namespaces,
      labelSelector: spec.labelSelector,
      fieldSelector: spec.fieldSelector,
      projection: {
        metadataOnly: isMetadataOnly(spec),
        ownManagers: ownManagers ?? new Set(),
        freeze: freeze ?? false,
      },
    });
    const selective = spec.labelSelector !== undefined || spec.fieldSelector !== undefined;
    const entry: Entry = { informer: informer as unknown as CachedInformer<KubeObject>, selective, holderCount: 0 };
    this.#entries.set(id, entry);
    informer.start();
    return entry;
  }

  #release(id: string, entry: Entry): void {
    entry.holderCount -= 1;
    if (entry.holderCount === 0 && this.#entries.get(id) === entry) {
      this.#entries.delete(id);
      this.#stop(entry.informer);
    }
  }

  #stop(informer: CachedInformer<KubeObject>): void {
    const stopped = informer[Symbol.asyncDispose]().finally(() => this.#stopping.delete(stopped));
    this.#stopping.add(stopped);
  }
}

function isMetadataOnly<T extends KubeObject>(spec: InformerSpec<T>): boolean {
  return spec.metadataOnly ?? METADATA_ONLY_KINDS.has(kindId(spec.kind));
}

function specId<T extends KubeObject>(spec: InformerSpec<T>): string {
  const namespaces = [...(spec.namespaces ?? [])].toSorted();
  const { labelSelector = '', fieldSelector = '' } = spec;
  return JSON.stringify([kindId(spec.kind), namespaces, labelSelector, fieldSelector, isMetadataOnly(spec)]);
}
