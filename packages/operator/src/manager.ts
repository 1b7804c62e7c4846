/**
 * Several operators in one process: one client, cache, gate, probe server and metrics registry.
 */

import {
  type AnyKind,
  type Clock,
  ConsistentWriter,
  type Duration,
  type HealthCheck,
  HttpKubeClient,
  type LeadershipGate,
  listenForShutdown,
  type Logger,
  Manager as RuntimeManager,
  type ManagedController,
  openClusterAuth,
  openGate,
  OwnWrites,
  parseDuration,
  PrometheusMetrics,
  type ReplicatedState,
  RuntimeError,
  SharedInformers,
  systemClock,
  systemRandom,
  unfailingLogger,
} from '@k8sop/runtime';
import { asElection, type Election, type OpenElection } from './election.ts';
import { type OperatorEnvironment, readEnvironment } from './env.ts';
import type { Operator, RunOptions } from './operator.ts';
import { rehearseRuns } from './run-rehearsal.ts';
import {
  completeSpec,
  type MetricsRegistry,
  type ProbeOptions,
  type ProcessSettings,
  settingsOf,
} from './operator-settings.ts';
import { openDefaultLogger } from './pino-logger.ts';

export interface ManagerSettings extends ProcessSettings {
  /** Names the manager in logs and in its `User-Agent`. */
  readonly name: string;
}

export interface AddOptions {
  /** All replicas run it, unfenced. @default false: only the leader */
  readonly everywhere?: boolean;
}

const DEFAULT_PROBE_PORT = 8081;
/** Takes some 0.1 s of processor time, once. */
const rehearsedRuns = 30;
/** After a signal the process ends within this, even when something keeps the event loop alive. */
const EXIT_LIMIT_MS = 25_000;

/** Immutable: each call returns a new manager, and nothing happens before `run()`. */
export class Manager {
  readonly #settings: ManagerSettings;
  readonly #controllers: readonly ManagedController[];

  /** Describes a manager. `controllers` is for the class itself. */
  constructor(settings: ManagerSettings, controllers: readonly ManagedController[] = []) {
    this.#settings = settings;
    this.#controllers = controllers;
  }

  /**
   * Adds a controller. Its own `probes`, `logger` and election are settings of a process and are not used here.
   * @throws RuntimeError `OPTION_INVALID` when a controller of that name is there already.
   */
  add<K extends AnyKind>(operator: Operator<K, never>, { everywhere = false }: AddOptions = {}): Manager {
    const spec = completeSpec(settingsOf(operator));
    if (this.#controllers.some((present) => present.spec.name === spec.name)) {
      throw new RuntimeError('OPTION_INVALID', `manager ${this.#settings.name}: ${spec.name} is added twice`);
    }
    return new Manager(this.#settings, [...this.#controllers, { spec, everywhere }]);
  }

  /** Only the elected replica reconciles. @default no election: this process always leads */
  withLeaderElection(by: Election | LeadershipGate): Manager {
    return this.#with({ election: by });
  }

  /** The probe server, or false for none. `K8SOP_PROBE_PORT` wins over `port`. @default port 8081 */
  probes(options: ProbeOptions | false): Manager {
    return this.#with({ probes: options });
  }

  /** @default JSON lines on stdout */
  logger(logger: Logger): Manager {
    return this.#with({ logger });
  }

  /** The prom-client registry that `/metrics` shows, which may hold series of your own. @default one per run */
  metrics(registry: MetricsRegistry): Manager {
    return this.#with({ metrics: registry });
  }

  /** How long runs under way may go on after SIGTERM before `ctx.signal` aborts them. @default '5s' */
  drainTimeout(limit: Duration): Manager {
    return this.#with({ drainTimeoutMs: parseDuration(limit, '.drainTimeout()') });
  }

  /**
   * Runs until SIGTERM, SIGINT or `signal`, then drains and resolves.
   * @throws RuntimeError `KUBECONFIG_INVALID`, `OPTION_INVALID`; errors of single objects never end it.
   */
  async run({ signal, kubeconfig }: RunOptions = {}): Promise<void> {
    const environment = readEnvironment();
    if (this.#controllers.length === 0) {
      throw new RuntimeError(
        'OPTION_INVALID',
        `manager ${this.#settings.name} has nothing to run; call .add(operator)`,
      );
    }
    const logger = unfailingLogger(this.#settings.logger ?? openDefaultLogger(environment.logLevel));
    const stop = new AbortController();
    const onAbort = (): void => stop.abort(signal?.reason);
    using _signals = stopOnSignals(stop, logger, systemClock); // first of all: the first process of a container would miss them
    const auth = await openClusterAuth(kubeconfig === undefined ? environment.cluster : { kubeconfig });
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
    try {
      const metrics = new PrometheusMetrics(this.#settings.metrics);
      const shared = { auth, clock: systemClock, random: systemRandom, logger, metrics };
      const client = new HttpKubeClient({ ...shared, userAgent: this.#settings.name });
      await this.#runWith({ ...shared, client, environment }, stop.signal);
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async #runWith(shared: SharedPorts, signal: AbortSignal): Promise<void> {
    const { environment, ...ports } = shared;
    // While the election opens: whoever stands by must not do all of this for the first time when it takes over.
    const rehearsal = this.#settings.election === undefined ? [] : [rehearse(shared.logger, signal)];
    const election = await openElection(this.#settings.election, ports);
    await using _election = election;
    const ownWrites = new OwnWrites(ports);
    const ownManagers = new Set(this.#controllers.map(({ spec }) => spec.fieldManager));
    const informers = new SharedInformers({ ...ports, ownManagers, freeze: !environment.production });
    const writer = new ConsistentWriter({ ...ports, informers, ownWrites });
    const { gate, replicated = noReplication, liveChecks = [], readyChecks = [], pages = {} } = election;
    const { drainTimeoutMs } = this.#settings;
    const probes = this.#probesFor(environment);
    const manager = new RuntimeManager(
      {
        controllers: this.#controllers,
        instance: environment.instance,
        liveChecks,
        readyChecks: [...readyChecks, ...rehearsal],
        pages,
        ...(drainTimeoutMs === undefined ? {} : { drainTimeoutMs }),
        ...(probes === undefined ? {} : { probes }),
      },
      { ...ports, informers, writer, ownWrites, gate, replicated },
    );
    await manager.run({ signal });
  }

  #probesFor({ probePort }: OperatorEnvironment): { port: number; host?: string } | undefined {
    const { probes = {} } = this.#settings;
    if (probes === false) return undefined;
    const port = probePort ?? probes.port ?? DEFAULT_PROBE_PORT;
    return probes.host === undefined ? { port } : { port, host: probes.host };
  }

  #with(change: Partial<ManagerSettings>): Manager {
    return new Manager({ ...this.#settings, ...change }, this.#controllers);
  }
}

interface SharedPorts {
  readonly client: HttpKubeClient;
  readonly clock: Clock;
  readonly random: typeof systemRandom;
  readonly logger: Logger;
  readonly metrics: PrometheusMetrics;
  readonly environment: OperatorEnvironment;
}

/** Not ready meanwhile: a leader that stops would hand over to a process that has no time for it. */
function rehearse(logger: Logger, signal: AbortSignal): HealthCheck {
  let done = false;
  rehearseRuns(rehearsedRuns, { signal })
    .catch((error: unknown) => {
      logger.warn('rehearsal failed; a take-over may be a few milliseconds slower', { err: error });
    })
    .finally(() => {
      done = true;
    });
  return { name: 'rehearsal', check: () => (done ? { ok: true } : { ok: false, detail: 'rehearses a take-over' }) };
}

function openElection(
  by: Election | LeadershipGate | undefined,
  ports: Pick<SharedPorts, 'client' | 'clock' | 'logger' | 'metrics'>,
): Promise<OpenElection> {
  return asElection(by ?? openGate).open(ports);
}

/** Signals stop the work; a second one, or a process that does not end by itself, exits. */
function stopOnSignals(stop: AbortController, logger: Logger, clock: Clock): Disposable {
  return listenForShutdown({
    source: process,
    clock,
    onFirst: (name) => {
      logger.info('signal received: stopping', { signal: name });
      setTimeout(() => process.exit(process.exitCode ?? 0), EXIT_LIMIT_MS).unref();
      stop.abort(new Error(`received ${name}`));
    },
    onSecond: (name) => {
      logger.warn('second signal: exiting at once', { signal: name });
      process.exit(1);
    },
  });
}

const unavailable = (): Promise<never> =>
  Promise.reject(
    new RuntimeError('REPLICATION_UNAVAILABLE', 'replicated state needs .withLeaderElection(new RaftConfig(…))'),
  );

const noReplication: ReplicatedState = { get: unavailable, put: unavailable, cas: unavailable };
