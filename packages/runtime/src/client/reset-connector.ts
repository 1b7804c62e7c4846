/**
 * Opens sockets that reset their TCP connection when they are destroyed: what the kernel has not delivered by then, it
 * never will. An ordinary close delivers everything that was written, even minutes later when a broken network heals,
 * and a write under a leadership that is long over would still be carried out.
 *
 * Only TCP itself can be reset, so TLS is put on a TCP connection of our own. Destroying TLS destroys the connection
 * below it, and there the reset happens: resetting first would pull the connection from under TLS, which crashes Node.
 */
import type { Socket } from 'node:net';
import type { buildConnector as Connector } from 'undici';
import type { LastLook } from './last-look.ts';
import { buildConnector } from './undici-parts.ts';

export interface ResetConnectorOptions {
  /** Milliseconds that TCP and then the TLS handshake may take. */
  readonly timeout: number;
  /** Milliseconds without traffic until TCP asks whether the other side is there. */
  readonly keepAliveInitialDelay: number;
  /** Certificates, as in `tls.connect`. */
  readonly tls: Readonly<Record<string, unknown>>;
  /** Looks at what is written to the sockets. */
  readonly lastLook: LastLook;
}

/** A connector for undici's dispatchers, HTTP/1.1 only. */
export function resetConnector(options: ResetConnectorOptions): Connector.connector {
  const { timeout, keepAliveInitialDelay, tls, lastLook } = options;
  const socket = { timeout, keepAlive: true, keepAliveInitialDelay };
  const overTcp = buildConnector(socket as Connector.BuildOptions);
  const overTls = buildConnector({ ...socket, ...tls, allowH2: false });
  return ({ servername, ...target }, connected) => {
    const callback = watched(lastLook, connected);
    const secure = target.protocol === 'https:';
    const port = target.port === '' ? (secure ? '443' : '80') : target.port;
    overTcp({ ...target, port, protocol: 'http:' }, (...[error, tcp]) => {
      if (error !== null) {
        callback(error, null);
        return;
      }
      resetWhenDestroyed(tcp);
      if (secure) {
        overTls({ ...target, ...(servername === undefined ? {} : { servername }), port, httpSocket: tcp }, callback);
      } else {
        callback(null, tcp);
      }
    });
  };
}

/** Looks at the socket's writes before anybody gets it. */
export function watched(lastLook: LastLook, connected: Connector.Callback): Connector.Callback {
  return (...result) => {
    const [error, socket] = result;
    if (error === null) lastLook.watch(socket);
    connected(...result);
  };
}

/** Once it has begun to close by itself, there is nothing left to take back. */
function resetWhenDestroyed(tcp: Socket): void {
  const destroy = tcp.destroy.bind(tcp);
  tcp.destroy = (error) => {
    tcp.destroy = destroy;
    return tcp.writableEnded ? tcp.destroy(error) : tcp.resetAndDestroy();
  };
}
