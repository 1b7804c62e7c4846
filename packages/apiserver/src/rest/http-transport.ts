/**
 * One port for HTTP/2 and HTTP/1.1, with TLS and client certificates or in the clear. Reads bodies, asks the handler,
 * writes answers and watch streams.
 *
 * Not here: what a request means (api-handler), WebSocket upgrades (web-socket-watch).
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createSecureServer, type Http2SecureServer, type Http2ServerRequest } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../store/clock.ts';
import type { RandomSource } from '../store/random-source.ts';
import { faultError, type FaultAction, type FaultInjector } from '../testing/fault-injector.ts';
import type { RequestTrace } from '../testing/request-trace.ts';
import type { WatchHub } from '../watch/watch-hub.ts';
import type { ApiHandler, HandledRequest } from './api-handler.ts';
import type { BodyReply, WatchReply } from './api-reply.ts';
import type { Credentials } from './authenticator.ts';
import { BodyWriter } from './body-writer.ts';
import { plainFormat, statusReply } from './encode-reply.ts';
import { parseRequest, type RequestInfo } from './request-info.ts';
import type { KeyPair } from './serving-certificates.ts';
import { qualified, StatusError } from './status-error.ts';
import { WebSocketWatch } from './web-socket-watch.ts';
import { anonymous } from './user-info.ts';

export type Request = IncomingMessage | Http2ServerRequest;
/** Node's HTTP/2 compatibility layer answers through the same methods. */
export type Response = ServerResponse;

export interface TransportContext {
  readonly handler: ApiHandler;
  readonly watches: WatchHub;
  readonly faults: FaultInjector;
  readonly trace: RequestTrace;
  readonly clock: Clock;
  readonly random: RandomSource;
}

export interface TransportTls {
  readonly serving: KeyPair;
  /** PEM of the authority whose client certificates are believed. */
  readonly clientCa: string;
}

const maxBodyBytes = 3 * 1024 * 1024;
const noBody = Buffer.alloc(0);

/** One request on its way through the transport. */
interface Exchange {
  readonly info: RequestInfo;
  readonly request: Request;
  readonly response: Response;
  readonly body: Buffer;
  readonly fault: FaultAction | undefined;
  readonly arrivedMs: number;
}

export class HttpTransport {
  readonly #context: TransportContext;
  readonly #server: Server | Http2SecureServer;
  readonly #sockets = new Set<Socket>();
  /** What priority and fairness would have said; constant per server. */
  readonly #flowSchema: string;
  readonly #priorityLevel: string;

  constructor(context: TransportContext, tls: TransportTls | undefined) {
    this.#context = context;
    this.#flowSchema = context.random.uuid();
    this.#priorityLevel = context.random.uuid();
    this.#server = tls === undefined ? createServer({ keepAliveTimeout: 0 }) : createSecure(tls);
    this.#server.on('request', (request: Request, response: Response) => this.#receive(request, response));
    this.#server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => this.#track(socket));
    const webSockets = new WebSocketWatch(context.handler, context.watches);
    this.#server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      const arrivedMs = context.clock.nowMs();
      const { info, user, code } = webSockets.upgrade(request, socket, head, certificateOf(request));
      this.#record({ info, request, arrivedMs }, user, code);
    });
    this.#server.on('sessionError', () => undefined); // a broken client is the client's affair
    this.#server.on('tlsClientError', () => undefined);
    this.#server.on('clientError', (_error: Error, socket: Socket) => socket.destroy());
  }

  /** Resolves with the port in use. Rejects when it can't be had. */
  listen(port: number, host: string): Promise<number> {
    return new Promise((done, fail) => {
      this.#server.once('error', fail);
      this.#server.listen(port, host, () => {
        this.#server.off('error', fail);
        done((this.#server.address() as AddressInfo).port);
      });
    });
  }

  /** Stops listening and breaks every connection. */
  async close(): Promise<void> {
    const closed = new Promise<void>((done) => this.#server.close(() => done()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #track(socket: Socket): void {
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #receive(request: Request, response: Response): void {
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    const { method = 'GET', url = '/' } = request;
    const info = parseRequest(method, url);
    const begin = (body: Buffer): void => {
      const fault = this.#context.faults.strike(info);
      this.#begin({ info, request, response, body, fault, arrivedMs: this.#context.clock.nowMs() });
    };
    if (!hasBody(request)) {
      begin(noBody);
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBodyBytes) chunks.push(chunk);
    });
    request.once('end', () => {
      if (size > maxBodyBytes) this.#refuseLarge(info, request, response);
      else begin(chunks.length === 1 ? (chunks[0] ?? noBody) : Buffer.concat(chunks));
    });
  }

  #refuseLarge(info: RequestInfo, request: Request, response: Response): void {
    const error = new StatusError(
      413,
      'RequestEntityTooLarge',
      `Request entity too large: limit is ${maxBodyBytes}`,
      {},
    );
    const arrivedMs = this.#context.clock.nowMs();
    const exchange = { info, request, response, body: noBody, fault: undefined, arrivedMs };
    this.#answer(exchange, { user: anonymous, reply: statusReply(error, plainFormat) });
  }

  #begin(exchange: Exchange): void {
    const { fault } = exchange;
    if (fault?.drop === 'before') {
      this.#record(exchange, anonymous.name, 0);
      breakConnection(exchange.request, exchange.response);
    } else if (fault?.delayMs === undefined) {
      this.#handle(exchange);
    } else {
      this.#context.clock.setTimer(() => this.#handle(exchange), fault.delayMs);
    }
  }

  #handle(exchange: Exchange): void {
    const { info, request, response, body, fault } = exchange;
    const injected = fault === undefined ? undefined : faultError(fault);
    const handled: HandledRequest =
      injected === undefined
        ? this.#context.handler.handle({ info, headers: request.headers, body, certificate: certificateOf(request) })
        : { user: anonymous, reply: statusReply(injected, plainFormat) };
    if (fault?.drop === 'after') {
      this.#record(exchange, handled.user.name, 0);
      breakConnection(request, response);
      return;
    }
    this.#answer(exchange, handled);
  }

  #answer(exchange: Exchange, { user, reply }: HandledRequest): void {
    if (isGone(exchange)) {
      this.#record(exchange, user.name, 0);
    } else if (reply.type === 'watch') {
      this.#record(exchange, user.name, 200);
      this.#stream(exchange, reply);
    } else {
      this.#record(exchange, user.name, reply.status);
      this.#send(exchange, reply);
    }
  }

  #send(exchange: Exchange, reply: BodyReply): void {
    const { request, response, fault } = exchange;
    const headers = this.#headers(reply);
    const { body } = reply;
    if (reply.status !== 304) {
      headers['content-length'] = String(typeof body === 'string' ? Buffer.byteLength(body) : body.length);
    }
    response.writeHead(reply.status, headers);
    if (request.method === 'HEAD' || reply.status === 304) {
      response.end();
    } else if (fault?.truncate === undefined && fault?.slow === undefined) {
      response.end(body);
    } else {
      const writer = this.#writerFor(exchange);
      writer.write(Buffer.from(body));
      writer.end();
    }
  }

  #stream(exchange: Exchange, reply: WatchReply): void {
    const { info, request, response } = exchange;
    response.writeHead(200, this.#headers(reply));
    response.flushHeaders();
    const writer = this.#writerFor(exchange);
    const handle = this.#context.watches.open(
      reply.subject,
      reply.start,
      {
        send: (_lines, joined) => writer.write(joined()),
        unsentBytes: () => writer.unsentBytes(),
        end: () => writer.end(),
        destroy: () => breakConnection(request, response),
      },
      info,
    );
    response.once('close', () => {
      handle.release();
      writer.stop();
    });
  }

  #writerFor({ request, response, fault }: Exchange): BodyWriter {
    return new BodyWriter(response, this.#context.clock, fault, () => breakConnection(request, response));
  }

  #headers(reply: {
    readonly contentType: string | undefined;
    readonly headers?: readonly (readonly [string, string])[];
  }): Record<string, string | string[]> {
    const headers: Record<string, string | string[]> = {
      'audit-id': randomUUID(), // not the seeded source: answers don't shift the uids of objects
      'cache-control': 'no-cache, private',
    };
    if (reply.contentType !== undefined) headers['content-type'] = reply.contentType;
    headers['x-kubernetes-pf-flowschema-uid'] = this.#flowSchema;
    headers['x-kubernetes-pf-prioritylevel-uid'] = this.#priorityLevel;
    for (const [name, value] of reply.headers ?? []) {
      const known = headers[name];
      headers[name] = known === undefined || name !== 'warning' ? value : [known, value].flat();
    }
    return headers;
  }

  #record(
    { info, request, arrivedMs }: Pick<Exchange, 'info' | 'request' | 'arrivedMs'>,
    user: string,
    code: number,
  ): void {
    const { clock, trace } = this.#context;
    const nowMs = clock.nowMs();
    const mark = (request.url ?? '').indexOf('?');
    trace.add({
      method: info.method,
      path: info.path,
      query: mark === -1 ? '' : (request.url ?? '').slice(mark),
      verb: info.verb,
      resource: qualified(info.group, info.resource),
      namespace: info.namespace,
      name: info.name,
      subresource: info.subresource,
      user,
      code,
      ms: nowMs - arrivedMs,
      atMs: arrivedMs,
      userAgent: request.headers['user-agent'],
      fence: headerText(request.headers['k8sop-fence']),
    });
  }
}

/** The client has left before its answer was ready. */
function isGone({ request, response }: Exchange): boolean {
  return 'stream' in request ? request.stream.destroyed : response.destroyed;
}

function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function createSecure(tls: TransportTls): Http2SecureServer {
  return createSecureServer({
    allowHTTP1: true,
    cert: tls.serving.certificate,
    key: tls.serving.key,
    ca: tls.clientCa,
    requestCert: true,
    rejectUnauthorized: false,
    settings: { maxConcurrentStreams: 250, initialWindowSize: 1 << 20 },
    keepAliveTimeout: 0,
  } as Parameters<typeof createSecureServer>[0]);
}

function hasBody(request: Request): boolean {
  const { method, headers } = request;
  if (method === 'GET' || method === 'HEAD') return false;
  if (request.httpVersionMajor === 2) return !(request as Http2ServerRequest).stream.endAfterHeaders;
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

function certificateOf(request: Request): Credentials['certificate'] {
  const socket = ('stream' in request ? request.stream.session?.socket : request.socket) as TLSSocket | undefined;
  if (socket?.authorized !== true) return undefined;
  const { subject } = socket.getPeerCertificate();
  if (subject === undefined) return undefined;
  const organizations = subject.O === undefined ? [] : [subject.O].flat();
  return { commonName: [subject.CN].flat()[0] ?? '', organizations };
}

/** HTTP/1.1 loses the connection, HTTP/2 the stream. */
function breakConnection(request: Request, response: Response): void {
  if ('stream' in request) request.stream.close(2);
  else response.destroy();
  if (!('stream' in request)) request.socket.destroy();
}
