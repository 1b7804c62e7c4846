/** A transport with a recording handler behind it: what a driver would be, without consensus. */
import type {
  Hello,
  IdentifyAnswer,
  JoinAnswer,
  JoinRequest,
  Message,
  NodeId,
  PeerDiscovery,
  PeerIdentity,
  SnapshotOffer,
  SnapshotRef,
  SnapshotSink,
  SnapshotSource,
  TransportHandler,
} from '@k8sop/raft-core';
import { GrpcTransport, type GrpcTransportOptions } from '../src/grpc-transport.ts';

export const signal: AbortSignal = new AbortController().signal;

/** Ports of the nodes under test, by id. */
export type AddressBook = Map<NodeId, number>;

export function discoveryOf(book: AddressBook): PeerDiscovery {
  return {
    resolve: async (id) => {
      const port = book.get(id);
      return port === undefined ? undefined : { host: '127.0.0.1', port };
    },
    refresh: () => {},
    async *changes() {},
  };
}

export function helloOfNode(id: NodeId, change: Partial<Hello> = {}): Hello {
  return {
    clusterId: 'c',
    generation: 1,
    id,
    uuid: `uuid-${id}`,
    protocolMin: 1,
    protocolMax: 1,
    startCount: 1,
    bootId: `boot-${id}`,
    promiseMs: 150,
    ...change,
  };
}

export class MemorySink implements SnapshotSink {
  readonly offer: SnapshotOffer;
  chunks: Uint8Array[] = [];
  finished = false;
  disposed = false;
  readonly #disposal = Promise.withResolvers<void>();
  /** Resolves when the sink is disposed. */
  readonly gone: Promise<void> = this.#disposal.promise;
  constructor(offer: SnapshotOffer) {
    this.offer = offer;
  }
  get sizeBytes(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  }
  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }
  async write(chunk: Uint8Array): Promise<void> {
    this.chunks.push(Uint8Array.from(chunk));
  }
  async finish(): Promise<SnapshotRef> {
    this.finished = true;
    return this.offer.snapshot;
  }
  async abort(): Promise<void> {}
  async [Symbol.asyncDispose](): Promise<void> {
    this.disposed = true;
    this.#disposal.resolve();
  }
}

export function sourceOf(snapshot: SnapshotRef, content: Uint8Array): SnapshotSource {
  return {
    snapshot,
    read: async (offset, maxBytes) => content.subarray(offset, offset + maxBytes),
    async [Symbol.asyncDispose]() {},
  };
}

export class TestNode implements TransportHandler, AsyncDisposable {
  readonly id: NodeId;
  readonly transport: GrpcTransport;
  readonly received: { message: Message; sender: PeerIdentity }[] = [];
  readonly unreachable: { id: NodeId; reason: string; atMs: number }[] = [];
  readonly connected: Hello[] = [];
  readonly problems: string[] = [];
  own: Hello;
  sink: MemorySink | undefined;
  offered = false;
  refuseSnapshot: Error | undefined;
  joinAnswer: JoinAnswer = { type: 'notLeader', leaderId: 0 };
  readonly #waiting = new Set<() => void>();

  constructor(id: NodeId, book: AddressBook, options: Partial<GrpcTransportOptions> = {}, hello: Partial<Hello> = {}) {
    this.id = id;
    this.own = helloOfNode(id, hello);
    this.transport = new GrpcTransport({
      discovery: discoveryOf(book),
      host: '127.0.0.1',
      port: 0,
      onProblem: (message) => {
        this.problems.push(message);
        this.#changed();
      },
      ...options,
    });
  }

  static async start(
    id: NodeId,
    book: AddressBook,
    options: Partial<GrpcTransportOptions> = {},
    hello: Partial<Hello> = {},
  ): Promise<TestNode> {
    const node = new TestNode(id, book, options, hello);
    await node.transport.start(node, { signal });
    book.set(id, node.transport.port);
    return node;
  }

  hello(): Hello {
    return this.own;
  }
  peerConnected(hello: Hello): void {
    this.connected.push(hello);
    this.#changed();
  }
  receive(message: Message, sender: PeerIdentity): void {
    this.received.push({ message, sender });
    this.#changed();
  }
  peerUnreachable(id: NodeId, reason: string): void {
    this.unreachable.push({ id, reason, atMs: performance.now() });
    this.#changed();
  }
  async receiveSnapshot(offer: SnapshotOffer): Promise<SnapshotSink> {
    if (this.refuseSnapshot) throw this.refuseSnapshot;
    this.sink ??= new MemorySink(offer);
    this.offered = true;
    this.#changed();
    return this.sink;
  }
  identify(): IdentifyAnswer {
    return { hello: this.own, empty: true, term: 3, leaderId: 0, leaderSeenMsAgo: -1, lastIndex: 7, commit: 5 };
  }
  async join(_request: JoinRequest): Promise<JoinAnswer> {
    return this.joinAnswer;
  }

  /** Resolves as soon as `condition` holds; looked at after each callback. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.transport[Symbol.asyncDispose]();
  }

  #changed(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}

/** Connects `from` to `to` and resolves when a message has passed; nothing is left in flight. */
export async function linked(from: TestNode, to: TestNode): Promise<void> {
  from.transport.setPeers([to.id]);
  const last = (): number => to.received.at(-1)?.message.term ?? 0;
  const ping = (term: number): void => {
    from.transport.send([{ type: 'goodbye', from: from.id, to: to.id, term }]);
  };
  const start = last();
  while (last() === start) {
    ping(start + 1);
    await Promise.race([to.until(() => last() > start), new Promise((done) => setImmediate(done))]);
  }
  ping(start + 2); // streams keep order: when this one is here, all before it are
  await to.until(() => last() === start + 2);
  to.received.length = 0;
}
