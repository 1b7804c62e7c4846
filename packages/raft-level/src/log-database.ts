/** The LevelDB database `log/`: entries and the truncation generation. Knows keys and values, not rules. */
import { join } from 'node:path';
import type { Entry, LogIndex } from '@k8sop/raft-core';
import { ClassicLevel } from 'classic-level';
import { decodeEntry, decodeGeneration, encodeEntry, encodeGeneration } from './entry-codec.ts';
import { entryKey, entryKeyRange, generationKey, indexOfKey } from './key-codec.ts';
import { corrupt, storageError } from './storage-error.ts';

/** Keys removed by one call, so that no synced write waits long behind a removal. */
const sliceKeys = 250;

/** One record as it lies there; `entry` is undefined when damaged. */
export interface StoredRecord {
  readonly index: LogIndex;
  readonly entry: Entry | undefined;
}

export class LogDatabase {
  readonly #level: ClassicLevel<Uint8Array, Uint8Array>;
  readonly #directory: string;

  private constructor(level: ClassicLevel<Uint8Array, Uint8Array>, directory: string) {
    this.#level = level;
    this.#directory = directory;
  }

  static async open(directory: string): Promise<LogDatabase> {
    const level = new ClassicLevel<Uint8Array, Uint8Array>(join(directory, 'log'), {
      keyEncoding: 'view',
      valueEncoding: 'view',
      compression: false, // entries are small and often opaque; the checksums are over what is stored
    });
    try {
      await level.open();
    } catch (error) {
      throw storageError(directory, 'opening the log', error);
    }
    return new LogDatabase(level, directory);
  }

  /** Undefined when the key is missing. @throws `STORAGE_CORRUPT` when it is damaged. */
  async generation(): Promise<number | undefined> {
    const value = await this.#guard(this.#level.get(generationKey));
    if (value === undefined) return undefined;
    const generation = decodeGeneration(value);
    if (generation === undefined) throw corrupt(this.#directory, 'the truncation generation has a bad checksum');
    return generation;
  }

  /** All records in order of index. */
  async *records(): AsyncGenerator<StoredRecord, void, undefined> {
    const iterator = this.#level.iterator({ gte: entryKeyRange.first, lt: entryKeyRange.end });
    try {
      for (;;) {
        const rows = await this.#guard(iterator.nextv(256));
        if (rows.length === 0) return;
        for (const [key, value] of rows) {
          const index = indexOfKey(key);
          if (index === undefined) throw corrupt(this.#directory, 'the log holds a malformed key');
          yield { index, entry: decodeEntry(index, value) };
        }
      }
    } finally {
      await iterator.close();
    }
  }

  /** True when no entry is there, whatever else is. */
  async isEmpty(): Promise<boolean> {
    const keys = await this.#guard(
      this.#level.keys({ gte: entryKeyRange.first, lt: entryKeyRange.end, limit: 1 }).all(),
    );
    return keys.length === 0;
  }

  /** One record; undefined when missing. */
  async record(index: LogIndex): Promise<StoredRecord | undefined> {
    const value = await this.#guard(this.#level.get(entryKey(index)));
    return value === undefined ? undefined : { index, entry: decodeEntry(index, value) };
  }

  /** Removes `removeFrom..removeTo`, appends `entries`, and sets the generation where given: one synced batch. */
  async write(batch: {
    readonly removeFrom: LogIndex;
    readonly removeTo: LogIndex;
    readonly entries: readonly Entry[];
    readonly generation: number | undefined;
  }): Promise<void> {
    const chained = this.#level.batch();
    for (let index = batch.removeFrom; index <= batch.removeTo; index++) chained.del(entryKey(index));
    for (const entry of batch.entries) {
      const key = entryKey(entry.index);
      chained.put(key, encodeEntry(entry, key));
    }
    if (batch.generation !== undefined) chained.put(generationKey, encodeGeneration(batch.generation));
    await this.#guard(chained.write({ sync: true }));
  }

  /** Removes entries below `end`, slice by slice, unsynced: whoever calls has made `end` durable elsewhere. */
  async removeBelow(end: LogIndex, signal: AbortSignal): Promise<void> {
    await this.#removeSlices(entryKeyRange.first, entryKey(end), signal);
  }

  /** Removes every entry. */
  async removeAll(signal: AbortSignal): Promise<void> {
    await this.#removeSlices(entryKeyRange.first, entryKeyRange.end, signal);
  }

  async close(): Promise<void> {
    await this.#level.close();
  }

  async #removeSlices(gte: Uint8Array, lt: Uint8Array, signal: AbortSignal): Promise<void> {
    let from: { readonly gte: Uint8Array } | { readonly gt: Uint8Array } = { gte };
    while (!signal.aborted) {
      const keys: Uint8Array[] = await this.#guard(this.#level.keys({ ...from, lt, limit: sliceKeys }).all());
      const last = keys.at(-1);
      if (last === undefined) return;
      await this.#guard(this.#level.batch(keys.map((key) => ({ type: 'del' as const, key }))));
      from = { gt: last }; // not from the start again: LevelDB would step over all that was removed, slice after slice
    }
  }

  async #guard<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw storageError(this.#directory, 'the log database', error);
    }
  }
}
