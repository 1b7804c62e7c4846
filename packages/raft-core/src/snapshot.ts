/** What names a snapshot: the same reference on disk, on the wire and in the core. */
import type { Configuration } from './configuration.ts';
import type { Timing } from './entry.ts';
import type { LogIndex, Term } from './ids.ts';

/** The log position and membership a snapshot stands for. */
export interface SnapshotMeta {
  /** Last entry the snapshot contains. */
  readonly index: LogIndex;
  /** Term of that entry. */
  readonly term: Term;
  /** Membership in force after that entry, learners included. */
  readonly configuration: Configuration;
  /** Cluster-wide timing in force after that entry; null while the configured timing was never changed. */
  readonly timing: Timing | null;
}

/**
 * A finished snapshot. Two references with equal index, term, size and checksum name the same bytes, so a
 * transfer that broke may continue from another sender.
 */
export interface SnapshotRef extends SnapshotMeta {
  readonly sizeBytes: number;
  /** CRC-32 (IEEE, as zlib's) of all content bytes. */
  readonly checksum: number;
}

/** True when both name the same content. */
export function sameSnapshot(a: SnapshotRef, b: SnapshotRef): boolean {
  return a.index === b.index && a.term === b.term && a.sizeBytes === b.sizeBytes && a.checksum === b.checksum;
}
