/**
 * Leadership by Raft among the operator's own replicas: the consensus thread elects, shared memory holds the lease, and the
 * gate lets the controllers work while it lasts.
 */
import { isRaftError } from '@k8sop/raft-core';
import {
  type CheckResult,
  type Counter,
  type Gauge,
  type Logger,
  type ReplicatedState,
  RuntimeError,
} from '@k8sop/runtime';
import type { ElectionPorts, OpenElection } from '../election.ts';
import { GenesisRecords } from './genesis-record.ts';
import { type GrantedLease, LeaseGate } from './lease-gate.ts';
import type { ElectionReport } from './node-report.ts';
import { Participation } from './participation.ts';
import type { OpenedStorage } from './raft-node.ts';
import type { RaftSettings } from './raft-settings.ts';
import { RaftThread } from './raft-thread.ts';
import type { NodeView } from './raft-thread-protocol.ts';
import { ReplicatedMap } from './replicated-map.ts';
import { readReplicas, watchReplicas } from './wanted-replicas.ts';

/** A process that stops waits no longer than this for the others to let it go. */
const leaveLimitMs = 1_000;

/** Opens the node; begins, joins and keeps going in the background. Rejects only for a storage that cannot be used. */
export async function openRaftElection(settings: RaftSettings, ports: ElectionPorts): Promise<OpenElection> {
  const election = new RaftElection(settings, ports);
  await election.open();
  return election;
}

class RaftElection implements OpenElection {
  readonly gate: LeaseGate;
  readonly #settings: RaftSettings;
  readonly #ports: ElectionPorts;
  readonly #logger: Logger;
  readonly #problems: Counter;
  readonly #expiry: Gauge;
  readonly #records: GenesisRecords;
  readonly #stop = new AbortController();
  #thread: RaftThread | undefined;
  #view: NodeView | undefined;
  #problem = 'the node is starting';
  #failure: Error | undefined;
  #handingOver: Promise<boolean> | undefined;
  #background: Promise<unknown> = Promise.resolve();

  constructor(settings: RaftSettings, ports: ElectionPorts) {
    this.#settings = settings;
    this.#ports = ports;
    this.#logger = ports.logger;
    this.#problems = ports.metrics.counter({
      name: 'k8sop_raft_problems_total',
      help: 'Warnings that need a person, such as refused peers and certificates that cannot be used.',
      labels: [],
    });
    this.#expiry = ports.metrics.gauge({
      name: 'k8sop_raft_certificate_expiry_timestamp_seconds',
      help: 'When the certificate that peers see, and the authority that issued it, end; in seconds since 1970.',
      labels: ['file'],
    });
    this.#records = new GenesisRecords(ports.client, settings);
    this.gate = new LeaseGate({
      clock: ports.clock,
      takeoverGraceMs: settings.takeoverGraceMs,
      confirm: () => this.#started.confirm(),
      onStopped: ({ term }) => this.#thread?.stopped(term),
      // Caches and connections are closed afterwards: that work would take the processor from the election.
      onEnded: async (end) => void (await this.#handOver(end)),
    });
  }

  get replicated(): ReplicatedState {
    return new ReplicatedMap(() => this.#started);
  }

  readonly readyChecks = [{ name: 'raft', check: (): CheckResult => this.#ready() }];
  readonly liveChecks = [
    {
      name: 'raft',
      check: (): CheckResult =>
        this.#failure === undefined ? { ok: true } : { ok: false, detail: this.#failure.message },
    },
  ];

  /** What `k8sop-raft status` shows. */
  readonly pages = {
    '/raft': async (): Promise<ElectionReport> => ({ ...(await this.#started.report()), health: this.#ready() }),
  };

  async open(): Promise<void> {
    const { thread, storage } = await RaftThread.open(this.#settings, {
      leadership: ({ clusterId, generation, term }) => this.#granted({ clusterId, generation, term }),
      revoke: (term) => {
        if (!this.gate.revoke(`term ${term} is over`)) this.#thread?.stopped(term);
      },
      view: (view) => this.#seen(view),
      problem: (message) => {
        this.#problems.inc();
        this.#logger.warn('raft: needs attention', { problem: message });
      },
      certificates: ({ certExpiresAtMs, caExpiresAtMs }) => {
        this.#expiry.set(certExpiresAtMs / 1000, { file: 'cert' });
        this.#expiry.set(caExpiresAtMs / 1000, { file: 'ca' });
      },
      record: (change) =>
        this.#records.recordVoters(change, {
          signal: this.#stop.signal,
          confirm: () => this.#started.confirmVoters(change.voters),
        }),
    });
    this.#thread = thread;
    if (storage.setAside !== undefined) {
      this.#logger.error('raft: damaged data directory set aside; rejoining as a new member', {
        kept: storage.setAside,
      });
    }
    void thread.ended.then((error) => this.#ended(error));
    this.#background = this.#participate(thread, storage).catch((error: unknown) => this.#ended(error as Error));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const thread = this.#thread;
    if (this.#stop.signal.aborted || thread === undefined) return;
    if (this.#failure === undefined) {
      // A second time: another one that stops, too, may have handed over to this process meanwhile.
      const handedOver =
        (await this.#handOver({ stopped: false })) && (await thread.transfer({ stopped: true }).catch(() => false));
      this.#stop.abort(new RuntimeError('SHUTTING_DOWN', 'the process stops')); // no longer asks to be let in
      const left = this.#settings.dataDir === undefined && handedOver && (await this.#leave(thread));
      this.#logger.info('raft: node stops', { handedOver, left });
    }
    this.#stop.abort(new RuntimeError('SHUTTING_DOWN', 'the process stops'));
    await thread[Symbol.asyncDispose]();
    await this.#background;
  }

  /** Once; later calls get the same answer. `stopped`: nothing acts on the lease any more, so nobody need be asked. */
  #handOver({ stopped }: { readonly stopped: boolean }): Promise<boolean> {
    this.#handingOver ??= this.#thread?.transfer({ stopped }).catch(() => false) ?? Promise.resolve(false);
    return this.#handingOver;
  }

  /** What is only in memory never comes back, so the others need not count on it. */
  async #leave(thread: RaftThread): Promise<boolean> {
    if (this.#view === undefined || this.#view.member === 'none') return false;
    return await thread.leave(leaveLimitMs).catch(() => false); // the node has failed: there is nothing to leave with
  }

  get #started(): RaftThread {
    if (this.#thread !== undefined && this.#failure === undefined) return this.#thread;
    throw new RuntimeError('REPLICATION_UNAVAILABLE', this.#failure?.message ?? 'the node has not started');
  }

  async #participate(thread: RaftThread, storage: OpenedStorage): Promise<void> {
    const { clock, client } = this.#ports;
    const { signal } = this.#stop;
    void watchReplicas(client, this.#settings, { clock, signal, found: (replicas) => thread.setReplicas(replicas) });
    await new Participation({
      node: thread,
      storage,
      records: this.#records,
      settings: this.#settings,
      replicas: (until) => readReplicas(client, this.#settings, { clock, signal: until }),
      clock,
      signal,
      doing: (text) => {
        this.#problem = text;
      },
      log: (level, message, fields) => this.#logger[level](message, fields),
    }).run();
  }

  #granted(lease: Omit<GrantedLease, 'remainingMs'>): void {
    const { lease: shared } = this.#started;
    this.gate.grant({ ...lease, remainingMs: () => shared.remainingMsOf(lease) });
  }

  #seen(view: NodeView): void {
    const before = this.#view;
    this.#view = view;
    if (before?.role === view.role && before.term === view.term && before.leaderId === view.leaderId) return;
    this.#logger.info('raft: role', { role: view.role, term: view.term, leader: view.leaderId - 1 });
  }

  #ready(): CheckResult {
    if (this.#failure !== undefined) return { ok: false, detail: this.#failure.message };
    const view = this.#view;
    if (view === undefined || view.member === 'none') return { ok: false, detail: this.#problem };
    if (view.leaderId === 0) return { ok: false, detail: `no leader in term ${view.term}` };
    if (!view.caughtUp) return { ok: false, detail: 'is catching up' };
    if (view.promotionDue) return { ok: false, detail: 'learns, and waits to be made a voter' };
    if (view.rehearsing) return { ok: false, detail: 'rehearses a take-over' };
    return { ok: true, detail: `${view.role} of term ${view.term}, leader ${view.leaderId - 1}` };
  }

  #ended(error: Error | undefined): void {
    if (error === undefined || this.#stop.signal.aborted || this.#failure !== undefined) return;
    this.#failure = error;
    this.gate.fail(error); // the process ends with it, and is started again by whoever runs it
    this.#logger.error('raft: node failed; this process cannot lead', {
      code: isRaftError(error) ? error.code : 'INTERNAL',
      error: error.message,
    });
  }
}
