/**
 * The few requests that the story makes, over plain HTTPS, as any client of the cluster would make them.
 * Waiting is always a watch: `until` lists the current objects, then follows each change after that list.
 */
import { Agent, request } from 'undici';

export interface Thing {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly deletionTimestamp?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

export interface Cluster {
  create(path: string, body: unknown): Promise<Thing>;
  patch(path: string, body: unknown): Promise<Thing>;
  delete(path: string): Promise<void>;
  /** Resolves with the objects of a collection, by name, as soon as `enough` holds for them. */
  until(path: string, enough: (byName: ReadonlyMap<string, Thing>) => boolean): Promise<ReadonlyMap<string, Thing>>;
  close(): Promise<void>;
}

export function connect(url: string, access: { ca: string; token: string }, signal: AbortSignal): Cluster {
  const dispatcher = new Agent({ connect: { ca: access.ca } });
  const headers = { authorization: `Bearer ${access.token}`, accept: 'application/json' };

  async function send(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<Thing> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const answer = await request(url + path, {
      method,
      dispatcher,
      signal,
      headers: { ...headers, 'content-type': type },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const object = (await answer.body.json()) as Thing & { message?: string };
    if (answer.statusCode >= 400) throw new Error(`${method} ${path}: ${answer.statusCode} ${object.message ?? ''}`);
    return object;
  }

  return {
    create: (path, body) => send('POST', path, body),
    patch: (path, body) => send('PATCH', path, body),
    delete: async (path) => void (await send('DELETE', path)),
    async until(path, enough) {
      const list = await request(url + path, { dispatcher, headers, signal });
      if (list.statusCode !== 200) throw new Error(`GET ${path}: ${list.statusCode} ${await list.body.text()}`);
      const { items, metadata } = (await list.body.json()) as { items: Thing[]; metadata: { resourceVersion: string } };
      const byName = new Map(items.map((item) => [item.metadata.name, item]));
      if (enough(byName)) return byName;

      const done = new AbortController();
      const answer = await request(`${url + path}?watch=true&resourceVersion=${metadata.resourceVersion}`, {
        dispatcher,
        headers,
        signal: AbortSignal.any([signal, done.signal]),
        bodyTimeout: 0,
      });
      answer.body.on('error', () => {}); // the abort below ends the stream on purpose
      try {
        for await (const { type, object } of events(answer.body)) {
          if (type === 'DELETED') byName.delete(object.metadata.name);
          else byName.set(object.metadata.name, object);
          if (enough(byName)) return byName;
        }
      } finally {
        done.abort();
      }
      throw new Error(`watch ${path} ended before the story went on`);
    },
    close: () => dispatcher.destroy(),
  };
}

async function* events(body: AsyncIterable<Buffer>): AsyncGenerator<{ type: string; object: Thing }> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield JSON.parse(line) as { type: string; object: Thing };
  }
}
