/** Part of the bench `reconcile`: a bare HTTP client that keeps 32 requests in flight. */
import { Container, Deployment, Selector, Service } from '@k8sop/builders';
import { Agent, type Dispatcher, request } from 'undici';

export interface Access {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
  readonly kubeconfig: string;
}

export interface Call {
  readonly method: Dispatcher.HttpMethod;
  readonly path: string;
  readonly type?: string;
  readonly body: unknown;
}

export const webappPath = '/apis/example.com/v1/namespaces/default/webapps';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const services = '/api/v1/namespaces/default/services';
const finalizer = 'webapp.example.com/finalizer';
const fieldManager = 'fieldManager=webapps.example.com&fieldValidation=Strict';

export class Load {
  readonly #access: Access;
  readonly #agent: Agent;

  constructor(access: Access) {
    this.#access = access;
    this.#agent = new Agent({ connect: { ca: access.ca }, connections: 32, allowH2: false });
  }

  async call({ method, path, type = 'application/json', body }: Call): Promise<unknown> {
    const answer = await request(this.#access.url + path, {
      method,
      dispatcher: this.#agent,
      headers: { authorization: `Bearer ${this.#access.token}`, 'content-type': type },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 400) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
    return JSON.parse(text);
  }

  /** Runs the jobs, 32 at once. */
  async all(jobs: readonly (() => Promise<unknown>)[]): Promise<void> {
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let job = jobs[next++]; job !== undefined; job = jobs[next++]) await job();
    };
    await Promise.all(Array.from({ length: 32 }, worker));
  }

  async #count(path: string): Promise<number> {
    const list = (await this.call({ method: 'GET', path: `${path}?limit=1`, body: undefined })) as {
      items: unknown[];
      metadata: { remainingItemCount?: number };
    };
    return list.items.length + (list.metadata.remainingItemCount ?? 0);
  }

  /** WebApps that have both children. */
  async childCount(): Promise<number> {
    const [one, other] = await Promise.all([this.#count(deployments), this.#count(services)]);
    return Math.min(one, other - 1); // without the Service of the API server itself
  }

  createWebApps(count: number): Promise<void> {
    return this.all(
      Array.from({ length: count }, (_, i) => () => {
        const body = {
          apiVersion: 'example.com/v1',
          kind: 'WebApp',
          metadata: { name: `app-${i}` },
          spec: { image: 'nginx:1', replicas: 2 },
        };
        return this.call({ method: 'POST', path: webappPath, body });
      }),
    );
  }

  /** The mutations an operator sends for the same WebApps, without an operator. */
  async ceiling(count: number): Promise<number> {
    const owners = (await this.call({ method: 'GET', path: webappPath, body: undefined })) as {
      items: { metadata: { name: string; uid: string; resourceVersion: string } }[];
    };
    const startedMs = performance.now();
    await this.all(
      owners.items.slice(0, count).map(
        ({ metadata }) =>
          () =>
            this.#mutate(metadata),
      ),
    );
    return (performance.now() - startedMs) / 1000;
  }

  async #mutate({ name, uid, resourceVersion }: { name: string; uid: string; resourceVersion: string }): Promise<void> {
    const ownerReferences = [
      { apiVersion: 'example.com/v1', kind: 'WebApp', name, uid, controller: true, blockOwnerDeletion: true },
    ];
    const owned = <T extends { readonly metadata: object }>(object: T): object => ({
      ...object,
      metadata: { ...object.metadata, namespace: 'default', ownerReferences },
    });
    await this.call({
      method: 'PATCH',
      path: `${webappPath}/${name}?fieldManager=webapps.example.com`,
      type: 'application/json-patch+json',
      body: [
        { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
        { op: 'add', path: '/metadata/finalizers', value: [finalizer] },
      ],
    });
    const type = 'application/apply-patch+yaml';
    const deployment = new Deployment(name).replicas(2).container(new Container('app').image('nginx:1').port(80));
    await this.call({
      method: 'PATCH',
      path: `${deployments}/${name}?${fieldManager}`,
      type,
      body: owned(deployment.toJSON()),
    });
    const service = new Service(name).port(80, 80).selector(new Selector().insert('app', name));
    await this.call({
      method: 'PATCH',
      path: `${services}/${name}?${fieldManager}`,
      type,
      body: owned(service.toJSON()),
    });
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }
}
