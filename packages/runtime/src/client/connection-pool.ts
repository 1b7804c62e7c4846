/**
 * One undici pool per set of TLS material, HTTP/1.1 only: every watch has a socket of its own, so a
 * dead socket costs one watch. When the material changes, new requests use a new pool and the old
 * one drains.
 */
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import type { TlsMaterial } from './cluster-auth.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const TCP_KEEP_ALIVE_MS = 15_000;
/** Idle sockets are closed before common load balancers (60 s) drop them silently. */
const IDLE_SOCKET_MS = 30_000;

interface Pool {
  readonly dispatcher: Dispatcher;
  readonly fingerprint: string;
}

export class ConnectionPool implements AsyncDisposable {
  readonly #draining = new Set<Dispatcher>();
  #current: Pool | undefined;

  /** The dispatcher for this material. */
  dispatcher(tls: TlsMaterial): Dispatcher {
    const fingerprint = JSON.stringify(tls);
    if (this.#current?.fingerprint === fingerprint) {
      return this.#current.dispatcher;
    }
    const previous = this.#current;
    this.#current = { dispatcher: openDispatcher(tls), fingerprint };
    if (previous !== undefined) {
      this.#drain(previous.dispatcher);
    }
    return this.#current.dispatcher;
  }

  /** Closes every socket; what is in flight fails. */
  async [Symbol.asyncDispose](): Promise<void> {
    const all = [...this.#draining, ...(this.#current === undefined ? [] : [this.#current.dispatcher])];
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

function openDispatcher(tls: TlsMaterial): Dispatcher {
  const { proxyUrl, servername, ...material } = tls;
  const secure = { ...material, ...(servername === undefined ? {} : { servername }) };
  const pooling = { allowH2: false, pipelining: 1, keepAliveTimeout: IDLE_SOCKET_MS };
  const socket = { timeout: CONNECT_TIMEOUT_MS, keepAlive: true, keepAliveInitialDelay: TCP_KEEP_ALIVE_MS };
  return proxyUrl === undefined
    ? new Agent({ ...pooling, connect: { ...socket, ...secure } })
    : new ProxyAgent({ ...pooling, uri: proxyUrl, requestTls: { ...socket, ...secure } });
}
