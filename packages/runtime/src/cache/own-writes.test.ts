import { beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../object/kube-object.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import type { Change } from './informer.ts';
import { type OwnWrite, OwnWrites } from './own-writes.ts';

const kind = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };
const key = { namespace: 'default', name: 'a' };

function object(version: number, uid = 'u1'): KubeObject {
  const metadata = { name: 'a', namespace: 'default', uid, resourceVersion: String(version) };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata };
}

function updated(version: number, uid = 'u1'): Change<KubeObject> {
  return { type: 'updated', object: object(version, uid), previous: object(version - 1, uid), initial: false };
}

describe('OwnWrites', () => {
  let clock: ManualClock;
  let ownWrites: OwnWrites;
  let seen: string[];
  let deliver: (change: Change<KubeObject>) => void;

  const describeChange = (change: Change<KubeObject>): string => {
    const from = change.type === 'updated' ? `${change.previous.metadata.resourceVersion}→` : '';
    return `${change.type} ${from}${change.object.metadata.resourceVersion}`;
  };
  const begin = (): OwnWrite => ownWrites.begin('c', kind, key);
  const own = (version: number): { own: true; resourceVersion: string } => ({
    own: true,
    resourceVersion: String(version),
  });

  beforeEach(() => {
    clock = new ManualClock();
    ownWrites = new OwnWrites({ clock });
    seen = [];
    deliver = ownWrites.filter('c', kind, (change) => seen.push(describeChange(change)));
  });

  it('drops the event of an own write, whichever comes first', () => {
    const first = begin();
    deliver(updated(5));
    first.settle(own(5));
    const second = begin();
    second.settle(own(6));
    deliver(updated(6));
    expect([seen, ownWrites.size]).toEqual([[], 0]);
  });

  it('delivers one merged update when a foreign write is among the held ones', () => {
    const write = begin();
    deliver(updated(5));
    deliver(updated(6));
    deliver(updated(7));
    expect(seen).toEqual([]);
    write.settle(own(6));
    expect(seen).toEqual(['updated 4→7']);
  });

  it('holds while any write of the object is in flight', () => {
    const [first, second] = [begin(), begin()];
    deliver(updated(5));
    first.settle({ own: false });
    expect(seen).toEqual([]);
    second.settle({ own: false });
    expect(seen).toEqual(['updated 4→5']);
  });

  it('never holds longer than 2 s', () => {
    begin();
    deliver(updated(5));
    clock.advance(1_999);
    expect(seen).toEqual([]);
    clock.advance(1);
    expect(seen).toEqual(['updated 4→5']);
  });

  it('never holds a deletion, and lets what came before it out first', () => {
    begin();
    deliver(updated(5));
    deliver({ type: 'deleted', object: object(6), initial: false });
    expect(seen).toEqual(['updated 4→5', 'deleted 6']);
  });

  it('never merges two incarnations', () => {
    begin();
    deliver(updated(5));
    deliver({ type: 'added', object: object(7, 'u2'), initial: false });
    expect(seen).toEqual(['updated 4→5', 'added 7']);
  });

  it('delivers after a lost answer', () => {
    const write = begin();
    deliver(updated(5));
    write.settle({ own: false });
    expect(seen).toEqual(['updated 4→5']);
  });

  it('always delivers what a list shows', () => {
    begin().settle(own(5));
    deliver({ ...updated(5), relisted: true });
    expect(seen).toEqual(['updated 4→5']);
  });

  it('forgets an own version whose event has not come for 5 minutes', () => {
    begin().settle(own(5));
    clock.advance(300_001);
    deliver(updated(5));
    expect(seen).toEqual(['updated 4→5']);
  });

  it('keeps no window for events that never come', () => {
    begin().settle(own(5));
    clock.advance(301_000);
    ownWrites.begin('c', kind, { namespace: 'default', name: 'other' }).settle({ own: false });
    expect(ownWrites.size).toBe(0);
  });

  it('hides nothing from other controllers and other objects', () => {
    const others: string[] = [];
    const other = ownWrites.filter('d', kind, (change) => others.push(describeChange(change)));
    begin().settle(own(5));
    other(updated(5));
    expect(others).toEqual(['updated 4→5']);
  });

  it('settles once', () => {
    const [first, second] = [begin(), begin()];
    first.settle({ own: false });
    first.settle({ own: false });
    deliver(updated(5));
    expect(seen).toEqual([]);
    second.settle(own(5));
    expect(seen).toEqual([]);
  });
});
