/**
 * The few requests that a user of the cluster makes, over plain HTTPS. Waiting is a watch: `until` lists, then follows each
 * change after that list.
 */
import { Agent, request } from 'undici';

export interface Thing {
  readonly metadata: { readonly name: string; readonly uid: string; readonly [field: string]: unknown };
  readonly spec?: { readonly [field: string]: unknown };
  readonly data?: { readonly [field: string]: string };
  readonly [field: string]: unknown;
}

export interface ApiClient {
  get(path: string): Promise<Thing>;
  create(path: string, body: unknown): Promise<Thing>;
  patch(path: string, body: unknown): Promise<Thing>;
  list(path: string): Promise<ReadonlyMap<string, Thing>>;
  /** Resolves with the objects of a collection, by name, as soon as `enough` holds for them. */
  until(path: string, enough: (byName: ReadonlyMap<string, Thing>) => boolean): Promise<ReadonlyMap<string, Thing>>;
  close(): Promise<void>;
}

export interface ApiAccess {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
  /** Name to expect in the certificate. @default the host of the URL */
  readonly servername?: string;
}

/** Everything it waits for rejects when the signal aborts. */
export function connectApi({ url, ca, token, servername }: ApiAccess, signal: AbortSignal): ApiClient {
  const dispatcher = new Agent({ connect: { ca, ...(servername === undefined ? {} : { servername }) } });
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };

  async function send(method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown): Promise<Thing> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const answer = await request(url + path, {
      method,
      dispatcher,
      signal,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const object = (await answer.body.json()) as Thing & { message?: string };
    if (answer.statusCode >= 400) throw new Error(`${method} ${path}: ${answer.statusCode} ${object.message ?? ''}`);
    return object;
  }

  async function readList(path: string): Promise<{ byName: Map<string, Thing>; resourceVersion: string }> {
    const list = (await send('GET', path)) as unknown as { items: Thing[]; metadata: { resourceVersion: string } };
    const byName = new Map(list.items.map((item) => [item.metadata.name, item]));
    return { byName, resourceVersion: list.metadata.resourceVersion };
  }

  return {
    get: (path) => send('GET', path),
    create: (path, body) => send('POST', path, body),
    patch: (path, body) => send('PATCH', path, body),
    list: async (path) => (await readList(path)).byName,
    async until(path, enough) {
      const { byName, resourceVersion } = await readList(path);
      if (enough(byName)) return byName;
      const done = new AbortController();
      const answer = await request(`${url + path}?watch=true&resourceVersion=${resourceVersion}`, {
        dispatcher,
        headers,
        signal: AbortSignal.any([signal, done.signal]),
        bodyTimeout: 0,
      });
      answer.body.on('error', () => {}); // the abort below ends the stream on purpose
      try {
        for await (const { type, object } of eventsOf(answer.body)) {
          if (type === 'DELETED') byName.delete(object.metadata.name);
          else byName.set(object.metadata.name, object);
          if (enough(byName)) return byName;
        }
      } finally {
        done.abort();
      }
      throw new Error(`the watch of ${path} ended too early`);
    },
    close: () => dispatcher.destroy(),
  };
}

async function* eventsOf(body: AsyncIterable<Buffer>): AsyncGenerator<{ type: string; object: Thing }> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield JSON.parse(line) as { type: string; object: Thing };
  }
}
