import { describe, expect, it } from 'vitest';
import { emptyConfiguration } from '../configuration.ts';
import type { SnapshotRef } from '../snapshot.ts';
import { crc32 } from './crc32.ts';
import { openMemoryLogStore, type MemoryLogStore } from './memory-log-store.ts';

const wait = { signal: new AbortController().signal };
const content = Uint8Array.of(1, 2, 3);

function snapshotAt(index: number): SnapshotRef {
  return { index, term: 1, configuration: emptyConfiguration, timing: null, sizeBytes: 3, checksum: crc32(content) };
}

async function receive(store: MemoryLogStore, index: number): Promise<void> {
  const sink = await store.receiveSnapshot(snapshotAt(index), wait);
  await sink.write(content, wait);
  await sink.finish(wait);
}

describe('received snapshots', () => {
  it('keep until they are installed, whatever arrives meanwhile', async () => {
    const store = openMemoryLogStore({ uuid: 'u' });
    for (const index of [5, 9, 7]) await receive(store, index);
    await store.installSnapshot(snapshotAt(7), wait);
    expect((await store.load(wait)).snapshot).toEqual(snapshotAt(7));
    await expect(store.installSnapshot(snapshotAt(5), wait)).rejects.toMatchObject({ code: 'STORAGE_OUT_OF_RANGE' });
    await store.installSnapshot(snapshotAt(9), wait);
    expect(await store.load(wait)).toMatchObject({ snapshot: { index: 9 }, firstIndex: 10, lastIndex: 9 });
  });

  it('are refused when too many wait, and taken again once one is installed', async () => {
    const store = openMemoryLogStore({ uuid: 'u' });
    for (const index of [1, 2, 3, 4]) await receive(store, index);
    await receive(store, 4);
    await expect(receive(store, 5)).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    await store.installSnapshot(snapshotAt(2), wait);
    await receive(store, 5);
    await store.installSnapshot(snapshotAt(5), wait);
  });

  it('give way to a newer snapshot of the own state machine', async () => {
    const store = openMemoryLogStore({ uuid: 'u' });
    await receive(store, 5);
    const { index, term, configuration, timing } = snapshotAt(6);
    const sink = await store.createSnapshot({ index, term, configuration, timing }, wait);
    await sink.write(content, wait);
    await sink.finish(wait);
    await expect(store.installSnapshot(snapshotAt(5), wait)).rejects.toMatchObject({ code: 'STORAGE_OUT_OF_RANGE' });
  });
});
