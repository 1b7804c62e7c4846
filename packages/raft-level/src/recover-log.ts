/**
 * Decides at open what the log is: which records count, which are cut, and when the directory contradicts itself.
 *
 * LevelDB may have lost acknowledged records without saying so. The watermark knows up to where records were acknowledged:
 * at or below it every record must be there and sound; above it, a bad record and all behind it were never acknowledged
 * and are cut.
 */
import type { LogIndex, Term } from '@k8sop/raft-core';
import type { StoredRecord } from './log-database.ts';
import type { Meta } from './meta-file.ts';
import type { Watermark } from './watermark-file.ts';

export interface RecoveredLog {
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
  /** Records from here on are to be removed; 0: none. */
  readonly cutFrom: LogIndex;
  /** Highest index found, sound or not. */
  readonly foundTo: LogIndex;
}

/** A sentence says which rule the directory breaks. */
export type Recovery =
  | { readonly ok: true; readonly log: RecoveredLog }
  | { readonly ok: false; readonly problem: string };

export async function recoverLog(
  records: AsyncIterable<StoredRecord>,
  meta: Meta,
  generation: number,
  watermark: Watermark,
): Promise<Recovery> {
  const broken = (problem: string): Recovery => ({ ok: false, problem });
  if (watermark.generation > generation) {
    return broken(`the log is of truncation generation ${generation}, ${watermark.generation} was acknowledged`);
  }
  const snapshotIndex = meta.snapshot?.index ?? 0;
  if (meta.firstIndex > snapshotIndex + 1) {
    return broken(`entries from ${snapshotIndex + 1} to ${meta.firstIndex - 1} are in neither log nor snapshot`);
  }
  // Indexes compare only within one generation: a truncation may have been acknowledged after the watermark.
  const acknowledged = watermark.generation === generation ? watermark.lastIndex : 0;
  let lastIndex = meta.firstIndex - 1;
  let lastTerm = lastIndex === snapshotIndex ? (meta.snapshot?.term ?? 0) : 0;
  let cutFrom = 0;
  let foundTo = lastIndex;
  for await (const { index, entry } of records) {
    if (index < meta.firstIndex) continue; // void, its removal was under way
    foundTo = index;
    if (cutFrom > 0) continue;
    const sound = entry !== undefined && index === lastIndex + 1 && entry.term >= lastTerm;
    if (sound) {
      lastIndex = index;
      lastTerm = entry.term;
    } else if (index <= acknowledged || lastIndex < acknowledged) {
      return broken(badRecord(index, lastIndex, entry !== undefined));
    } else cutFrom = lastIndex + 1;
  }
  if (lastIndex < acknowledged) return broken(`the log ends at ${lastIndex}, ${acknowledged} was acknowledged`);
  if (lastIndex < snapshotIndex) return broken(`the log ends at ${lastIndex}, before the snapshot of ${snapshotIndex}`);
  if (meta.hardState.term < lastTerm) {
    return broken(`term ${meta.hardState.term} is below the last entry's term ${lastTerm}`);
  }
  return { ok: true, log: { lastIndex, lastTerm, cutFrom, foundTo } };
}

function badRecord(index: LogIndex, lastIndex: LogIndex, readable: boolean): string {
  if (!readable) return `entry ${index} has a bad checksum`;
  if (index !== lastIndex + 1) return `entries ${lastIndex + 1} to ${index - 1} are missing`;
  return `the term falls at entry ${index}`;
}
