/** Random TypeBox schemas, random values, and values that are likely to fit a structural schema. */
import fc from 'fast-check';
import { type TSchema, Type } from 'typebox';
import type { StructuralSchema } from '../../src/crd/structural-schema.ts';

const names = ['a', 'b', 'c'] as const;
const size = fc.integer({ min: 0, max: 3 });
const small = fc.integer({ min: -3, max: 3 });
const literals = fc.uniqueArray(fc.constantFrom('x', 'y', 'zz'), { minLength: 1 });
const pattern = fc.constantFrom<{ pattern?: string }>({}, { pattern: '^x' }, { pattern: '[a-y]$' });

/** Options in which the lower bound never exceeds the upper one. */
function range(low: string, high: string, bound: fc.Arbitrary<number>): fc.Arbitrary<Record<string, number>> {
  return fc.tuple(bound, bound, fc.boolean(), fc.boolean()).map(([one, two, useLow, useHigh]) => ({
    ...(useLow ? { [low]: Math.min(one, two) } : {}),
    ...(useHigh ? { [high]: Math.max(one, two) } : {}),
  }));
}

const lengths = range('minLength', 'maxLength', size);

const scalar: fc.Arbitrary<TSchema> = fc.oneof<fc.Arbitrary<TSchema>[]>(
  fc.tuple(lengths, pattern).map(([length, text]) => Type.String({ ...length, ...text })),
  range('minimum', 'maximum', small).map((options) => Type.Integer(options)),
  range('exclusiveMinimum', 'maximum', small).map((options) => Type.Number(options)),
  fc.integer({ min: 1, max: 3 }).map((multipleOf) => Type.Integer({ multipleOf })),
  fc.constant(Type.Boolean()),
  fc.constant(Type.Union([Type.Integer(), Type.String()])),
  literals.map((values) => Type.Union(values.map((value) => Type.Literal(value)))),
  literals.map((values) => Type.Enum(values)),
  fc.constant(Type.Union([Type.Literal(1), Type.Literal('x')])),
  fc.constant(Type.Union([Type.String({ maxLength: 1 }), Type.String({ pattern: '^x' })])),
);

/** What no structural schema can express. */
const illegal = fc.constantFrom<TSchema>(
  Type.BigInt(),
  Type.Never(),
  Type.Void(),
  Type.Ref('gone'),
  Type.Tuple([Type.String(), Type.Integer()]),
  Type.Union([Type.String(), Type.Boolean()]),
  Type.String({ pattern: '(?=x)' }),
  Type.Refine(Type.String(), () => true),
);

/** Schemas that are convertible. */
export const legalSchema: fc.Arbitrary<TSchema> = composite(scalar, 3);

/** Schemas of which many hold something that is not. */
export const anySchema: fc.Arbitrary<TSchema> = composite(
  fc.oneof({ arbitrary: scalar, weight: 4 }, { arbitrary: illegal, weight: 1 }),
  3,
);

function composite(leaf: fc.Arbitrary<TSchema>, depth: number): fc.Arbitrary<TSchema> {
  const inner = depth === 1 ? leaf : fc.oneof({ arbitrary: leaf, weight: 2 }, composite(leaf, depth - 1));
  const two = fc.tuple(inner, inner);
  return fc.oneof<fc.Arbitrary<TSchema>[]>(
    objectOf(inner),
    fc.tuple(inner, range('minItems', 'maxItems', size)).map(([items, options]) => Type.Array(items, options)),
    fc.tuple(inner, range('minProperties', 'maxProperties', size)).map(([values, options]) => {
      return Type.Record(Type.String(), values, options);
    }),
    inner.map((schema) => Type.Union([schema, Type.Null()])),
    fc.constant(Type.Array(Type.String(), { uniqueItems: true })),
    fc.constant(Type.Tuple([Type.Integer(), Type.Integer()])),
    fc.constant(Type.Object({ a: Type.Integer({ default: 2 }), b: Type.Optional(Type.String({ default: 'x' })) })),
    two.map(([one, other]) =>
      Type.Union([
        Type.Object({ t: Type.Literal('x'), a: one }, { additionalProperties: false }),
        Type.Object({ t: Type.Literal('y'), b: Type.Optional(other) }, { additionalProperties: false }),
      ]),
    ),
    two.map(([one, other]) => Type.Intersect([Type.Object({ a: one }), Type.Object({ b: Type.Optional(other) })])),
    fc.tuple(lengths, lengths).map(([one, other]) => Type.Intersect([Type.String(one), Type.String(other)])),
  );
}

function objectOf(inner: fc.Arbitrary<TSchema>): fc.Arbitrary<TSchema> {
  const property = fc
    .tuple(inner, fc.boolean())
    .map(([schema, optional]) => (optional ? Type.Optional(schema) : schema));
  return fc.dictionary(fc.constantFrom(...names), property, { maxKeys: 3 }).map((properties) => {
    return Type.Object({ ...properties });
  });
}

const anyValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<unknown>('', 'x', 'y', 'zz', 'xyz', 'xyzx', 0, 1, 2, -3, 1.5, true, false, null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c', 't', 'z'), tie('value'), { maxKeys: 4 }),
  ),
})).value;

/** Follows the schema, with an arbitrary value here and there. */
export function likelyValue(schema: StructuralSchema): fc.Arbitrary<unknown> {
  return fc.oneof({ arbitrary: fittingValue(schema), weight: 9 }, { arbitrary: anyValue, weight: 1 });
}

function fittingValue(schema: StructuralSchema): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.type === 'object') return fittingObject(schema);
  if (schema.type === 'array') return fc.array(likelyValue(schema.items ?? {}), { maxLength: 3 });
  if (schema.type === 'integer' || schema.type === 'number') return small;
  return schema.type === 'boolean' ? fc.boolean() : fc.constantFrom('', 'x', 'y', 'zz', 'xyz');
}

function fittingObject(schema: StructuralSchema): fc.Arbitrary<unknown> {
  if (schema.additionalProperties !== undefined) {
    return fc.dictionary(fc.constantFrom(...names), likelyValue(schema.additionalProperties));
  }
  const properties = Object.entries(schema.properties ?? {}).map(
    ([name, inner]) => [name, likelyValue(inner)] as const,
  );
  return fc.record<Record<string, unknown>>(Object.fromEntries(properties), { requiredKeys: schema.required ?? [] });
}
