/**
 * What must survive beside the log: identity, hard state, snapshot reference. Kept twice, in slots A and B.
 *
 * An update writes slot A and syncs it before it resolves; slot B follows off the critical path and is synced before the
 * next update begins. At rest both are equal, so one damaged slot never revives an older vote. At open the slot with the
 * higher `seq` counts and the other is made equal to it.
 *
 * A slot keeps its size or grows, by whole blocks, so that overwriting it changes nothing in the file system's own records: a
 * vote waits for the sync.
 */
import type { FileHandle } from 'node:fs/promises';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Configuration,
  type HardState,
  isCount,
  isUuid,
  type SnapshotRef,
  type StoreIdentity,
} from '@k8sop/raft-core';
import { decodeChecked, encodeChecked } from './checked-text.ts';
import { openOrCreate, overwriteSynced, replaceSynced } from './synced-file.ts';

export interface Meta {
  /** Raised by one with every update. */
  readonly seq: number;
  readonly identity: StoreIdentity;
  readonly hardState: HardState;
  readonly snapshot: SnapshotRef | null;
  /** Entries below are void, present or not. */
  readonly firstIndex: number;
  /** Entries written under a lower truncation generation are void: a snapshot replaced them. */
  readonly logGeneration: number;
}

export const slotNames = ['slot-a', 'slot-b'] as const;

/** Both slots as found; undefined for one that is missing, torn or damaged. */
export async function readSlots(directory: string): Promise<readonly [Meta | undefined, Meta | undefined]> {
  const [a, b] = await Promise.all(slotNames.map((name) => readSlot(join(directory, name))));
  return [a, b];
}

async function readSlot(path: string): Promise<Meta | undefined> {
  try {
    return parseMeta(decodeChecked(await readFile(path)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseMeta(value: unknown): Meta | undefined {
  const meta = value as Meta | undefined;
  if (meta === undefined) return undefined;
  const { identity, hardState, snapshot } = meta;
  const counts = [
    meta.seq,
    meta.firstIndex,
    meta.logGeneration,
    identity?.startCount,
    identity?.generation,
    hardState?.term,
    hardState?.vote,
  ];
  const sound = counts.every((count) => typeof count === 'number' && isCount(count)) && isUuid(identity.uuid);
  return sound && (snapshot === null || isConfiguration(snapshot.configuration)) ? meta : undefined;
}

function isConfiguration(value: Configuration | undefined): boolean {
  return Array.isArray(value?.voters);
}

export class MetaFile {
  #meta: Meta;
  #sizeBytes = 0;
  readonly #slots: readonly [FileHandle, FileHandle];
  /** The write of slot B, or of a whole update, still under way. */
  #tail: Promise<void> = Promise.resolve();

  private constructor(meta: Meta, slots: readonly [FileHandle, FileHandle]) {
    this.#meta = meta;
    this.#slots = slots;
  }

  /**
   * Opens both slots and makes them equal to `meta`, durably. The slot that counted, `newest`, is overwritten last: whatever
   * cuts this short leaves it, or its successor in the other.
   */
  static async open(directory: string, meta: Meta, newest: 0 | 1): Promise<MetaFile> {
    const [a, b] = await Promise.all(slotNames.map((name) => openOrCreate(join(directory, name))));
    const file = new MetaFile(meta, [a as FileHandle, b as FileHandle]);
    const bytes = file.#encode(meta);
    try {
      await replaceSynced(file.#slots[newest === 0 ? 1 : 0], bytes);
      await replaceSynced(file.#slots[newest], bytes);
    } catch (error) {
      await file.close();
      throw error;
    }
    return file;
  }

  get current(): Meta {
    return this.#meta;
  }

  /** Durable when resolved. Updates run one after the other; `change` sees the state before its own. */
  async update(change: (meta: Meta) => Omit<Meta, 'seq'>): Promise<Meta> {
    const before = this.#tail;
    const answered = Promise.withResolvers<Meta>();
    this.#tail = (async () => {
      await before;
      const meta: Meta = { ...change(this.#meta), seq: this.#meta.seq + 1 };
      const bytes = this.#encode(meta);
      await overwriteSynced(this.#slots[0], bytes);
      this.#meta = meta;
      answered.resolve(meta);
      await overwriteSynced(this.#slots[1], bytes);
    })();
    this.#tail.catch(answered.reject); // a failed slot fails this update or, for slot B, every later one
    return answered.promise;
  }

  #encode(meta: Meta): Uint8Array {
    const bytes = encodeChecked(meta, this.#sizeBytes);
    this.#sizeBytes = bytes.byteLength;
    return bytes;
  }

  /** Resolves once both slots are equal. */
  async settle(): Promise<void> {
    await this.#tail;
  }

  async close(): Promise<void> {
    await this.#tail.catch(() => {}); // the failure was reported to whoever waited for the update
    await Promise.all(this.#slots.map((slot) => slot.close()));
  }
}
