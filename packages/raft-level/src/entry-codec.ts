/**
 * Entries as database values: `crc u32, type u8, term u64, data`, numbers big-endian.
 *
 * LevelDB drops damaged log records without a word, so each value carries a checksum over its key and itself: an entry
 * that reads well is the entry that was written, at the index where it was written.
 */
import { crc32 } from 'node:zlib';
import { type Entry, entryTypeCode, entryTypeOf, type LogIndex } from '@k8sop/raft-core';
import { entryKey } from './key-codec.ts';

const headerBytes = 13;

export function encodeEntry(entry: Entry, key: Uint8Array): Uint8Array {
  const value = new Uint8Array(headerBytes + entry.data.byteLength);
  const view = new DataView(value.buffer);
  value[4] = entryTypeCode(entry.type);
  view.setUint32(5, Math.floor(entry.term / 2 ** 32));
  view.setUint32(9, entry.term >>> 0);
  value.set(entry.data, headerBytes);
  view.setUint32(0, crc32(value.subarray(4), crc32(key)));
  return value;
}

/** The entry stored under `index`, or undefined when the bytes are not what was written. */
export function decodeEntry(index: LogIndex, value: Uint8Array): Entry | undefined {
  if (value.byteLength < headerBytes) return undefined;
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  if (view.getUint32(0) !== crc32(value.subarray(4), crc32(entryKey(index)))) return undefined;
  const type = entryTypeOf(value[4] as number);
  const term = view.getUint32(5) * 2 ** 32 + view.getUint32(9);
  if (type === undefined || !Number.isSafeInteger(term)) return undefined;
  return { index, term, type, data: value.subarray(headerBytes) };
}

/** Value of the generation key: `crc u32, generation u64`. */
export function encodeGeneration(generation: number): Uint8Array {
  const value = new Uint8Array(12);
  const view = new DataView(value.buffer);
  view.setUint32(4, Math.floor(generation / 2 ** 32));
  view.setUint32(8, generation >>> 0);
  view.setUint32(0, crc32(value.subarray(4)));
  return value;
}

/** Reverse of `encodeGeneration`; undefined when damaged. */
export function decodeGeneration(value: Uint8Array): number | undefined {
  if (value.byteLength !== 12) return undefined;
  const view = new DataView(value.buffer, value.byteOffset, 12);
  if (view.getUint32(0) !== crc32(value.subarray(4))) return undefined;
  const generation = view.getUint32(4) * 2 ** 32 + view.getUint32(8);
  return Number.isSafeInteger(generation) ? generation : undefined;
}
