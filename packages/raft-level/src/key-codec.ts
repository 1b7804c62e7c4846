/**
 * Keys of the log database, ordered as the log is: `l` + index as u64 big-endian, and `g` for the truncation generation.
 */
import type { LogIndex } from '@k8sop/raft-core';

const entryPrefix = 0x6c; // 'l'

/** Key of the truncation generation, which every truncating batch raises. */
export const generationKey: Uint8Array = Uint8Array.of(0x67); // 'g'

/** 9 bytes; compares bytewise as the index compares. */
export function entryKey(index: LogIndex): Uint8Array {
  const key = new Uint8Array(9);
  const view = new DataView(key.buffer);
  key[0] = entryPrefix;
  view.setUint32(1, Math.floor(index / 2 ** 32));
  view.setUint32(5, index >>> 0);
  return key;
}

/** Reverse of `entryKey`; undefined when the bytes are no entry key or the index is no safe integer. */
export function indexOfKey(key: Uint8Array): LogIndex | undefined {
  if (key.byteLength !== 9 || key[0] !== entryPrefix) return undefined;
  const view = new DataView(key.buffer, key.byteOffset, 9);
  const index = view.getUint32(1) * 2 ** 32 + view.getUint32(5);
  return Number.isSafeInteger(index) ? index : undefined;
}

/** All entry keys lie in `[first, end)`. */
export const entryKeyRange: { readonly first: Uint8Array; readonly end: Uint8Array } = {
  first: Uint8Array.of(entryPrefix),
  end: Uint8Array.of(entryPrefix + 1),
};
