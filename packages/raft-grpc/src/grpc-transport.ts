/**
 * `Transport` over gRPC: a server that accepts peers, and one link per peer for what this node has to say.
 *
 * Each node dials every peer and sends on the streams that it dialled; a node that dies closes all of them, which its peers
 * notice within milliseconds.
 */
import { type Client, Server, ServerCredentials } from '@grpc/grpc-js';
import {
  type Hello,
  type IdentifyAnswer,
  isRaftError,
  type JoinAnswer,
  type JoinRequest,
  type Message,
  type NodeId,
  type PeerDiscovery,
  RaftError,
  type SnapshotOffer,
  type SnapshotSource,
  type Transport,
  type TransportHandler,
  type WaitOptions,
} from '@k8sop/raft-core';
import type { CertificateExpiry } from './certificate-expiry.ts';
import { CertificateFiles } from './certificate-files.ts';
import { channelOptions, Dialer, maxFrameBytes } from './dialer.ts';
import { HelloRegistry } from './hello-registry.ts';
import { PeerLink } from './peer-link.ts';
import { PeerListener } from './peer-listener.ts';
import { peerService } from './peer-service.ts';
import { ProblemReporter } from './problem-reporter.ts';
import { raftService } from './raft-service.ts';
import { sendSnapshot } from './snapshot-sender.ts';
import type { TlsConfig } from './tls-config.ts';
import { askIdentify, askJoin } from './unary-calls.ts';

export interface GrpcTransportOptions {
  /** Addresses of peers. */
  readonly discovery: PeerDiscovery;
  /** Address to listen on. @default '::' where the machine has IPv6, else '0.0.0.0' */
  readonly host?: string;
  /** Port to listen on; 0 for any free one. @default 8080 */
  readonly port?: number;
  /** @default `TlsConfig.disabled()` */
  readonly tls?: TlsConfig;
  /**
   * The DNS name in a node's certificate, such as the pod's stable name. Required with `mtls`; with `tls` it replaces the
   * dialled address in the check.
   */
  readonly peerName?: (id: NodeId) => string;
  /** Bytes of appends that wait for one slow peer; more are dropped and sent again later. @default 4 MiB */
  readonly outboxBytes?: number;
  /** Shortest and longest wait before a lost peer is dialled again, in ms. @default 20 and 500 */
  readonly reconnectMinMs?: number;
  readonly reconnectMaxMs?: number;
  /** Wait for a peer's connection and hello, in ms. @default 1000 */
  readonly connectTimeoutMs?: number;
  /** Spreads reconnects; in [0, 1). @default `Math.random` */
  readonly random?: () => number;
  /**
   * Told of what needs a person: refused hellos, handshakes that fail, certificates that turned bad. The same sentence comes
   * once a minute at most.
   */
  readonly onProblem?: (message: string) => void;
  /** Told when the certificates in use end: at the start, and after each change of the files. */
  readonly onCertificates?: (expiry: CertificateExpiry) => void;
  /**
   * A peer has refused us because a process on a copy of our storage takes our place. This node should end: it is never believed
   * again before it starts anew. May be called more than once.
   */
  readonly onCloned?: (error: RaftError) => void;
}

export class GrpcTransport implements Transport {
  readonly #options: GrpcTransportOptions;
  readonly #links = new Map<NodeId, PeerLink>();
  readonly #closing = new Set<Promise<void>>();
  readonly #hellos = new HelloRegistry();
  readonly #transfers = new Set<NodeId>();
  readonly #problems: ProblemReporter;
  #listener: PeerListener | undefined;
  #server: Server | undefined;
  #dialer: Dialer | undefined;
  #handler: TransportHandler | undefined;
  #certificates: CertificateFiles | undefined;
  #closed = false;

  /** @throws `RAFT_INVALID_OPTION`. No I/O happens here. */
  constructor(options: GrpcTransportOptions) {
    const { port = 8080, tls, peerName } = options;
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      throw new RaftError('RAFT_INVALID_OPTION', `port ${port} is none: use 1 to 65535, or 0 for any free one`);
    }
    if (tls?.mode === 'mtls' && peerName === undefined) {
      throw new RaftError('RAFT_INVALID_OPTION', 'peerName is missing: mtls needs the name in each certificate');
    }
    this.#options = options;
    this.#problems = new ProblemReporter((message) => options.onProblem?.(message));
  }

  /** The port that is listened on, once started. */
  get port(): number {
    return this.#listener?.port ?? 0;
  }

  async start(handler: TransportHandler, { signal }: WaitOptions): Promise<void> {
    signal.throwIfAborted();
    const { tls = { mode: 'disabled' }, discovery, peerName } = this.#options;
    this.#handler = handler;
    if (tls.mode !== 'disabled') {
      const files = await CertificateFiles.open(tls.files, tls.reloadMs, (message) => this.#problem(message));
      this.#certificates = files;
      this.#options.onCertificates?.(files.expiry);
      files.onRotated(() => {
        this.#options.onCertificates?.(files.expiry);
        this.#renewLinks();
      });
    }
    const mutual = tls.mode === 'mtls';
    this.#dialer = new Dialer({ discovery, certificates: this.#certificates, mutual, peerName });
    const server = new Server({
      ...channelOptions,
      'grpc.max_concurrent_streams': 64,
      'grpc.max_connection_idle_ms': 60_000, // peers always have streams open; strangers lose their place
      'grpc.max_receive_message_length': maxFrameBytes,
    });
    server.addService(
      { ...raftService },
      peerService({
        handler,
        closed: () => this.#closed,
        hellos: this.#hellos,
        certificateName: mutual ? peerName : undefined,
        problem: (message) => this.#problem(message),
        heard: (id) => this.#links.get(id)?.peerIsBack(),
      }),
    );
    const peers = server.createConnectionInjector(ServerCredentials.createInsecure()); // TLS is the listener's
    this.#server = server;
    const { host, port = 8080 } = this.#options;
    this.#listener = await PeerListener.open(host === undefined ? ['::', '0.0.0.0'] : [host], port, {
      certificates: this.#certificates,
      mutual,
      accept: (socket) => peers.injectConnection(socket),
      problem: (message) => this.#problem(message),
    });
  }

  send(messages: readonly Message[]): void {
    for (const message of messages) {
      if (message.type !== 'snapshot') this.#links.get(message.to)?.send(message);
    }
  }

  async sendSnapshot(offer: SnapshotOffer, source: SnapshotSource, { signal }: WaitOptions): Promise<void> {
    signal.throwIfAborted();
    const client = this.#links.get(offer.to)?.client;
    if (client === undefined) throw new RaftError('RAFT_PEER_UNREACHABLE', `node ${offer.to} is not connected`);
    if (this.#transfers.has(offer.to)) {
      throw new RaftError('RAFT_PEER_UNREACHABLE', `node ${offer.to} is already receiving a snapshot`);
    }
    this.#transfers.add(offer.to);
    try {
      const ownHello = this.#started.hello();
      await sendSnapshot(client, { offer, source, ownHello, accept: (hello) => this.#accept(offer.to, hello) }, signal);
    } finally {
      this.#transfers.delete(offer.to);
    }
  }

  setPeers(peers: readonly NodeId[]): void {
    if (this.#closed) return;
    const wanted = new Set(peers.filter((id) => id !== this.#started.hello().id));
    for (const [id, link] of this.#links) {
      if (wanted.has(id)) continue;
      this.#links.delete(id);
      const closing: Promise<void> = link.close().finally(() => this.#closing.delete(closing));
      this.#closing.add(closing);
    }
    for (const id of wanted) if (!this.#links.has(id)) this.#connect(id);
  }

  async identify(to: NodeId, { signal }: WaitOptions): Promise<IdentifyAnswer> {
    return await this.#ask(to, signal, (client) => askIdentify(client, to, signal));
  }

  async join(to: NodeId, request: JoinRequest, { signal }: WaitOptions): Promise<JoinAnswer> {
    return await this.#ask(to, signal, (client) => askJoin(client, to, request, signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#certificates?.close();
    await Promise.all([...this.#links.values()].map((link) => link.close()));
    await Promise.all(this.#closing);
    this.#links.clear();
    this.#server?.forceShutdown();
    this.#listener?.close();
  }

  get #started(): TransportHandler {
    if (this.#handler === undefined) throw new RaftError('RAFT_STOPPED', 'the transport was not started');
    return this.#handler;
  }

  #connect(id: NodeId): void {
    const handler = this.#started;
    const { outboxBytes = 4 * 1024 * 1024, reconnectMinMs = 20, reconnectMaxMs = 500 } = this.#options;
    const { connectTimeoutMs = 1_000, random = Math.random } = this.#options;
    const link = new PeerLink({
      id,
      dialer: this.#dialer as Dialer,
      ownHello: () => handler.hello(),
      accept: (hello) => this.#accept(id, hello),
      outboxBytes,
      connectTimeoutMs,
      reconnectMinMs,
      reconnectMaxMs,
      random,
      unreachable: (reason) => {
        if (!this.#closed) handler.peerUnreachable(id, reason);
      },
      problem: (message) => this.#problem(message),
      cloned: (error) => this.#options.onCloned?.(error),
    });
    this.#links.set(id, link);
    link.start();
  }

  #accept(id: NodeId, hello: Hello): void {
    const handler = this.#started;
    if (hello.id !== id) throw new RaftError('RAFT_WRONG_CLUSTER', `node ${id} answers as node ${hello.id}`);
    try {
      this.#hellos.accept(handler.hello(), hello);
    } catch (error) {
      if (!isRaftError(error, 'RAFT_STORAGE_CLONED')) throw error;
      throw new RaftError('RAFT_WRONG_CLUSTER', `we refuse node ${id}: ${error.message}`, { cause: error }); // it is theirs
    }
    handler.peerConnected(hello);
  }

  async #ask<T>(to: NodeId, signal: AbortSignal, question: (client: Client) => Promise<T>): Promise<T> {
    if (this.#dialer === undefined) throw new RaftError('RAFT_STOPPED', 'the transport was not started');
    const client = await this.#dialer.dial(to, signal);
    try {
      return await question(client);
    } catch (error) {
      this.#dialer.failed(to);
      if (isRaftError(error, 'RAFT_PEER_UNTRUSTED')) this.#problem(error.message);
      throw error;
    } finally {
      client.close();
    }
  }

  #renewLinks(): void {
    for (const link of this.#links.values()) void link.renew();
  }

  #problem(message: string): void {
    this.#problems.tell(message);
  }
}
