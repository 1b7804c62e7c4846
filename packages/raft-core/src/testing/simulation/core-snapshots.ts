/** Snapshots of one process of a bare core: its own, which shorten the log, and those that another node sends. */
import type { RaftEvent } from '../../core/event.ts';
import type { RaftCore } from '../../core/raft-node.ts';
import type { SnapshotOffer } from '../../message.ts';
import type { SnapshotRef } from '../../snapshot.ts';
import type { RegisterMachine } from './register-machine.ts';
import type { StoredSnapshot } from './simulated-disk.ts';
import type { SimulatedNode } from './simulated-node.ts';

export interface CoreSnapshotsOptions {
  readonly node: SimulatedNode;
  readonly core: RaftCore;
  /** Steps the core. */
  readonly step: (event: RaftEvent) => void;
}

export class CoreSnapshots {
  readonly #node: SimulatedNode;
  readonly #core: RaftCore;
  readonly #step: (event: RaftEvent) => void;
  readonly #epoch: number;
  #running = false;

  constructor({ node, core, step }: CoreSnapshotsOptions) {
    this.#node = node;
    this.#core = core;
    this.#step = step;
    this.#epoch = node.epoch;
  }

  /** Fixes the image now when enough was applied since the last one; it is stored later. */
  makeWhenDue(machine: RegisterMachine): void {
    const { disk, world, syncDelayMs } = this.#node;
    const due = machine.index - (disk.snapshot?.ref.index ?? 0) >= world.profile.snapshotEntries;
    if (this.#running || !due) return;
    this.#running = true;
    const { configuration, timing } = this.#core;
    const content = machine.encode();
    const ref: SnapshotRef = {
      index: machine.index,
      term: machine.term,
      configuration,
      timing: this.#core.status().timingChanged ? timing : null,
      sizeBytes: content.byteLength,
      checksum: machine.digest,
    };
    world.wheel.in(syncDelayMs + world.random.below(20), () => {
      if (this.#epoch !== this.#node.epoch) return;
      disk.keepOwn({ ref, content });
      this.#node.post(this.#epoch, () => this.#compact(ref));
    });
  }

  /** A snapshot's content arrived; it is stored, then the core is told. */
  take(
    offer: SnapshotOffer,
    senderUuid: string,
    content: StoredSnapshot,
    report: (type: 'snapshotSent' | 'snapshotFailed') => void,
  ): void {
    const { disk, world, syncDelayMs } = this.#node;
    world.wheel.in(syncDelayMs, () => {
      if (this.#epoch !== this.#node.epoch) {
        report('snapshotFailed');
        return;
      }
      disk.keepReceived(content);
      this.#node.post(this.#epoch, () => {
        this.#step({ type: 'message', message: offer, senderUuid });
        report('snapshotSent');
      });
    });
  }

  #compact(ref: SnapshotRef): void {
    const { disk, writer, world } = this.#node;
    const firstIndex = Math.max(disk.firstIndex, ref.index + 1 - world.profile.trailingEntries);
    const skip = (): boolean => this.#core.status().snapshotIndex >= ref.index;
    const write = (): void => {
      if (!skip()) disk.compact(firstIndex);
    };
    const done = (): void => {
      this.#running = false;
      if (skip()) return;
      this.#step({ type: 'snapshotReady', snapshot: ref, firstIndex: Math.max(firstIndex, disk.firstIndex) });
    };
    writer.write({ steps: [{ name: 'compact', write }], done });
  }
}
