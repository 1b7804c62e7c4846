/** A small HTTPS client for tests: one function per request, bodies as JSON, watch lines as they come. */
import { Agent, type Dispatcher, request } from 'undici';
import type { ApiServer } from '../src/index.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read answers of every shape
  readonly body: any;
}

export interface SendOptions {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly token?: string;
}

export class ApiClient implements AsyncDisposable {
  readonly #api: ApiServer;
  readonly #agent: Agent;

  constructor(api: ApiServer, options: { readonly http2?: boolean } = {}) {
    this.#api = api;
    this.#agent = new Agent({ connect: { ca: api.ca }, allowH2: options.http2 ?? false });
  }

  async send(method: string, path: string, options: SendOptions = {}): Promise<Answer> {
    const answer = await this.open(method, path, options);
    const text = await answer.body.text();
    const isJson = String(answer.headers['content-type']).startsWith('application/json');
    return { status: answer.statusCode, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
  }

  get(path: string, options?: SendOptions): Promise<Answer> {
    return this.send('GET', path, options);
  }

  create(path: string, body: unknown, options?: SendOptions): Promise<Answer> {
    return this.send('POST', path, { ...options, body });
  }

  put(path: string, body: unknown, options?: SendOptions): Promise<Answer> {
    return this.send('PUT', path, { ...options, body });
  }

  merge(path: string, body: unknown, options?: SendOptions): Promise<Answer> {
    const headers = { 'content-type': 'application/merge-patch+json', ...options?.headers };
    return this.send('PATCH', path, { ...options, body, headers });
  }

  delete(path: string, options?: SendOptions): Promise<Answer> {
    return this.send('DELETE', path, options);
  }

  /** The answer before its body has been read. */
  open(method: string, path: string, options: SendOptions = {}): Promise<Dispatcher.ResponseData> {
    const { body, headers, token } = options;
    return request(this.#api.url + path, {
      method: method as Dispatcher.HttpMethod,
      dispatcher: this.#agent,
      headers: {
        authorization: `Bearer ${token ?? this.#api.token()}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  }

  /** Opens a watch; the stream has started when this resolves. */
  async watch(path: string, options: SendOptions = {}): Promise<WatchStream> {
    const answer = await this.open('GET', path, options);
    return new WatchStream(answer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }
}

export interface WatchEvent {
  readonly type: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read objects of every kind
  readonly object: any;
}

export class WatchStream {
  readonly status: number;
  readonly #lines: AsyncGenerator<WatchEvent>;
  readonly #answer: Dispatcher.ResponseData;

  constructor(answer: Dispatcher.ResponseData) {
    this.status = answer.statusCode;
    this.#answer = answer;
    this.#lines = readLines(answer.body);
  }

  /** The next `count` events. Rejects when the stream ends before. */
  async take(count: number): Promise<WatchEvent[]> {
    const events: WatchEvent[] = [];
    while (events.length < count) {
      const next = await this.#lines.next();
      if (next.done === true) throw new Error(`the stream ended after ${events.length} of ${count} events`);
      events.push(next.value);
    }
    return events;
  }

  /** Everything until the stream ends. */
  async rest(): Promise<WatchEvent[]> {
    const events: WatchEvent[] = [];
    for await (const event of this.#lines) events.push(event);
    return events;
  }

  close(): void {
    this.#answer.body.on('error', () => undefined);
    this.#answer.body.destroy();
  }
}

async function* readLines(body: AsyncIterable<Buffer>): AsyncGenerator<WatchEvent> {
  let text = '';
  for await (const chunk of body) {
    text += chunk.toString();
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n')) {
      yield JSON.parse(text.slice(0, end)) as WatchEvent;
      text = text.slice(end + 1);
    }
  }
}

export function configMap(name: string, data: Record<string, string> = {}, metadata: object = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data };
}
