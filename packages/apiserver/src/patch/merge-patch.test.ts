import { expect, it } from 'vitest';
import { mergePatch } from './merge-patch.ts';

it.each([
  { target: { a: 'b' }, patch: { a: 'c' }, result: { a: 'c' } },
  { target: { a: 'b' }, patch: { b: 'c' }, result: { a: 'b', b: 'c' } },
  { target: { a: 'b' }, patch: { a: null }, result: {} },
  { target: { a: ['b'] }, patch: { a: 'c' }, result: { a: 'c' } },
  { target: { a: { b: 'c', d: 1 } }, patch: { a: { b: null } }, result: { a: { d: 1 } } },
  { target: { a: 'c' }, patch: { a: { bb: { ccc: null } } }, result: { a: { bb: {} } } },
  { target: ['a'], patch: { a: 1 }, result: { a: 1 } },
  { target: { a: 1 }, patch: null, result: null },
  { target: { e: null }, patch: { a: 1 }, result: { e: null, a: 1 } },
])('merges $patch into $target (RFC 7386)', ({ target, patch, result }) => {
  expect(mergePatch(target, patch)).toEqual(result);
});

it('shares what it does not touch, and treats __proto__ as a name', () => {
  const target = { kept: { deep: [1] }, changed: 1 };
  const result = mergePatch(target, JSON.parse('{"changed":2,"__proto__":{"x":1}}'));
  expect(result).toHaveProperty('kept', target.kept);
  expect((result as typeof target).kept).toBe(target.kept);
  expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
  expect(Object.keys(result as object)).toContain('__proto__');
});
