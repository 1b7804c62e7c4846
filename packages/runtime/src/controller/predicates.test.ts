import { describe, expect, it } from 'vitest';
import type { Change } from '../cache/informer.ts';
import type { KubeObject } from '../object/kube-object.ts';
import { anyChange, desiredStateChanged, Predicate } from './predicates.ts';

interface Fields {
  readonly metadata?: object;
  readonly spec?: object;
  readonly status?: object;
  readonly data?: object;
}

function object({ metadata = {}, ...body }: Fields): KubeObject {
  return { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a', ...metadata }, ...body };
}

function updated(previous: Fields, now: Fields): Change<KubeObject> {
  return { type: 'updated', previous: object(previous), object: object(now), initial: false };
}

describe('the default predicate', () => {
  it.each([
    { what: 'spec', change: updated({ spec: { a: 1 } }, { spec: { a: 2 } }), runs: true },
    { what: 'the body of a kind without spec', change: updated({ data: { a: 1 } }, { data: {} }), runs: true },
    { what: 'labels', change: updated({}, { metadata: { labels: { a: 'b' } } }), runs: true },
    { what: 'annotations', change: updated({}, { metadata: { annotations: { a: 'b' } } }), runs: true },
    { what: 'finalizers', change: updated({}, { metadata: { finalizers: ['a/b'] } }), runs: true },
    { what: 'deletion', change: updated({}, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }), runs: true },
    {
      what: 'generation',
      change: updated({ metadata: { generation: 1 } }, { metadata: { generation: 2 } }),
      runs: true,
    },
    { what: 'status only', change: updated({ status: { a: 1 } }, { status: { a: 2 } }), runs: false },
    { what: 'bookkeeping only', change: updated({}, { metadata: { resourceVersion: '7' } }), runs: false },
    { what: 'the order of fields', change: updated({ spec: { a: 1, b: 2 } }, { spec: { b: 2, a: 1 } }), runs: false },
    { what: 'the order of items', change: updated({ spec: { l: [1, 2] } }, { spec: { l: [2, 1] } }), runs: true },
  ])('$what: runs is $runs', ({ change, runs }) => {
    expect(desiredStateChanged.test(change)).toBe(runs);
  });

  it('lets creations and deletions pass', () => {
    expect(desiredStateChanged.test({ type: 'added', object: object({}), initial: true })).toBe(true);
    expect(desiredStateChanged.test({ type: 'deleted', object: object({}), initial: false })).toBe(true);
  });
});

describe('composition', () => {
  const change = updated({}, {});
  const yes = new Predicate(() => true);
  const no = new Predicate(() => false);

  it('has and, or, not', () => {
    expect([yes.and(no), yes.or(no), yes.not(), no.not()].map((one) => one.test(change))).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect(anyChange.test(change)).toBe(true);
  });

  it('lets a change pass when a predicate throws, also negated', () => {
    const broken = new Predicate(() => {
      throw new Error('bug');
    });
    expect([broken, broken.not(), broken.and(yes)].map((one) => one.test(change))).toEqual([true, true, true]);
  });
});
