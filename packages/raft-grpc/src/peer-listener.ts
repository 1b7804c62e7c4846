/**
 * The port that peers connect to: accepts a bounded number of connections, speaks TLS where it is configured, and hands on
 * only connections whose client may speak. Whoever is turned away is told of once in a while, with what to change.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer, type TLSSocket } from 'node:tls';
import { RaftError } from '@k8sop/raft-core';
import type { CertificateFiles } from './certificate-files.ts';
import { handshakeProblem } from './tls-problem.ts';

export interface PeerListenerOptions {
  /** Undefined: plain text. */
  readonly certificates: CertificateFiles | undefined;
  /** Clients must show a certificate of our authority. */
  readonly mutual: boolean;
  /** Called with each connection that may speak. */
  readonly accept: (socket: Socket) => void;
  readonly problem: (message: string) => void;
}

/** Seven voters and some learners use one each, twice while certificates rotate; questions before a join come on top. */
const maxConnections = 256;
/** A client that does not finish its handshake gives its place up. */
const handshakeTimeoutMs = 5_000;

export class PeerListener {
  readonly #options: PeerListenerOptions;
  readonly #server: Server | TlsServer;
  readonly #sockets = new Set<Socket>();

  private constructor(options: PeerListenerOptions) {
    this.#options = options;
    this.#server = options.certificates === undefined ? this.#plain() : this.#secured(options.certificates);
    this.#server.maxConnections = maxConnections;
    this.#server.on('drop', () =>
      options.problem(`a connection was refused: ${maxConnections} are open already; keep strangers off the Raft port`),
    );
  }

  /** Binds the first host that works. @throws `RAFT_INVALID_OPTION` when none does. */
  static async open(hosts: readonly string[], port: number, options: PeerListenerOptions): Promise<PeerListener> {
    const listener = new PeerListener(options);
    let cause: unknown;
    for (const host of hosts) {
      try {
        await listener.#listen(host, port);
        return listener;
      } catch (error) {
        cause = error;
      }
    }
    const where = hosts.map((host) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`)).join(' or ');
    throw new RaftError('RAFT_INVALID_OPTION', `cannot listen on ${where}: ${(cause as Error).message}`, { cause });
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Ends the listening and every connection. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #listen(host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', reject);
        this.#server.on('error', (error) => this.#options.problem(`accepting connections failed: ${error.message}`));
        resolve();
      });
    });
  }

  #plain(): Server {
    return createServer({ noDelay: true }, (socket) => {
      this.#track(socket);
      this.#options.accept(socket);
    });
  }

  #secured(certificates: CertificateFiles): TlsServer {
    const { mutual, problem } = this.#options;
    const server = createTlsServer(
      {
        ...certificates.current,
        ALPNProtocols: ['h2'],
        handshakeTimeout: handshakeTimeoutMs,
        noDelay: true,
        requestCert: mutual,
        rejectUnauthorized: false, // judged below, where it is still known who it was
      },
      (socket) => this.#judge(socket),
    );
    server.on('connection', (socket) => this.#track(socket));
    server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
      const what = handshakeProblem(error.code ?? '', error.message);
      if (what !== undefined) problem(`${nameOf(socket)} ${what}`);
    });
    certificates.onRotated(() => server.setSecureContext(certificates.current));
    return server;
  }

  #judge(socket: TLSSocket): void {
    const { mutual, accept, problem } = this.#options;
    socket.on('error', () => {}); // its streams end with it, and tell
    if (!mutual || socket.authorized) return accept(socket);
    const shown = socket.getPeerX509Certificate() !== undefined;
    // Node types this as an Error, and sets the code of the verification
    const code = shown ? String(socket.authorizationError) : 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE';
    problem(`${nameOf(socket)} ${handshakeProblem(code, code) ?? `failed the handshake: ${code}`}`);
    socket.destroy();
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {}); // its streams end with it, and tell
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

/** Without the client's port: it differs each time, and the same problem is told once in a while. */
function nameOf(socket: Socket): string {
  return `the client at ${socket.remoteAddress ?? 'an unknown address'}`;
}
