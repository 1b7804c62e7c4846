/** When an own snapshot is due, and how its image gets into storage. One at a time. */
import type { Entry } from '../entry.ts';
import { entriesSizeBytes } from '../entry.ts';
import { isRaftError } from '../errors.ts';
import type { LogIndex, Term } from '../ids.ts';
import type { LogStore, WaitOptions } from '../ports/log-store.ts';
import type { SnapshotMeta, SnapshotRef } from '../snapshot.ts';
import type { DriverLimits } from './driver-options.ts';

export class SnapshotMaker {
  readonly #limits: DriverLimits;
  #entryCount = 0;
  #sizeBytes = 0;
  #lastTerm: Term = 0;
  #lastIndex: LogIndex = 0;
  #running = false;

  constructor(limits: DriverLimits) {
    this.#limits = limits;
  }

  /** Entries were applied. */
  note(entries: readonly Entry[]): void {
    const last = entries.at(-1);
    if (last === undefined) return;
    this.#entryCount += entries.length;
    this.#sizeBytes += entriesSizeBytes(entries);
    this.#lastTerm = last.term;
    this.#lastIndex = last.index;
  }

  /** Another node's snapshot took the place of what was counted. */
  installed(snapshot: SnapshotRef): void {
    this.#entryCount = 0;
    this.#sizeBytes = 0;
    this.#lastTerm = snapshot.term;
    this.#lastIndex = snapshot.index;
  }

  /** Meta of a snapshot that is due now, or null. The caller fixes the image before anything else is applied. */
  begin(now: Omit<SnapshotMeta, 'term'>): SnapshotMeta | null {
    const due = this.#entryCount >= this.#limits.snapshotEntries || this.#sizeBytes >= this.#limits.snapshotBytes;
    if (!due || this.#running || now.index !== this.#lastIndex) return null;
    this.#running = true;
    this.#entryCount = 0;
    this.#sizeBytes = 0;
    return { ...now, term: this.#lastTerm };
  }

  /** Writes an image; null when the disk is full (the next one comes later). */
  async write(
    meta: SnapshotMeta,
    image: AsyncIterable<Uint8Array>,
    store: LogStore,
    wait: WaitOptions,
  ): Promise<SnapshotRef | null> {
    try {
      const sink = await store.createSnapshot(meta, wait);
      try {
        for await (const chunk of image) await sink.write(chunk, wait);
        return await sink.finish(wait);
      } finally {
        await sink[Symbol.asyncDispose]();
      }
    } catch (error) {
      if (isRaftError(error, 'STORAGE_FULL')) return null;
      throw error;
    } finally {
      this.#running = false;
    }
  }
}
