import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoreEntry } from './collection.ts';
import { deepEqual } from './deep-equal.ts';
import type { KubeObject } from './kube-object.ts';
import { ObjectStore } from './object-store.ts';
import { generateName, seededRandom } from './random-source.ts';

function object(name: string, data: number): KubeObject {
  return { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name, uid: 'u', resourceVersion: '0' }, data };
}

function openStore(events = 1000): ObjectStore {
  return new ObjectStore({ history: { events, ms: 1e9 }, nowMs: () => 0 });
}

/** Creates, changes or deletes, whatever the present state allows. */
function write(store: ObjectStore, key: string, data: number): void {
  const collection = store.collection('configmaps');
  const current = collection.get(key);
  if (current === undefined) collection.create(key, object(key, data));
  else if (data % 3 === 0) collection.delete(current);
  else collection.update(current, object(key, data));
}

const writes = fc.array(fc.tuple(fc.constantFrom('a/1', 'a/2', 'b/1', 'b/2'), fc.nat(20)), { maxLength: 60 });

function keysOf(scan: (visit: (entry: StoreEntry) => boolean) => void): string[] {
  const keys: string[] = [];
  scan((entry) => keys.push(`${entry.key}=${JSON.stringify(entry.object['data'])}`) > 0);
  return keys;
}

describe('collection', () => {
  it('publishes each commit once, in revision order, and stamps objects with it', () => {
    fc.assert(
      fc.property(writes, (steps) => {
        const store = openStore();
        const revisions: number[] = [];
        store.subscribe((_collection, event) => {
          revisions.push(event.revision);
          expect(event.entry.object.metadata.resourceVersion).toBe(String(event.revision));
        });
        for (const [key, data] of steps) write(store, key, data);
        expect(revisions).toEqual(steps.map((_, index) => 101 + index));
      }),
    );
  });

  it('shows every revision that history reaches exactly as it was', () => {
    fc.assert(
      fc.property(writes, (steps) => {
        const store = openStore();
        const collection = store.collection('configmaps');
        const seen: { revision: number; keys: string[] }[] = [];
        for (const [key, data] of steps) {
          write(store, key, data);
          const view = collection.snapshot();
          seen.push({ revision: view.revision, keys: keysOf((visit) => view.scan(undefined, undefined, visit)) });
        }
        for (const { revision, keys } of seen) {
          const past = collection.at(revision);
          expect(keysOf((visit) => past?.scan(undefined, undefined, visit))).toEqual(keys);
        }
      }),
    );
  });

  it('refuses a commit that expected another state', () => {
    const collection = openStore().collection('configmaps');
    const first = collection.create('a', object('a', 1));
    expect(first).toMatchObject({ ok: true });
    expect(collection.create('a', object('a', 2))).toEqual({ ok: false });
    const stale = collection.get('a') as StoreEntry;
    collection.update(stale, object('a', 2));
    expect(collection.update(stale, object('a', 3))).toEqual({ ok: false });
    expect(collection.delete(stale)).toEqual({ ok: false });
  });

  it('keeps one namespace apart from names that start like it', () => {
    const collection = openStore().collection('configmaps');
    for (const key of ['a/x', 'a-b/x', 'a0/x', 'ab/x']) collection.create(key, object('x', 1));
    const keys: string[] = [];
    collection.forEach('a', ({ key }) => keys.push(key));
    expect(keys).toEqual(['a/x']);
  });

  it('counts a namespace as a look at each object would, also after a restore', () => {
    fc.assert(
      fc.property(writes, writes, (before, after) => {
        const store = openStore();
        const collection = store.collection('configmaps');
        const check = (): void => {
          for (const namespace of ['a', 'b', 'none', undefined]) {
            const looked = keysOf((visit) => collection.snapshot().scan(namespace, undefined, visit));
            expect(collection.count(namespace)).toBe(looked.length);
          }
        };
        const play = ([key, data]: [string, number]): void => {
          write(store, key, data);
          check();
        };
        before.forEach(play);
        const snapshot = store.snapshot();
        after.forEach(play);
        store.restore(snapshot);
        check();
      }),
    );
  });

  it('forgets the oldest events beyond its bound, and says from where on it remembers', () => {
    const store = openStore(3);
    const collection = store.collection('configmaps');
    for (const data of [1, 2, 4, 5, 7]) write(store, 'a/1', data);
    expect(collection.history.floor).toBe(102);
    expect([...collection.history.after(102)].map(({ revision }) => revision)).toEqual([103, 104, 105]);
    expect(collection.at(101)).toBeUndefined();
    store.compact();
    expect(collection.history.floor).toBe(105);
    expect([...collection.history.after(105)]).toEqual([]);
  });

  it('restores a snapshot without giving a revision twice', () => {
    const store = openStore();
    write(store, 'a/1', 1);
    const snapshot = store.snapshot();
    write(store, 'a/2', 1);
    const { revision } = store;
    store.restore(snapshot);
    expect(store.collection('configmaps').size).toBe(1);
    expect(store.revision).toBeGreaterThan(revision);
    write(store, 'a/2', 1);
    expect(store.collection('configmaps').get('a/2')?.revision).toBe(store.revision);
  });
});

describe('equality of JSON', () => {
  it('agrees with the standard library, and knows copies', () => {
    const json = fc.jsonValue({ maxDepth: 3 });
    fc.assert(
      fc.property(json, json, (a, b) => {
        const left = JSON.parse(JSON.stringify(a)) as never;
        const right = JSON.parse(JSON.stringify(b)) as never;
        expect(deepEqual(left, right)).toBe(isDeepStrictEqual(left, right));
        expect(deepEqual(left, JSON.parse(JSON.stringify(left)) as never)).toBe(true);
      }),
    );
  });
});

describe('generated names', () => {
  it('cut the base at 58 characters and add five', () => {
    const name = generateName('x'.repeat(80), seededRandom(1));
    expect(name).toMatch(/^x{58}[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(generateName('a-', seededRandom(7))).toBe(generateName('a-', seededRandom(7)));
    expect(seededRandom(3).uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
