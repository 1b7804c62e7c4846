/**
 * The fluent description of one controller. Immutable: each call returns a new operator, and nothing happens before
 * `run()`.
 *
 * The type parameter `M` names the calls that are missing, so `new Operator(WebApp).run()` does not compile and says
 * that `.reconcile()` is missing.
 */

import {
  type AnyKind,
  type Change,
  CONTROLLER_DEFAULTS,
  type ControllerSpec,
  defaultFinalizer,
  type Duration,
  type Handler,
  type KubeObject,
  type Logger,
  type LeadershipGate,
  type ObjectKey,
  type ObjectOf,
  type OwnedKind,
  parseDuration,
  type Predicate,
  type ResourceKind,
  RuntimeError,
  type WatchedKind,
} from '@k8sop/runtime';
import type { Election } from './election.ts';
import { Manager } from './manager.ts';
import {
  defaultSettings,
  keepSettings,
  type MetricsRegistry,
  type OperatorSettings,
  type ProbeOptions,
  type ProcessSettings,
} from './operator-settings.ts';

/** A kind of children, with what to watch of them. */
export type Owned = OwnedKind;

export interface QueueOptions {
  /** Runs at once, over all objects. Integer ≥ 1. @default 10 */
  readonly concurrency?: number;
}

export interface RunOptions {
  /** Stops the operator like SIGTERM. */
  readonly signal?: AbortSignal;
  /** Path of a kubeconfig; wins over `KUBECONFIG` and the pod's service account. */
  readonly kubeconfig?: string;
}

export class Operator<K extends AnyKind, M extends string = '.reconcile()'> {
  /** Type only: the calls still missing. */
  declare readonly '~missing': M;
  readonly #settings: OperatorSettings;

  /** Describes a controller of `kind`. `settings` is for the class itself. */
  constructor(kind: K, settings: OperatorSettings = defaultSettings(kind)) {
    this.#settings = settings;
    keepSettings(this, settings);
  }

  /** The function that brings the cluster closer to what an object asks for. Called again whenever something changes. */
  reconcile(fn: Handler<K>): Operator<K, Exclude<M, '.reconcile()'>> {
    return this.#with({ reconcile: fn as unknown as Handler<AnyKind> }) as unknown as Operator<
      K,
      Exclude<M, '.reconcile()'>
    >;
  }

  /**
   * Called when an object is deleted, before it is gone; implies `.withFinalizer()`. `Action.requeue` keeps the object
   * and calls again, a throw keeps it and backs off, anything else lets it go.
   */
  onDelete(fn: Handler<K>): this {
    const finalizer = this.#settings.spec.finalizer ?? defaultFinalizer(this.#settings.spec.kind);
    return this.#with({ onDelete: fn as unknown as Handler<AnyKind>, finalizer });
  }

  /**
   * Holds a finalizer on every object, so that none disappears unseen.
   * @param name domain and path; the default is such as `webapp.example.com/finalizer`
   */
  withFinalizer(name: string = defaultFinalizer(this.#settings.spec.kind)): this {
    if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?\/[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(name)) {
      throw new RuntimeError(
        'OPTION_INVALID',
        `.withFinalizer(): ${JSON.stringify(name)} must be a domain and a name, as in 'example.com/finalizer'`,
      );
    }
    return this.#with({ finalizer: name });
  }

  /** When to run again after a handler that returned nothing. @default '5m' */
  requeueAfter(every: Duration): this {
    return this.#with({ requeueAfterMs: positive(every, '.requeueAfter()') });
  }

  /** The longest delay after failures, which starts at 200 ms and doubles. @default '1m' */
  errorRequeue(max: Duration): this {
    return this.#with({ errorRequeueMs: positive(max, '.errorRequeue()') });
  }

  /** Kinds this controller creates: a change of a child runs its owner, so drift is repaired. */
  owns(...kinds: readonly (AnyKind | Owned)[]): this {
    const owned = kinds.map((kind): OwnedKind => ('plural' in kind ? { kind } : kind));
    return this.#with({ owns: [...this.#settings.spec.owns, ...owned] });
  }

  /** Runs the objects that `map` names whenever an object of `kind` changes; called with its old and its new state. */
  watches<T extends KubeObject>(kind: ResourceKind<T>, map: (change: Change<T>) => Iterable<ObjectKey>): this {
    const watched = { kind, map } as unknown as WatchedKind;
    return this.#with({ watches: [...this.#settings.spec.watches, watched] });
  }

  /** Which changes run an object. Replaces the default, `desiredStateChanged`; the last call wins. */
  where(predicate: Predicate<ObjectOf<K>>): this {
    return this.#with({ predicate: predicate as unknown as Predicate });
  }

  /** Namespaces to look at. @default all */
  namespaces(...names: readonly string[]): this {
    return this.#with({ namespaces: [...this.#settings.spec.namespaces, ...names] });
  }

  /** Only objects that match these label and field selectors, filtered by the server. */
  selector(labels: string, fields?: string): this {
    return this.#with({
      ...(labels === '' ? {} : { labelSelector: labels }),
      ...(fields === undefined ? {} : { fieldSelector: fields }),
    });
  }

  /** An index over the cached objects of this kind, for `ctx.list(kind, { index: { name, value } })`. */
  index(name: string, values: (object: ObjectOf<K>) => Iterable<string>): this {
    const index = { name, values: values as unknown as (object: KubeObject) => Iterable<string> };
    return this.#with({ indexes: [...this.#settings.spec.indexes, index] });
  }

  queue({ concurrency = CONTROLLER_DEFAULTS.concurrency }: QueueOptions): this {
    if (!Number.isInteger(concurrency) || concurrency < 1) {
      throw new RuntimeError(
        'OPTION_INVALID',
        `.queue({ concurrency }): ${concurrency} must be an integer of at least 1`,
      );
    }
    return this.#with({ concurrency });
  }

  /** A run is aborted through `ctx.signal` after this long. @default '5m' */
  timeout(limit: Duration): this {
    return this.#with({ timeoutMs: positive(limit, '.timeout()') });
  }

  /** Owner recorded in `managedFields`, and part of nothing else. @default such as 'webapps.example.com' */
  fieldManager(name: string): this {
    if (name === '' || name.length > 128) {
      throw new RuntimeError(
        'OPTION_INVALID',
        `.fieldManager(): ${JSON.stringify(name)} must have 1 to 128 characters`,
      );
    }
    return this.#with({ fieldManager: name });
  }

  /** The probe server, or false for none. `K8SOP_PROBE_PORT` wins over `port`. @default port 8081 */
  probes(options: ProbeOptions | false): this {
    return this.#withProcess({ probes: options });
  }

  /** Only the elected replica reconciles. @default no election: this process always leads */
  withLeaderElection(by: Election | LeadershipGate): this {
    return this.#withProcess({ election: by });
  }

  /** @default JSON lines on stdout */
  logger(logger: Logger): this {
    return this.#withProcess({ logger });
  }

  /** The prom-client registry that `/metrics` shows, which may hold series of your own. @default one per run */
  metrics(registry: MetricsRegistry): this {
    return this.#withProcess({ metrics: registry });
  }

  /** How long runs under way may go on after SIGTERM before `ctx.signal` aborts them. @default '5s' */
  drainTimeout(limit: Duration): this {
    return this.#withProcess({ drainTimeoutMs: parseDuration(limit, '.drainTimeout()') });
  }

  /**
   * Runs until SIGTERM, SIGINT or `signal`, then drains and resolves.
   * @throws RuntimeError `KUBECONFIG_INVALID`, `OPTION_INVALID`; errors of single objects never end it.
   */
  run(this: Operator<K, never>, options: RunOptions = {}): Promise<void> {
    const { process, spec } = this.#settings;
    return new Manager({ name: spec.name, ...process }).add(this).run(options);
  }

  #with(change: Partial<ControllerSpec>): this {
    const { spec, process } = this.#settings;
    return new Operator<K, M>(spec.kind as K, { spec: { ...spec, ...change }, process }) as this;
  }

  #withProcess(change: ProcessSettings): this {
    const { spec, process } = this.#settings;
    return new Operator<K, M>(spec.kind as K, { spec, process: { ...process, ...change } }) as this;
  }
}

function positive(duration: Duration, field: string): number {
  const ms = parseDuration(duration, field);
  if (ms > 0) return ms;
  throw new RuntimeError('OPTION_INVALID', `${field}: ${JSON.stringify(duration)} must be longer than 0`);
}
