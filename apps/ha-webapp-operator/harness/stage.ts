/**
 * A whole experiment: API server, replicas, and the oracle that watches them. Everything it starts ends with `close`, which
 * kills what does not stop.
 */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebApp } from '../src/web-app.ts';
import { type ApiClient, connectApi, type Thing } from './api-client.ts';
import { type ApiProcess, startApiProcess } from './api-process.ts';
import { type DnsServer, startDnsServer } from './dns-server.ts';
import { freePorts } from './free-ports.ts';
import type { Network } from './network.ts';
import { type LogLine, Replica } from './replica.ts';
import { SmallDisk } from './small-disk.ts';

export interface StageOptions {
  /** Ordinals that may ever run. @default 3 */
  readonly replicas?: number;
  /** Runs sources instead of builds. */
  readonly source: boolean;
  /** The operator's program, absolute. @default this app's */
  readonly program?: string;
  /** Without it the replicas keep nothing across a restart. @default true */
  readonly disk?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Each replica in a namespace of its own, with a disk that can be full, and with DNS. @default all on loopback */
  readonly network?: Network | undefined;
  readonly signal: AbortSignal;
  readonly onLine?: (line: LogLine) => void;
}

export interface ClusterRecord {
  readonly clusterId: string;
  readonly voters: readonly { readonly id: number; readonly uuid: string }[];
  readonly pendingVoters: unknown;
}

const configMaps = '/api/v1/namespaces/default/configmaps';
const statefulSets = '/apis/apps/v1/namespaces/default/statefulsets';
const setName = 'webapp-operator';
const recordName = 'raft-webapp-operator';
const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

export class Stage implements AsyncDisposable {
  readonly directory: string;
  readonly server: ApiProcess;
  readonly api: ApiClient;
  readonly replicas: readonly Replica[];
  readonly signal: AbortSignal;
  readonly #options: StageOptions;
  readonly #peers: string;
  readonly #dns: DnsServer | undefined;
  readonly #disks: readonly SmallDisk[];
  readonly #clones: Replica[] = [];
  readonly #wiped = new Set<string>();

  private constructor(
    parts: Pick<Stage, 'directory' | 'server' | 'api' | 'replicas'>,
    { peers, dns, disks }: Surroundings,
    options: StageOptions,
  ) {
    this.directory = parts.directory;
    this.server = parts.server;
    this.api = parts.api;
    this.replicas = parts.replicas;
    this.signal = options.signal;
    this.#peers = peers;
    this.#dns = dns;
    this.#disks = disks;
    this.#options = options;
  }

  /** The server runs and knows the custom resource; no replica runs yet. */
  static async open(options: StageOptions): Promise<Stage> {
    const { replicas: count = 3, source, signal } = options;
    const directory = await mkdtemp(join(tmpdir(), 'k8sop-ha-'));
    const server = await startApiProcess({ source, host: options.network?.apiHost });
    const api = connectApi(server.access, signal);
    await writeFile(join(directory, 'kubeconfig'), server.kubeconfig, { mode: 0o600 });
    await api.create(crds, WebApp.crd());
    await api.until(crds, (byName) => established(byName.get('webapps.example.com')));
    const surroundings = await surround(directory, count, options.network);
    const replicas = Array.from(
      { length: count },
      (_, ordinal) => new Replica(replicaOptions(ordinal, surroundings.peers, directory, options)),
    );
    return new Stage({ directory, server, api, replicas }, surroundings, options);
  }

  replica(ordinal: number): Replica {
    const replica = this.replicas[ordinal];
    if (replica === undefined) throw new Error(`there is no replica ${ordinal}`);
    return replica;
  }

  /** Only on a stage with a network. */
  get network(): Network {
    const { network } = this.#options;
    if (network === undefined) throw new Error('this stage has no network that could be cut');
    return network;
  }

  /** Only on a stage with a network. */
  get dns(): DnsServer {
    if (this.#dns === undefined) throw new Error('this stage has no DNS');
    return this.#dns;
  }

  /** Only on a stage with a network. */
  disk(ordinal: number): SmallDisk {
    const disk = this.#disks[ordinal];
    if (disk === undefined) throw new Error(`replica ${ordinal} has no disk of its own`);
    return disk;
  }

  /** The replica that says it leads, under the highest term that any of them knows. */
  get leader(): Replica | undefined {
    let newest: { replica: Replica; term: number } | undefined;
    for (const replica of this.replicas) {
      if (!replica.running) continue;
      const role = replica.lines.findLast(({ msg }) => msg === 'raft: role');
      const term = Number(role?.['term'] ?? -1);
      if (role?.['role'] === 'leader' && term > (newest?.term ?? -1)) newest = { replica, term };
    }
    return newest?.replica;
  }

  /** The leader, as soon as there is one. */
  async awaitLeader(): Promise<Replica> {
    for (;;) {
      this.signal.throwIfAborted();
      const { leader } = this;
      if (leader !== undefined) return leader;
      await new Promise((again) => setTimeout(again, 10));
    }
  }

  /** Starts these replicas and waits until each is ready. */
  async startAll(ordinals: readonly number[] = this.replicas.map(({ ordinal }) => ordinal)): Promise<void> {
    for (const ordinal of ordinals) this.replica(ordinal).start();
    await Promise.all(ordinals.map((ordinal) => this.replica(ordinal).ready(this.signal)));
  }

  /** After the end of a replica: starts it and waits until it is ready. Without a disk it is a new member. */
  async restart(ordinal: number): Promise<void> {
    const replica = this.replica(ordinal);
    await replica.ended();
    if (this.#options.disk === false) await this.wipe(ordinal);
    replica.start();
    await replica.ready(this.signal);
  }

  /**
   * Resolves when that many vote and nobody among them is a replica that was wiped since: until then the loss of one more may be
   * the loss of the majority.
   */
  async awaitVoters(count: number): Promise<void> {
    await this.api.until(configMaps, (byName) => {
      const voters = votersOf(byName.get(recordName));
      return voters.length === count && !voters.some(({ uuid }) => this.#wiped.has(uuid));
    });
  }

  /** The cluster's record, once no change of it is pending. */
  async record(): Promise<ClusterRecord> {
    const byName = await this.api.until(configMaps, (found) => recordOf(found.get(recordName))?.pendingVoters === null);
    return recordOf(byName.get(recordName)) as ClusterRecord;
  }

  /** Says in a StatefulSet how many replicas are wanted. Starting and stopping them is up to the caller. */
  async scale(replicas: number): Promise<void> {
    if ((await this.api.list(statefulSets)).has(setName)) {
      await this.api.patch(`${statefulSets}/${setName}`, { spec: { replicas } });
      return;
    }
    const labels = { app: setName };
    const containers = [{ name: 'operator', image: 'webapp-operator:1' }];
    await this.api.create(statefulSets, {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: setName },
      spec: {
        replicas,
        serviceName: `${setName}-raft`,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers } },
      },
    });
  }

  dataDirectory(ordinal: number): string {
    return dataDirectory(this.directory, ordinal);
  }

  /** Forgets what a stopped replica has stored. */
  async wipe(ordinal: number): Promise<void> {
    const voters = votersOf((await this.api.list(configMaps)).get(recordName));
    const wiped = voters.find(({ id }) => id === ordinal + 1);
    if (wiped !== undefined) this.#wiped.add(wiped.uuid);
    await rm(this.dataDirectory(ordinal), { recursive: true, force: true });
  }

  async copyData(from: number, to: string): Promise<void> {
    await mkdir(to, { recursive: true });
    await cp(this.dataDirectory(from), to, { recursive: true });
  }

  /** Another process with the name and the peers of a replica, on its own data and port; ends with the stage. */
  async cloneOf(ordinal: number, dataDir: string): Promise<Replica> {
    const [port = 0] = await freePorts(1);
    const options = replicaOptions(ordinal, this.#peers, this.directory, this.#options);
    const own = { K8SOP_RAFT_DATA_DIR: dataDir, K8SOP_RAFT_PORT: String(port), K8SOP_RAFT_PEERS: this.#peers };
    const env = { ...options.env, ...own };
    const clone = new Replica({ ...options, env });
    this.#clones.push(clone);
    return clone;
  }

  /** The end: SIGTERM to all, SIGKILL to those that take over 10 s, then the server. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.replicas, ...this.#clones].map((replica) => stopReplica(replica)));
    await this.api.close();
    await this.server.stop();
    await this.#dns?.[Symbol.asyncDispose]();
    for (const disk of this.#disks) disk.unmount();
    await rm(this.directory, { recursive: true, force: true });
  }
}

interface Surroundings {
  /** As in `K8SOP_RAFT_PEERS`. */
  readonly peers: string;
  readonly dns: DnsServer | undefined;
  readonly disks: readonly SmallDisk[];
}

const raftPort = 8080;

/** Ports on loopback; with a network DNS, the default port, and a disk each. */
async function surround(directory: string, count: number, network: Network | undefined): Promise<Surroundings> {
  if (network === undefined) {
    const ports = await freePorts(count);
    return { peers: ports.map((port, ordinal) => `${ordinal}=127.0.0.1:${port}`).join(','), dns: undefined, disks: [] };
  }
  const ordinals = Array.from({ length: count }, (_, ordinal) => ordinal);
  const addresses = new Map(ordinals.map((ordinal) => [`${setName}-${ordinal}`, network.peerHost(ordinal)]));
  const dns = await startDnsServer({ addresses, host: network.apiHost });
  const disks: SmallDisk[] = [];
  for (const ordinal of ordinals) disks.push(await SmallDisk.mount(diskDirectory(directory, ordinal)));
  const peers = ordinals.map((ordinal) => `${ordinal}=${network.peerHost(ordinal)}:${raftPort}`).join(',');
  return { peers, dns, disks };
}

function replicaOptions(
  ordinal: number,
  peers: string,
  directory: string,
  { source, program, disk = true, env = {}, network, onLine }: StageOptions,
): ConstructorParameters<typeof Replica>[0] {
  const own = fileURLToPath(new URL(source ? '../src/main.ts' : '../dist/main.js', import.meta.url));
  return {
    ordinal,
    command: [...(source ? ['--conditions=@k8sop/source'] : []), program ?? own],
    env: {
      KUBECONFIG: join(directory, 'kubeconfig'),
      K8SOP_PROBE_PORT: '0',
      POD_NAME: `webapp-operator-${ordinal}`,
      POD_NAMESPACE: 'default',
      ...(network === undefined ? { K8SOP_RAFT_PEERS: peers } : {}),
      ...(disk ? { K8SOP_RAFT_DATA_DIR: dataDirectory(directory, ordinal) } : {}),
      ...env,
    },
    ...(network === undefined ? {} : { prefix: network.prefix(ordinal), probeHost: network.probeHost(ordinal) }),
    ...(onLine === undefined ? {} : { onLine }),
  };
}

async function stopReplica(replica: Replica): Promise<void> {
  if (!replica.running) return;
  replica.signal('SIGCONT');
  replica.signal('SIGTERM');
  const limit = setTimeout(() => replica.signal('SIGKILL'), 10_000);
  await replica.ended();
  clearTimeout(limit);
}

const diskDirectory = (directory: string, ordinal: number): string => join(directory, `disk-${ordinal}`);

const dataDirectory = (directory: string, ordinal: number): string => join(diskDirectory(directory, ordinal), 'data');

/** The ConfigMap's only key holds the record of the cluster. */
function recordOf(configMap: Thing | undefined): ClusterRecord | undefined {
  const [text] = Object.values(configMap?.data ?? {});
  return text === undefined ? undefined : (JSON.parse(text) as ClusterRecord);
}

function votersOf(configMap: Thing | undefined): ClusterRecord['voters'] {
  return recordOf(configMap)?.voters ?? [];
}

function established(crd: Thing | undefined): boolean {
  const status = crd?.['status'] as { conditions?: { type: string; status: string }[] } | undefined;
  return status?.conditions?.some(({ type, status: value }) => type === 'Established' && value === 'True') === true;
}
