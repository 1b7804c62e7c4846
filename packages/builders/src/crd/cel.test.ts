import { Type } from 'typebox';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { atLeastOneOf, atMostOneOf, cel, celName, exactlyOneOf, immutable, withRules } from './cel.ts';
import { isOptional } from './schema-marks.ts';

describe('rules', () => {
  it('cel() keeps every option', () => {
    const options = {
      message: 'm',
      messageExpression: '"m"',
      reason: 'FieldValueForbidden',
      fieldPath: '.a',
      optionalOldSelf: true,
    } as const;
    expect(cel('self.a == oldSelf.a', options)).toEqual({ rule: 'self.a == oldSelf.a', ...options });
  });

  it.each([
    [exactlyOneOf, '== 1', 'exactly one of a, b must be set'],
    [atMostOneOf, '<= 1', 'at most one of a, b may be set'],
    [atLeastOneOf, '>= 1', 'at least one of a, b must be set'],
  ])('%o counts the properties that are set', (make, comparison, message) => {
    expect(make('a', 'b')).toEqual({
      rule: `[has(self.a), has(self.b)].filter(set, set).size() ${comparison}`,
      message,
    });
  });

  it('escapes property names as CEL demands', () => {
    expect(exactlyOneOf('namespace', 'a-b').rule).toContain('[has(self.__namespace__), has(self.a__dash__b)]');
    expect(celName('a__b.c/d')).toBe('a__underscores__b__dot__c__slash__d');
  });
});

describe('withRules', () => {
  it('leaves the argument alone and adds to rules that are there', () => {
    const Text = Type.String();
    const Ruled = withRules(withRules(Text, cel('a')), cel('b'));
    expect(Ruled).toEqual({ type: 'string', 'x-kubernetes-validations': [{ rule: 'a' }, { rule: 'b' }] });
    expect(Text).toEqual({ type: 'string' });
  });

  it('keeps type and optionality', () => {
    const Fixed = immutable(Type.Optional(Type.Integer()));
    expect(isOptional(Fixed)).toBe(true);
    expectTypeOf<Type.Static<typeof Fixed>>().toEqualTypeOf<number>();
  });
});
