/**
 * What a rehearsal talks to: a few objects behind HTTP on loopback, on a port that nobody knows and that is closed after a
 * moment. It takes what is applied and tells of it, so that a client reads, writes and watches as it will in earnest.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KubeObject } from '@k8sop/runtime';

export class RehearsalServer implements AsyncDisposable {
  readonly #objects: readonly KubeObject[];
  readonly #server: Server;
  /** Watches by the path of their collection, and the events of those that have not been opened yet. */
  readonly #watches = new Map<string, ServerResponse>();
  readonly #early = new Map<string, string>();
  /** Paths of what was applied. */
  readonly #applied = new Set<string>();
  #version = 1;

  /** `objects` are all of one kind, whose collections answer with them; all others are empty. */
  private constructor(objects: readonly KubeObject[]) {
    this.#objects = objects;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy()); // the client has gone in mid-request
    });
  }

  /** @throws the system's error where nothing may listen on loopback. */
  static async open(objects: readonly KubeObject[]): Promise<RehearsalServer> {
    const server = new RehearsalServer(objects);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const { pathname, searchParams } = url;
    response.setHeader('content-type', 'application/json');
    if (request.method === 'PATCH') {
      await this.#apply(url, request, response);
    } else if (searchParams.get('watch') === 'true') {
      this.#watches.set(pathname, response);
      response.write(this.#early.get(pathname) ?? '\n');
    } else {
      const items = this.#objects.filter(({ kind }) => pathname.endsWith(`/${kind.toLowerCase()}s`));
      response.end(JSON.stringify({ metadata: { resourceVersion: '1' }, items }));
    }
  }

  async #apply({ pathname, searchParams }: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const object = JSON.parse(Buffer.concat(chunks).toString()) as KubeObject;
    const taken = this.#taken(object, searchParams.get('fieldManager') ?? '');
    response.statusCode = this.#applied.has(pathname) ? 200 : 201;
    this.#applied.add(pathname);
    response.end(JSON.stringify(taken));
    const inNamespace = pathname.slice(0, pathname.lastIndexOf('/'));
    this.#tell(inNamespace.replace(`/namespaces/${object.metadata.namespace}`, ''), taken);
  }

  /** As a server keeps it: with a version, and with who owns which fields. */
  #taken({ metadata, ...object }: KubeObject, manager: string): KubeObject {
    this.#version += 1;
    const { apiVersion } = object;
    const fieldsV1 = fieldsOf(object) as Readonly<Record<string, unknown>>;
    const entry = { manager, operation: 'Apply', apiVersion, fieldsType: 'FieldsV1', fieldsV1 };
    const identity = { uid: `uid-${metadata.name}`, resourceVersion: `${this.#version}`, generation: 1 };
    return { ...object, metadata: { ...metadata, ...identity, managedFields: [entry] } } as KubeObject;
  }

  #tell(collection: string, object: KubeObject): void {
    const event = `${JSON.stringify({ type: 'MODIFIED', object })}\n`;
    const watch = this.#watches.get(collection);
    if (watch === undefined) this.#early.set(collection, (this.#early.get(collection) ?? '') + event);
    else watch.write(event);
  }
}

/** Lists of named things are owned thing by thing, other lists as a whole. */
function fieldsOf(value: unknown): object {
  if (Array.isArray(value)) {
    const items = value as readonly { readonly name?: string }[];
    if (!items.every((item) => typeof item?.name === 'string')) return {};
    return Object.fromEntries(items.map((item) => [`k:{"name":"${item.name}"}`, { '.': {}, ...fieldsOf(item) }]));
  }
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([name, below]) => [`f:${name}`, fieldsOf(below)]));
}
