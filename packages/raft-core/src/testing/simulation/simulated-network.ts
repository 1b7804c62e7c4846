/** Messages under way: latency, loss, duplicates, delays, reordering, cuts of links in one or both directions. */
import type { NodeId } from '../../ids.ts';
import type { Message, SnapshotOffer } from '../../message.ts';
import type { StoredSnapshot } from './simulated-disk.ts';
import { CoreProcess } from './core-process.ts';
import type { SimulatedNode } from './simulated-node.ts';
import type { SimulationWorld } from './simulation-world.ts';

const linkStride = 16;

export class SimulatedNetwork {
  readonly #world: SimulationWorld;
  readonly #blocked = new Set<number>();
  readonly #lastDueMs: number[] = [];

  constructor(world: SimulationWorld) {
    this.#world = world;
  }

  /** Cuts one direction. */
  block(from: NodeId, to: NodeId): void {
    this.#blocked.add(from * linkStride + to);
  }

  /** Repairs everything. */
  heal(): void {
    this.#blocked.clear();
  }

  isBlocked(from: NodeId, to: NodeId): boolean {
    return this.#blocked.has(from * linkStride + to);
  }

  send(from: SimulatedNode, message: Message): void {
    const world = this.#world;
    const { profile } = world;
    if (this.isBlocked(from.id, message.to)) return;
    if (!world.calm) {
      if (world.chance(profile.dropRate)) {
        world.cover('drop');
        return;
      }
      if (world.chance(profile.duplicateRate)) {
        world.cover('duplicate');
        this.#deliverIn(this.#latency() + world.random.below(profile.maxDelayMs), from, message);
      }
    }
    this.#deliverIn(this.#delay(from.id, message.to), from, message);
  }

  /** A snapshot's content travels, is stored by the receiver, and only then its core is told. */
  sendSnapshot(from: SimulatedNode, sender: CoreProcess, offer: SnapshotOffer, content: StoredSnapshot): void {
    const world = this.#world;
    const { uuid } = from;
    const report = (type: 'snapshotSent' | 'snapshotFailed'): void =>
      world.wheel.in(this.#latency(), () => sender.transferEnded(type, offer.to));
    world.wheel.in(this.#latency() + world.random.below(30), () => {
      const receiver = world.node(offer.to)?.process;
      const there = receiver instanceof CoreProcess && !this.#loses(from.id, offer.to);
      if (!there || !receiver.takeSnapshot(offer, uuid, content, report)) report('snapshotFailed');
    });
  }

  /** Carries one part of a longer exchange: `arrived` runs unless the part is lost, then `lost` does. */
  carry(from: NodeId, to: NodeId, arrived: () => void, lost: () => void): void {
    this.#world.wheel.in(this.#latency(), () => {
      if (this.#loses(from, to)) lost();
      else arrived();
    });
  }

  #loses(from: NodeId, to: NodeId): boolean {
    return this.isBlocked(from, to) || (!this.#world.calm && this.#world.chance(0.1));
  }

  /** A process died: whoever can see its broken connections does. */
  processDied(id: NodeId): void {
    for (const other of this.#world.running) {
      if (other.id !== id && !this.isBlocked(id, other.id) && this.#world.chance(0.85)) this.breakConnection(other, id);
    }
  }

  /** `node` notices that its streams to `peer` broke. */
  breakConnection(node: SimulatedNode, peer: NodeId): void {
    const { epoch } = node;
    this.#world.wheel.in(1 + this.#world.random.below(14), () =>
      node.post(epoch, () => node.process?.peerUnreachable(peer)),
    );
  }

  #delay(from: NodeId, to: NodeId): number {
    const world = this.#world;
    const { profile } = world;
    let delayMs = this.#latency();
    if (!world.calm && world.chance(profile.delayRate)) {
      world.cover('delay');
      delayMs += world.random.below(profile.maxDelayMs);
    }
    const link = from * linkStride + to;
    const dueMs = world.nowMs + delayMs;
    const lastDueMs = this.#lastDueMs[link] ?? 0;
    if (dueMs < lastDueMs) {
      if (profile.ordered) return lastDueMs - world.nowMs;
      world.cover('reorder');
    }
    this.#lastDueMs[link] = Math.max(lastDueMs, dueMs);
    return delayMs;
  }

  #latency(): number {
    const { profile, random } = this.#world;
    return 1 + (profile.latencyMs === 0 ? 0 : random.below(profile.latencyMs + 1));
  }

  #deliverIn(delayMs: number, from: SimulatedNode, message: Message): void {
    const { uuid, id } = from;
    const world = this.#world;
    world.wheel.in(delayMs, () => {
      if (!this.isBlocked(id, message.to)) world.node(message.to)?.receive(message, uuid);
    });
  }
}
