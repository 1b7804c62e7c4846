/**
 * The only reader of `process.env`. Everything the environment decides is named here.
 */

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
    probePort: portOf(env['K8SOP_PROBE_PORT']),
    logLevel: levelOf(env['K8SOP_LOG_LEVEL']),
    instance: env['POD_NAME'] ?? hostname(),
    production: env['NODE_ENV'] === 'production',
  };
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new RuntimeError(
    'OPTION_INVALID',
    `K8SOP_PROBE_PORT: ${JSON.stringify(text)} is not a port; set 0 (any free port) to 65535`,
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
