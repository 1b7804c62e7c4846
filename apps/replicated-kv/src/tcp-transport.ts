/**
 * raft-core's port `Transport` over plain TCP, to show that the core does not care what carries its messages. One connection
 * to each peer for what this node has to say; questions and snapshots use connections of their own.
 *
 * A sample: no encryption, and messages of all classes share a connection. `@k8sop/raft-grpc` is what production uses.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import {
  type Hello,
  helloProblem,
  type IdentifyAnswer,
  type JoinAnswer,
  type JoinRequest,
  type Message,
  type NodeId,
  RaftError,
  snapshotChunkBytes,
  type SnapshotOffer,
  type SnapshotSource,
  type Transport,
  type TransportHandler,
  type WaitOptions,
} from '@k8sop/raft-core';
import { FramedSocket } from './framed-socket.ts';
import type { NodeAddress } from './options.ts';

type Frame =
  | { readonly type: 'hello'; readonly hello: Hello }
  | { readonly type: 'message'; readonly message: Message; readonly hello: Hello }
  | { readonly type: 'identify' }
  | { readonly type: 'join'; readonly request: JoinRequest }
  | { readonly type: 'answer'; readonly answer: unknown }
  | { readonly type: 'error'; readonly message: string }
  | { readonly type: 'snapshot'; readonly offer: SnapshotOffer; readonly hello: Hello }
  | { readonly type: 'chunk'; readonly bytes: Uint8Array }
  | { readonly type: 'received'; readonly sizeBytes: number }
  | { readonly type: 'installed' };

const outboxBytes = 4 * 1024 * 1024;
const reconnectMs = 50;
const questionMs = 3_000;

interface Link {
  socket: FramedSocket | undefined;
  wanted: boolean;
  timer: NodeJS.Timeout | undefined;
}

export class TcpTransport implements Transport {
  readonly #own: NodeAddress;
  readonly #addresses: ReadonlyMap<NodeId, NodeAddress>;
  readonly #links = new Map<NodeId, Link>();
  readonly #accepted = new Set<FramedSocket>();
  /** By node, the hello believed last: tells a process on a copy of a storage from the original. */
  readonly #believed = new Map<NodeId, Hello>();
  #server: Server | undefined;
  #closed = false;
  #handler: TransportHandler | undefined;

  constructor(id: NodeId, addresses: ReadonlyMap<NodeId, NodeAddress>) {
    this.#own = addresses.get(id) as NodeAddress;
    this.#addresses = addresses;
  }

  async start(handler: TransportHandler, { signal }: WaitOptions): Promise<void> {
    signal.throwIfAborted();
    this.#handler = handler;
    this.#server = createServer((socket) => this.#accept(socket, handler));
    await new Promise<void>((resolve, reject) => {
      this.#server?.once('error', reject).listen(this.#own.raftPort, this.#own.host, resolve);
    });
  }

  send(messages: readonly Message[]): void {
    const hello = this.#started.hello();
    for (const message of messages) {
      const { socket } = this.#links.get(message.to) ?? {};
      if (socket === undefined) continue; // Raft repeats what matters
      if (message.type === 'append' && socket.waitingBytes > outboxBytes) this.#lost(message.to, 'its outbox is full');
      else socket.send({ type: 'message', message, hello } satisfies Frame);
    }
  }

  setPeers(peers: readonly NodeId[]): void {
    const wanted = new Set(peers);
    for (const [id, link] of this.#links) {
      if (wanted.has(id)) continue;
      link.wanted = false;
      clearTimeout(link.timer);
      link.socket?.destroy();
      this.#links.delete(id);
    }
    for (const id of wanted) {
      if (this.#links.has(id) || id === this.#started.hello().id) continue;
      const link: Link = { socket: undefined, wanted: true, timer: undefined };
      this.#links.set(id, link);
      this.#dial(id, link);
    }
  }

  async identify(to: NodeId, { signal }: WaitOptions): Promise<IdentifyAnswer> {
    return (await this.#ask(to, { type: 'identify' }, signal)) as IdentifyAnswer;
  }

  async join(to: NodeId, request: JoinRequest, { signal }: WaitOptions): Promise<JoinAnswer> {
    return (await this.#ask(to, { type: 'join', request }, signal)) as JoinAnswer;
  }

  async sendSnapshot(offer: SnapshotOffer, source: SnapshotSource, { signal }: WaitOptions): Promise<void> {
    const { sizeBytes } = offer.snapshot;
    const done = Promise.withResolvers<void>();
    const socket = this.#open(offer.to, (frame) => {
      if (frame.type === 'error') return done.reject(new RaftError('RAFT_SNAPSHOT_MISMATCH', frame.message));
      if (frame.type === 'installed') return done.resolve();
      if (frame.type !== 'received' || frame.sizeBytes >= sizeBytes) return;
      source.read(frame.sizeBytes, snapshotChunkBytes, { signal }).then((bytes) => {
        socket.send({ type: 'chunk', bytes } satisfies Frame);
      }, done.reject);
    });
    socket.send({ type: 'snapshot', offer, hello: this.#started.hello() } satisfies Frame);
    void socket.closed.then(() => done.reject(unreachable(offer.to)));
    await settled(done.promise, socket, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.setPeers([]);
    for (const socket of this.#accepted) socket.destroy();
    await new Promise<void>((resolve) => {
      if (this.#server === undefined) resolve();
      else this.#server.close(() => resolve());
    });
  }

  get #started(): TransportHandler {
    if (this.#handler === undefined) throw new RaftError('RAFT_STOPPED', 'the transport was not started');
    return this.#handler;
  }

  #dial(id: NodeId, link: Link): void {
    const socket = this.#open(id, (frame) => {
      if (frame.type !== 'hello') return socket.destroy();
      this.#believe(frame.hello);
      link.socket = socket;
      this.#started.peerConnected(frame.hello);
    });
    socket.send({ type: 'hello', hello: this.#started.hello() } satisfies Frame);
    void socket.closed.then(() => {
      link.socket = undefined;
      if (!link.wanted) return;
      this.#lost(id, 'the connection broke');
      link.timer = setTimeout(() => this.#dial(id, link), reconnectMs);
    });
  }

  #open(id: NodeId, onFrame: (frame: Frame) => void): FramedSocket {
    const { host, raftPort } = this.#addresses.get(id) ?? { host: '127.0.0.1', raftPort: 1 };
    return new FramedSocket(connect(raftPort, host), (frame) => onFrame(frame as Frame));
  }

  async #ask(to: NodeId, question: Frame, signal: AbortSignal): Promise<unknown> {
    if (!this.#addresses.has(to)) throw new RaftError('RAFT_PEER_UNREACHABLE', `node ${to} has no address in --nodes`);
    const answered = Promise.withResolvers<unknown>();
    const socket = this.#open(to, (frame) => {
      if (frame.type === 'answer') answered.resolve(frame.answer);
    });
    socket.send(question);
    void socket.closed.then(() => answered.reject(unreachable(to)));
    const timer = setTimeout(() => answered.reject(unreachable(to)), questionMs);
    try {
      return await settled(answered.promise, socket, signal);
    } finally {
      clearTimeout(timer);
    }
  }

  #accept(raw: Socket, handler: TransportHandler): void {
    let sender: Hello | undefined;
    let receiving: Promise<void> | undefined;
    const chunks: ((bytes: Uint8Array) => void)[] = [];
    const socket = new FramedSocket(raw, (value) => {
      const frame = value as Frame;
      switch (frame.type) {
        case 'hello':
        case 'message':
          sender = this.#believe(frame.hello);
          if (frame.type === 'message') handler.receive(frame.message, sender);
          else {
            handler.peerConnected(sender);
            socket.send({ type: 'hello', hello: handler.hello() } satisfies Frame);
          }
          return;
        case 'identify':
          return socket.send({ type: 'answer', answer: handler.identify() } satisfies Frame);
        case 'join':
          return void handler
            .join(frame.request)
            .then((answer) => socket.send({ type: 'answer', answer } satisfies Frame));
        case 'snapshot':
          receiving ??= this.#receiveSnapshot(socket, frame, chunks).catch((error: Error) => {
            socket.send({ type: 'error', message: error.message } satisfies Frame);
          });
          return;
        case 'chunk':
          return chunks.shift()?.(frame.bytes);
        case 'answer':
        case 'error':
        case 'received':
        case 'installed':
          return socket.destroy(); // nobody asked
      }
    });
    this.#accepted.add(socket);
    void socket.closed.then(() => {
      this.#accepted.delete(socket);
      if (sender !== undefined) this.#lost(sender.id, 'its connection broke');
    });
  }

  async #receiveSnapshot(
    socket: FramedSocket,
    { offer, hello }: Extract<Frame, { type: 'snapshot' }>,
    chunks: ((bytes: Uint8Array) => void)[],
  ): Promise<void> {
    const sender = this.#believe(hello);
    const { signal } = new AbortController();
    await using sink = await this.#started.receiveSnapshot(offer, sender);
    while (sink.sizeBytes < offer.snapshot.sizeBytes) {
      const next = new Promise<Uint8Array>((resolve, reject) => {
        chunks.push(resolve);
        void socket.closed.then(() => reject(unreachable(sender.id)));
      });
      socket.send({ type: 'received', sizeBytes: sink.sizeBytes } satisfies Frame);
      await sink.write(await next, { signal });
    }
    await sink.finish({ signal });
    this.#started.receive(offer, sender);
    socket.send({ type: 'installed' } satisfies Frame);
  }

  /** @throws a `RaftError`, which ends the connection. */
  #believe(hello: Hello): Hello {
    const problem = helloProblem(this.#started.hello(), hello, this.#believed.get(hello.id));
    if (problem !== undefined) throw new RaftError('RAFT_WRONG_CLUSTER', problem);
    if (this.#addresses.has(hello.id)) this.#believed.set(hello.id, hello);
    return hello;
  }

  #lost(id: NodeId, reason: string): void {
    queueMicrotask(() => {
      if (!this.#closed) this.#handler?.peerUnreachable(id, reason); // never from inside `send`
    });
  }
}

function unreachable(id: NodeId): RaftError {
  return new RaftError('RAFT_PEER_UNREACHABLE', `node ${id} cannot be reached`);
}

async function settled<T>(work: Promise<T>, socket: FramedSocket, signal: AbortSignal): Promise<T> {
  const onAbort = (): void => socket.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    return await work;
  } catch (error) {
    work.catch(() => {}); // ends by itself when the socket is closed
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    socket.destroy();
  }
}
