/**
 * The transport port of one process over the simulated network. Snapshots travel in small chunks, each of which may be
 * lost with the connection, so that transfers break and go on from where they stopped.
 */
import { RaftError } from '../../errors.ts';
import type { PeerIdentity } from '../../hello.ts';
import type { NodeId } from '../../ids.ts';
import type { Message, SnapshotOffer } from '../../message.ts';
import type { SnapshotSource, WaitOptions } from '../../ports/log-store.ts';
import type { IdentifyAnswer, JoinAnswer, JoinRequest, Transport, TransportHandler } from '../../ports/transport.ts';
import type { SimulatedNode } from './simulated-node.ts';
import { hold } from './simulation-failure.ts';
import { SimulatedWaits } from './simulated-waits.ts';

/** Bytes of a chunk, and how long an answer is waited for. */
const limits = { chunkBytes: 64, answerMs: 1500 } as const;

export class SimulatedTransport implements Transport {
  readonly #node: SimulatedNode;
  readonly #waits: SimulatedWaits;
  readonly #epoch: number;
  readonly #ends: Map<NodeId, SimulatedTransport>;
  #handler: TransportHandler | null = null;
  #closed = false;

  /** @param ends The transports of all running processes. */
  constructor(node: SimulatedNode, ends: Map<NodeId, SimulatedTransport>) {
    this.#node = node;
    this.#waits = new SimulatedWaits(node);
    this.#epoch = node.epoch;
    this.#ends = ends;
  }

  async start(handler: TransportHandler): Promise<void> {
    this.#handler = handler;
    this.#ends.set(this.#node.id, this);
  }

  send(messages: readonly Message[]): void {
    if (this.#epoch !== this.#node.epoch) return;
    hold(!this.#closed, 'core', () => `${this.#node.uuid} sends after its end`);
    for (const message of messages) this.#node.send(message);
  }

  async sendSnapshot(offer: SnapshotOffer, source: SnapshotSource, options: WaitOptions): Promise<void> {
    this.#node.send(offer);
    const { to } = offer;
    const sender = this.#identity;
    const sink = await this.#call(to, async (handler) => await handler.receiveSnapshot(offer, sender), options);
    try {
      for (let at = sink.sizeBytes; at < offer.snapshot.sizeBytes; at = sink.sizeBytes) {
        const chunk = await source.read(at, limits.chunkBytes, options);
        await this.#call(to, async () => await sink.write(chunk, options), options);
      }
      await this.#call(to, async () => await sink.finish(options), options);
    } finally {
      await sink[Symbol.asyncDispose]();
    }
    await this.#call(to, async (handler) => handler.receive(offer, sender), options);
  }

  setPeers(): void {}

  async identify(to: NodeId, options: WaitOptions): Promise<IdentifyAnswer> {
    return await this.#call(to, async (handler) => handler.identify(), options);
  }

  async join(to: NodeId, request: JoinRequest, options: WaitOptions): Promise<JoinAnswer> {
    return await this.#call(to, async (handler) => await handler.join(request), options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    if (this.#ends.get(this.#node.id) === this) this.#ends.delete(this.#node.id);
  }

  /** A message arrived. */
  deliver(message: Message, senderUuid: string): void {
    const { clusterId } = this.#node.world;
    this.#handler?.receive(message, { clusterId, generation: 1, id: message.from, uuid: senderUuid });
  }

  peerUnreachable(peer: NodeId): void {
    this.#handler?.peerUnreachable(peer, 'stream broke');
  }

  get #identity(): PeerIdentity {
    const { clusterId } = this.#node.disk;
    return { clusterId, generation: clusterId === '' ? 0 : 1, id: this.#node.id, uuid: this.#node.uuid };
  }

  /** Asks the process that runs at `to` now, and brings back its answer; the connection may break on either way. */
  #call<T>(to: NodeId, request: (handler: TransportHandler) => Promise<T>, { signal }: WaitOptions): Promise<T> {
    const { world, id } = this.#node;
    const { network } = world;
    return this.#waits.until<T>(signal, (resolve, reject) => {
      const back = (action: () => void): void => this.#node.post(this.#epoch, action);
      const fail = (): void => back(() => reject(new RaftError('RAFT_PEER_UNREACHABLE', `no answer from ${to}`)));
      world.wheel.in(limits.answerMs, fail);
      const arrived = (): void => {
        const end = this.#ends.get(to);
        if (end === undefined) return fail();
        const answer = (action: () => void): void => network?.carry(to, id, () => back(action), fail);
        end.#serve(
          request,
          (value) => answer(() => resolve(value)),
          (error) => answer(() => reject(error)),
        );
      };
      network?.carry(id, to, arrived, fail);
    });
  }

  #serve<T>(
    request: (handler: TransportHandler) => Promise<T>,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ): void {
    this.#node.post(this.#epoch, () => {
      if (this.#handler !== null) void request(this.#handler).then(resolve, reject);
    });
  }
}
