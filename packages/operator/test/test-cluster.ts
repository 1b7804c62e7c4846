/**
 * A real API server on loopback, and a plain HTTPS client beside the operator under test. Waiting is always a watch.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ApiServer, type ApiServerOptions, startApiServer } from '@k8sop/apiserver';
import { Agent, type Dispatcher, request } from 'undici';

export interface Thing {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly uid: string }[];
    readonly managedFields?: readonly { readonly manager: string; readonly operation: string }[];
  };
  readonly [field: string]: unknown;
}

export interface Answer {
  readonly status: number;
  readonly body: Thing & { readonly message?: string; readonly reason?: string; readonly items?: readonly Thing[] };
}

export const paths = {
  crds: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  webapps: '/apis/example.com/v1/namespaces/default/webapps',
  deployments: '/apis/apps/v1/namespaces/default/deployments',
  services: '/api/v1/namespaces/default/services',
  configmaps: '/api/v1/namespaces/default/configmaps',
  events: '/apis/events.k8s.io/v1/namespaces/default/events',
} as const;

const CONTENT_TYPES = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

export class TestCluster implements AsyncDisposable {
  readonly api: ApiServer;
  /** A kubeconfig of the first user. */
  readonly kubeconfig: string;
  readonly #directory: string;
  #dispatcher: Agent;

  private constructor(api: ApiServer, directory: string) {
    this.api = api;
    this.#directory = directory;
    this.kubeconfig = join(directory, 'kubeconfig');
    this.#dispatcher = this.#connect();
  }

  static async start(options: ApiServerOptions = {}): Promise<TestCluster> {
    const api = await startApiServer(options);
    const cluster = new TestCluster(api, await mkdtemp(join(tmpdir(), 'k8sop-test-')));
    await cluster.writeKubeconfig();
    return cluster;
  }

  /** Writes a kubeconfig of `user` and returns its path. */
  async writeKubeconfig(user?: string): Promise<string> {
    const file = user === undefined ? this.kubeconfig : join(this.#directory, `kubeconfig-${user}`);
    await writeFile(file, this.api.kubeconfig(user));
    return file;
  }

  /** Restarts the server on its port with its state; our own connections are made anew. */
  async restart(whileDown?: () => Promise<void>): Promise<void> {
    await this.#dispatcher.destroy();
    await this.api.restart(whileDown);
    this.#dispatcher = this.#connect();
  }

  async send(
    method: Dispatcher.HttpMethod,
    path: string,
    body?: unknown,
    type: keyof typeof CONTENT_TYPES = 'merge',
  ): Promise<Answer> {
    const answer = await request(this.api.url + path, {
      method,
      dispatcher: this.#dispatcher,
      headers: {
        authorization: `Bearer ${this.api.token()}`,
        'content-type': method === 'PATCH' ? CONTENT_TYPES[type] : 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.statusCode, body: (await answer.body.json()) as Answer['body'] };
  }

  /** @throws when the server refuses. */
  async create(path: string, body: unknown): Promise<Thing> {
    return success(`POST ${path}`, await this.send('POST', path, body));
  }

  /** @throws when the server refuses. */
  async patch(path: string, body: unknown, type: keyof typeof CONTENT_TYPES = 'merge'): Promise<Thing> {
    return success(`PATCH ${path}`, await this.send('PATCH', path, body, type));
  }

  async delete(path: string): Promise<void> {
    success(`DELETE ${path}`, await this.send('DELETE', path));
  }

  /** Undefined when there is none. */
  async get(path: string): Promise<Thing | undefined> {
    const answer = await this.send('GET', path);
    return answer.status === 404 ? undefined : success(`GET ${path}`, answer);
  }

  async list(path: string): Promise<readonly Thing[]> {
    return success(`GET ${path}`, await this.send('GET', path)).items ?? [];
  }

  /** Resolves with the collection, by name, once `enough` holds; follows it with a watch, over restarts too. */
  async until(
    path: string,
    enough: (byName: ReadonlyMap<string, Thing>) => boolean,
    limitMs = 40_000,
  ): Promise<ReadonlyMap<string, Thing>> {
    const signal = AbortSignal.timeout(limitMs);
    let last: ReadonlyMap<string, Thing> = new Map();
    while (!signal.aborted) {
      try {
        for await (const byName of this.#follow(path, signal)) {
          last = byName;
          if (enough(byName)) return byName;
        }
      } catch {
        await delay(20); // the server is away
      }
    }
    throw new Error(`${path} was not as wanted after ${limitMs} ms: ${summary(last)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispatcher.destroy();
    await this.api.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }

  #connect(): Agent {
    return new Agent({ connect: { ca: this.api.ca }, allowH2: false, connections: 64 }); // a thousand handshakes at once time out
  }

  async *#follow(path: string, signal: AbortSignal): AsyncGenerator<ReadonlyMap<string, Thing>> {
    const { body: list } = await this.send('GET', path);
    const byName = new Map((list.items ?? []).map((item) => [item.metadata.name, item]));
    yield byName;
    const answer = await request(`${this.api.url}${path}?watch=true&resourceVersion=${list.metadata.resourceVersion}`, {
      dispatcher: this.#dispatcher,
      headers: { authorization: `Bearer ${this.api.token()}` },
      signal,
    });
    let rest = '';
    for await (const chunk of answer.body) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const { type, object } = JSON.parse(line) as { type: string; object: Thing };
        if (type === 'DELETED') byName.delete(object.metadata.name);
        else byName.set(object.metadata.name, object);
        yield byName;
      }
    }
  }
}

function success(what: string, { status, body }: Answer): Answer['body'] {
  if (status < 400) return body;
  throw new Error(`${what}: ${status} ${body.message ?? ''}`);
}

function summary(byName: ReadonlyMap<string, Thing>): string {
  return `${byName.size} objects, such as ${JSON.stringify([...byName.values()].slice(0, 2))}`;
}
