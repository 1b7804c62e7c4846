/** Custom resources from TypeBox schemas: the server accepts every definition and enforces it as the schema says. */
import {
  Conditions,
  cel,
  customResource,
  Duration,
  EmbeddedResource,
  exactlyOneOf,
  immutable,
  IntOrString,
  LabelSelector,
  PodTemplate,
  Quantity,
  Raw,
} from '@k8sop/builders/crd';
import fc from 'fast-check';
import { Type } from 'typebox';
import { beforeAll, describe, expect, it } from 'vitest';
import { legalSchema } from '../../builders/test/properties/random-schema.ts';
import { defaultCrd, withStoredVersions } from '../src/schema/crd-defaults.ts';
import { validateCrd } from '../src/schema/crd-validation.ts';
import type { JsonObject } from '../src/store/kube-object.ts';
import type { Answer, ApiClient } from './api-client.ts';
import { serveTests } from './serve-tests.ts';

const Text = Type.String({ maxLength: 20 });
const Ranged = Type.Integer({ minimum: 0, maximum: 9 });

/** Every row of the conversion table, as a property. */
const Sampler = customResource({
  group: 'example.com',
  version: 'v1',
  kind: 'Sampler',
  shortNames: ['sam'],
  spec: Type.Object(
    {
      literal: Type.Optional(Type.Literal('a')),
      choice: Type.Optional(Type.Union([Type.Literal('a'), Type.Literal('b')])),
      listed: Type.Optional(Type.Enum({ one: 1, two: 2 })),
      nullable: Type.Optional(Type.Union([Text, Type.Null()])),
      port: Type.Optional(IntOrString()),
      union: Type.Optional(Type.Union([Type.Integer(), Type.String()])),
      shape: Type.Optional(
        Type.Union([
          Type.Object({ kind: Type.Literal('circle'), radius: Ranged }, { additionalProperties: false }),
          Type.Object({ kind: Type.Literal('square'), side: Ranged }, { additionalProperties: false }),
        ]),
      ),
      merged: Type.Optional(Type.Intersect([Type.Object({ a: Text }), Type.Object({ b: Type.Optional(Ranged) })])),
      map: Type.Optional(Type.Record(Type.String(), Ranged)),
      keyed: Type.Optional(Type.Record(Type.String({ pattern: '^x-' }), Text, { maxProperties: 5 })),
      closed: Type.Optional(Type.Object({ a: Text }, { additionalProperties: false })),
      open: Type.Optional(Type.Object({ a: Type.Optional(Text) }, { additionalProperties: true })),
      pair: Type.Optional(Type.Tuple([Ranged, Ranged])),
      any: Type.Optional(Type.Any()),
      raw: Type.Optional(Raw()),
      above: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
      set: Type.Optional(Type.Array(Text, { uniqueItems: true })),
      pattern: Type.Optional(Type.String({ pattern: '^[a-z]+$' })),
      level: Type.Integer({ default: 3 }),
      nested: Type.Optional(Type.Object({ color: Type.String({ default: 'red' }) })),
      fixed: Type.Optional(immutable(Text)),
      memory: Type.Optional(Quantity()),
      timeout: Type.Optional(Duration()),
      selector: Type.Optional(LabelSelector()),
      template: Type.Optional(PodTemplate()),
      embedded: Type.Optional(EmbeddedResource()),
      left: Type.Optional(Text),
      right: Type.Optional(Text),
      named: Type.Optional(
        Type.Array(Type.Object({ name: Text, value: Type.Optional(Text) }), {
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
        }),
      ),
    },
    { 'x-kubernetes-validations': [exactlyOneOf('left', 'right')] },
  ),
  status: Type.Object({ replicas: Type.Optional(Type.Integer()), conditions: Type.Optional(Conditions()) }),
  scale: { specReplicasPath: '.spec.level', statusReplicasPath: '.status.replicas' },
  columns: [{ name: 'Level', type: 'integer', jsonPath: '.spec.level' }],
  selectableFields: ['.spec.pattern'],
  validations: [cel('self.metadata.name != "forbidden"', { message: 'this name is taken' })],
  versions: { v1beta1: { spec: Type.Object({ level: Type.Integer() }), deprecated: 'use v1' } },
});

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const samplers = '/apis/example.com/v1/namespaces/default/samplers';

const { client } = await serveTests({ controllers: 'none' });

beforeAll(async () => {
  const watch = await client.watch(`${definitions}?watch=true&fieldSelector=metadata.name=samplers.example.com`);
  await client.create(definitions, Sampler.crd());
  await established(watch);
  watch.close();
});

/** Waits for the condition, over at most five changes of the definition. */
async function established(watch: Awaited<ReturnType<ApiClient['watch']>>, left = 5): Promise<void> {
  const [event] = await watch.take(1);
  const conditions = (event?.object.status?.conditions ?? []) as { type: string; status: string }[];
  if (conditions.some(({ type, status }) => type === 'Established' && status === 'True')) return;
  if (left === 0) throw new Error('the definition is not established');
  await established(watch, left - 1);
}

let count = 0;

function create(spec: object, name = `s-${(count += 1)}`): Promise<Answer> {
  const body = { apiVersion: 'example.com/v1', kind: 'Sampler', metadata: { name }, spec: { left: 'x', ...spec } };
  return client.create(samplers, body);
}

describe('the definition', () => {
  it('is served in every version, and stays as it was sent', async () => {
    const { body } = await client.get(`${definitions}/samplers.example.com`);
    expect(body.status.acceptedNames).toMatchObject({ kind: 'Sampler', plural: 'samplers', shortNames: ['sam'] });
    expect(body.spec.versions).toMatchObject(Sampler.crd().toJSON().spec.versions);
    const { body: resources } = await client.get('/apis/example.com/v1beta1');
    expect(resources.resources).toContainEqual(expect.objectContaining({ name: 'samplers', kind: 'Sampler' }));
  });

  it('random schemas pass the structural check of the server', () => {
    fc.assert(
      fc.property(legalSchema, (spec) => {
        const definition = customResource({ group: 'example.com', version: 'v1', kind: 'Thing', spec }).crd().toJSON();
        expect(validateCrd(withStoredVersions(defaultCrd(definition as unknown as JsonObject)))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('custom resources', () => {
  it('are defaulted', async () => {
    const { status, body } = await create({ nested: {} });
    expect([status, body.spec]).toEqual([201, { left: 'x', level: 3, nested: { color: 'red' } }]);
  });

  it('are pruned, but not where unknown fields are preserved', async () => {
    const given = {
      level: 1,
      typo: 1,
      closed: { a: 'x', z: 1 },
      open: { z: 1 },
      any: { z: { z: 1 } },
      raw: [1, 'x'],
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a' }] }, z: 1 },
      embedded: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { k: 'v' } },
    };
    const { body } = await create(given);
    const { typo: _typo, ...kept } = given;
    const { z: _z, ...template } = given.template;
    expect(body.spec).toEqual({ ...kept, left: 'x', closed: { a: 'x' }, template });
  });

  it.each([
    { literal: 'a', choice: 'b', listed: 2, nullable: null, pattern: 'abc', above: 0.1 },
    { port: 80, union: 'x', memory: '2Gi', timeout: '1h30m' },
    { port: 'http', union: 7, memory: 4 },
    { shape: { kind: 'circle', radius: 1 }, merged: { a: 'x', b: 1 }, map: { k: 1 }, keyed: { 'x-a': 'v' } },
    { shape: { kind: 'square', side: 1 }, pair: [1, 2], set: ['a', 'b'], named: [{ name: 'a' }, { name: 'b' }] },
    { selector: { matchLabels: { a: 'b' } } },
  ])('case %# is accepted', async (spec) => {
    const { status, body } = await create(spec);
    expect([status, body.message]).toEqual([201, undefined]);
    expect(body.spec).toMatchObject(spec);
  });

  it.each<[object, string]>([
    [{ literal: 'b' }, 'spec.literal'],
    [{ choice: 'c' }, 'spec.choice'],
    [{ listed: 3 }, 'spec.listed'],
    [{ nullable: 1 }, 'spec.nullable'],
    [{ port: 1.5 }, 'spec.port'],
    [{ union: true }, 'spec.union'],
    [{ shape: { radius: 1 } }, 'spec.shape'],
    [{ shape: { kind: 'circle' } }, 'spec.shape'],
    [{ shape: { kind: 'circle', radius: 1, side: 1 } }, 'spec.shape'],
    [{ shape: { kind: 'line' } }, 'spec.shape'],
    [{ merged: {} }, 'spec.merged.a'],
    [{ map: { k: 10 } }, 'spec.map.k'],
    [{ pair: [1] }, 'spec.pair'],
    [{ pair: [1, 2, 3] }, 'spec.pair'],
    [{ above: 0 }, 'spec.above'],
    [{ set: ['a', 'a'] }, 'spec.set[1]'],
    [{ pattern: 'A' }, 'spec.pattern'],
    [{ level: 'x' }, 'spec.level'],
    [{ memory: '1 Gi' }, 'spec.memory'],
    [{ timeout: '5' }, 'spec.timeout'],
    [
      { selector: { matchExpressions: [{ key: 'a', operator: 'Near' }] } },
      'spec.selector.matchExpressions[0].operator',
    ],
    [{ embedded: { kind: 'ConfigMap' } }, 'spec.embedded.apiVersion'],
    [{ named: [{ name: 'a' }, { name: 'a' }] }, 'spec.named[1]'],
    [{ right: 'y' }, 'spec: Invalid value: exactly one of left, right must be set'],
    [{ keyed: { a: 'v' } }, 'spec.keyed: Invalid value'],
  ])('case %# is rejected: %j', async (spec, message) => {
    const { status, body } = await create(spec);
    expect(body.message).toContain(message);
    expect([status, body.reason]).toEqual([422, 'Invalid']);
  });

  it('a rule at the root sees the name', async () => {
    const { status, body } = await create({}, 'forbidden');
    expect([status, body.message]).toEqual([
      422,
      'Sampler.example.com "forbidden" is invalid: <nil>: Invalid value: this name is taken',
    ]);
  });

  it('immutable fields stay as they were first set', async () => {
    await create({ fixed: 'a' }, 'frozen');
    const changed = await client.merge(`${samplers}/frozen`, { spec: { fixed: 'b' } });
    expect([changed.status, changed.body.message]).toEqual([
      422,
      'Sampler.example.com "frozen" is invalid: spec.fixed: Invalid value: field is immutable',
    ]);
    const kept = await client.merge(`${samplers}/frozen`, { spec: { fixed: 'a', level: 5 } });
    expect(kept.status).toBe(200);
  });

  it('status has its own endpoint, and conditions are validated', async () => {
    await create({}, 'status');
    const condition = {
      type: 'Ready',
      status: 'True',
      reason: 'Up',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    const good = await client.merge(`${samplers}/status/status`, { status: { conditions: [condition] } });
    expect([good.status, good.body.status]).toEqual([200, { conditions: [condition] }]);
    const bad = await client.merge(`${samplers}/status/status`, {
      status: { conditions: [{ ...condition, status: 'Yes' }] },
    });
    expect(bad.status).toBe(422);
    expect(bad.body.message).toContain('status.conditions[0].status');
  });

  it('scale reads and writes the paths it was given', async () => {
    await create({}, 'scaled');
    const { body } = await client.merge(`${samplers}/scaled/scale`, { spec: { replicas: 7 } });
    expect(body).toMatchObject({ kind: 'Scale', spec: { replicas: 7 } });
    expect((await client.get(`${samplers}/scaled`)).body.spec.level).toBe(7);
  });
});
