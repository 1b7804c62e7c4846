/**
 * Replicas of an operator as processes, as a StatefulSet would run them, beside a real API server; and the judge of what they
 * wrote: no write under an older token may follow one under a newer.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GenesisRecord } from '../src/ha/genesis-record.ts';
import { freePorts } from './free-ports.ts';
import { type LogLine, OperatorProcess } from './operator-process.ts';
import { paths, TestCluster, type Thing } from './test-cluster.ts';
import { WebApp } from './fixtures/web-app.ts';

export interface HaClusterOptions {
  /** Memory: a restart is a new member. */
  readonly storage: 'memory' | 'level';
  /** Ordinals that may run. @default 3 */
  readonly size?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** @default './fixtures/ha-main.ts' */
  readonly program?: string;
}

export interface Write {
  readonly clusterId: string;
  /** Generation and term; sorts as text. */
  readonly token: string;
}

export class HaCluster implements AsyncDisposable {
  readonly kube: TestCluster;
  readonly directory: string;
  readonly peers: string;
  readonly #options: HaClusterOptions;
  readonly #replicas = new Map<number, OperatorProcess>();
  readonly #others: OperatorProcess[] = [];
  readonly #records: GenesisRecord[] = [];

  private constructor(kube: TestCluster, directory: string, peers: string, options: HaClusterOptions) {
    this.kube = kube;
    this.directory = directory;
    this.peers = peers;
    this.#options = options;
  }

  /** The API server runs, with one WebApp to write for; no replica does yet. */
  static async start(options: HaClusterOptions): Promise<HaCluster> {
    const kube = await TestCluster.start({ traceSize: 50_000 });
    await kube.create(paths.crds, WebApp.crd());
    await kube.until(paths.crds, (byName) =>
      JSON.stringify(byName.get('webapps.example.com') ?? {}).includes('Established'),
    );
    await kube.create(paths.webapps, {
      apiVersion: 'example.com/v1',
      kind: 'WebApp',
      metadata: { name: 'busy' },
      spec: { image: 'nginx', replicas: 1 },
    });
    const ports = await freePorts(options.size ?? 3);
    const peers = ports.map((port, ordinal) => `${ordinal}=127.0.0.1:${port}`).join(',');
    return new HaCluster(kube, await mkdtemp(join(tmpdir(), 'k8sop-ha-')), peers, options);
  }

  /** Starts replicas, also such as have run before. */
  run(...ordinals: readonly number[]): void {
    for (const ordinal of ordinals) this.runWith(ordinal, {});
  }

  /** The same for one, with an environment of its own. */
  runWith(ordinal: number, env: Readonly<Record<string, string>>): void {
    this.#replicas.set(ordinal, this.spawn(ordinal, env));
  }

  /** A process with the name of a replica, ended with the cluster. */
  spawn(ordinal: number, env: Readonly<Record<string, string>> = {}): OperatorProcess {
    const spawned = new OperatorProcess(this.#options.program ?? './fixtures/ha-main.ts', {
      KUBECONFIG: this.kube.kubeconfig,
      POD_NAME: `ha-${ordinal}`,
      POD_NAMESPACE: 'default',
      K8SOP_RAFT_PEERS: this.peers,
      ...(this.#options.storage === 'level' ? { K8SOP_RAFT_DATA_DIR: this.dataDir(ordinal) } : {}),
      ...this.#options.env,
      ...env,
    });
    this.#others.push(spawned);
    return spawned;
  }

  /** Says in the StatefulSet how many replicas are wanted. */
  async scale(replicas: number): Promise<void> {
    const path = '/apis/apps/v1/namespaces/default/statefulsets';
    if ((await this.kube.get(`${path}/ha`)) !== undefined) {
      await this.kube.patch(`${path}/ha`, { spec: { replicas } });
      return;
    }
    const labels = { app: 'ha' };
    await this.kube.create(path, {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'ha' },
      spec: {
        replicas,
        serviceName: 'ha-raft',
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'operator', image: 'ha:1' }] } },
      },
    });
  }

  dataDir(ordinal: number): string {
    return join(this.directory, `data-${ordinal}`);
  }

  replica(ordinal: number): OperatorProcess {
    const replica = this.#replicas.get(ordinal);
    if (replica === undefined) throw new Error(`replica ${ordinal} was never started`);
    return replica;
  }

  /** SIGKILL, and the end of the process. */
  async kill(...ordinals: readonly number[]): Promise<void> {
    await Promise.all(
      ordinals.map(async (ordinal) => {
        this.replica(ordinal).signal('SIGKILL');
        await this.replica(ordinal).exitCode();
      }),
    );
  }

  async wipe(ordinal: number): Promise<void> {
    await rm(this.dataDir(ordinal), { recursive: true, force: true });
  }

  /** The record, once it is as wanted. Every state seen on the way is kept for `records`. */
  async record(wanted: (record: GenesisRecord) => boolean, limitMs = 60_000): Promise<GenesisRecord> {
    let found: GenesisRecord | undefined;
    await this.kube.until(
      paths.configmaps,
      (byName) => {
        const record = recordIn(byName);
        if (record !== undefined) this.#records.push(record);
        found = record;
        return record !== undefined && wanted(record);
      },
      limitMs,
    );
    return found as GenesisRecord;
  }

  /** The record once that many vote and nothing is pending. */
  async voters(count: number, generation = 1, limitMs = 60_000): Promise<GenesisRecord> {
    return await this.record(
      (record) => record.generation === generation && record.voters.length === count && record.pendingVoters === null,
      limitMs,
    );
  }

  /** Every state of the record that was seen, oldest first. */
  get records(): readonly GenesisRecord[] {
    return this.#records;
  }

  /** Fenced writes in the order in which the server carried them out. */
  get writes(): readonly Write[] {
    return this.kube.api.trace
      .requests()
      .filter(({ fence, verb }) => fence !== undefined && verb !== 'get' && verb !== 'list' && verb !== 'watch')
      .map(({ fence = '' }) => {
        const [, clusterId = '', token = ''] = /^(.+)\.(\d{8}\.\d{12})$/.exec(fence) ?? [];
        return { clusterId, token };
      });
  }

  /** Writes under an older token than one before them: must be empty. */
  get overlaps(): readonly Write[] {
    let highest = '';
    return this.writes.filter(({ token }) => {
      const late = token < highest;
      highest = late ? highest : token;
      return late;
    });
  }

  /** Waits for a write of a generation. */
  async written(generation: number, limitMs = 60_000): Promise<void> {
    const prefix = `${String(generation).padStart(8, '0')}.`;
    await this.kube.until(paths.configmaps, () => this.writes.some(({ token }) => token.startsWith(prefix)), limitMs);
  }

  /** The ordinal that logged last that it leads, among those that run. */
  async leader(limitMs = 60_000): Promise<number> {
    const running = [...this.#replicas];
    return await Promise.any(
      running.map(async ([ordinal, replica]) => {
        await replica.logged(({ msg }: LogLine) => msg === 'controller leads', limitMs);
        return ordinal;
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#others.map((replica) => replica[Symbol.asyncDispose]()));
    await this.kube[Symbol.asyncDispose]();
    await rm(this.directory, { recursive: true, force: true });
  }
}

function recordIn(byName: ReadonlyMap<string, Thing>): GenesisRecord | undefined {
  const data = byName.get('raft-ha')?.['data'] as { readonly 'record.json'?: string } | undefined;
  return data?.['record.json'] === undefined ? undefined : (JSON.parse(data['record.json']) as GenesisRecord);
}
