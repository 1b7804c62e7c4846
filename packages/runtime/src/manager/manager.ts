/**
 * Runs controllers: one client, cache, gate, probe server and metrics registry for all of them.
 *
 * Start: probe server → informers → synced → gate. Stop, on a signal or abort: unready → close queues → drain
 * (`drainTimeout`) → abort runs → end `lead()`, so that leadership transfers → write how often events happened → stop
 * informers → close the pool. A hard limit ends the wait for runs that ignore their signal.
 */

import type { InformerRegistry } from '../cache/informer-registry.ts';
import type { ObjectWriter } from '../cache/object-writer.ts';
import type { OwnWrites } from '../cache/own-writes.ts';
import type { KubeClient } from '../client/kube-client.ts';
import { type Clock, sleep } from '../clock.ts';
import { Controller, describeInformer } from '../controller/controller.ts';
import type { ControllerSpec } from '../controller/controller-spec.ts';
import { KindRegistry } from '../controller/kind-registry.ts';
import type { Leadership, LeadershipGate } from '../leadership-gate.ts';
import { unelectedLeadership } from '../leadership-gate.ts';
import type { Logger } from '../logger.ts';
import type { Random } from '../random.ts';
import type { ReplicatedState } from '../replicated-state.ts';
import { EventLoopLag } from './event-loop-lag.ts';
import { type CheckResult, type HealthCheck, type HealthEndpoint, startHealthEndpoint } from './health-endpoint.ts';
import { declareManagerMetrics } from './manager-metrics.ts';
import type { PrometheusMetrics } from './prometheus-metrics.ts';

/** One controller and whether it needs the leadership. */
export interface ManagedController {
  readonly spec: ControllerSpec;
  /** Runs on every replica, unfenced. @default false */
  readonly everywhere?: boolean;
}

/** Collaborators, opened by the caller and closed by the manager. */
export interface ManagerPorts {
  readonly client: KubeClient;
  readonly informers: InformerRegistry;
  readonly writer: ObjectWriter;
  readonly ownWrites: OwnWrites;
  readonly gate: LeadershipGate;
  readonly replicated: ReplicatedState;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: PrometheusMetrics;
}

export interface ManagerOptions {
  readonly controllers: readonly ManagedController[];
  /** Port and address of the probe server; absent: none. */
  readonly probes?: { readonly port: number; readonly host?: string };
  /** Runs may finish for this long after a stop, in milliseconds. @default 5000 */
  readonly drainTimeoutMs?: number;
  /** The whole stop takes no longer, in milliseconds. @default 25000 */
  readonly stopLimitMs?: number;
  /** Names this process in events. */
  readonly instance: string;
  /** Further checks, such as those of an election. */
  readonly liveChecks?: readonly HealthCheck[];
  readonly readyChecks?: readonly HealthCheck[];
  /** Further pages of the probe server, by path; shown as JSON. */
  readonly pages?: Readonly<Record<string, () => Promise<unknown>>>;
}

const DEFAULT_DRAIN_TIMEOUT_MS = 5_000;
const DEFAULT_STOP_LIMIT_MS = 25_000;
const EVENT_FLUSH_LIMIT_MS = 1_000;
/** `/healthz` fails when the event loop is later than this. */
const MAX_LIVE_LAG_MS = 30_000;

export class Manager {
  readonly #options: ManagerOptions;
  readonly #ports: ManagerPorts;
  readonly #controllers: readonly { readonly controller: Controller; readonly everywhere: boolean }[];
  readonly #lag: EventLoopLag;
  #stopping = false;
  #leading = 0;

  constructor(options: ManagerOptions, ports: ManagerPorts) {
    this.#options = options;
    this.#ports = ports;
    const kinds = new KindRegistry();
    const shared = { ...ports, kinds, instance: options.instance };
    this.#controllers = options.controllers.map(({ spec, everywhere = false }) => ({
      controller: new Controller(spec, shared),
      everywhere,
    }));
    const onLag = declareManagerMetrics(ports.metrics, {
      queues: () =>
        this.#controllers.map(({ controller }) => ({ name: controller.spec.name, stats: controller.queueStats() })),
      leading: () => ports.gate.current !== undefined,
    });
    this.#lag = new EventLoopLag({ clock: ports.clock, onLag });
  }

  /**
   * Runs until `signal` aborts, then stops as described above.
   * @throws what ended the work before that: a probe port in use, a gate that failed.
   */
  async run({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    await using _client = this.#ports.client;
    await using _informers = this.#ports.informers;
    using _lag = this.#lag;
    this.#lag.start();
    await using probes = await this.#startProbes();
    const { logger } = this.#ports;
    logger.info('manager starts', { controllers: this.#controllers.length, probePort: probes?.port ?? null });
    for (const { controller } of this.#controllers) controller.start();
    const gateStop = new AbortController();
    const work = Promise.all([this.#leadAll(signal, gateStop.signal), this.#runEverywhere(gateStop.signal)]);
    try {
      await Promise.race([work, aborted(signal)]);
    } finally {
      await this.#stop(work, gateStop);
    }
    await Promise.race([work, Promise.resolve()]); // rejects when the work failed
  }

  async #leadAll(signal: AbortSignal, gateStop: AbortSignal): Promise<void> {
    const elected = this.#controllers.filter(({ everywhere }) => !everywhere);
    if (elected.length === 0) {
      await aborted(gateStop);
      return;
    }
    await Promise.all(elected.map(({ controller }) => controller.whenSyncedOrBlocked({ signal })));
    if (signal.aborted) return;
    const lead = async (leadership: Leadership): Promise<void> => {
      this.#leading += 1;
      try {
        await Promise.all(elected.map(({ controller }) => controller.lead(leadership)));
      } finally {
        this.#leading -= 1;
      }
    };
    await this.#ports.gate.run(lead, { signal: gateStop });
  }

  async #runEverywhere(gateStop: AbortSignal): Promise<void> {
    const leadership: Leadership = { ...unelectedLeadership, signal: gateStop };
    const everywhere = this.#controllers.filter((managed) => managed.everywhere);
    await Promise.all(everywhere.map(({ controller }) => controller.lead(leadership)));
  }

  async #startProbes(): Promise<HealthEndpoint | undefined> {
    const { probes, liveChecks = [], readyChecks = [], pages = {} } = this.#options;
    if (probes === undefined) return undefined;
    return startHealthEndpoint({
      ...probes,
      live: () => [{ name: 'event-loop', check: () => this.#checkLag() }, ...liveChecks],
      ready: () => [...this.#readyChecks(), ...readyChecks],
      leader: () => this.#checkLeader(),
      metrics: () => {
        this.#ports.informers.statuses(); // brings the sizes up to date
        return this.#ports.metrics.text();
      },
      pages,
    });
  }

  #checkLag(): CheckResult {
    const lagMs = this.#lag.lagMs;
    return lagMs < MAX_LIVE_LAG_MS
      ? { ok: true }
      : { ok: false, detail: `the event loop was blocked for ${Math.round(lagMs / 1000)} s` };
  }

  #checkLeader(): CheckResult {
    const { current } = this.#ports.gate;
    const leads = this.#leading > 0;
    return { ok: leads, detail: leads ? `leader ${current?.stamp ?? ''}`.trim() : 'standby' };
  }

  #readyChecks(): HealthCheck[] {
    const informers = this.#ports.informers.statuses().map((status): HealthCheck => {
      const ok = status.state.phase === 'synced';
      return { name: `watch/${status.kind.plural}`, check: () => ({ ok, detail: describeInformer(status) }) };
    });
    const controllers = this.#controllers.map(
      ({ controller }): HealthCheck => ({
        name: `controller/${controller.spec.name}`,
        check: () => checkController(controller),
      }),
    );
    const stopping: HealthCheck = {
      name: 'shutdown',
      check: () => (this.#stopping ? { ok: false, detail: 'the process is stopping' } : { ok: true }),
    };
    return [stopping, ...informers, ...controllers];
  }

  async #stop(work: Promise<unknown>, gateStop: AbortController): Promise<void> {
    const { clock, logger } = this.#ports;
    const { drainTimeoutMs = DEFAULT_DRAIN_TIMEOUT_MS, stopLimitMs = DEFAULT_STOP_LIMIT_MS } = this.#options;
    const startedMs = clock.nowMs();
    const leftMs = (): number => Math.max(0, stopLimitMs - (clock.nowMs() - startedMs));
    this.#stopping = true;
    logger.info('manager stops', { activeRuns: this.#activeRuns() });
    for (const { controller } of this.#controllers) controller.closeQueue();
    const idle = this.#idle();
    if (!(await within(clock, idle, drainTimeoutMs))) {
      logger.warn('drain timeout: aborting runs', { activeRuns: this.#activeRuns() });
      for (const { controller } of this.#controllers) controller.abortRuns();
      await within(clock, idle, leftMs());
    }
    gateStop.abort(new Error('the manager has stopped'));
    await within(
      clock,
      work.catch(() => undefined),
      leftMs(),
    );
    await this.#flushEvents(Math.min(EVENT_FLUSH_LIMIT_MS, leftMs()));
    for (const { controller } of this.#controllers) controller.stop();
    logger.info('manager has stopped', {
      activeRuns: this.#activeRuns(),
      tookMs: Math.round(clock.nowMs() - startedMs),
    });
  }

  /** Resolves when no run is under way. */
  async #idle(): Promise<void> {
    await Promise.all(this.#controllers.map(({ controller }) => controller.whenIdle()));
  }

  #activeRuns(): number {
    return this.#controllers.reduce((sum, { controller }) => sum + controller.activeRuns, 0);
  }

  async #flushEvents(limitMs: number): Promise<void> {
    const stop = new AbortController();
    const flushed = Promise.all(
      this.#controllers.map(({ controller }) => controller.flushEvents({ signal: stop.signal })),
    );
    if (!(await within(this.#ports.clock, flushed, limitMs))) stop.abort(new Error('no time left for events'));
  }
}

function checkController(controller: Controller): CheckResult {
  const stuck = controller.stuckKeys;
  if (stuck.length > 0) {
    return { ok: false, detail: `${stuck.length} run(s) ignore their abort signal; their keys are blocked` };
  }
  const [failure] = controller.mapFailures;
  if (failure !== undefined) return { ok: false, detail: failure };
  return controller.synced ? { ok: true } : { ok: false, detail: 'waits for its caches' };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Whether `promise` settled within `limitMs`. @throws its rejection. */
async function within(clock: Clock, promise: Promise<unknown>, limitMs: number): Promise<boolean> {
  const stop = new AbortController();
  const timeout = sleep(clock, limitMs, { signal: stop.signal }).then(
    () => false,
    () => false,
  );
  try {
    return await Promise.race([promise.then(() => true), timeout]);
  } finally {
    stop.abort(new Error('settled'));
  }
}
