import { describe, expect, it } from 'vitest';
import { applyJsonPatch, type JsonPatchOperation } from './json-patch.ts';

const document = { a: { b: [1, 2, 3], 'x/y': 'slash', 'm~n': 'tilde' }, n: null };

describe('JSON patch (RFC 6902)', () => {
  it.each<{ why: string; operations: JsonPatchOperation[]; path: readonly (string | number)[]; value: unknown }>([
    { why: 'add sets a member', operations: [{ op: 'add', path: '/c', value: 1 }], path: ['c'], value: 1 },
    {
      why: 'add inserts into a list',
      operations: [{ op: 'add', path: '/a/b/1', value: 9 }],
      path: ['a', 'b'],
      value: [1, 9, 2, 3],
    },
    {
      why: 'add appends at -',
      operations: [{ op: 'add', path: '/a/b/-', value: 9 }],
      path: ['a', 'b'],
      value: [1, 2, 3, 9],
    },
    {
      why: 'remove takes out of a list',
      operations: [{ op: 'remove', path: '/a/b/0' }],
      path: ['a', 'b'],
      value: [2, 3],
    },
    { why: 'replace changes', operations: [{ op: 'replace', path: '/a/b', value: 'z' }], path: ['a', 'b'], value: 'z' },
    {
      why: 'copy reads before it writes',
      operations: [{ op: 'copy', from: '/a/b', path: '/c' }],
      path: ['c'],
      value: [1, 2, 3],
    },
    {
      why: 'move takes away',
      operations: [{ op: 'move', from: '/a/b', path: '/a/d' }],
      path: ['a', 'd'],
      value: [1, 2, 3],
    },
    { why: '~1 is a slash', operations: [{ op: 'replace', path: '/a/x~1y', value: 0 }], path: ['a', 'x/y'], value: 0 },
    { why: '~0 is a tilde', operations: [{ op: 'replace', path: '/a/m~0n', value: 0 }], path: ['a', 'm~n'], value: 0 },
    {
      why: 'test passes on equal values',
      operations: [{ op: 'test', path: '/a/b', value: [1, 2, 3] }],
      path: ['n'],
      value: null,
    },
  ])('$why', ({ operations, path, value }) => {
    const before = JSON.stringify(document);
    const result = applyJsonPatch(document, operations);
    expect(result).toMatchObject({ ok: true });
    expect(result).toHaveProperty(['value', ...path], value);
    expect(JSON.stringify(document)).toBe(before);
  });

  it.each<{ why: string; operations: JsonPatchOperation[]; operation: number }>([
    { why: 'removing what is not there', operations: [{ op: 'remove', path: '/zz' }], operation: 0 },
    { why: 'replacing what is not there', operations: [{ op: 'replace', path: '/zz', value: 1 }], operation: 0 },
    { why: 'adding below what is not there', operations: [{ op: 'add', path: '/zz/a', value: 1 }], operation: 0 },
    { why: 'an index beyond the list', operations: [{ op: 'add', path: '/a/b/4', value: 1 }], operation: 0 },
    { why: 'an index with a leading zero', operations: [{ op: 'remove', path: '/a/b/01' }], operation: 0 },
    { why: 'a path without slash', operations: [{ op: 'remove', path: 'a' }], operation: 0 },
    {
      why: 'a failed test after good operations',
      operations: [
        { op: 'add', path: '/c', value: 1 },
        { op: 'test', path: '/c', value: 2 },
      ],
      operation: 1,
    },
    { why: 'an unknown operation', operations: [{ op: 'frob', path: '/a' }], operation: 0 },
    { why: 'add without value', operations: [{ op: 'add', path: '/c' }], operation: 0 },
    { why: 'inherited names', operations: [{ op: 'remove', path: '/constructor' }], operation: 0 },
  ])('refuses $why', ({ operations, operation }) => {
    expect(applyJsonPatch(document, operations)).toMatchObject({ ok: false, operation });
  });

  it('keeps copied containers apart from their source', () => {
    const operations = [
      { op: 'add', path: '/x', value: { a: 1 } },
      { op: 'add', path: '/x/b', value: 2 },
      { op: 'copy', from: '/x', path: '/y' },
      { op: 'add', path: '/x/c', value: 3 },
    ];
    expect(applyJsonPatch({}, operations)).toEqual({ ok: true, value: { x: { a: 1, b: 2, c: 3 }, y: { a: 1, b: 2 } } });
    expect(operations[0]?.value).toEqual({ a: 1 });
  });

  it('refuses copies that double until memory is full', () => {
    const doubling = Array.from({ length: 40 }, (_, index) => ({ op: 'copy', from: '/a', path: `/a/${index}` }));
    expect(applyJsonPatch({ a: { text: 'x'.repeat(100) } }, doubling)).toMatchObject({ ok: false });
  });
});
