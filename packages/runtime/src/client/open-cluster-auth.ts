/**
 * Chooses where credentials come from: an explicit kubeconfig, else the pod's service account, else
 * `~/.kube/config`. client-node loads only for a kubeconfig with plugins, providers or several files.
 */
import { delimiter, join } from 'node:path';
import type { Clock } from '../clock.ts';
import { RuntimeError } from '../errors.ts';
import type { ClusterAuth } from './cluster-auth.ts';
import { InClusterAuth } from './in-cluster-auth.ts';
import { StaticKubeconfig } from './static-kubeconfig.ts';

/** The environment, as read by the caller; this package reads none itself. */
export interface ClusterEnvironment {
  /** `KUBECONFIG`: one or more files, separated as in PATH. Wins over the service account. */
  readonly kubeconfig?: string | undefined;
  /** Home directory, for `.kube/config`. */
  readonly home?: string | undefined;
  /** `KUBERNETES_SERVICE_HOST`. */
  readonly serviceHost?: string | undefined;
  /** `KUBERNETES_SERVICE_PORT`. @default '443' */
  readonly servicePort?: string | undefined;
  /** Context to use instead of the kubeconfig's current one. */
  readonly context?: string | undefined;
  readonly clock?: Clock;
}

/** @throws RuntimeError `KUBECONFIG_INVALID` naming file, field and fix. */
export async function openClusterAuth(environment: ClusterEnvironment): Promise<ClusterAuth> {
  const { kubeconfig = '', home = '', serviceHost = '', context, clock } = environment;
  const files = kubeconfig.split(delimiter).filter((file) => file !== '');
  const timing = clock === undefined ? {} : { clock };
  if (files.length === 0 && serviceHost !== '') {
    return new InClusterAuth({ host: serviceHost, port: environment.servicePort ?? '443', ...timing });
  }
  if (files.length === 0 && home === '') {
    throw new RuntimeError(
      'KUBECONFIG_INVALID',
      'no cluster is configured: set KUBECONFIG to a kubeconfig file, or run inside a cluster',
    );
  }
  const chosen = files.length === 0 ? [join(home, '.kube', 'config')] : files;
  const options = { ...(context === undefined ? {} : { context }), ...timing };
  const [file = '', ...others] = chosen;
  const plain = others.length === 0 ? await StaticKubeconfig.open({ file, ...options }) : undefined;
  if (plain !== undefined) {
    return plain;
  }
  const { ClientNodeAuth } = await import('./client-node-auth.ts');
  return ClientNodeAuth.open({ files: chosen, ...options });
}
