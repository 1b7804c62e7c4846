/**
 * The only reader of `process.env`. Everything the environment decides is named here.
 */

import { readFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { type ClusterEnvironment, RuntimeError } from '@k8sop/runtime';

export interface OperatorEnvironment {
  /** Where the cluster is: `KUBECONFIG`, the pod's service account, or `~/.kube/config`. */
  readonly cluster: ClusterEnvironment;
  /** `K8SOP_PROBE_PORT`; wins over `.probes()`. */
  readonly probePort: number | undefined;
  /** `K8SOP_LOG_LEVEL`: debug, info, warn, error. @default 'info' */
  readonly logLevel: string;
  /** `POD_NAME`, else the host's name: names this process in events. */
  readonly instance: string;
  /** `NODE_ENV` is `production`: cached objects are not frozen. */
  readonly production: boolean;
}

/** @throws RuntimeError `OPTION_INVALID` naming the variable. */
export function readEnvironment(env: NodeJS.ProcessEnv = process.env): OperatorEnvironment {
  return {
    cluster: {
      kubeconfig: env['KUBECONFIG'],
      home: env['HOME'] ?? homedir(),
      serviceHost: env['KUBERNETES_SERVICE_HOST'],
      servicePort: env['KUBERNETES_SERVICE_PORT'],
    },
    probePort: portOf(env['K8SOP_PROBE_PORT'], 'K8SOP_PROBE_PORT'),
    logLevel: levelOf(env['K8SOP_LOG_LEVEL']),
    instance: env['POD_NAME'] ?? hostname(),
    production: env['NODE_ENV'] === 'production',
  };
}

function portOf(text: string | undefined, variable: string): number | undefined {
  if (text === undefined || text === '') return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new RuntimeError(
    'OPTION_INVALID',
    `${variable}: ${JSON.stringify(text)} is not a port; set 0 (any free port) to 65535`,
  );
}

const LEVELS = ['debug', 'info', 'warn', 'error'];

function levelOf(text: string | undefined): string {
  if (text === undefined || text === '') return 'info';
  if (LEVELS.includes(text)) return text;
  throw new RuntimeError(
    'OPTION_INVALID',
    `K8SOP_LOG_LEVEL: ${JSON.stringify(text)} is not a level; set ${LEVELS.join(', ')}`,
  );
}

/** What a Raft node takes from its surroundings. */
export interface RaftEnvironment {
  /** `POD_NAME`, else the host's name: `<set>-<ordinal>`. */
  readonly hostname: string;
  /** `POD_NAMESPACE`, else the service account's, else `default`. */
  readonly namespace: string;
  /** Text of `/etc/resolv.conf`, empty where there is none. */
  readonly resolvConf: string;
  /** `K8SOP_RAFT_PEERS`, as in `0=127.0.0.1:7000,1=127.0.0.1:7001`. */
  readonly peers: Readonly<Record<number, string>> | undefined;
  /** `K8SOP_RAFT_PORT`. */
  readonly port: number | undefined;
  /** `K8SOP_RAFT_DATA_DIR`. */
  readonly dataDir: string | undefined;
  /** `K8SOP_RAFT_TLS_DIR`: a mounted Secret with `tls.crt`, `tls.key` and `ca.crt`; turns mTLS on. */
  readonly tlsDir: string | undefined;
}

/** @throws RuntimeError `OPTION_INVALID` naming the variable. */
export function readRaftEnvironment(env: NodeJS.ProcessEnv = process.env): RaftEnvironment {
  const account = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';
  return {
    hostname: env['POD_NAME'] ?? hostname(),
    namespace: env['POD_NAMESPACE'] ?? (textOf(account).trim() || 'default'),
    resolvConf: textOf('/etc/resolv.conf'),
    peers: peersOf(env['K8SOP_RAFT_PEERS']),
    port: portOf(env['K8SOP_RAFT_PORT'], 'K8SOP_RAFT_PORT'),
    dataDir: env['K8SOP_RAFT_DATA_DIR'] || undefined,
    tlsDir: env['K8SOP_RAFT_TLS_DIR'] || undefined,
  };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // not in a pod
  }
}

function peersOf(text: string | undefined): Readonly<Record<number, string>> | undefined {
  if (text === undefined || text === '') return undefined;
  const peers: Record<number, string> = {};
  for (const part of text.split(',')) {
    const [, ordinal, address] = /^(\d+)=(\S+:\d+)$/.exec(part.trim()) ?? [];
    if (ordinal === undefined || address === undefined) {
      throw new RuntimeError(
        'OPTION_INVALID',
        `K8SOP_RAFT_PEERS: ${JSON.stringify(part)} is no ordinal=host:port, as in 0=127.0.0.1:7000,1=127.0.0.1:7001`,
      );
    }
    peers[Number(ordinal)] = address;
  }
  return peers;
}
