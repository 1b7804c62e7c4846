/** Rules of schemas: what they find wrong with values, and what's wrong with them. */
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../schema/schema-node.ts';
import type { JsonObject } from '../store/kube-object.ts';
import { definitionRuleErrors } from './definition-rule-errors.ts';
import { ruleErrors } from './rule-errors.ts';
import { ruleFormErrors } from './rule-form-errors.ts';
import { compileRuleTree } from './rule-tree.ts';

const text = { type: 'string' };
const integer = { type: 'integer' };

function withRules(schema: JsonObject, ...rules: JsonObject[]): JsonObject {
  return { ...schema, 'x-kubernetes-validations': rules };
}

function spec(properties: JsonObject, ...rules: JsonObject[]): JsonObject {
  return { type: 'object', properties: { spec: withRules({ type: 'object', properties }, ...rules) } };
}

function found(schema: JsonObject, value: JsonValue, old?: JsonValue): string[] {
  const tree = compileRuleTree(schema);
  expect(tree).toBeDefined();
  return ruleErrors(tree as NonNullable<typeof tree>, value, old).map(
    ({ path, type, detail }) => `${path} ${type}: ${detail}`,
  );
}

describe('messages', () => {
  const low = { spec: { a: 1 } };
  it.each<[string, JsonObject, string]>([
    ['the rule itself', { rule: ' self.a > 1 ' }, 'spec FieldValueInvalid: failed rule: self.a > 1'],
    ['a message', { rule: 'self.a > 1', message: 'too low ' }, 'spec FieldValueInvalid: too low'],
    [
      'an expression',
      { rule: 'self.a > 1', messageExpression: '"a is %d".format([self.a])', message: 'no' },
      'spec FieldValueInvalid: a is 1',
    ],
    [
      'the message when the expression fails',
      { rule: 'self.a > 1', messageExpression: 'string(1 / (self.a - 1))', message: 'fallback' },
      'spec FieldValueInvalid: fallback',
    ],
    [
      'a reason',
      { rule: 'self.a > 1', reason: 'FieldValueForbidden' },
      'spec FieldValueForbidden: failed rule: self.a > 1',
    ],
    ['a reason', { rule: 'self.a > 1', reason: 'FieldValueRequired', message: 'm' }, 'spec FieldValueRequired: m'],
    ['a reason', { rule: 'self.a > 1', reason: 'FieldValueDuplicate', message: 'm' }, 'spec FieldValueDuplicate: '],
    ['a field path', { rule: 'self.a > 1', fieldPath: '.a', message: 'm' }, 'spec.a FieldValueInvalid: m'],
    ['a field path', { rule: 'self.a > 1', fieldPath: "['a']", message: 'm' }, 'spec.a FieldValueInvalid: m'],
    ['an error', { rule: 'self.b > 1' }, 'spec FieldValueInvalid: no such key: b evaluating rule: self.b > 1'],
    [
      'a type problem that only shows at run time',
      { rule: 'self.any > 1' },
      "spec FieldValueInvalid: 'no such overload': call arguments did not match a supported operator, function or macro signature for rule: self.any > 1",
    ],
  ])('%s', (_what, rule, expected) => {
    const schema = spec({ a: integer, b: integer, any: { 'x-kubernetes-int-or-string': true } }, rule);
    expect(found(schema, { spec: { ...low.spec, any: 'x' } })).toEqual([expected]);
    expect(found(schema, { spec: { a: 2, b: 2, any: 2 } })).toEqual([]);
  });
});

describe('places', () => {
  const positive = (schema: JsonObject): JsonObject => withRules(schema, { rule: 'self > 0', message: 'm' });
  it.each<[string, JsonObject, JsonValue, string[]]>([
    [
      'the root',
      withRules({ type: 'object' }, { rule: 'self.metadata.name == "a"', message: 'm' }),
      { metadata: { name: 'b' } },
      ['<nil>'],
    ],
    ['a property', { type: 'object', properties: { a: positive(integer) } }, { a: 0 }, ['a']],
    [
      'items',
      { type: 'object', properties: { a: { type: 'array', items: positive(integer) } } },
      { a: [1, 0, -1] },
      ['a[1]', 'a[2]'],
    ],
    [
      'values of a map',
      { type: 'object', properties: { a: { type: 'object', additionalProperties: positive(integer) } } },
      { a: { 'x.y': 0 } },
      ['a[x.y]'],
    ],
    ['a part of allOf', { type: 'object', properties: { a: { ...integer, allOf: [positive({})] } } }, { a: 0 }, ['a']],
    [
      'null is never looked at',
      { type: 'object', properties: { a: positive({ ...integer, nullable: true }) } },
      { a: null },
      [],
    ],
    [
      'an embedded object',
      {
        type: 'object',
        properties: {
          a: withRules(
            { type: 'object', 'x-kubernetes-embedded-resource': true },
            { rule: 'self.kind == "Pod" && self.metadata.name != ""', message: 'm' },
          ),
        },
      },
      { a: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } } },
      ['a'],
    ],
    [
      'escaped names',
      {
        type: 'object',
        properties: {
          s: withRules(
            { type: 'object', properties: { namespace: text, 'a-b': text, 'x.y/z': text, a__b: text } },
            {
              rule: 'self.__namespace__ + self.a__dash__b + self.x__dot__y__slash__z + self.a__underscores__b == "1234"',
              message: 'm',
            },
          ),
        },
      },
      { s: { namespace: '1', 'a-b': '2', 'x.y/z': '3', a__b: '5' } },
      ['s'],
    ],
  ])('%s', (_what, schema, value, paths) => {
    expect(found(schema, value)).toEqual(paths.map((path) => `${path} FieldValueInvalid: m`));
  });
});

describe('values as the schema means them', () => {
  it.each<[JsonObject, JsonValue, string]>([
    [{ type: 'number' }, 2, 'type(self) == double && self / 4.0 == 0.5'],
    [integer, 5, 'type(self) == int && self / 2 == 2'],
    [{ ...text, format: 'date-time' }, '2024-01-01T00:00:00Z', 'self.getFullYear() == 2024'],
    [{ ...text, format: 'date' }, '2024-03-01', 'self.getMonth() == 2'],
    [{ ...text, format: 'duration' }, '90m', 'self == duration("1h30m")'],
    [{ ...text, format: 'byte' }, 'aGk=', 'string(self) == "hi"'],
    [{ 'x-kubernetes-int-or-string': true }, '50%', 'type(self) == string && self.matches("%$")'],
    [{ 'x-kubernetes-int-or-string': true }, 80, 'type(self) == int && self < 100'],
    [
      { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
      ['a', 'b'],
      'self == ["b", "a"] && "a" in self && self + ["b", "c"] == ["c", "a", "b"]',
    ],
    [{ type: 'array', items: text }, ['a', 'b'], 'self != ["b", "a"] && (self + ["b"]).size() == 3'],
    [
      {
        type: 'array',
        items: { type: 'object', properties: { k: text, v: integer } },
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['k'],
      },
      [
        { k: 'a', v: 1 },
        { k: 'b', v: 2 },
      ],
      'self == self + self.filter(e, e.k == "b") && self.exists(e, e.v == 2)',
    ],
  ])('%j %j: %s', (schema, value, rule) => {
    const list = { type: 'object', properties: { v: withRules(schema, { rule, message: rule }) } };
    expect(found(list, { v: value })).toEqual([]);
  });
});

describe('rules about change', () => {
  const frozen = spec({ a: withRules(text, { rule: 'self == oldSelf', message: 'immutable' }) });
  const once = spec(
    { a: text },
    { rule: 'oldSelf.hasValue() || !has(self.a)', message: 'not at first', optionalOldSelf: true },
  );
  const keyed = spec({
    l: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
      items: withRules(
        { type: 'object', properties: { k: text, v: integer } },
        { rule: 'self.v >= oldSelf.v', message: 'lower' },
      ),
    },
  });
  it.each<[string, JsonObject, JsonValue, JsonValue | undefined, string[]]>([
    ['skip creation', frozen, { spec: { a: 'x' } }, undefined, []],
    ['see a change', frozen, { spec: { a: 'y' } }, { spec: { a: 'x' } }, ['spec.a FieldValueInvalid: immutable']],
    ['skip what is new', frozen, { spec: { a: 'y' } }, { spec: {} }, []],
    [
      'may ask for an optional old value',
      once,
      { spec: { a: 'x' } },
      undefined,
      ['spec FieldValueInvalid: not at first'],
    ],
    ['which is there on update', once, { spec: { a: 'x' } }, { spec: {} }, []],
    [
      'follow items by their keys',
      keyed,
      {
        spec: {
          l: [
            { k: 'b', v: 1 },
            { k: 'a', v: 1 },
          ],
        },
      },
      {
        spec: {
          l: [
            { k: 'a', v: 1 },
            { k: 'b', v: 2 },
          ],
        },
      },
      ['spec.l[0] FieldValueInvalid: lower'],
    ],
  ])('%s', (_what, schema, value, old, expected) => expect(found(schema, value, old)).toEqual(expected));

  it('what broke a rule before may stay, and only that', () => {
    const schema = spec({ a: withRules(integer, { rule: 'self > 0', message: 'low' }), b: integer });
    expect(found(schema, { spec: { a: 0, b: 2 } }, { spec: { a: 0, b: 1 } })).toEqual([]);
    expect(found(schema, { spec: { a: -1, b: 1 } }, { spec: { a: 0, b: 1 } })).toEqual([
      'spec.a FieldValueInvalid: low',
    ]);
  });
});

describe('budgets', () => {
  const numbers = Array.from({ length: 1500 }, (_, index) => index);
  const list = { type: 'array', items: integer };

  it('one rule ends at its limit, and ends the run', () => {
    const schema = spec({ l: list }, { rule: 'self.l.all(a, self.l.all(b, a + b >= 0))' }, { rule: 'false' });
    expect(found(schema, { spec: { l: numbers } })).toEqual([
      "spec FieldValueInvalid: 'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: self.l.all(a, self.l.all(b, a + b >= 0))",
    ]);
  });

  it('all rules end at the budget of the object', () => {
    const costly = Array.from({ length: 40 }, () => ({ rule: 'self.l.exists(a, self.l.all(b, a == b))' }));
    const small = { spec: { l: numbers.slice(0, 200) } };
    const errors = found(spec({ l: list }, ...costly), small);
    expect(errors.at(-1)).toBe('spec FieldValueInvalid: failed rule: self.l.exists(a, self.l.all(b, a == b))');
    const many = Array.from({ length: 200 }, () => ({ rule: 'self.l.all(a, self.l.exists(b, b == a))' }));
    expect(found(spec({ l: list }, ...many), small).at(-1)).toContain('running out of cost budget');
  });

  it('compiling patterns that a rule takes from data is not free', () => {
    const patterns = Array.from({ length: 200 }, (_, index) => `${index}${'a{900}'.repeat(15)}`);
    const schema = spec(
      { l: { type: 'array', items: text } },
      { rule: 'self.l.all(p, !"x".matches(p))', message: 'm' },
    );
    expect(found(schema, { spec: { l: patterns } })[0]).toContain('actual cost limit exceeded');
  });

  it('comparing large structures is not free', () => {
    const rows = Array.from({ length: 3000 }, (_, index) => ({ k: `k${index}`, v: index }));
    const rowType = { type: 'array', items: { type: 'object', properties: { k: text, v: integer } } };
    const schema = spec({ l: rowType }, { rule: 'self.l.all(r, self.l == oldSelf.l)', message: 'm' });
    const errors = found(schema, { spec: { l: rows, x: 1 } }, { spec: { l: structuredClone(rows) } });
    expect(errors[0]).toContain('actual cost limit exceeded');
  });
});

describe('definitions', () => {
  const rule = 'spec.x-kubernetes-validations[0]';
  const problems = (schema: JsonObject): string[] =>
    definitionRuleErrors(schema, 'spec').map(({ path, type, detail }) => `${path} ${type} ${detail.split('\n')[0]}`);

  it.each<[string, JsonObject, string[]]>([
    [
      'a rule that is no condition',
      { rule: '1' },
      [`${rule}.rule FieldValueInvalid cel expression must evaluate to a bool`],
    ],
    [
      'a message that is no text',
      { rule: 'true', messageExpression: '1' },
      [`${rule}.messageExpression FieldValueInvalid messageExpression must evaluate to a string`],
    ],
    [
      'a message that does not compile',
      { rule: 'true', messageExpression: 'nope' },
      [
        `${rule}.messageExpression FieldValueInvalid messageExpression compilation failed: ERROR: <input>:1:1: undeclared reference to 'nope' (in container '')`,
      ],
    ],
    [
      'an optional old value nobody asks for',
      { rule: 'true', optionalOldSelf: true },
      [`${rule}.optionalOldSelf FieldValueInvalid may not be set if oldSelf is not used in rule`],
    ],
    ['a sound one', { rule: 'self.kind != "" && (!has(self.metadata.name) || self.metadata.name != "x")' }, []],
    [
      'fields outside of the schema',
      { rule: 'self.metadata.labels.size() > 0' },
      [`${rule}.rule FieldValueInvalid compilation failed: ERROR: <input>:1:14: undefined field 'labels'`],
    ],
  ])('%s', (_what, text_, expected) => expect(problems(withRules({ type: 'object' }, text_))).toEqual(expected));

  it('oldSelf has nothing to follow below plain lists', () => {
    const items = withRules(text, { rule: 'self == oldSelf' });
    const schema = {
      type: 'object',
      properties: { l: { type: 'array', maxItems: 2, items: { ...items, maxLength: 5 } } },
    };
    expect(problems(schema)).toEqual([
      'spec.properties[l].items.x-kubernetes-validations[0].rule FieldValueInvalid oldSelf cannot be used on the uncorrelatable portion of the schema within spec.properties[l].items',
    ]);
  });

  const guarded = (schema: JsonObject, rule_: string): string[] =>
    problems({ type: 'object', properties: { v: withRules(schema, { rule: rule_ }) } });

  it.each<[string, JsonObject, string, RegExp]>([
    ['no bound', { type: 'array', items: text }, 'self.all(x, x.contains("gpu"))', /factor of more than 100x/],
    [
      'a list in a loop over itself',
      { type: 'array', maxItems: 2000, items: integer },
      'self.all(x, self.all(y, x == y))',
      /factor of \d\.\dx/,
    ],
    ['text from numbers has no bound', integer, '(string(self) + "x") != ""', /factor of more than 100x/],
  ])('costs too much: %s', (_what, schema, condition, factor) => {
    const [first] = guarded(schema, condition);
    expect(first).toContain('FieldValueForbidden estimated rule cost exceeds budget by');
    expect(first).toMatch(factor);
  });

  it.each<[string, JsonObject, string]>([
    ['bounds', { type: 'array', maxItems: 1000, items: { ...text, maxLength: 63 } }, 'self.all(x, x.contains("gpu"))'],
    ['an enumeration is as long as its longest value', { ...text, enum: ['a', 'bb'] }, 'self.matches("^b")'],
    ['format, where text is bounded', { ...integer }, '"%d".format([self]) != ""'],
  ])('costs little enough: %s', (_what, schema, condition) => expect(guarded(schema, condition)).toEqual([]));

  it('a bound of the name in the schema counts', () => {
    const dear = { rule: `self.metadata.name.matches('^${'[a-z]{1,10}-'.repeat(15)}x$')` };
    expect(problems(withRules({ type: 'object' }, dear))[0]).toContain('exceeds budget');
    const name = { ...text, maxLength: 63 };
    const metadata = { type: 'object', properties: { name, generateName: name } };
    expect(problems(withRules({ type: 'object', properties: { metadata } }, dear))).toEqual([]);
  });

  it('costs add up', () => {
    const dear = { rule: 'self.all(x, self.all(y, x == y))' };
    const properties = Object.fromEntries(
      Array.from({ length: 15 }, (_, index) => [
        `p${index}`,
        withRules({ type: 'array', maxItems: 1100, items: integer }, dear),
      ]),
    );
    const errors = problems({ type: 'object', properties });
    expect(errors.filter((error) => error.includes('contributed to estimated rule cost total'))).toHaveLength(4);
    expect(errors.at(-1)).toMatch(
      /^spec FieldValueForbidden x-kubernetes-validations estimated rule cost total .* factor of 1\.\d+x/,
    );
  });

  it.each<[string, JsonObject, string]>([
    ['an empty rule', { rule: ' ' }, 'rule FieldValueRequired rule is not specified'],
    [
      'an empty message',
      { rule: 'true', message: ' ' },
      'message FieldValueInvalid message must be non-empty if specified',
    ],
    [
      'a message of two lines',
      { rule: 'true', message: 'a\nb' },
      'message FieldValueInvalid message must not contain line breaks',
    ],
    [
      'two lines without message',
      { rule: 'true &&\ntrue' },
      'message FieldValueRequired message must be specified if rule contains line breaks',
    ],
    [
      'an unknown reason',
      { rule: 'true', reason: 'Bad' },
      'reason FieldValueNotSupported supported values: "FieldValueDuplicate"',
    ],
    [
      'a path that leads nowhere',
      { rule: 'true', fieldPath: '.b' },
      'fieldPath FieldValueInvalid fieldPath must be a valid path',
    ],
    [
      'an empty message expression',
      { rule: 'true', messageExpression: ' ' },
      'messageExpression FieldValueRequired messageExpression must be non-empty if specified',
    ],
  ])('form: %s', (_what, text_, expected) => {
    const schema = withRules({ type: 'object', properties: { a: text } }, text_);
    const [first] = ruleFormErrors(schema, 'p');
    expect(`${first?.path} ${first?.type} ${first?.detail}`).toContain(`p.x-kubernetes-validations[0].${expected}`);
  });
});

describe('values that do not fit their schema', () => {
  const moment = { type: 'string', format: 'date-time' };
  const rule = { rule: '!has(self.at) || self.at > timestamp("2020-01-01T00:00:00Z")', message: 'too old' };

  it('are absent, so that rules about other fields go on', () => {
    const schema = spec({ at: moment, list: { type: 'array', items: integer }, a: integer }, rule, {
      rule: 'self.a > 1',
    });
    expect(found(schema, { spec: { at: '', list: 5, a: 2 } })).toEqual([]);
    expect(found(schema, { spec: { at: '2019-01-01T00:00:00Z', a: 2 } })).toEqual(['spec FieldValueInvalid: too old']);
  });

  it('fail the rules about themselves', () => {
    const schema = spec({ list: withRules({ type: 'array', items: integer }, { rule: 'self.size() < 3' }) });
    expect(found(schema, { spec: { list: 5 } })).toEqual([
      'spec.list FieldValueInvalid: invalid data, expected a value for the provided schema with type=array',
    ]);
  });

  it('are nothing to compare with once the schema has changed', () => {
    const schema = spec({
      list: withRules({ type: 'array', items: integer }, { rule: 'self.size() >= oldSelf.size()' }),
    });
    expect(found(schema, { spec: { list: [1] } }, { spec: { list: 'a,b' } })).toEqual([]);
  });

  it('a nullable field that is null counts as absent', () => {
    const schema = spec({ a: { ...integer, nullable: true } }, { rule: '!has(self.a)' });
    expect(found(schema, { spec: { a: null } })).toEqual([]);
  });

  it('durations of a schema know days and weeks', () => {
    const schema = spec({ ttl: { type: 'string', format: 'duration' } }, { rule: 'self.ttl == duration("48h")' });
    expect(found(schema, { spec: { ttl: '2 days' } })).toEqual([]);
    expect(found(schema, { spec: { ttl: '48h' } })).toEqual([]);
    expect(found(schema, { spec: { ttl: '1w' } })).toEqual([
      'spec FieldValueInvalid: failed rule: self.ttl == duration("48h")',
    ]);
  });
});

it('names that JavaScript gives every object are fields like others', () => {
  const properties = JSON.parse('{"__proto__":{"type":"string"},"constructor":{"type":"string"}}') as JsonObject;
  const schema = spec(properties, { rule: 'has(self.constructor) == has(self.__underscores__proto__underscores__)' });
  expect(found(schema, { spec: {} })).toEqual([]);
  expect(found(schema, { spec: { constructor: 'x' } })).toHaveLength(1);
  expect(found(schema, JSON.parse('{"spec":{"__proto__":"a","constructor":"b"}}') as JsonValue)).toEqual([]);
});
