/**
 * The sockets of one client, HTTP/1.1 only. A short request has a socket of the pool to itself until its answer has come;
 * every watch opens a socket that nobody used before or will use again, so a dead socket costs one watch and is never
 * what replaces another. A socket that is destroyed resets its connection (through a proxy: the one to the proxy), so a
 * write that was cut off cannot arrive later. When the server or the TLS material changes, new requests use new sockets
 * and the old ones drain.
 */
import type { buildConnector, Dispatcher } from 'undici';
import type { TlsMaterial } from './cluster-auth.ts';
import { LastLook } from './last-look.ts';
import { resetConnector, watched } from './reset-connector.ts';
import { Client, Pool, ProxyAgent } from './undici-parts.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const TCP_KEEP_ALIVE_MS = 15_000;
/** Idle sockets are closed before common load balancers (60 s) drop them silently. */
const IDLE_SOCKET_MS = 30_000;

const SOCKET = { timeout: CONNECT_TIMEOUT_MS, keepAliveInitialDelay: TCP_KEEP_ALIVE_MS } as const;

/** Closed as soon as idle: sockets of ended watches are not kept. */
const WATCH_IDLE_MS = 1;

/** Where the sockets lead. */
export interface Endpoint {
  /** `https://host:port`. */
  readonly origin: string;
  readonly tls: TlsMaterial;
}

/** A socket of one's own, for one request. What is called first counts. */
export interface LeasedSocket {
  readonly dispatcher: Dispatcher;
  /** The whole answer is here: the next request may have the socket. */
  giveBack(): void;
  /** Something went wrong: nobody gets it. */
  discard(): void;
}

export class ConnectionPool implements AsyncDisposable {
  /** Sees what is written to any of the sockets. */
  readonly lastLook: LastLook = new LastLook();
  readonly #draining = new Set<Sockets>();
  #current: Sockets | undefined;

  /** For a short request. How many there are at once is up to the caller. */
  lease(endpoint: Endpoint): LeasedSocket {
    return this.#socketsOf(endpoint).lease();
  }

  /** For watches. */
  watchDispatcher(endpoint: Endpoint): Dispatcher {
    return this.#socketsOf(endpoint).watches;
  }

  /** Closes every socket; what is in flight fails. */
  async [Symbol.asyncDispose](): Promise<void> {
    const all = [...this.#draining, ...(this.#current === undefined ? [] : [this.#current])];
    this.#current = undefined;
    await Promise.all(all.map((sockets) => sockets.destroy()));
  }

  #socketsOf(endpoint: Endpoint): Sockets {
    const previous = this.#current;
    if (previous?.leadTo(endpoint) === true) {
      return previous;
    }
    const next = new Sockets(endpoint, this.lastLook);
    this.#current = next;
    if (previous !== undefined) {
      this.#drain(previous);
    }
    return next;
  }

  /** Lets running requests and watches end by themselves. */
  #drain(sockets: Sockets): void {
    this.#draining.add(sockets);
    const forget = (): boolean => this.#draining.delete(sockets);
    sockets.close().then(forget, forget);
  }
}

/** All that lead to one endpoint. */
class Sockets {
  readonly watches: Dispatcher;
  readonly #opener: ReturnType<typeof opener>;
  readonly #fingerprint: string;
  /** As it was given last; compared by identity first, because it is asked for per request. */
  #endpoint: Endpoint;
  readonly #all = new Set<Dispatcher>();
  /** The last one used comes first, so that sockets nobody needs grow idle and close. */
  readonly #idle: Dispatcher[] = [];

  constructor(endpoint: Endpoint, lastLook: LastLook) {
    this.#endpoint = endpoint;
    this.#fingerprint = JSON.stringify(endpoint.tls);
    this.#opener = opener(endpoint, lastLook);
    this.watches = this.#opener(openWatches);
  }

  leadTo({ origin, tls }: Endpoint): boolean {
    if (origin !== this.#endpoint.origin) {
      return false;
    }
    const same = tls === this.#endpoint.tls || JSON.stringify(tls) === this.#fingerprint;
    if (same) {
      this.#endpoint = { origin, tls };
    }
    return same;
  }

  lease(): LeasedSocket {
    const dispatcher = this.#idle.pop() ?? this.#open();
    let over = false;
    const once = (end: () => void) => (): void => {
      if (!over) {
        over = true;
        end();
      }
    };
    return {
      dispatcher,
      giveBack: once(() => this.#idle.push(dispatcher)),
      discard: once(() => {
        this.#all.delete(dispatcher);
        void dispatcher.destroy();
      }),
    };
  }

  async close(): Promise<void> {
    await Promise.all([this.watches.close(), ...[...this.#all].map((dispatcher) => dispatcher.close())]);
  }

  async destroy(): Promise<void> {
    await Promise.all([this.watches.destroy(), ...[...this.#all].map((dispatcher) => dispatcher.destroy())]);
  }

  #open(): Dispatcher {
    const dispatcher = this.#opener(openSocket);
    this.#all.add(dispatcher);
    return dispatcher;
  }
}

/** For requests that come one by one. */
function openSocket(origin: string, connect: buildConnector.connector): Dispatcher {
  // With 1, undici would wait a turn of the event loop before it takes the next request.
  return new Client(origin, { allowH2: false, pipelining: 2, keepAliveTimeout: IDLE_SOCKET_MS, connect });
}

/** For any number of requests, each on a socket that is closed as soon as it is idle. */
function openWatches(origin: string, connect: buildConnector.connector): Dispatcher {
  return new Pool(origin, { allowH2: false, pipelining: 1, keepAliveTimeout: WATCH_IDLE_MS, connect });
}

/** Makes dispatchers to the endpoint, behind a proxy where there is one, by means of an `open` above. */
function opener({ origin, tls }: Endpoint, lastLook: LastLook): (open: typeof openSocket) => Dispatcher {
  if (tls.proxyUrl !== undefined) {
    return (open) => throughProxy(tls, lastLook, (connect) => open(origin, connect));
  }
  const connect = resetConnector({ ...SOCKET, tls: secured(tls), lastLook }); // one for all: they resume its TLS sessions
  return (open) => open(origin, connect);
}

function secured({ proxyUrl: _proxyUrl, servername, ...material }: TlsMaterial): Readonly<Record<string, unknown>> {
  return { ...material, ...(servername === undefined ? {} : { servername }) };
}

/** `open` makes the dispatcher behind the tunnel. */
function throughProxy(
  tls: TlsMaterial,
  lastLook: LastLook,
  open: (connect: buildConnector.connector) => Dispatcher,
): Dispatcher {
  const toProxy = resetConnector({ ...SOCKET, tls: {}, lastLook: new LastLook() });
  return new ProxyAgent({
    allowH2: false,
    uri: tls.proxyUrl as string,
    requestTls: { ...SOCKET, keepAlive: true, ...secured(tls) },
    clientFactory: (proxy) => new Pool(proxy, { connect: toProxy }),
    factory: (_origin, { connect }: { readonly connect?: unknown }) =>
      open(throughTunnel(connect as buildConnector.connector, lastLook)),
  });
}

/** What the proxy's dispatcher connects to the API server, with our look at what is written. */
function throughTunnel(connect: buildConnector.connector, lastLook: LastLook): buildConnector.connector {
  return (target, connected) => connect(target, watched(lastLook, connected));
}
