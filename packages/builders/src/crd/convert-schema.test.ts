import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { cel, immutable } from './cel.ts';
import { type ConversionProblem, convertSchema } from './convert-schema.ts';
import { IntOrString, Raw } from './schema-functions.ts';

const Text = Type.String();
const Int32 = Type.Integer({ minimum: 0, maximum: 9 });
const int32 = { type: 'integer', format: 'int32', minimum: 0, maximum: 9 };
const anyValue = { 'x-kubernetes-preserve-unknown-fields': true };
const Circle = Type.Object({ kind: Type.Literal('circle'), radius: Int32, label: Type.Optional(Text) });
const Square = Type.Object({ kind: Type.Literal('square'), side: Type.Optional(Int32), label: Type.Optional(Text) });

function convert(schema: unknown): { schema: unknown; problems: ConversionProblem[] } {
  const problems: ConversionProblem[] = [];
  return { schema: convertSchema(schema, 'spec', problems), problems };
}

describe('is converted exactly', () => {
  it.each<[string, unknown, unknown]>([
    ['a literal', Type.Literal('a'), { type: 'string', enum: ['a'] }],
    ['a number literal', Type.Literal(3), { type: 'integer', enum: [3] }],
    ['a boolean literal', Type.Literal(true), { type: 'boolean', enum: [true] }],
    ['a union of literals', Type.Union([Type.Literal('a'), Type.Literal('b')]), { type: 'string', enum: ['a', 'b'] }],
    [
      'a nested union of literals',
      Type.Union([Type.Union([Type.Literal('a'), Type.Literal('b')]), Type.Literal('c')]),
      { type: 'string', enum: ['a', 'b', 'c'] },
    ],
    ['KeyOf', Type.KeyOf(Type.Object({ a: Text, b: Text })), { type: 'string', enum: ['a', 'b'] }],
    ['Enum', Type.Enum({ A: 'a', B: 'b' }), { type: 'string', enum: ['a', 'b'] }],
    ['Enum of numbers', Type.Enum([1, 2.5]), { type: 'number', enum: [1, 2.5] }],
    ['Enum with null', Type.Unsafe({ enum: ['a', null] }), { type: 'string', enum: ['a', null], nullable: true }],
    [
      'literals of integers and strings',
      Type.Union([Type.Literal(80), Type.Literal('http')]),
      { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }], enum: [80, 'http'] },
    ],
    ['T or null', Type.Union([Text, Type.Null()]), { type: 'string', nullable: true }],
    [
      'type list with null',
      Type.Unsafe({ type: ['string', 'null'], maxLength: 3 }),
      { type: 'string', maxLength: 3, nullable: true },
    ],
    [
      'integer or string',
      Type.Union([Type.Integer(), Text]),
      { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
    ],
    [
      'IntOrString()',
      IntOrString({ description: 'port' }),
      {
        'x-kubernetes-int-or-string': true,
        anyOf: [{ type: 'integer' }, { type: 'string' }],
        description: 'port',
      },
    ],
    [
      'a tagged union, hoisted',
      Type.Union([Circle, Square]),
      {
        type: 'object',
        properties: {
          kind: { type: 'string', enum: ['circle', 'square'] },
          radius: int32,
          label: { type: 'string' },
          side: int32,
        },
        required: ['kind'],
        oneOf: [
          { properties: { kind: { enum: ['circle'] } }, required: ['radius'] },
          { properties: { kind: { enum: ['square'] } } },
        ],
      },
    ],
    [
      'a closed member of a tagged union',
      Type.Union([
        Type.Object({ on: Type.Literal(true), a: Text }, { additionalProperties: false }),
        Type.Object({ on: Type.Literal(false), b: Text }),
      ]),
      {
        type: 'object',
        properties: { on: { type: 'boolean', enum: [true, false] }, a: { type: 'string' }, b: { type: 'string' } },
        required: ['on'],
        oneOf: [
          { properties: { on: { enum: [true] } }, required: ['a'], not: { anyOf: [{ required: ['b'] }] } },
          { properties: { on: { enum: [false] } }, required: ['b'] },
        ],
      },
    ],
    [
      'alternatives of one scalar type',
      Type.Union([Type.String({ pattern: '^a' }), Type.String({ maxLength: 2 })]),
      { type: 'string', anyOf: [{ pattern: '^a' }, { maxLength: 2 }] },
    ],
    [
      'an intersection, merged',
      Type.Intersect([Type.Object({ a: Text }), Type.Object({ b: Type.Optional(Int32) })]),
      { type: 'object', properties: { a: { type: 'string' }, b: int32 }, required: ['a'] },
    ],
    [
      'an intersection of restrictions',
      Type.Intersect([Type.String({ minLength: 1, pattern: 'a' }), Type.String({ minLength: 2, pattern: 'b' })]),
      { type: 'string', minLength: 2, pattern: 'a', allOf: [{ pattern: 'b' }] },
    ],
    [
      'an intersection of ranges',
      Type.Intersect([Type.Number({ minimum: 0 }), Type.Number({ exclusiveMinimum: 5, maximum: 9 })]),
      { type: 'number', minimum: 0, maximum: 9, allOf: [{ minimum: 5, exclusiveMinimum: true }] },
    ],
    [
      'an intersection with a tagged union',
      Type.Intersect([Type.Object({ name: Text }), Type.Union([Circle, Square])]),
      expect.objectContaining({ required: ['kind', 'name'], oneOf: expect.any(Array) as unknown }),
    ],
    ['Record', Type.Record(Text, Int32), { type: 'object', additionalProperties: int32 }],
    [
      'Record with a key pattern',
      Type.Record(Type.String({ pattern: '^x-"' }), Text),
      {
        type: 'object',
        additionalProperties: { type: 'string' },
        'x-kubernetes-validations': [
          { rule: String.raw`self.all(key, key.matches("^x-\""))`, message: 'keys must match ^x-"' },
        ],
      },
    ],
    [
      'Record of known keys',
      Type.Record(Type.Union([Type.Literal('a'), Type.Literal('b')]), Text),
      { type: 'object', properties: { a: { type: 'string' }, b: { type: 'string' } }, required: ['a', 'b'] },
    ],
    [
      'additionalProperties: false, dropped because pruning does it',
      Type.Object({ a: Text }, { additionalProperties: false }),
      { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
    ],
    [
      'additionalProperties: true',
      Type.Object({ a: Text }, { additionalProperties: true }),
      { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], ...anyValue },
    ],
    [
      'a homogeneous tuple',
      Type.Tuple([Text, Text]),
      { type: 'array', items: { type: 'string' }, minItems: 2, maxItems: 2 },
    ],
    ['Any', Type.Any(), anyValue],
    ['Unknown', Type.Unknown({ description: 'free' }), { ...anyValue, description: 'free' }],
    [
      'a reference, inlined',
      Type.Cyclic({ Name: Text, Root: Type.Object({ a: Type.Ref('Name') }) }, 'Root'),
      { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
    ],
    [
      'a module',
      Type.Module({ A: Text, B: Type.Array(Type.Ref('A')) }).B,
      { type: 'array', items: { type: 'string' } },
    ],
    [
      'a cycle cut by Raw()',
      Type.Cyclic({ Node: Type.Object({ next: Type.Optional(Raw(Type.Ref('Node'))) }) }, 'Node'),
      { type: 'object', properties: { next: anyValue } },
    ],
    [
      'an exclusive bound',
      Type.Number({ exclusiveMinimum: 0 }),
      { type: 'number', minimum: 0, exclusiveMinimum: true },
    ],
    [
      'the tighter of two bounds',
      Type.Number({ minimum: 5, exclusiveMinimum: 0, maximum: 9, exclusiveMaximum: 9 }),
      { type: 'number', minimum: 5, maximum: 9, exclusiveMaximum: true },
    ],
    [
      'uniqueItems of scalars',
      Type.Array(Text, { uniqueItems: true }),
      { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
    ],
    ['an integer of unknown range', Type.Integer(), { type: 'integer', format: 'int64' }],
    ['an integer of small range', Int32, int32],
    ['an integer with a format of its own', Type.Integer({ format: 'int32' }), { type: 'integer', format: 'int32' }],
    ['a boolean', Type.Boolean(), { type: 'boolean' }],
    ['a template literal', Type.TemplateLiteral('a${1|2}'), { type: 'string', pattern: '^a(1|2)$' }],
    [
      'a refinement that is meant for clients',
      Type.Refine(Type.String({ clientOnly: true }), () => true),
      { type: 'string' },
    ],
    [
      'a default, whose property is not required',
      Type.Object({ a: Type.String({ default: 'x' }), b: Text }),
      { type: 'object', properties: { a: { type: 'string', default: 'x' }, b: { type: 'string' } }, required: ['b'] },
    ],
    [
      'documentation',
      Type.String({ title: 'T', description: 'D', examples: ['e', 'f'] }),
      { type: 'string', title: 'T', description: 'D', example: 'e' },
    ],
    [
      'keywords for other tools, stripped',
      Type.String({ $schema: 's', $id: 'i', $comment: 'c', readOnly: true, writeOnly: false, deprecated: true }),
      { type: 'string' },
    ],
    [
      'restrictions beside the type',
      Type.Object(
        { a: Type.Optional(Text), b: Type.Optional(Text) },
        {
          oneOf: [
            { required: ['a'], title: 'A' },
            { properties: { b: { const: 'x' } }, required: ['b'] },
          ],
          not: { minProperties: 2 },
        },
      ),
      {
        type: 'object',
        properties: { a: { type: 'string' }, b: { type: 'string' } },
        oneOf: [{ required: ['a'] }, { properties: { b: { enum: ['x'] } }, required: ['b'] }],
        not: { minProperties: 2 },
      },
    ],
    [
      'extensions of the API server',
      Type.Array(Type.Object({ name: Text }), {
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
        'x-kubernetes-validations': [cel('self.size() > 0')],
      }),
      {
        type: 'array',
        items: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
        'x-kubernetes-validations': [{ rule: 'self.size() > 0' }],
      },
    ],
    [
      'immutable()',
      immutable(Text),
      { type: 'string', 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'field is immutable' }] },
    ],
  ])('%s', (_name, schema, expected) => {
    expect(convert(schema)).toEqual({ schema: expected, problems: [] });
  });
});

const Recursive = Type.Cyclic({ Node: Type.Object({ next: Type.Optional(Type.Ref('Node')) }) }, 'Node');
const Open = Type.Unsafe({ type: 'array', items: [{ type: 'string' }], minItems: 1 });

describe('is rejected with path and fix', () => {
  it.each([
    [
      'an enum of several types',
      Type.Enum(['a', true as never]),
      'CRD_ENUM',
      'spec',
      /mixes types; use values of one type/,
    ],
    ['an enum of null only', Type.Unsafe({ const: null }), 'CRD_ENUM', 'spec', /admits no value but null/],
    [
      'a type against its values',
      Type.Unsafe({ type: 'string', enum: [1] }),
      'CRD_ENUM',
      'spec',
      /type "string" does not fit/,
    ],
    ['a union of types', Type.Union([Text, Type.Boolean()]), 'CRD_UNION', 'spec', /different types.*Raw\(\)/],
    [
      'a union of objects without a tag',
      Type.Object({ a: Type.Union([Type.Object({ x: Text }), Type.Object({ y: Text })]) }),
      'CRD_UNION',
      'spec.a',
      /no required property has a different literal.*exactlyOneOf/,
    ],
    [
      'a property with two schemas in a tagged union',
      Type.Union([Type.Object({ t: Type.Literal('a'), x: Text }), Type.Object({ t: Type.Literal('b'), x: Int32 })]),
      'CRD_UNION',
      'spec|2|.x',
      /differs from spec\|1\|\.x; give both the same schema/,
    ],
    [
      'an intersection of types',
      Type.Intersect([Text, Type.Boolean()]),
      'CRD_INTERSECT',
      'spec',
      /cannot be string and boolean at once/,
    ],
    [
      'an empty intersection of enums',
      Type.Intersect([Type.Literal('a'), Type.Literal('b')]),
      'CRD_INTERSECT',
      'spec',
      /no value is in both/,
    ],
    [
      'key patterns of several types',
      Type.Unsafe({ type: 'object', patternProperties: { '^a': Text, '^b': Int32 } }),
      'CRD_PROPERTIES',
      'spec',
      /use one Type.Record/,
    ],
    [
      'fixed and free properties',
      Type.Object({ m: Type.Object({ a: Text }, { additionalProperties: Text }) }),
      'CRD_PROPERTIES',
      'spec.m',
      /fixed properties \(a\).*move the map/,
    ],
    ['a mixed tuple', Type.Object({ a: Type.Tuple([Text, Int32]) }), 'CRD_TUPLE', 'spec.a', /use an object with named/],
    ['an open tuple', Open, 'CRD_TUPLE', 'spec', /use Type.Array with minItems/],
    ['an array without items', Type.Unsafe({ type: 'array' }), 'CRD_TYPE', 'spec', /needs items/],
    ['an unknown reference', Type.Array(Type.Ref('Gone')), 'CRD_REF', 'spec[]', /"Gone" is not defined here/],
    ['a cycle', Recursive, 'CRD_REF', 'spec.next', /Node → Node.*cut the cycle with Raw\(\)/],
    [
      'uniqueItems of objects',
      Type.Array(Type.Object({}), { uniqueItems: true }),
      'CRD_LIST',
      'spec',
      /scalar items only/,
    ],
    ['BigInt', Type.BigInt(), 'CRD_TYPE', 'spec', /bigint.*use Type.Integer/],
    ['Date', Type.Unsafe({ type: 'Date' }), 'CRD_TYPE', 'spec', /format: 'date-time'/],
    ['Function', Type.Function([], Text), 'CRD_TYPE', 'spec', /function.*data only/],
    ['Constructor', Type.Constructor([], Text), 'CRD_TYPE', 'spec', /constructor.*data only/],
    ['Symbol', Type.Symbol(), 'CRD_TYPE', 'spec', /symbol.*use/],
    ['Undefined', Type.Undefined(), 'CRD_TYPE', 'spec', /use Type.Optional/],
    ['Void', Type.Void(), 'CRD_TYPE', 'spec', /remove the property/],
    ['Null alone', Type.Null(), 'CRD_TYPE', 'spec', /Type.Union\(\[T, Type.Null\(\)\]\)/],
    ['Never', Type.Never(), 'CRD_TYPE', 'spec', /Never.*remove the property/],
    ['Dependent', Type.Dependent(Text, Text, Int32), 'CRD_TYPE', 'spec', /Dependent.*literal tag/],
    ['Refine', Type.Refine(Text, () => true), 'CRD_CLIENT_ONLY', 'spec', /Refine never runs.*cel\(\).*clientOnly/],
    [
      'Codec',
      Type.Codec(Text)
        .Decode((text) => text)
        .Encode((text) => text),
      'CRD_CLIENT_ONLY',
      'spec',
      /Codec never runs/,
    ],
    ['look-around', Type.String({ pattern: '^(?!a)' }), 'CRD_PATTERN', 'spec', /look-around.*cel\(\)/],
    ['a pattern no engine takes', Type.String({ pattern: '(' }), 'CRD_PATTERN', 'spec', /pattern \(/],
    [
      'a key pattern of JavaScript',
      Type.Record(Type.String({ pattern: '^(?!a)' }), Text),
      'CRD_PATTERN',
      'spec',
      /key pattern/,
    ],
    ['format duration', Type.String({ format: 'duration' }), 'CRD_FORMAT', 'spec', /use Duration\(\)/],
    ['a default of undefined', Type.String({ default: undefined }), 'CRD_DEFAULT', 'spec', /leave the option out/],
    [
      'a bound beyond JSON',
      Type.Integer({ minimum: 2n ** 60n + 1n }),
      'CRD_BOUND',
      'spec',
      /minimum 1152921504606846977n/,
    ],
    ['a bound that is no number', Type.Number({ minimum: Number.NaN }), 'CRD_BOUND', 'spec', /minimum NaN/],
    [
      'a range without values',
      Type.Number({ minimum: 2, maximum: 1 }),
      'CRD_BOUND',
      'spec',
      /minimum 2 exceeds maximum 1/,
    ],
    ['multipleOf 0', Type.Number({ multipleOf: 0 }), 'CRD_BOUND', 'spec', /multipleOf 0 must be above 0/],
    ['a negative size', Type.String({ maxLength: -1 }), 'CRD_BOUND', 'spec', /maxLength -1 must be a whole number/],
    ['a boolean schema', Type.Object({ a: true as never }), 'CRD_KEYWORD', 'spec.a', /true is not a schema.*Raw\(\)/],
    [
      'a keyword of another type',
      Type.Unsafe({ type: 'string', minimum: 1 }),
      'CRD_KEYWORD',
      'spec',
      /no effect on string; it belongs to integer, number/,
    ],
    [
      'a keyword nobody knows',
      Type.String({ 'x-hint': 1 }),
      'CRD_KEYWORD',
      'spec',
      /x-hint: 1 is unknown to the API server/,
    ],
    ['keywords without a type', Type.Unsafe({ minLength: 1 }), 'CRD_TYPE', 'spec', /minLength without a type/],
    [
      'a restriction of what is not there',
      Type.Object({ a: Text }, { anyOf: [{ properties: { b: { const: 1 } } }] }),
      'CRD_STRUCTURE',
      'spec.b',
      /restricted but not specified/,
    ],
    [
      'structure inside a restriction',
      Type.Object({ a: Text }, { anyOf: [{ additionalProperties: false }] }),
      'CRD_STRUCTURE',
      'spec',
      /additionalProperties cannot stand inside/,
    ],
    [
      'another type inside a restriction',
      Type.String({ anyOf: [{ type: 'integer' }] }),
      'CRD_STRUCTURE',
      'spec',
      /type "integer" inside a combination contradicts string/,
    ],
  ])('%s', (_name, schema, code, path, message) => {
    const { problems } = convert(schema);
    expect(problems).toEqual([{ code, path, message: expect.stringMatching(message) as string }]);
  });

  it.each([
    'if',
    'then',
    'else',
    'dependencies',
    'dependentRequired',
    'dependentSchemas',
    'propertyNames',
    'contains',
    'minContains',
    'maxContains',
    'prefixItems',
    'unevaluatedItems',
    'unevaluatedProperties',
    'contentEncoding',
    'contentMediaType',
    'contentSchema',
    'definitions',
    '$dynamicRef',
    '$dynamicAnchor',
    '$recursiveRef',
  ])('the keyword %s', (keyword) => {
    const { problems } = convert(Type.Object({ a: Type.Object({}, { [keyword]: {} }) }));
    expect(problems).toEqual([
      { code: 'CRD_KEYWORD', path: 'spec.a', message: expect.stringContaining(`${keyword} is not part`) as string },
    ]);
  });

  it('nesting without end', () => {
    const deep = Array.from({ length: 120 }).reduce<unknown>((inner) => ({ type: 'array', items: inner }), Text);
    expect(convert(deep).problems).toMatchObject([{ code: 'CRD_REF', message: 'nested deeper than 100 levels' }]);
  });

  it('every problem at once', () => {
    const { problems } = convert(
      Type.Object({ a: Type.BigInt(), b: Type.Array(Type.Tuple([])), c: Type.Record(Text, Type.Void()) }),
    );
    expect(problems.map(({ path }) => path)).toEqual(['spec.a', 'spec.b[]', 'spec.c{}']);
  });
});
