/** One storage, named by its uuid: what survives a crash. Checks O2 and O3 as it is written (S10), and S2, S9. */
import type { Entry } from '../../entry.ts';
import { emptyHardState, type HardState } from '../../hard-state.ts';
import type { Configuration } from '../../configuration.ts';
import type { LogIndex, NodeId, Term } from '../../ids.ts';
import { sameSnapshot, type SnapshotRef } from '../../snapshot.ts';
import { hold } from './simulation-failure.ts';

/** A snapshot file. */
export interface StoredSnapshot {
  readonly ref: SnapshotRef;
  readonly content: Uint8Array;
}

export class SimulatedDisk {
  readonly id: NodeId;
  readonly uuid: string;
  hardState: HardState = emptyHardState;
  entries: Entry[] = [];
  firstIndex: LogIndex = 1;
  snapshot: StoredSnapshot | null = null;
  /** Snapshots received and not yet installed. */
  received: StoredSnapshot[] = [];
  /** Last commit index written beside the log. */
  commitHint: LogIndex = 0;
  /** Cluster that the storage belongs to; empty until bootstrap or admission. */
  clusterId = '';
  /** How often it was opened. */
  startCount = 0;
  /** Membership that a founder begins with; null for anybody else. */
  founders: Configuration | null = null;
  /** Lost for good: another disk took its place. */
  wiped = false;
  /** A snapshot of which not everything has arrived. */
  partial: { readonly ref: SnapshotRef; readonly chunks: Uint8Array[] } | null = null;

  constructor(id: NodeId, uuid: string) {
    this.id = id;
    this.uuid = uuid;
  }

  get lastIndex(): LogIndex {
    return this.firstIndex + this.entries.length - 1;
  }

  /** The node was admitted to the cluster. */
  get joined(): boolean {
    return this.clusterId !== '';
  }

  entry(index: LogIndex): Entry | undefined {
    return this.entries[index - this.firstIndex];
  }

  /** Term at `index`; undefined where the log does not reach. */
  termAt(index: LogIndex): Term | undefined {
    const entry = this.entries[index - this.firstIndex];
    if (entry !== undefined) return entry.term;
    if (index === this.snapshot?.ref.index) return this.snapshot.ref.term;
    return index === 0 ? 0 : undefined;
  }

  /** True when the entry (or a snapshot that contains it) is here. */
  holds(index: LogIndex, term: Term): boolean {
    return index <= (this.snapshot?.ref.index ?? 0) || this.entry(index)?.term === term;
  }

  writeHardState(next: HardState): void {
    const { term, vote, promiseMs } = this.hardState;
    hold(next.term >= term, 'S9', () => `term of ${this.uuid} falls from ${term} to ${next.term}`);
    hold(next.promiseMs >= promiseMs, 'S9', () => `promise of ${this.uuid} falls to ${next.promiseMs}`);
    const kept = next.term > term || vote === 0 || next.vote === vote;
    hold(kept, 'S2', () => `${this.uuid} replaces its vote for ${vote} in term ${term} by ${next.vote}`);
    this.hardState = next;
  }

  writeEntries(truncateFrom: LogIndex, entries: readonly Entry[], commit: LogIndex): void {
    if (truncateFrom > 0) {
      hold(truncateFrom >= this.firstIndex, 'S10', () => `O3: truncation from ${truncateFrom} below the log`);
      this.entries.length = Math.min(this.entries.length, truncateFrom - this.firstIndex);
    }
    for (const entry of entries) {
      const { lastIndex } = this;
      hold(entry.index === lastIndex + 1, 'S10', () => `O3: entry ${entry.index} stored after ${lastIndex}`);
      hold(
        entry.term <= this.hardState.term,
        'S10',
        () => `O2: entry ${entry.index} of term ${entry.term} stored first`,
      );
      this.entries.push(entry);
    }
    this.commitHint = Math.max(this.commitHint, Math.min(commit, this.lastIndex));
  }

  /** A received snapshot is complete. */
  keepReceived(snapshot: StoredSnapshot): void {
    this.received = [...this.received.slice(-7), snapshot];
  }

  /** An own snapshot is complete. */
  keepOwn(snapshot: StoredSnapshot): void {
    if (snapshot.ref.index >= (this.snapshot?.ref.index ?? 0)) this.snapshot = snapshot;
  }

  /** Makes a received snapshot the state of this storage. */
  install(ref: SnapshotRef): void {
    const found = this.received.find((received) => sameSnapshot(received.ref, ref));
    hold(found !== undefined, 'S10', () => `O10: snapshot ${ref.index} is not there`);
    this.snapshot = found;
    this.received = [];
    this.entries = [];
    this.firstIndex = ref.index + 1;
    this.commitHint = ref.index;
  }

  compact(firstIndex: LogIndex): void {
    if (firstIndex <= this.firstIndex) return;
    this.entries = this.entries.slice(firstIndex - this.firstIndex);
    this.firstIndex = firstIndex;
  }
}
