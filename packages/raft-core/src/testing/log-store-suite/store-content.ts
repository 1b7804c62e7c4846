/** What the cases of the storage suite write into a store, and how they look at what is there. */
import { configurationOf, type Configuration } from '../../configuration.ts';
import type { Entry } from '../../entry.ts';
import type { LogIndex, Term } from '../../ids.ts';
import { crc32 } from '../../memory/crc32.ts';
import type { LogStore } from '../../ports/log-store.ts';
import type { SnapshotMeta, SnapshotRef } from '../../snapshot.ts';

export const wait: { readonly signal: AbortSignal } = { signal: new AbortController().signal };
/** More bytes than any case reads. */
export const unlimited = 1_000_000_000;
export const configuration: Configuration = configurationOf(
  [
    { id: 1, uuid: 'a' },
    { id: 2, uuid: 'b' },
  ],
  [{ id: 3, uuid: 'c' }],
);

/** Entries `from..to` of one term, four bytes each. */
export function run(from: LogIndex, to: LogIndex, term: Term = 1): readonly Entry[] {
  return Array.from({ length: to - from + 1 }, (_, i) => {
    const index = from + i;
    return { index, term, type: 'command', data: Uint8Array.of(term, 0, index >>> 8, index & 255) };
  });
}

export function metaAt(index: LogIndex): SnapshotMeta {
  return { index, term: 1, configuration, timing: null };
}

/** Announcement of the bytes 9, 8, 7. */
export function receivedAt(index: LogIndex): SnapshotRef {
  return { ...metaAt(index), sizeBytes: 3, checksum: crc32(Uint8Array.of(9, 8, 7)) };
}

export async function append(store: LogStore, entries: readonly Entry[]): Promise<void> {
  await store.append({ truncateFrom: 0, entries, commit: 0 }, wait);
}

export async function filledTo(store: LogStore, to: LogIndex): Promise<void> {
  await append(store, run(1, to));
}

export async function writeSnapshot(
  store: LogStore,
  meta: SnapshotMeta,
  bytes: readonly number[],
): Promise<SnapshotRef> {
  const sink = await store.createSnapshot(meta, wait);
  for (let at = 0; at < bytes.length; at += 65_536) {
    await sink.write(Uint8Array.from(bytes.slice(at, at + 65_536)), wait);
  }
  const ref = await sink.finish(wait);
  await sink[Symbol.asyncDispose]();
  return ref;
}

export async function snapshotAt(store: LogStore, index: LogIndex): Promise<void> {
  await writeSnapshot(store, metaAt(index), [index]);
}

export async function receive(store: LogStore, announced: SnapshotRef, bytes: readonly number[]): Promise<SnapshotRef> {
  const sink = await store.receiveSnapshot(announced, wait);
  try {
    await sink.write(Uint8Array.from(bytes), wait);
    return await sink.finish(wait);
  } finally {
    await sink[Symbol.asyncDispose]();
  }
}

export async function contentOfSnapshot(store: LogStore, ref: SnapshotRef): Promise<readonly number[]> {
  const source = await store.openSnapshot(ref, wait);
  const bytes: number[] = [];
  for (;;) {
    const chunk = await source.read(bytes.length, 50_000, wait);
    if (chunk.byteLength === 0) break;
    for (const byte of chunk) bytes.push(byte);
  }
  await source[Symbol.asyncDispose]();
  return bytes;
}

export async function bounds(store: LogStore): Promise<readonly LogIndex[]> {
  const { firstIndex, lastIndex } = await store.load(wait);
  return [firstIndex, lastIndex];
}

export async function indexes(store: LogStore, from: LogIndex, to: LogIndex): Promise<readonly LogIndex[]> {
  return (await store.read({ from, to, maxBytes: unlimited }, wait)).map(({ index }) => index);
}

export async function terms(store: LogStore, from: LogIndex, to: LogIndex): Promise<readonly Term[]> {
  return (await store.read({ from, to, maxBytes: unlimited }, wait)).map(({ term }) => term);
}

export function plain({ index, term, type, data }: Entry): readonly unknown[] {
  return [index, term, type, [...data]];
}

/** Everything but the start count and the commit hint, which may differ after a restart. */
export async function contentOf(store: LogStore): Promise<unknown> {
  const { identity, commit: _, ...state } = await store.load(wait);
  const { firstIndex: from, lastIndex: to } = state;
  const entries = to < from ? [] : await store.read({ from, to, maxBytes: unlimited }, wait);
  const { uuid, clusterId, generation } = identity;
  return { state, identity: { uuid, clusterId, generation }, entries: entries.map(plain) };
}
