import { describe, expect, it } from 'vitest';
import type { StructuralSchema } from './structural-schema.ts';
import { defaultValue, pruneValue, valueProblem } from './structural-value.ts';

const text: StructuralSchema = { type: 'string' };
const object: StructuralSchema = {
  type: 'object',
  required: ['a'],
  properties: {
    a: { type: 'string', minLength: 2 },
    list: { type: 'array', items: { type: 'object', properties: { b: { type: 'integer', default: 7 } } }, maxItems: 2 },
    map: { type: 'object', additionalProperties: { type: 'integer', minimum: 0, exclusiveMinimum: true } },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { n: { type: 'object' } } },
    maybe: { type: 'string', nullable: true, default: 'd' },
    set: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
  },
};

describe('pruneValue', () => {
  it('drops what is not specified, at every level, and keeps what is preserved', () => {
    const value = { a: 'x', z: 1, list: [{ b: 1, z: 1 }], map: { k: 1 }, free: { z: 1, n: { z: 1 } } };
    const pruned = { a: 'x', list: [{ b: 1 }], map: { k: 1 }, free: { z: 1, n: {} } };
    expect(pruneValue(value, object)).toEqual(pruned);
  });

  it('keeps the identity of an embedded resource', () => {
    const schema: StructuralSchema = {
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      properties: { spec: text },
    };
    const value = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, status: {} };
    expect(pruneValue(value, schema)).toEqual({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } });
  });
});

describe('defaultValue', () => {
  it('fills what is absent, and what is null without being nullable', () => {
    expect(defaultValue({ list: [{}, { b: null }], a: null }, object)).toEqual({
      list: [{ b: 7 }, { b: 7 }],
      maybe: 'd',
    });
    expect(defaultValue({ maybe: null }, object)).toEqual({ maybe: null });
  });
});

describe('valueProblem', () => {
  it.each([
    [{}, ': a is required'],
    [{ a: 1 }, '.a: must be string, not 1'],
    [{ a: 'x' }, '.a: has 1 characters, needs 2'],
    [{ a: 'xx', list: [{}, {}, {}] }, '.list: has 3 items, at most 2 allowed'],
    [{ a: 'xx', map: { k: 0 } }, '.map.k: 0 is below 0'],
    [{ a: 'xx', set: ['b', 'c', 'b'] }, '.set[2]: repeated in a set'],
    [null, ': must be object, not null'],
  ])('of %j is %s', (value, problem) => {
    expect(valueProblem(value, object)).toBe(problem);
  });

  it.each<[StructuralSchema, unknown]>([
    [{ type: 'integer', format: 'int32' }, 2 ** 31],
    [{ type: 'number', multipleOf: 2 }, 3],
    [{ type: 'number', maximum: 1 }, 2],
    [{ type: 'number', maximum: 1, exclusiveMaximum: true }, 1],
    [{ type: 'string', enum: ['a'] }, 'b'],
    [{ type: 'string', pattern: '^a' }, 'b'],
    [{ type: 'string', anyOf: [{ minLength: 3 }, { pattern: 'a' }] }, 'b'],
    [{ type: 'string', oneOf: [{ minLength: 1 }, { pattern: 'a' }] }, 'a'],
    [{ type: 'string', allOf: [{ minLength: 1 }, { pattern: 'a' }] }, 'b'],
    [{ type: 'string', not: { pattern: 'a' } }, 'a'],
    [{ 'x-kubernetes-int-or-string': true }, 1.5],
    [{ type: 'object', maxProperties: 0, additionalProperties: text }, { a: 'b' }],
    [{ type: 'object', properties: { a: text }, not: { properties: { a: { enum: ['x'] } } } }, { a: 'x' }],
    [{ type: 'array', items: text, allOf: [{ items: { minLength: 2 } }] }, ['a']],
  ])('%j refuses %j', (schema, value) => {
    expect(valueProblem(value, schema)).toEqual(expect.any(String));
  });

  it.each<[StructuralSchema, unknown]>([
    [{ type: 'string', nullable: true }, null],
    [{ 'x-kubernetes-int-or-string': true }, '1'],
    [{ 'x-kubernetes-preserve-unknown-fields': true }, [1]],
    [{ type: 'string', maxLength: 1 }, '😀'],
    [{ type: 'number' }, 1.5],
    [object, { a: 'xx', set: ['b', 'c'] }],
  ])('%j admits %j', (schema, value) => {
    expect(valueProblem(value, schema)).toBeUndefined();
  });
});
