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
  readonly #seen = new Map<string, Hello>();

  /** A transport for a node; delivers once started. */
  transport(id: NodeId): Transport {
    return new MemoryTransport(id, this);
  }

  /** Cuts the link in both directions and tells both ends. */
  cut(a: NodeId, b: NodeId): void {
    this.#cut.add(`${a}>${b}`).add(`${b}>${a}`);
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
  }

  /** Internal to transports: a node closed; its peers notice the broken connections. */
  detach(id: NodeId, handler: TransportHandler | undefined): void {
    if (handler === undefined || this.#handlers.get(id) !== handler) return;
    this.#handlers.delete(id);
    for (const other of this.#handlers.values()) other.peerUnreachable(id, 'closed');
  }

  /** Internal to transports: the receiving end, when link and identities allow it. */
  connect(from: NodeId, to: NodeId): { readonly handler: TransportHandler; readonly hello: Hello } | undefined {
    const own = this.#handlers.get(from);
    const handler = this.#handlers.get(to);
    if (own === undefined || handler === undefined || this.#cut.has(`${from}>${to}`)) return undefined;
    const hello = own.hello();
    if (helloProblem(handler.hello(), hello, this.#seen.get(hello.uuid)) !== undefined) return undefined;
    if (this.#seen.get(hello.uuid)?.bootId !== hello.bootId) handler.peerConnected(hello);
    this.#seen.set(hello.uuid, hello);
    return { handler, hello };
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
        end?.handler.receive(message, end.hello);
      });
    }
  }

  async sendSnapshot(offer: SnapshotOffer, source: SnapshotSource, options: WaitOptions): Promise<void> {
    const { handler, hello } = this.#reach(offer.to);
    const sink = await handler.receiveSnapshot(offer, hello);
    try {
      while (sink.sizeBytes < offer.snapshot.sizeBytes) {
        this.#reach(offer.to);
        await sink.write(await source.read(sink.sizeBytes, snapshotChunkBytes, options), options);
      }
      await sink.finish(options);
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
    if (end === undefined) throw new RaftError('RAFT_PEER_UNREACHABLE', `no connection to node ${to}; retry later`);
    return end;
  }
}
