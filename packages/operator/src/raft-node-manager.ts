/**
 * One consensus node for programs that are no operator: storage, transport, membership and leadership in this thread.
 *
 * Operators use `.withLeaderElection(new RaftConfig(…))`, which runs the same node in a thread of its own.
 */
import { randomUUID } from 'node:crypto';
import { parsePodName } from '@k8sop/discovery-dns';
import { configurationOf, nodeIdOf, RaftError, type RaftStatus, type StateMachine } from '@k8sop/raft-core';
import { type KubeClient, sleep, systemClock } from '@k8sop/runtime';
import { ClusterManager } from './cluster-manager.ts';
import { readRaftEnvironment } from './env.ts';
import { GenesisRecords } from './ha/genesis-record.ts';
import { LeaseGate } from './ha/lease-gate.ts';
import { monotonicClock } from './ha/monotonic-clock.ts';
import { Participation } from './ha/participation.ts';
import type { RaftNode } from './ha/raft-node.ts';
import type { RaftSettings } from './ha/raft-settings.ts';
import { readReplicas } from './ha/wanted-replicas.ts';
import { LeaderElection } from './leader-election.ts';
import type { RaftConfig } from './raft-config.ts';

export interface RaftNodeOptions {
  /** What committed commands are applied to. @default none: commands are ordered and replicated, and answer nothing */
  readonly stateMachine?: StateMachine;
  /** Told of what needs a person. */
  readonly onProblem?: (message: string) => void;
  /** The node has ended by itself: a storage that failed, or a copy of it in use elsewhere. */
  readonly onFailure?: (error: Error) => void;
}

export interface BeginNodeOptions {
  readonly signal?: AbortSignal;
  /** Where the cluster's record is kept. Without one the node needs `.bootstrap('expect')`. */
  readonly client?: KubeClient;
}

export class RaftNodeManager implements AsyncDisposable {
  readonly #settings: RaftSettings;
  readonly #options: RaftNodeOptions;
  readonly #stop = new AbortController();
  readonly #leaving = new AbortController();
  readonly #gate: LeaseGate;
  /** Whether this node leads, and work that only the leader may do. */
  readonly election: LeaderElection;
  #records: GenesisRecords | undefined;
  #node: RaftNode | undefined;
  #participating: Promise<void> = Promise.resolve();
  #lease = { term: 0, validUntilMs: 0 };

  private constructor(settings: RaftSettings, options: RaftNodeOptions) {
    this.#settings = settings;
    this.#options = options;
    this.#gate = new LeaseGate({
      clock: systemClock,
      takeoverGraceMs: settings.takeoverGraceMs,
      confirm: async () => void (await this.#opened.driver.readIndex({ byQuorum: true })),
      onStopped: ({ term }) => this.#acknowledge(term),
    });
    this.election = new LeaderElection(this.#gate);
  }

  /**
   * Ordinal of this pod: 2 in `my-operator-2`. Read from `POD_NAME`, else the host's name.
   * @throws `POD_NAME_INVALID` for a name without an ordinal.
   */
  static nodeIdFromHostname(): number {
    return parsePodName(readRaftEnvironment().hostname).ordinal;
  }

  /** A node whose log is in a directory of its own, synced before it acknowledges. @throws `RAFT_INVALID_OPTION`. */
  static withLevel(config: RaftConfig, dataDir: string, options: RaftNodeOptions = {}): RaftNodeManager {
    return new RaftNodeManager({ ...config.settings(), dataDir }, options);
  }

  /** A node that forgets with its process; a restart is a new member. @throws `RAFT_INVALID_OPTION`. */
  static withMemory(config: RaftConfig, options: RaftNodeOptions = {}): RaftNodeManager {
    return new RaftNodeManager({ ...config.settings(), dataDir: undefined }, options);
  }

  /** Opens the storage. Nothing is listened on yet. @throws `STORAGE_*`. */
  async start(): Promise<void> {
    if (this.#node !== undefined) throw new RaftError('RAFT_INVALID_OPTION', 'the node was started already');
    this.#node = await this.#open();
  }

  /**
   * Takes part: as the member that the storage knows, as the founder, or by joining. Resolves once it is a member.
   * @throws `RAFT_INVALID_OPTION` when nothing says who founds the cluster, or the signal's reason.
   */
  async bootstrapOrJoin({ signal, client }: BeginNodeOptions = {}): Promise<void> {
    const ended = signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal]);
    const { identity } = this.#opened.storage;
    if (client !== undefined) await this.#beginByRecord(client, ended);
    else if (identity.clusterId !== '') await this.#opened.start(undefined);
    else await this.#beginAmongPeers(ended);
  }

  /** Resolves with the state machine's answer once the command is committed. @throws `RAFT_NOT_LEADER` and as the driver. */
  async propose(command: Uint8Array, options: { readonly signal?: AbortSignal } = {}): Promise<Uint8Array> {
    const { result } = await this.#opened.driver.propose(command, options);
    return result;
  }

  /** @throws `RAFT_STOPPED` before `bootstrapOrJoin`. */
  status(): RaftStatus {
    return this.#opened.driver.status();
  }

  /** Port that peers connect to, once it takes part. */
  get port(): number {
    return this.#node?.port ?? 0;
  }

  /** The membership of the cluster, to look at and to change. */
  get cluster(): ClusterManager {
    return new ClusterManager(this.#opened, () =>
      this.#leaving.abort(new RaftError('RAFT_STOPPED', 'the node leaves')),
    );
  }

  /** Stops the leader's work, hands leadership over, and closes everything. Idempotent. */
  async shutdown(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort(new RaftError('RAFT_STOPPED', 'the node was shut down'));
    if (this.#node?.status()?.role === 'leader') await this.#node.handOver({ stopped: false });
    await this.#leaveFromMemory();
    await this.election[Symbol.asyncDispose]();
    await this.#participating;
    await this.#node?.[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  get #opened(): RaftNode {
    if (this.#node === undefined) throw new RaftError('RAFT_STOPPED', 'the node was not started: call start() first');
    return this.#node;
  }

  async #open(): Promise<RaftNode> {
    const { RaftNode } = await import('./ha/raft-node.ts'); // with gRPC and LevelDB: only who runs a node pays for it
    return await RaftNode.open(this.#settings, {
      stateMachine: this.#options.stateMachine ?? noState,
      leadership: {
        lease: (lease) => this.#granted(lease),
        revoke: (term) => {
          this.#lease = { term: 0, validUntilMs: 0 };
          if (!this.#gate.revoke(`term ${term} is over`)) this.#acknowledge(term);
        },
      },
      problem: (message) => this.#options.onProblem?.(message),
      failed: (error) => this.#failed(error),
      record: async (change) =>
        this.#records?.recordVoters(change, {
          signal: this.#stop.signal,
          confirm: () => this.#opened.confirmVoters(change.voters),
        }),
    });
  }

  #failed(error: Error): void {
    this.#leaving.abort(error);
    this.#gate.revoke(error.message);
    this.#options.onFailure?.(error);
  }

  /** After the reducer's step: it must not be entered again from within. */
  #acknowledge(term: number): void {
    queueMicrotask(() => this.#node?.driver.reconcilerStopped(term));
  }

  #granted(lease: { readonly term: number; readonly validUntilMs: number }): void {
    this.#lease = lease;
    const { term } = lease;
    const { clusterId, generation } = this.#opened.driver.identity;
    const remainingMs = (): number =>
      this.#lease.term === term ? this.#lease.validUntilMs - monotonicClock.nowMs() : 0;
    this.#gate.grant({ clusterId, generation, term, remainingMs });
  }

  /** Goes on caring for the node's place in the background, until the node is shut down. */
  async #beginByRecord(client: KubeClient, signal: AbortSignal): Promise<void> {
    const node = this.#opened;
    const refused = new AbortController(); // the caller gave up before this node was a member
    const ended = AbortSignal.any([this.#stop.signal, this.#leaving.signal, refused.signal]);
    this.#records = new GenesisRecords(client, this.#settings);
    const participation = new Participation({
      node: {
        start: (bootstrap) => node.start(bootstrap),
        restart: (bootstrap) => node.restart(bootstrap),
        discard: () => node.discard(),
        standing: async () => node.standing(),
        identify: (id, limitMs) => node.identify(id, limitMs, ended),
        ask: (contact) => node.ask(contact, ended),
      },
      storage: node.storage,
      records: this.#records,
      settings: this.#settings,
      replicas: (until) => readReplicas(client, this.#settings, { clock: systemClock, signal: until }),
      clock: systemClock,
      signal: ended,
      doing: () => {},
      log: (level, message, fields) => {
        if (level !== 'info') this.#options.onProblem?.(`${message} ${JSON.stringify(fields)}`);
      },
    });
    this.#participating = participation.run().catch((error: unknown) => {
      this.#options.onProblem?.(`the node cannot take part any more: ${(error as Error).message}`);
    });
    try {
      await Promise.race([participation.joined, rejected(signal)]);
    } catch (error) {
      refused.abort(error);
      throw error;
    }
  }

  /** The lowest node founds the cluster once every other one says that it is empty too; all others join. */
  async #beginAmongPeers(signal: AbortSignal): Promise<void> {
    const { peers, bootstrap, id } = this.#settings;
    if (bootstrap !== 'expect' || peers === undefined) {
      throw new RaftError(
        'RAFT_INVALID_OPTION',
        "nothing says who founds the cluster: pass a client to bootstrapOrJoin, or configure .peers(…) and .bootstrap('expect')",
      );
    }
    const others = Object.keys(peers)
      .map((ordinal) => nodeIdOf(Number(ordinal)))
      .filter((other) => other !== id);
    await this.#opened.start(undefined);
    if (others.some((other) => other < id) || !(await this.#allEmpty(others, signal))) {
      return await this.#opened.join(others, signal);
    }
    await this.#opened[Symbol.asyncDispose]();
    this.#node = await this.#open(); // an empty storage is opened again: it had nothing, so it lost nothing
    const { uuid } = this.#node.storage.identity;
    await this.#node.start({ clusterId: randomUUID(), generation: 1, configuration: configurationOf([{ id, uuid }]) });
  }

  /** False as soon as one of them belongs to a cluster: then there is one to join. */
  async #allEmpty(others: readonly number[], signal: AbortSignal): Promise<boolean> {
    const waiting = new Set(others);
    for (;;) {
      for (const other of waiting) {
        const answer = await this.#opened.identify(other, 1_000, signal);
        if (answer?.empty === false) return false;
        if (answer?.empty === true) waiting.delete(other);
      }
      if (waiting.size === 0) return true;
      await sleep(systemClock, 200, { signal });
    }
  }

  /** What is only in memory never comes back, so the others need not count on it. */
  async #leaveFromMemory(): Promise<void> {
    const status = this.#node?.status();
    if (this.#settings.dataDir !== undefined || status === undefined || status.role === 'leader') return;
    const { voters, learners } = status.configuration;
    if (status.leaderId === 0 || ![...voters, ...learners].some(({ uuid }) => uuid === status.uuid)) return;
    await this.#opened.leave(1_000, new AbortController().signal).catch(() => {}); // they do without it some time later
  }
}

function rejected(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    else signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

const noState: StateMachine = {
  apply: async (commands) => commands.map(() => new Uint8Array(0)),
  async *snapshot() {},
  restore: async () => {},
};
