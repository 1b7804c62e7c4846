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
import { buildConnector } from './undici-parts.ts';

export interface ResetConnectorOptions {
  /** Milliseconds that TCP and then the TLS handshake may take. */
  readonly timeout: number;
  /** Milliseconds without traffic until TCP asks whether the other side is there. */
  readonly keepAliveInitialDelay: number;
  /** Certificates, as in `tls.connect`. */
  readonly tls: Readonly<Record<string, unknown>>;
}

/** A connector for undici's dispatchers, HTTP/1.1 only. */
export function resetConnector({ timeout, keepAliveInitialDelay, tls }: ResetConnectorOptions): Connector.connector {
  const socket = { timeout, keepAlive: true, keepAliveInitialDelay };
  const overTcp = buildConnector(socket as Connector.BuildOptions);
  const overTls = buildConnector({ ...socket, ...tls, allowH2: false });
  return ({ servername, ...target }, callback) => {
    const secure = target.protocol === 'https:';
    const port = target.port === '' ? (secure ? '443' : '80') : target.port;
    overTcp({ ...target, port, protocol: 'http:' }, (...connected) => {
      const [error, tcp] = connected;
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

/** Once it has begun to close by itself, there is nothing left to take back. */
function resetWhenDestroyed(tcp: Socket): void {
  const destroy = tcp.destroy.bind(tcp);
  tcp.destroy = (error) => {
    tcp.destroy = destroy;
    return tcp.writableEnded ? tcp.destroy(error) : tcp.resetAndDestroy();
  };
}
