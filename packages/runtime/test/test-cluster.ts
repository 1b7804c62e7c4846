/** An embedded API server with a client that reaches it like a user's: through a kubeconfig file, over TLS. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiServer, type ApiServerOptions, startApiServer } from '@k8sop/apiserver';
import { ClientNodeAuth } from '../src/client/client-node-auth.ts';
import { HttpKubeClient, type HttpKubeClientOptions } from '../src/client/http-kube-client.ts';
import type { KubeObject } from '../src/object/kube-object.ts';
import type { ResourceKind } from '../src/object/resource-kind.ts';

export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

export const configMapKind: ResourceKind<ConfigMap> = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};

export class TestCluster implements AsyncDisposable {
  readonly server: ApiServer;
  readonly client: HttpKubeClient;
  readonly #directory: string;

  private constructor(server: ApiServer, client: HttpKubeClient, directory: string) {
    this.server = server;
    this.client = client;
    this.#directory = directory;
  }

  static async start(
    options: ApiServerOptions = {},
    clientOptions: Partial<HttpKubeClientOptions> = {},
  ): Promise<TestCluster> {
    const server = await startApiServer(options);
    const directory = await mkdtemp(join(tmpdir(), 'k8sop-runtime-'));
    const file = join(directory, 'kubeconfig');
    await writeFile(file, server.kubeconfig());
    const client = new HttpKubeClient({ auth: await ClientNodeAuth.open({ files: [file] }), ...clientOptions });
    return new TestCluster(server, client, directory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
    await this.server.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

export function configMap(name: string, data: Readonly<Record<string, string>> = {}): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data };
}

/** Resolves once `condition` holds; the runner's timeout bounds it. Looks again after each turn of the event loop. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
}
