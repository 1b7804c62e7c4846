import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../schema/schema-node.ts';
import {
  describePath,
  describeSet,
  equalSets,
  excludeSet,
  type FieldSet,
  fieldSetOf,
  hasPath,
  intersectSets,
  isEmptySet,
  isSubset,
  leavesOf,
  pathsOf,
  subtractSets,
  unionSets,
} from './field-set.ts';
import { decodeFieldsV1, encodeFieldsV1 } from './fields-v1.ts';

/** `a.b` becomes the path f:a, f:b; elements of other kinds are written in full. */
function set(...paths: readonly string[]): FieldSet {
  return fieldSetOf(...paths.map(elements));
}

function elements(path: string): string[] {
  return path.split(/\.(?![^{]*\})/).map((part) => (/^[kvi]:/.test(part) ? part : `f:${part}`));
}

/** FieldsV1 decoded and encoded again, as text. */
function recoded(json: JsonValue): string {
  const decoded = decodeFieldsV1(json);
  return decoded === undefined ? 'undecodable' : JSON.stringify(encodeFieldsV1(decoded));
}

const APP = 'k:{"name":"app"}';

describe('leaves of a set: members that no longer member begins with', () => {
  it.each([
    { why: 'the empty set has none', paths: [], leaves: [] },
    { why: 'a single path is its own leaf', paths: ['a'], leaves: ['.a'] },
    { why: 'siblings are both leaves', paths: ['a', 'b'], leaves: ['.a', '.b'] },
    { why: 'a parent that is a member is no leaf', paths: ['a', 'a.b'], leaves: ['.a.b'] },
    { why: 'a parent that is no member does not matter', paths: ['a.b'], leaves: ['.a.b'] },
    { why: 'a chain has one leaf', paths: ['a', 'a.b', 'a.b.c'], leaves: ['.a.b.c'] },
    { why: 'each branch has its own', paths: ['a.b', 'a.c', 'a'], leaves: ['.a.b', '.a.c'] },
    {
      why: 'a list item with fields is no leaf',
      paths: [`l.${APP}`, `l.${APP}.image`],
      leaves: ['.l[name="app"].image'],
    },
    { why: 'a list item without fields is', paths: [`l.${APP}`], leaves: ['.l[name="app"]'] },
    { why: 'a set item is', paths: ['l.v:"x"', 'l'], leaves: ['.l[="x"]'] },
    { why: 'indexes count like any element', paths: ['l.i:0', 'l.i:1.a'], leaves: ['.l[0]', '.l[1].a'] },
  ])('$why', ({ paths, leaves }) => {
    expect(describeSet(leavesOf(set(...paths)))).toEqual(leaves);
  });
});

describe('set operations', () => {
  it.each([
    { operation: 'union', a: ['a'], b: ['b'], result: ['.a', '.b'] },
    { operation: 'union', a: ['a'], b: ['a.b'], result: ['.a', '.a.b'] },
    { operation: 'union', a: [], b: ['a.b'], result: ['.a.b'] },
    { operation: 'intersect', a: ['a', 'b'], b: ['b', 'c'], result: ['.b'] },
    { operation: 'intersect', a: ['a'], b: ['a.b'], result: [] },
    { operation: 'intersect', a: ['a.b', 'a.c'], b: ['a.c', 'a'], result: ['.a.c'] },
    { operation: 'subtract', a: ['a', 'a.b'], b: ['a'], result: ['.a.b'] },
    { operation: 'subtract', a: ['a', 'a.b'], b: ['a.b'], result: ['.a'] },
    { operation: 'subtract', a: ['a.b'], b: ['a.b'], result: [] },
    { operation: 'exclude', a: ['a', 'a.b', 'c'], b: ['a'], result: ['.c'] },
    { operation: 'exclude', a: ['a.b', 'a.c'], b: ['a.b'], result: ['.a.c'] },
    { operation: 'exclude', a: ['a'], b: ['a.b'], result: ['.a'] },
  ] as const)('$operation of $a and $b is $result', ({ operation, a, b, result }) => {
    const operations = { union: unionSets, intersect: intersectSets, subtract: subtractSets, exclude: excludeSet };
    expect(describeSet(operations[operation](set(...a), set(...b)))).toEqual(result);
  });

  it('returns the set itself when nothing goes, so that callers can compare references', () => {
    const fields = set('a.b', 'a.c', 'd');
    expect(subtractSets(fields, set('x', 'a'))).toBe(fields);
    expect(excludeSet(fields, set('x.y'))).toBe(fields);
    expect(unionSets(fields, set())).toBe(fields);
  });

  it('has a path only when that path itself is a member', () => {
    expect(hasPath(set('a.b'), ['f:a', 'f:b'])).toBe(true);
    expect(hasPath(set('a.b'), ['f:a'])).toBe(false);
    expect(hasPath(set('a.b'), ['f:a', 'f:b', 'f:c'])).toBe(false);
  });
});

describe('path text in messages', () => {
  it.each([
    { path: ['f:spec', 'f:replicas'], text: '.spec.replicas' },
    { path: ['f:spec', 'f:containers', APP, 'f:image'], text: '.spec.containers[name="app"].image' },
    { path: ['f:ports', 'k:{"containerPort":80,"protocol":"TCP"}'], text: '.ports[containerPort=80,protocol="TCP"]' },
    { path: ['f:finalizers', 'v:"a.b/c"'], text: '.finalizers[="a.b/c"]' },
    { path: ['f:weights', 'v:3'], text: '.weights[=3]' },
    { path: ['f:labels', 'f:app.kubernetes.io/name'], text: '.labels.app.kubernetes.io/name' },
    { path: ['f:rules', 'i:2'], text: '.rules[2]' },
    { path: ['f:l', 'k:{"on":true,"x":null}'], text: '.l[on=true,x=null]' },
  ])('$text', ({ path, text }) => {
    expect(describePath(path)).toBe(text);
  });

  it('lists members of a level before what lies below them', () => {
    expect([...pathsOf(set('b', 'a.z', 'a.k', 'c.v:1', 'c.v:"1"', 'c'))].map(describePath)).toEqual([
      '.b',
      '.c',
      '.a.k',
      '.a.z',
      '.c[=1]',
      '.c[="1"]',
    ]);
  });
});

describe('FieldsV1', () => {
  it.each([
    { why: 'an empty set', json: '{}' },
    { why: 'plain fields', json: '{"f:data":{"f:a":{},"f:b":{}}}' },
    { why: 'a member with longer paths', json: '{"f:labels":{".":{},"f:app":{}}}' },
    {
      why: 'keyed items, sorted by key',
      json: '{"f:c":{"k:{\\"name\\":\\"a\\"}":{".":{},"f:image":{}},"k:{\\"name\\":\\"b\\"}":{}}}',
    },
    { why: 'numbers sort as numbers', json: '{"f:p":{"k:{\\"port\\":9}":{},"k:{\\"port\\":80}":{}}}' },
    { why: 'kinds of elements in their order', json: '{"f:l":{"f:a":{},"k:{\\"n\\":1}":{},"v:\\"x\\"":{},"i:0":{}}}' },
    { why: 'values of a set', json: '{"f:finalizers":{"v:\\"a/b\\"":{},"v:\\"c\\"":{}}}' },
  ])('round-trips $why', ({ json }) => {
    expect(recoded(JSON.parse(json))).toBe(json);
  });

  it('writes keys sorted whatever order they arrived in', () => {
    const json = { 'f:b': {}, 'f:a': { 'k:{"protocol":"TCP","containerPort":80}': {}, '.': {} } };
    expect(recoded(json)).toBe('{"f:a":{".":{},"k:{\\"containerPort\\":80,\\"protocol\\":\\"TCP\\"}":{}},"f:b":{}}');
  });

  it.each([
    { why: 'an unknown element', json: { 'x:a': {} } },
    { why: 'a value that is no object', json: { 'f:a': true } },
    { why: 'a key that is no JSON', json: { 'k:{': {} } },
    { why: 'a list', json: [] },
    { why: 'null', json: null },
  ])('refuses $why', ({ json }) => {
    expect(decodeFieldsV1(json)).toBeUndefined();
  });

  it('decodes one JSON object once', () => {
    const json = { 'f:a': {} };
    expect(decodeFieldsV1(json)).toBe(decodeFieldsV1(json));
  });
});

const element = fc.oneof(
  fc.string({ minLength: 1, maxLength: 4 }).map((name) => `f:${name}`),
  fc.oneof(fc.string({ maxLength: 3 }), fc.integer(), fc.boolean()).map((value) => `v:${JSON.stringify(value)}`),
  fc.string({ maxLength: 3 }).map((name) => `k:{"name":${JSON.stringify(name)}}`),
  fc.nat(9).map((index) => `i:${index}`),
);
const anySet = fc
  .array(fc.array(element, { minLength: 1, maxLength: 4 }), { maxLength: 12 })
  .map((paths) => fieldSetOf(...paths));

describe('laws of field sets', () => {
  it('decoding undoes encoding', () => {
    fc.assert(
      fc.property(anySet, (fields) => {
        const json = JSON.parse(JSON.stringify(encodeFieldsV1(fields))) as JsonValue;
        expect(describeSet(decodeFieldsV1(json) as FieldSet)).toEqual(describeSet(fields));
      }),
    );
  });

  it('the parts of a set add up to it, in any order', () => {
    fc.assert(
      fc.property(anySet, anySet, (a, b) => {
        expect(equalSets(unionSets(a, b), unionSets(b, a))).toBe(true);
        expect(isEmptySet(subtractSets(a, a))).toBe(true);
        expect(equalSets(unionSets(subtractSets(a, b), intersectSets(a, b)), a)).toBe(true);
        expect(isEmptySet(intersectSets(subtractSets(a, b), b))).toBe(true);
        expect(isSubset(leavesOf(a), a)).toBe(true);
      }),
    );
  });
});
