import { describe, expect, it } from 'vitest';
import { ObjectStore } from '../store/object-store.ts';
import type { Collection } from '../store/collection.ts';
import { manualClock } from '../testing/manual-clock.ts';
import { WatchHub, type WatchSubject } from './watch-hub.ts';

const oneTurn = (): Promise<void> => new Promise((done) => setImmediate(done));

interface Watched {
  /** Stores one more object. */
  readonly write: () => void;
  /** Names of the objects in each write to the connection. */
  readonly sent: string[][];
}

function watchAll(): Watched {
  const store = new ObjectStore({ history: { events: 1000, ms: 1e9 }, nowMs: () => 0 });
  const collection = store.collection('configmaps');
  const sent: string[][] = [];
  new WatchHub(manualClock(), () => store.revision).open(
    everything(collection),
    { initialState: false, initialEventsEnd: false, replayAfter: undefined, bookmarks: false, timeoutMs: 1e6 },
    {
      send: (events) => sent.push([...events]),
      unsentBytes: () => 0,
      end: () => undefined,
      destroy: () => undefined,
    },
    undefined,
  );
  let written = 0;
  const write = (): void => {
    const name = `o${written++}`;
    collection.create(name, { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name } });
  };
  return { write, sent };
}

function everything(collection: Collection): WatchSubject {
  return {
    collection,
    namespace: undefined,
    match: () => true,
    encode: (_type, { key }) => key,
    encodeBookmark: () => 'bookmark',
    groupKey: '',
    afterRevision: 0,
  };
}

describe('events of a burst', () => {
  it('leave in one write, after the first turn that brings none', async () => {
    const { write, sent } = watchAll();
    for (let turn = 0; turn < 3; turn++) {
      write();
      write();
      await oneTurn();
    }
    expect(sent).toEqual([]);
    await oneTurn();
    expect(sent).toEqual([['o0', 'o1', 'o2', 'o3', 'o4', 'o5']]);
  });

  it('leave although more come each turn', async () => {
    const { write, sent } = watchAll();
    for (let turn = 0; turn < 100; turn++) {
      write();
      await oneTurn();
    }
    await oneTurn();
    await oneTurn();
    expect(sent.flat()).toEqual(Array.from({ length: 100 }, (_, i) => `o${i}`));
    expect(Math.max(...sent.map((events) => events.length))).toBeLessThan(20);
    expect(sent.length).toBeLessThan(10);
  });
});
