/** A transport under test with a handler behind it that records what it is told. */
import { configurationOf } from '../../configuration.ts';
import type { Entry } from '../../entry.ts';
import type { Hello, PeerIdentity } from '../../hello.ts';
import type { NodeId } from '../../ids.ts';
import { crc32 } from '../../memory/crc32.ts';
import type { AppendRequest, Message, SnapshotOffer } from '../../message.ts';
import type { SnapshotSink, SnapshotSource } from '../../ports/log-store.ts';
import type { IdentifyAnswer, JoinAnswer, JoinRequest, Transport, TransportHandler } from '../../ports/transport.ts';
import type { SnapshotRef } from '../../snapshot.ts';

/** Makes transports that can reach each other. */
export interface TransportFixture {
  /** A transport of node `id`, not started. Made again for the same id, it listens where the first did. */
  create(id: NodeId): Transport | Promise<Transport>;
  /** Called when a transport was started: its address can be told to the others now. */
  started(id: NodeId, transport: Transport): void;
  /** Lets whatever is under way go on: one turn of the event loop. */
  turn(): Promise<void>;
}

/** Signal of calls that are never cancelled. */
export const wait: { readonly signal: AbortSignal } = { signal: new AbortController().signal };

export class SuiteNode implements TransportHandler {
  readonly id: NodeId;
  readonly fixture: TransportFixture;
  readonly transport: Transport;
  readonly received: { readonly message: Message; readonly sender: PeerIdentity }[] = [];
  readonly unreachable: NodeId[] = [];
  readonly connected: Hello[] = [];
  own: Hello;
  sink: SuiteSink | null = null;
  refusal: Error | null = null;
  joinAnswer: JoinAnswer = { type: 'notLeader', leaderId: 0 };
  joinRequests: JoinRequest[] = [];

  private constructor(id: NodeId, transport: Transport, fixture: TransportFixture, hello: Partial<Hello>) {
    this.id = id;
    this.transport = transport;
    this.fixture = fixture;
    this.own = {
      clusterId: 'cluster',
      generation: 1,
      id,
      uuid: `uuid-${id}`,
      protocolMin: 1,
      protocolMax: 1,
      startCount: 1,
      bootId: `boot-${id}`,
      promiseMs: 150,
      ...hello,
    };
  }

  static async start(fixture: TransportFixture, id: NodeId, hello: Partial<Hello> = {}): Promise<SuiteNode> {
    const node = new SuiteNode(id, await fixture.create(id), fixture, hello);
    await node.transport.start(node, wait);
    fixture.started(id, node.transport);
    return node;
  }

  hello(): Hello {
    return this.own;
  }

  peerConnected(hello: Hello): void {
    this.connected.push(hello);
  }

  receive(message: Message, sender: PeerIdentity): void {
    this.received.push({ message, sender });
  }

  peerUnreachable(id: NodeId): void {
    this.unreachable.push(id);
  }

  async receiveSnapshot(offer: SnapshotOffer): Promise<SnapshotSink> {
    if (this.refusal !== null) throw this.refusal;
    this.sink = new SuiteSink(offer.snapshot, this.sink?.chunks ?? []);
    return this.sink;
  }

  identify(): IdentifyAnswer {
    return { hello: this.own, empty: false, term: 3, leaderId: 2, leaderSeenMsAgo: 40, lastIndex: 7, commit: 5 };
  }

  async join(request: JoinRequest): Promise<JoinAnswer> {
    this.joinRequests.push(request);
    return this.joinAnswer;
  }

  /** Resolves once `condition` holds. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await this.fixture.turn();
  }

  /** Connects to `to` and resolves once a message has passed; nothing is left in flight. */
  async link(to: SuiteNode): Promise<void> {
    this.transport.setPeers([to.id]);
    const probes = (): number => to.received.filter(({ message }) => message.from === this.id).length;
    let sentCount = 0;
    while (probes() === 0) {
      sentCount += 1;
      this.transport.send([probe(this, to, sentCount)]);
      await this.fixture.turn();
    }
    this.transport.send([probe(this, to, sentCount + 1)]); // a stream keeps order: after this one nothing is under way
    await this.until(() => to.received.some(({ message }) => message.term === sentCount + 1));
    to.received.length = 0;
  }

  async stop(): Promise<void> {
    await this.transport[Symbol.asyncDispose]();
  }
}

/** Where a snapshot arrives; what was written stays when the transfer breaks. */
export class SuiteSink implements SnapshotSink {
  readonly ref: SnapshotRef;
  readonly chunks: Uint8Array[];
  /** What this sink began with. */
  readonly resumedBytes: number;
  finished = false;
  disposed = false;

  constructor(ref: SnapshotRef, chunks: Uint8Array[]) {
    this.ref = ref;
    this.chunks = chunks;
    this.resumedBytes = this.sizeBytes;
  }

  get sizeBytes(): number {
    return this.chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  get content(): Uint8Array {
    const content = new Uint8Array(this.sizeBytes);
    let at = 0;
    for (const chunk of this.chunks) {
      content.set(chunk, at);
      at += chunk.byteLength;
    }
    return content;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.chunks.push(chunk.slice());
  }

  async finish(): Promise<SnapshotRef> {
    this.finished = true;
    return this.ref;
  }

  async abort(): Promise<void> {
    this.chunks.length = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.disposed = true;
  }
}

function probe(from: SuiteNode, to: SuiteNode, term: number): Message {
  return { type: 'goodbye', from: from.id, to: to.id, term };
}

/** An append of one entry of this size, which follows `index - 1`. */
export function append(from: NodeId, to: NodeId, index: number, sizeBytes = 10): AppendRequest {
  const entry: Entry = { index, term: 2, type: 'command', data: new Uint8Array(sizeBytes).fill(index % 256) };
  const lease = { round: 9, promiseMs: 150 };
  return {
    type: 'append',
    from,
    to,
    term: 2,
    prevIndex: index - 1,
    prevTerm: 1,
    entries: [entry],
    commit: 0,
    ...lease,
  };
}

/** Bytes of a snapshot, none of whose chunks look alike. */
export function contentOf(sizeBytes: number): Uint8Array {
  return Uint8Array.from({ length: sizeBytes }, (_, i) => (i * 31 + (i >> 8)) & 255);
}

/** The offer of a snapshot with this content. */
export function offerOf(from: NodeId, to: NodeId, content: Uint8Array): SnapshotOffer {
  const configuration = configurationOf([1, 2].map((id) => ({ id, uuid: `uuid-${id}` })));
  const { byteLength: sizeBytes } = content;
  const snapshot = { index: 10, term: 2, configuration, timing: null, sizeBytes, checksum: crc32(content) };
  return { type: 'snapshot', from, to, term: 2, round: 3, promiseMs: 150, snapshot };
}

/** Reads the content; from `stuckAt` on it never answers. */
export function sourceOf(
  { snapshot }: SnapshotOffer,
  content: Uint8Array,
  stuckAt: number = Number.POSITIVE_INFINITY,
): SnapshotSource {
  return {
    snapshot,
    read: async (offset, maxBytes) => {
      if (offset >= stuckAt) await new Promise(() => {});
      return content.subarray(offset, offset + maxBytes);
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
