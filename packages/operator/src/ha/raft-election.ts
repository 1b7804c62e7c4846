/**
 * Leadership by Raft among the operator's own replicas: the consensus thread elects, shared memory holds the lease, and the
 * gate lets the controllers work while it lasts.
 */
import { isRaftError, nodeIdOf } from '@k8sop/raft-core';
import { type CheckResult, type Logger, type ReplicatedState, RuntimeError, sleep } from '@k8sop/runtime';
import type { ElectionPorts, OpenElection } from '../election.ts';
import { decideBeginning } from './begin-node.ts';
import { GenesisRecords } from './genesis-record.ts';
import { type GrantedLease, LeaseGate } from './lease-gate.ts';
import type { OpenedStorage } from './raft-node.ts';
import type { RaftSettings } from './raft-settings.ts';
import { RaftThread } from './raft-thread.ts';
import type { NodeView } from './raft-thread-protocol.ts';
import { ReplicatedMap } from './replicated-map.ts';
import { watchReplicas } from './wanted-replicas.ts';

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
    this.#records = new GenesisRecords(ports.client, settings);
    this.gate = new LeaseGate({
      clock: ports.clock,
      takeoverGraceMs: settings.takeoverGraceMs,
      confirm: () => this.#started.confirm(),
      onStopped: ({ term }) => this.#thread?.stopped(term),
      onEnded: () => void this.#handOver({ stopped: true }), // caches and connections are closed while the others elect
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

  async open(): Promise<void> {
    const { thread, storage } = await RaftThread.start(this.#settings, {
      leadership: ({ clusterId, generation, term }) => this.#granted({ clusterId, generation, term }),
      revoke: (term) => {
        if (!this.gate.revoke(`term ${term} is over`)) this.#thread?.stopped(term);
      },
      view: (view) => this.#seen(view),
      problem: (message) => this.#logger.warn('raft: needs attention', { problem: message }),
      record: (change, voters) => this.#records.recordVoters(change, voters, this.#stop.signal),
    });
    this.#thread = thread;
    if (storage.setAside !== undefined) {
      this.#logger.error('raft: damaged data directory set aside; rejoining as a new member', {
        kept: storage.setAside,
      });
    }
    void thread.ended.then((error) => this.#ended(error));
    this.#background = this.#begin(thread, storage).catch((error: unknown) => this.#ended(error as Error));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const thread = this.#thread;
    if (this.#stop.signal.aborted || thread === undefined) return;
    if (this.#failure === undefined) {
      const handedOver = await this.#handOver({ stopped: false });
      this.#logger.info('raft: node stops', { handedOver });
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

  get #started(): RaftThread {
    if (this.#thread !== undefined && this.#failure === undefined) return this.#thread;
    throw new RuntimeError('REPLICATION_UNAVAILABLE', this.#failure?.message ?? 'the node has not started');
  }

  async #begin(thread: RaftThread, storage: OpenedStorage): Promise<void> {
    const { signal } = this.#stop;
    const { clock } = this.#ports;
    const beginning = await decideBeginning({
      storage,
      records: this.#records,
      signal,
      sleep: (delayMs) => sleep(clock, delayMs, { signal }),
      onRetry: (error, delayMs) => {
        this.#problem = `waits for the cluster's record: ${(error as Error).message}`;
        this.#logger.warn('raft: waits for the cluster record', { error: (error as Error).message, retryMs: delayMs });
      },
    });
    const bootstrap = beginning.type === 'bootstrap' ? beginning.bootstrap : undefined;
    const port = await thread.begin(bootstrap);
    this.#logger.info('raft: node runs', { ordinal: this.#settings.id - 1, port, begins: beginning.type });
    void watchReplicas(this.#ports.client, this.#settings, {
      clock,
      signal,
      found: (count) => thread.setReplicas(count),
    });
    if (beginning.type === 'join') {
      this.#problem = 'asks to join';
      await thread.join(this.#contacts(beginning.contacts));
    }
  }

  /** With fixed addresses everybody can be asked; with DNS the voters of the record. */
  #contacts(voters: readonly number[]): readonly number[] {
    const { peers, id } = this.#settings;
    const known = peers === undefined ? [] : Object.keys(peers).map((ordinal) => nodeIdOf(Number(ordinal)));
    return [...new Set([...voters, ...known])].filter((contact) => contact !== id);
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
    return { ok: true, detail: `${view.role} of term ${view.term}, leader ${view.leaderId - 1}` };
  }

  #ended(error: Error | undefined): void {
    if (error === undefined || this.#stop.signal.aborted || this.#failure !== undefined) return;
    this.#failure = error;
    this.gate.revoke(error.message);
    this.#logger.error('raft: node failed; this process cannot lead', {
      code: isRaftError(error) ? error.code : 'INTERNAL',
      error: error.message,
    });
  }
}
