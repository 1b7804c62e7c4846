/**
 * A `Transport` in memory: all transports of one `MemoryNetwork` reach each other, each message in its own microtask.
 * Links can be cut; identities are checked as on a real network.
 */
import { RaftError } from '../errors.ts';
import { helloProblem, type Hello } from '../hello.ts';
import type { NodeId } from '../ids.ts';
import type { Message, SnapshotOffer } from '../message.ts';
import type { SnapshotSource, WaitOptions } from '../ports/log-store.ts';
import { snapshotChunkBytes } from '../ports/transport.ts';
import type { IdentifyAnswer, JoinAnswer, JoinRequest, Transport, TransportHandler } from '../ports/transport.ts';

/** Where memory transports meet. */
export class MemoryNetwork {
  readonly #handlers = new Map<NodeId, TransportHandler>();
  readonly #cut = new Set<string>();
  /** By receiver and sender, the hello believed last. */
  readonly #seen = new Map<string, Hello>();
  readonly #watchers = new Set<() => void>();

  /** A transport for a node; delivers once started. */
  transport(id: NodeId): Transport {
    return new MemoryTransport(id, this);
  }

  /** Cuts the link in both directions and tells both ends. */
  cut(a: NodeId, b: NodeId): void {
    this.#cut.add(`${a}>${b}`).add(`${b}>${a}`);
    this.#changed();
    this.#handlers.get(a)?.peerUnreachable(b, 'link cut');
    this.#handlers.get(b)?.peerUnreachable(a, 'link cut');
  }

  /** Lets messages from `from` to `to` vanish without telling anybody. */
  cutSilently(from: NodeId, to: NodeId): void {
    this.#cut.add(`${from}>${to}`);
  }

  /** Repairs all links. */
  heal(): void {
    this.#cut.clear();
  }

  /** Internal to transports: registers a started node. */
  attach(id: NodeId, handler: TransportHandler): void {
    this.#handlers.set(id, handler);
    const before = `${handler.hello().uuid} hears `; // what another process believed
    for (const key of this.#seen.keys()) if (key.startsWith(before)) this.#seen.delete(key);
  }

  /** Internal to transports: a node closed; its peers notice the broken connections. */
  detach(id: NodeId, handler: TransportHandler | undefined): void {
    if (handler === undefined || this.#handlers.get(id) !== handler) return;
    this.#handlers.delete(id);
    this.#changed();
    for (const other of this.#handlers.values()) other.peerUnreachable(id, 'closed');
  }

  /** Internal to transports: the receiving end, when link and identities allow it. A refused sender is told. */
  connect(from: NodeId, to: NodeId): { readonly handler: TransportHandler; readonly hello: Hello } | undefined {
    const own = this.#handlers.get(from);
    const handler = this.#handlers.get(to);
    if (own === undefined || handler === undefined || this.#cut.has(`${from}>${to}`)) return undefined;
    const hello = own.hello();
    if (!this.#believes(handler, hello) || !this.#believes(own, handler.hello())) {
      own.peerUnreachable(to, 'one side does not believe the other');
      return undefined;
    }
    return { handler, hello };
  }

  /** Internal to transports: rejects once the connection between the two breaks. */
  async unless<T>(from: NodeId, to: NodeId, work: Promise<T>): Promise<T> {
    const broken = Promise.withResolvers<never>();
    const look = (): void => {
      if (!this.#handlers.has(from) || !this.#handlers.has(to) || this.#cut.has(`${from}>${to}`)) {
        broken.reject(unreachable(to));
      }
    };
    this.#watchers.add(look);
    try {
      return await Promise.race([work, broken.promise]);
    } finally {
      this.#watchers.delete(look);
    }
  }

  #believes(handler: TransportHandler, theirs: Hello): boolean {
    const own = handler.hello();
    const key = `${own.uuid} hears ${theirs.uuid}`;
    const seen = this.#seen.get(key);
    if (helloProblem(own, theirs, seen) !== undefined) return false;
    this.#seen.set(key, theirs);
    if (seen?.bootId !== theirs.bootId) handler.peerConnected(theirs);
    return true;
  }

  #changed(): void {
    for (const look of this.#watchers) look();
  }
}

class MemoryTransport implements Transport {
  readonly #id: NodeId;
  readonly #network: MemoryNetwork;
  #handler: TransportHandler | undefined;

  constructor(id: NodeId, network: MemoryNetwork) {
    this.#id = id;
    this.#network = network;
  }

  async start(handler: TransportHandler, { signal }: WaitOptions): Promise<void> {
    signal.throwIfAborted();
    this.#handler = handler;
    this.#network.attach(this.#id, handler);
  }

  send(messages: readonly Message[]): void {
    for (const message of messages) {
      void Promise.resolve().then(() => {
        const end = this.#network.connect(this.#id, message.to);
        if (message.from === end?.hello.id) end.handler.receive(message, end.hello);
      });
    }
  }

  async sendSnapshot(offer: SnapshotOffer, source: SnapshotSource, options: WaitOptions): Promise<void> {
    const { handler, hello } = this.#reach(offer.to);
    const unbroken = <T>(work: Promise<T>): Promise<T> =>
      this.#network.unless(this.#id, offer.to, cancellable(work, options.signal));
    const sink = await unbroken(handler.receiveSnapshot(offer, hello));
    try {
      while (sink.sizeBytes < offer.snapshot.sizeBytes) {
        const chunk = await unbroken(source.read(sink.sizeBytes, snapshotChunkBytes, options));
        await unbroken(sink.write(chunk, options));
      }
      await unbroken(sink.finish(options));
    } finally {
      await sink[Symbol.asyncDispose]();
    }
    handler.receive(offer, hello);
  }

  setPeers(): void {}

  async identify(to: NodeId, { signal }: WaitOptions): Promise<IdentifyAnswer> {
    signal.throwIfAborted();
    return this.#reach(to).handler.identify();
  }

  async join(to: NodeId, request: JoinRequest, { signal }: WaitOptions): Promise<JoinAnswer> {
    signal.throwIfAborted();
    return await this.#reach(to).handler.join(request);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#network.detach(this.#id, this.#handler);
    this.#handler = undefined;
  }

  #reach(to: NodeId): { readonly handler: TransportHandler; readonly hello: Hello } {
    const end = this.#network.connect(this.#id, to);
    if (end === undefined) throw unreachable(to);
    return end;
  }
}

function unreachable(to: NodeId): RaftError {
  return new RaftError('RAFT_PEER_UNREACHABLE', `no connection to node ${to}; retry later`);
}

/** Rejects with the signal's reason as soon as it aborts. */
async function cancellable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const cancelled = Promise.withResolvers<never>();
  const abort = (): void => cancelled.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([work, cancelled.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
