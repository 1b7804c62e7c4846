/** Nodes without an operator, in this process, that keep their cluster's record in a real API server. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RaftConfig, RaftNodeManager } from '@k8sop/operator';
import type { RaftStatus } from '@k8sop/raft-core';
import { HttpKubeClient, noMetrics, openClusterAuth, silentLogger, systemClock, systemRandom } from '@k8sop/runtime';
import { vi } from 'vitest';
import { GenesisRecords, type StoredRecord } from '../src/ha/genesis-record.ts';
import { freePorts } from './free-ports.ts';
import { paths, TestCluster } from './test-cluster.ts';

const waitMs = 40_000;

export class NodeGroup implements AsyncDisposable {
  readonly kube: TestCluster;
  readonly client: HttpKubeClient;
  readonly directory: string;
  readonly nodes: Map<number, RaftNodeManager> = new Map();
  /** What the nodes said needs a person. */
  readonly problems: string[] = [];
  readonly #peers: Readonly<Record<number, string>>;
  readonly #name: string;

  private constructor(
    parts: Pick<NodeGroup, 'kube' | 'client' | 'directory'>,
    peers: Record<number, string>,
    name: string,
  ) {
    this.kube = parts.kube;
    this.client = parts.client;
    this.directory = parts.directory;
    this.#peers = peers;
    this.#name = name;
  }

  /** @param size ordinals that may run. */
  static async open(size: number, name = 'group'): Promise<NodeGroup> {
    const kube = await TestCluster.start();
    const auth = await openClusterAuth({ kubeconfig: kube.kubeconfig });
    const ports = { clock: systemClock, random: systemRandom, logger: silentLogger, metrics: noMetrics };
    const client = new HttpKubeClient({ ...ports, auth, userAgent: 'nodes' });
    const addresses = (await freePorts(size)).map((port, ordinal) => [ordinal, `127.0.0.1:${port}`] as const);
    const directory = await mkdtemp(join(tmpdir(), 'k8sop-nodes-'));
    return new NodeGroup({ kube, client, directory }, Object.fromEntries(addresses), name);
  }

  config(ordinal: number, peers: Readonly<Record<number, string>> = this.#peers): RaftConfig {
    return new RaftConfig(this.#name).nodeId(ordinal).peers(peers).host('127.0.0.1').namespace('default');
  }

  dataDir(ordinal: number): string {
    return join(this.directory, `${ordinal}`);
  }

  /** Opens a node without letting it take part. */
  make(ordinal: number, storage: 'memory' | 'level', config: RaftConfig = this.config(ordinal)): RaftNodeManager {
    const options = { onProblem: (message: string): void => void this.problems.push(message) };
    return storage === 'memory'
      ? RaftNodeManager.withMemory(config, options)
      : RaftNodeManager.withLevel(config, this.dataDir(ordinal), options);
  }

  /** Starts a node and lets it take part. */
  async start(
    ordinal: number,
    storage: 'memory' | 'level' = 'level',
    config: RaftConfig = this.config(ordinal),
  ): Promise<RaftNodeManager> {
    const node = this.make(ordinal, storage, config);
    this.nodes.set(ordinal, node);
    await node.start();
    await node.bootstrapOrJoin({ client: this.client, signal: AbortSignal.timeout(waitMs) });
    return node;
  }

  node(ordinal: number): RaftNodeManager {
    const node = this.nodes.get(ordinal);
    if (node === undefined) throw new Error(`node ${ordinal} was never started`);
    return node;
  }

  /** Resolves once a node has said something that contains the text. */
  async problem(text: string): Promise<string> {
    return await vi.waitFor(() => {
      const found = this.problems.find((problem) => problem.includes(text));
      if (found === undefined) throw new Error(`nobody said "${text}", but: ${this.problems.join('; ')}`);
      return found;
    }, waitMs);
  }

  /** Each state of the record from now on, up to the first that is as wanted. */
  async recordsUntil(wanted: (record: StoredRecord['record']) => boolean): Promise<readonly StoredRecord['record'][]> {
    const records: StoredRecord['record'][] = [];
    await this.kube.until(
      paths.configmaps,
      (byName) => {
        const data = byName.get(`raft-${this.#name}`)?.['data'] as { readonly 'record.json'?: string } | undefined;
        if (data?.['record.json'] !== undefined)
          records.push(JSON.parse(data['record.json']) as StoredRecord['record']);
        const last = records.at(-1);
        return last !== undefined && wanted(last);
      },
      2 * waitMs,
    );
    return records;
  }

  async stop(ordinal: number): Promise<void> {
    const node = this.node(ordinal);
    this.nodes.delete(ordinal);
    await node.shutdown();
  }

  /** The ordinal that holds the lease, among the running nodes. */
  async leader(): Promise<number> {
    return await vi.waitFor(() => {
      const found = [...this.nodes].find(([, node]) => node.election.isLeader);
      if (found === undefined) throw new Error(`nobody leads: ${this.#statuses()}; ${this.problems.join('; ')}`);
      return found[0];
    }, waitMs);
  }

  #statuses(): string {
    const of = ({ role, term, leaderId, revoked, leaseUntilMs }: RaftStatus): object => ({
      role,
      term,
      leaderId,
      revoked,
      leaseUntilMs,
    });
    return JSON.stringify([...this.nodes].map(([ordinal, node]) => [ordinal, of(node.status())]));
  }

  /** Waits until the leader knows exactly these voters and learners. */
  async membership(voters: readonly number[], learners: readonly number[] = []): Promise<void> {
    const wanted = JSON.stringify({ voters, learners });
    await vi.waitFor(() => {
      const leading = [...this.nodes.values()].find((node) => node.election.isLeader);
      const isJoint = leading === undefined || leading.status().configuration.outgoing.length > 0;
      const members = isJoint ? [] : leading.cluster.members();
      const of = (role: string): number[] => members.filter((one) => one.role === role).map(({ ordinal }) => ordinal);
      const found = JSON.stringify({ voters: of('voter'), learners: of('learner') });
      if (found !== wanted) throw new Error(`membership is ${found}, not ${wanted}; ${this.problems.join('; ')}`);
    }, waitMs);
  }

  /** The record, once settled. */
  async record(): Promise<StoredRecord['record']> {
    const records = new GenesisRecords(this.client, { namespace: 'default', clusterName: this.#name });
    return await vi.waitFor(async () => {
      const stored = await records.read(AbortSignal.timeout(waitMs));
      if (stored?.record.pendingVoters !== null) throw new Error('a change is pending');
      return stored.record;
    }, waitMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.nodes.values()].map((node) => node.shutdown()));
    await this.client[Symbol.asyncDispose]();
    await this.kube[Symbol.asyncDispose]();
    await rm(this.directory, { recursive: true, force: true });
  }
}
