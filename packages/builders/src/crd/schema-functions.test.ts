import { Type } from 'typebox';
import { Check } from 'typebox/value';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { V1Condition, V1LabelSelector } from '../gen/meta/v1.ts';
import { type ConversionProblem, convertSchema } from './convert-schema.ts';
import { customResource, type ObjectOf } from './custom-resource.ts';
import { Duration, IntOrString, Quantity, Raw } from './schema-functions.ts';
import { valueProblem } from './structural-value.ts';
import { Conditions, EmbeddedResource, LabelSelector, PodTemplate } from './well-known-schemas.ts';

const Everything = customResource({
  group: 'example.com',
  version: 'v1',
  kind: 'Everything',
  spec: Type.Object({
    port: IntOrString({ description: 'number or name' }),
    memory: Quantity({ default: '1Gi' }),
    timeout: Type.Optional(Duration()),
    values: Raw<{ deep: string[] }>(),
    choice: Raw(Type.Union([Type.String(), Type.Boolean()])),
    selector: LabelSelector(),
    template: PodTemplate(),
    object: EmbeddedResource(),
  }),
  status: Type.Object({ conditions: Conditions() }),
});

describe('schema functions', () => {
  it('are accepted together', () => {
    const root = Everything.crd().toJSON().spec.versions[0]?.schema?.openAPIV3Schema;
    const required = ['choice', 'object', 'port', 'selector', 'template', 'values'];
    expect(root?.properties?.['spec']?.required).toEqual(required);
    expect(Everything.warnings).toEqual([]);
  });

  it('have the types of what they describe', () => {
    type Spec = ObjectOf<typeof Everything>['spec'];
    expectTypeOf<Spec['port']>().toEqualTypeOf<number | string>();
    expectTypeOf<Spec['memory']>().toEqualTypeOf<number | string>();
    expectTypeOf<Spec['timeout']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<Spec['values']>().toEqualTypeOf<{ deep: string[] }>();
    expectTypeOf<Spec['choice']>().toEqualTypeOf<string | boolean>();
    expectTypeOf<Spec['selector']>().toEqualTypeOf<V1LabelSelector>();
    expectTypeOf<NonNullable<ObjectOf<typeof Everything>['status']>['conditions']>().toEqualTypeOf<V1Condition[]>();
  });
});

function structural(schema: unknown): ReturnType<typeof convertSchema> {
  const problems: ConversionProblem[] = [];
  const converted = convertSchema(schema, 'spec', problems);
  expect(problems).toEqual([]);
  return converted;
}

describe('values', () => {
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'Up',
    message: '',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };

  it.each([
    ['IntOrString', IntOrString(), [80, 'http', '50%'], [1.5, true, null]],
    ['Quantity', Quantity(), ['100m', '1.5', '.5', '2Gi', '1e3', 4, '-1'], ['100mi', '1 Gi', 'Gi', true]],
    ['Duration', Duration(), ['90s', '1h30m', '1.5h', '250ms', '0', '5µs'], ['5', '1d', '-5s', 'PT5M', '1h 5m', '']],
    [
      'Conditions',
      Conditions(),
      [[], [ready]],
      [[{ ...ready, status: 'Yes' }], [{ type: 'Ready' }], [{ ...ready, reason: '-' }]],
    ],
    [
      'LabelSelector',
      LabelSelector(),
      [{}, { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'a', operator: 'Exists' }] }],
      [{ matchLabels: { a: 1 } }, { matchExpressions: [{ key: 'a', operator: 'Near' }] }],
    ],
    [
      'PodTemplate',
      PodTemplate(),
      [{}, { metadata: { labels: { a: 'b' } }, spec: { any: 1 } }],
      [{ spec: [] }, { metadata: { labels: { a: 1 } } }],
    ],
    ['EmbeddedResource', EmbeddedResource(), [{ apiVersion: 'v1', kind: 'Pod', metadata: {} }], ['pod']],
  ])('%s: TypeBox and the structural schema agree', (_name, schema, valid, invalid) => {
    const converted = structural(schema);
    for (const value of valid) {
      expect([value, Check(schema, value), valueProblem(value, converted)]).toEqual([value, true, undefined]);
    }
    for (const value of invalid) {
      expect([value, Check(schema, value), typeof valueProblem(value, converted)]).toEqual([value, false, 'string']);
    }
  });
});
