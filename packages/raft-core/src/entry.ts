/**
 * Log entries: what they carry and the numbers that name their types on disk and on the wire.
 *
 * `data` is encoded once by the proposer and crosses storage, network and memory as the same bytes.
 * Whoever receives an entry must not mutate `data`.
 */
import type { LogIndex, Term } from './ids.ts';

/**
 * - `empty`: a new leader's first entry; no data.
 * - `command`: application bytes for the state machine (inside the driver's command envelope).
 * - `configuration`: the complete membership after the change (`encodeConfiguration`); counts from apply.
 * - `timing`: cluster-wide timeouts (`encodeTiming`); counts from apply.
 */
export type EntryType = 'empty' | 'command' | 'configuration' | 'timing';

/** One entry. Entries in arrays are contiguous: each index is its predecessor's plus one. */
export interface Entry {
  readonly index: LogIndex;
  readonly term: Term;
  readonly type: EntryType;
  readonly data: Uint8Array;
}

/** Entry types by code: position is the number used on disk, on the wire and in memory. Never reorder. */
export const entryTypes: readonly EntryType[] = ['empty', 'command', 'configuration', 'timing'];

const codes: Readonly<Record<EntryType, number>> = { empty: 0, command: 1, configuration: 2, timing: 3 };

/** Stable number of an entry type: 0 empty, 1 command, 2 configuration, 3 timing. */
export function entryTypeCode(type: EntryType): number {
  return codes[type];
}

/** Entry type of a stable number, or undefined for a number no version has used. */
export function entryTypeOf(code: number): EntryType | undefined {
  return entryTypes[code];
}

/** Largest `data` of one entry: 1 MiB. Bigger commands are refused before they reach the log. */
export const maxEntryBytes: number = 1024 * 1024;

/** Cluster-wide timeouts, carried by a `timing` entry so that no node changes timing alone. */
export interface Timing {
  /** Vote promise and minimal election timeout in milliseconds. */
  readonly electionTimeoutMs: number;
  readonly heartbeatMs: number;
}

/** Bytes of a timing entry: two u32, big-endian. */
export function encodeTiming(timing: Timing): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, timing.electionTimeoutMs);
  view.setUint32(4, timing.heartbeatMs);
  return bytes;
}

/** Reverse of `encodeTiming`; undefined when the bytes are none. */
export function decodeTiming(data: Uint8Array): Timing | undefined {
  if (data.byteLength !== 8) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, 8);
  const electionTimeoutMs = view.getUint32(0);
  const heartbeatMs = view.getUint32(4);
  return electionTimeoutMs > 0 && heartbeatMs > 0 ? { electionTimeoutMs, heartbeatMs } : undefined;
}

/** Sum of the data bytes of `entries`. */
export function entriesSizeBytes(entries: readonly Entry[]): number {
  let sizeBytes = 0;
  for (const entry of entries) sizeBytes += entry.data.byteLength;
  return sizeBytes;
}
