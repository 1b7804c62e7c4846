/**
 * The sockets of one client, HTTP/1.1 only: short requests share a pool, every watch opens a socket of
 * its own that nobody used before or will use again, so a dead socket costs one watch and is never
 * what replaces another. A socket that is destroyed resets its connection (through a proxy: closes it), so a
 * write that was cut off cannot arrive later. When the TLS material changes, new requests use new pools and the old drain.
 */
import type { Dispatcher } from 'undici';
import type { TlsMaterial } from './cluster-auth.ts';
import { resetConnector } from './reset-connector.ts';
import { Agent, ProxyAgent } from './undici-parts.ts';

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
        request: openDispatcher(tls, IDLE_SOCKET_MS),
        watch: openDispatcher(tls, WATCH_IDLE_MS),
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

function openDispatcher(tls: TlsMaterial, keepAliveTimeout: number): Dispatcher {
  const { proxyUrl, servername, ...material } = tls;
  const secure = { ...material, ...(servername === undefined ? {} : { servername }) };
  const pooling = { allowH2: false, pipelining: 1, keepAliveTimeout };
  const socket = { timeout: CONNECT_TIMEOUT_MS, keepAliveInitialDelay: TCP_KEEP_ALIVE_MS };
  return proxyUrl === undefined
    ? new Agent({ ...pooling, connect: resetConnector({ ...socket, tls: secure }) })
    : new ProxyAgent({ ...pooling, uri: proxyUrl, requestTls: { ...socket, keepAlive: true, ...secure } });
}
