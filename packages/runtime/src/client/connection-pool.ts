/**
 * The sockets of one client, HTTP/1.1 only: short requests share a pool, every watch opens a socket of
 * its own that nobody used before or will use again, so a dead socket costs one watch and is never
 * what replaces another. A socket that is destroyed resets its connection (through a proxy: the one to the proxy), so a
 * write that was cut off cannot arrive later. When the TLS material changes, new requests use new pools and the old drain.
 */
import type { buildConnector, Dispatcher, Pool as PoolDispatcher } from 'undici';
import type { TlsMaterial } from './cluster-auth.ts';
import { LastLook } from './last-look.ts';
import { resetConnector, watched } from './reset-connector.ts';
import { Agent, Pool, ProxyAgent } from './undici-parts.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const TCP_KEEP_ALIVE_MS = 15_000;
/** Idle sockets are closed before common load balancers (60 s) drop them silently. */
const IDLE_SOCKET_MS = 30_000;

/** Closed as soon as idle: sockets of ended watches are not kept. */
const WATCH_IDLE_MS = 1;

/** `request`: shared by short requests. `watch`: a fresh socket each. */
export type SocketUse = 'request' | 'watch';

interface Pools extends Readonly<Record<SocketUse, Dispatcher>> {
  /** Material these pools were opened with; compared by identity first, because it is asked for per request. */
  tls: TlsMaterial;
  readonly fingerprint: string;
}

export class ConnectionPool implements AsyncDisposable {
  /** Sees what is written to any of the sockets. */
  readonly lastLook: LastLook = new LastLook();
  readonly #draining = new Set<Dispatcher>();
  #current: Pools | undefined;

  /** The dispatcher for this material and use. */
  dispatcher(tls: TlsMaterial, use: SocketUse): Dispatcher {
    const previous = this.#current;
    if (previous?.tls === tls) {
      return previous[use];
    }
    const fingerprint = JSON.stringify(tls);
    if (previous?.fingerprint === fingerprint) {
      previous.tls = tls;
    } else {
      this.#current = {
        tls,
        fingerprint,
        request: openDispatcher(tls, this.lastLook, IDLE_SOCKET_MS),
        watch: openDispatcher(tls, this.lastLook, WATCH_IDLE_MS),
      };
      for (const dispatcher of both(previous)) {
        this.#drain(dispatcher);
      }
    }
    return (this.#current as Pools)[use];
  }

  /** Closes every socket; what is in flight fails. */
  async [Symbol.asyncDispose](): Promise<void> {
    const all = [...this.#draining, ...both(this.#current)];
    this.#current = undefined;
    await Promise.all(all.map((dispatcher) => dispatcher.destroy()));
  }

  /** Lets running requests and watches end by themselves. */
  #drain(dispatcher: Dispatcher): void {
    this.#draining.add(dispatcher);
    dispatcher.close().then(
      () => this.#draining.delete(dispatcher),
      () => this.#draining.delete(dispatcher),
    );
  }
}

function both(pools: Pools | undefined): Dispatcher[] {
  return pools === undefined ? [] : [pools.request, pools.watch];
}

function openDispatcher(tls: TlsMaterial, lastLook: LastLook, keepAliveTimeout: number): Dispatcher {
  const { proxyUrl, servername, ...material } = tls;
  const secure = { ...material, ...(servername === undefined ? {} : { servername }) };
  const pooling = { allowH2: false, pipelining: 1, keepAliveTimeout };
  const socket = { timeout: CONNECT_TIMEOUT_MS, keepAliveInitialDelay: TCP_KEEP_ALIVE_MS };
  if (proxyUrl === undefined) {
    return new Agent({ ...pooling, connect: resetConnector({ ...socket, tls: secure, lastLook }) });
  }
  const toProxy = resetConnector({ ...socket, tls: {}, lastLook: new LastLook() });
  return new ProxyAgent({
    ...pooling,
    uri: proxyUrl,
    requestTls: { ...socket, keepAlive: true, ...secure },
    clientFactory: (origin) => new Pool(origin, { connect: toProxy }),
    factory: (origin, options: PoolDispatcher.Options) =>
      new Pool(origin, { ...options, connect: throughTunnel(options.connect as buildConnector.connector, lastLook) }),
  });
}

/** What the proxy's dispatcher connects to the API server, with our look at what is written. */
function throughTunnel(connect: buildConnector.connector, lastLook: LastLook): buildConnector.connector {
  return (target, connected) => connect(target, watched(lastLook, connected));
}
