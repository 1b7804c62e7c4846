/**
 * Raft leader election among the operator's replicas, described fluently. Immutable; nothing happens before the operator runs.
 */
import { join } from 'node:path';
import { clusterDomainFrom, parsePodName } from '@k8sop/discovery-dns';
import { nodeIdOf, RaftError } from '@k8sop/raft-core';
import { TlsConfig } from '@k8sop/raft-grpc/tls-config';
import { type Duration, parseDuration } from '@k8sop/runtime';
import type { Election, ElectionPorts, OpenElection } from './election.ts';
import { readRaftEnvironment } from './env.ts';
import { openRaftElection } from './ha/raft-election.ts';
import type { RaftSettings } from './ha/raft-settings.ts';

interface Choices {
  readonly clusterName: string;
  readonly ordinal?: number;
  readonly serviceName?: string;
  readonly namespace?: string;
  readonly clusterDomain?: string;
  readonly host?: string;
  readonly port?: number;
  readonly dataDir?: string;
  readonly onCorruptStorage?: 'rejoin' | 'stop';
  readonly tls?: TlsConfig;
  readonly electionTimeoutMs?: number;
  readonly heartbeatMs?: number;
  readonly takeoverGraceMs?: number;
  readonly maxVoters?: number;
  readonly peers?: Readonly<Record<number, string>>;
  readonly bootstrap?: 'record' | 'expect';
}

export class RaftConfig implements Election {
  readonly #choices: Choices;

  /** @param clusterName names the cluster's record, the ConfigMap `raft-<clusterName>`. */
  constructor(clusterName: string, choices: Omit<Choices, 'clusterName'> = {}) {
    if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(clusterName) || clusterName.length > 200) {
      throw invalid(`clusterName "${clusterName}" is no name: use at most 200 of a-z, 0-9, "-" and "."`);
    }
    this.#choices = { ...choices, clusterName };
  }

  /** Pod ordinal, 0 for the first. @default from the host name, as in `my-operator-0` */
  nodeId(ordinal: number): RaftConfig {
    if (!Number.isSafeInteger(ordinal) || ordinal < 0)
      throw invalid(`nodeId ${ordinal} is no ordinal: use an integer of at least 0`);
    return this.#with({ ordinal });
  }

  /** The headless Service in front of the replicas. Required unless `peers` is given. */
  serviceName(serviceName: string): RaftConfig {
    return this.#with({ serviceName });
  }

  /** @default `POD_NAMESPACE`, else the service account's namespace, else 'default' */
  namespace(namespace: string): RaftConfig {
    return this.#with({ namespace });
  }

  /** Port that peers connect to; 0 for any free one. @default 8080 */
  port(port: number): RaftConfig {
    return this.#with({ port });
  }

  /** Address to listen on. @default every one */
  host(host: string): RaftConfig {
    return this.#with({ host });
  }

  /** Directory of the log, on a volume of the pod's own. @default none: memory storage, a restart is a new member */
  dataDir(dataDir: string): RaftConfig {
    return this.#with({ dataDir });
  }

  /** What a damaged directory leads to: set it aside and rejoin as a new member, or stop. @default 'rejoin' */
  onCorruptStorage(action: 'rejoin' | 'stop'): RaftConfig {
    return this.#with({ onCorruptStorage: action });
  }

  /** @default mTLS with the files in `K8SOP_RAFT_TLS_DIR`, as the production manifests set it, else `TlsConfig.disabled()` */
  tls(tls: TlsConfig): RaftConfig {
    return this.#with({ tls });
  }

  /** How long a follower keeps its promise to a leader it hears nothing of. 100 ms to 10 s. @default '150ms' */
  electionTimeout(timeout: Duration): RaftConfig {
    return this.#with({ electionTimeoutMs: parseDuration(timeout, '.electionTimeout()') });
  }

  /** At least 20 ms, at most a quarter of the election timeout. @default '30ms' */
  heartbeat(interval: Duration): RaftConfig {
    return this.#with({ heartbeatMs: parseDuration(interval, '.heartbeat()') });
  }

  /**
   * Wait of a new leader before its first write. At least the client's mutation timeout closes the window in which a request
   * of the last leader, already accepted by the API server, may still land; 0 takes over at once. @default '0ms'
   */
  takeoverGrace(grace: Duration): RaftConfig {
    return this.#with({ takeoverGraceMs: parseDuration(grace, '.takeoverGrace()') });
  }

  /** Odd, 1 to 7; further replicas learn and stand by. @default 5 */
  maxVoters(count: number): RaftConfig {
    if (!Number.isInteger(count) || count < 1 || count > 7 || count % 2 === 0) {
      throw invalid(`maxVoters ${count} is not 1, 3, 5 or 7: an even number needs more agreement and survives no more`);
    }
    return this.#with({ maxVoters: count });
  }

  /** @default the search list of `resolv.conf`, else 'cluster.local' */
  clusterDomain(domain: string): RaftConfig {
    return this.#with({ clusterDomain: domain });
  }

  /** Ordinal → host:port instead of DNS, for development and tests. `K8SOP_RAFT_PEERS` wins. */
  peers(peers: Readonly<Record<number, string>>): RaftConfig {
    return this.#with({ peers });
  }

  /**
   * Who founds the cluster of a `RaftNodeManager`. `record`: whoever creates the cluster's record in Kubernetes. `expect`: the
   * lowest node, once all peers have said that they are empty; for development and outside of Kubernetes, because a cluster
   * that lost everything begins again with the first generation. @default 'record'
   */
  bootstrap(by: 'record' | 'expect'): RaftConfig {
    return this.#with({ bootstrap: by });
  }

  /** Called by the operator. @throws `RAFT_INVALID_OPTION`, `POD_NAME_INVALID`, `STORAGE_*`. */
  async open(ports: ElectionPorts): Promise<OpenElection> {
    return await openRaftElection(this.settings(), ports);
  }

  /** Everything filled in. @throws `RAFT_INVALID_OPTION` naming the call that is missing or contradicts another. */
  settings(): RaftSettings {
    const environment = readRaftEnvironment();
    const choices = this.#choices;
    const peers = environment.peers ?? choices.peers;
    const pod =
      choices.ordinal === undefined || peers === undefined ? podOf(environment.hostname, choices.ordinal) : undefined;
    const ordinal = choices.ordinal ?? pod?.ordinal ?? 0;
    if (peers === undefined && choices.serviceName === undefined) {
      throw invalid('call .serviceName(…) with the headless Service of the StatefulSet, or .peers(…) without one');
    }
    const { electionTimeoutMs = 150, heartbeatMs = 30 } = choices;
    if (heartbeatMs * 4 > electionTimeoutMs) {
      throw invalid(
        `heartbeat ${heartbeatMs} ms is more than a quarter of the election timeout of ${electionTimeoutMs} ms: lower it, or raise the timeout`,
      );
    }
    return {
      clusterName: choices.clusterName,
      id: nodeIdOf(ordinal),
      set: pod?.set ?? choices.clusterName,
      service: choices.serviceName ?? choices.clusterName,
      namespace: choices.namespace ?? environment.namespace,
      clusterDomain: choices.clusterDomain ?? clusterDomainFrom(environment.resolvConf),
      host: choices.host,
      port: environment.port ?? choices.port ?? ownPort(peers, ordinal) ?? 8080,
      dataDir: environment.dataDir ?? choices.dataDir,
      onCorruptStorage: choices.onCorruptStorage ?? 'rejoin',
      tls: choices.tls ?? tlsIn(environment.tlsDir),
      electionTimeoutMs,
      heartbeatMs,
      takeoverGraceMs: choices.takeoverGraceMs ?? 0,
      maxVoters: choices.maxVoters ?? 5,
      bootstrap: choices.bootstrap ?? 'record',
      peers,
    };
  }

  #with(change: Partial<Choices>): RaftConfig {
    const { clusterName, ...choices } = { ...this.#choices, ...change };
    return new RaftConfig(clusterName, choices);
  }
}

/** The files of a Secret of type `kubernetes.io/tls`, with the authority beside them. */
function tlsIn(directory: string | undefined): TlsConfig {
  if (directory === undefined) return TlsConfig.disabled();
  const file = (name: string): string => join(directory, name);
  return TlsConfig.mtls({ certFile: file('tls.crt'), keyFile: file('tls.key'), caFile: file('ca.crt') });
}

/** The pod's set and ordinal; a node id that was given makes an odd host name acceptable. */
function podOf(hostname: string, ordinal: number | undefined): { set: string; ordinal: number } {
  try {
    return parsePodName(hostname);
  } catch (error) {
    if (ordinal === undefined) throw error;
    return { set: hostname, ordinal };
  }
}

/** Where the others expect this node. */
function ownPort(peers: Readonly<Record<number, string>> | undefined, ordinal: number): number | undefined {
  const port = Number(/:(\d+)$/.exec(peers?.[ordinal] ?? '')?.[1]);
  return Number.isInteger(port) ? port : undefined;
}

function invalid(message: string): RaftError {
  return new RaftError('RAFT_INVALID_OPTION', `raft: ${message}`);
}
