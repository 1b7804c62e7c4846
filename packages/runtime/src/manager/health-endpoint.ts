/**
 * The plain HTTP server for probes and metrics: `/healthz`, `/readyz`, `/leader`, `/metrics`.
 *
 * Plain HTTP on purpose: kubelet probes cannot present a client certificate. `?verbose` lists every check. `/health`
 * and `/ready` are aliases. Nothing here names an object, so the port may be scraped from anywhere in the cluster.
 */

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RuntimeError } from '../errors.ts';

// An import statement would evaluate every export of node:http, and some of them load Node's fetch: 14 MB and 20 ms.
const { createServer } = process.getBuiltinModule('node:http');

/** The answer of one check. `detail` says what is wrong and how to mend it; it is shown with `?verbose` and when failing. */
export interface CheckResult {
  readonly ok: boolean;
  readonly detail?: string;
}

/** One line of a probe. Synchronous and cheap: it reads state, it never asks the network. */
export interface HealthCheck {
  readonly name: string;
  check(): CheckResult;
}

export interface HealthEndpointOptions {
  /** TCP port; 0 takes a free one. */
  readonly port: number;
  /** Address to listen on. @default every interface, which kubelet needs */
  readonly host?: string;
  readonly live: () => readonly HealthCheck[];
  readonly ready: () => readonly HealthCheck[];
  readonly leader: () => CheckResult;
  readonly metrics: () => Promise<{ readonly contentType: string; readonly body: string }>;
  /** Further pages by path, such as `/raft`: what they resolve with is shown as JSON. */
  readonly pages?: Readonly<Record<string, () => Promise<unknown>>>;
}

/** A running probe server. */
export interface HealthEndpoint extends AsyncDisposable {
  readonly port: number;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const TEXT = 'text/plain; charset=utf-8';

/**
 * Listens and answers until closed.
 * @throws RuntimeError `OPTION_INVALID` when the port cannot be had; `cause` is Node's error.
 */
export async function startHealthEndpoint(options: HealthEndpointOptions): Promise<HealthEndpoint> {
  const server = createServer((request, response) => {
    void answer(request, options)
      .catch((error: unknown) => failed(error))
      .then((result) => send(request, response, result));
  });
  server.keepAliveTimeout = 5_000;
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  server.maxConnections = 100; // the kubelet and a few scrapers need a handful
  await listen(server, options);
  server.on('error', () => {}); // a connection that could not be accepted; the next probe tries again
  // Probes must not keep a finished process alive.
  server.unref();
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> => closeServer(server);
  return { port, close, [Symbol.asyncDispose]: close };
}

function listen(server: Server, { port, host }: HealthEndpointOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: NodeJS.ErrnoException): void => {
      const message = `probe port ${port} cannot be opened (${cause.code ?? cause.message}); choose another one, or 0 for any`;
      reject(new RuntimeError('OPTION_INVALID', message, { cause }));
    };
    server.once('error', refuse);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', refuse);
      resolve();
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function answer(request: IncomingMessage, options: HealthEndpointOptions): Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { status: 405, contentType: TEXT, body: 'only GET and HEAD\n' };
  }
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2); // a URL parser throws for what anybody may send
  const verbose = new URLSearchParams(query).has('verbose');
  switch (path) {
    case '/healthz':
    case '/health':
    case '/livez':
      return checks('healthz', options.live(), verbose);
    case '/readyz':
    case '/ready':
      return checks('readyz', options.ready(), verbose);
    case '/leader':
      return leader(options.leader());
    case '/metrics':
      return metrics(options);
    default:
      return await page(options.pages ?? {}, path);
  }
}

function failed(error: unknown): Answer {
  return { status: 500, contentType: TEXT, body: `${error instanceof Error ? error.message : String(error)}\n` };
}

async function page(pages: NonNullable<HealthEndpointOptions['pages']>, path: string): Promise<Answer> {
  const read = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (read === undefined) {
    const known = ['/healthz', '/readyz?verbose', '/leader', '/metrics', ...Object.keys(pages)].join(', ');
    return { status: 404, contentType: TEXT, body: `try one of ${known}\n` };
  }
  try {
    return { status: 200, contentType: 'application/json', body: `${JSON.stringify(await read())}\n` };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { status: 503, contentType: TEXT, body: `${path}: ${message}\n` };
  }
}

function checks(name: string, list: readonly HealthCheck[], verbose: boolean): Answer {
  const results = list.map((item) => ({ name: item.name, ...runCheck(item) }));
  const ok = results.every((result) => result.ok);
  const status = ok ? 200 : 503;
  if (ok && !verbose) return { status, contentType: TEXT, body: 'ok\n' };
  const lines = results.map(({ name: check, ok: passed, detail }) => {
    const suffix = detail === undefined ? '' : `: ${detail}`;
    return passed ? `[+]${check} ok${suffix}` : `[-]${check} failed${suffix}`;
  });
  lines.push(`${name} check ${ok ? 'passed' : 'failed'}`);
  return { status, contentType: TEXT, body: `${lines.join('\n')}\n` };
}

function runCheck(item: HealthCheck): CheckResult {
  try {
    return item.check();
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

function leader(result: CheckResult): Answer {
  return {
    status: result.ok ? 200 : 503,
    contentType: TEXT,
    body: `${result.detail ?? (result.ok ? 'leader' : 'standby')}\n`,
  };
}

async function metrics(options: HealthEndpointOptions): Promise<Answer> {
  try {
    return { status: 200, ...(await options.metrics()) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { status: 500, contentType: TEXT, body: `metrics: ${message}\n` };
  }
}

function send(request: IncomingMessage, response: ServerResponse, result: Answer): void {
  response.writeHead(result.status, {
    'content-type': result.contentType,
    'content-length': Buffer.byteLength(result.body),
    'cache-control': 'no-store',
  });
  response.end(request.method === 'HEAD' ? undefined : result.body);
}
