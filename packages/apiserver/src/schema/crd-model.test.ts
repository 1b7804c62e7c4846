import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../store/kube-object.ts';
import { defaultCrd, withStoredVersions } from './crd-defaults.ts';
import { compileCrd, type CompiledCrd } from './crd-model.ts';
import type { FieldError } from './field-error.ts';
import type { ResourceSchema } from './resource-schema.ts';
import type { JsonValue } from './schema-node.ts';

const boatSpec: JsonObject = {
  type: 'object',
  required: ['title'],
  properties: {
    title: { type: 'string', minLength: 2, maxLength: 6, pattern: '^[a-z]+$' },
    hull: { type: 'string', enum: ['steel', 'wood'], default: 'wood' },
    oars: { type: 'integer', format: 'int32', minimum: 0, maximum: 8, default: 2 },
    draft: { type: 'number', multipleOf: 0.5 },
    berth: { 'x-kubernetes-int-or-string': true },
    flags: { type: 'array', 'x-kubernetes-list-type': 'set', maxItems: 3, items: { type: 'string' } },
    crew: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string' }, watch: { type: 'integer', default: 1 } },
      },
    },
    cargo: { type: 'object', additionalProperties: { type: 'string' } },
    notes: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    anchor: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
    captain: { type: 'string', nullable: true },
    launched: { type: 'string', format: 'date-time' },
    engine: { type: 'object', default: {}, properties: { fuel: { type: 'string', default: 'none' } } },
    rig: {
      type: 'object',
      properties: { mast: { type: 'string' }, motor: { type: 'string' } },
      oneOf: [{ required: ['mast'] }, { required: ['motor'] }],
    },
  },
};

function boatCrd(): JsonObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'boats.sea.example.com' },
    spec: {
      group: 'sea.example.com',
      scope: 'Namespaced',
      names: { plural: 'boats', kind: 'Boat', shortNames: ['bt'], categories: ['all'] },
      versions: [
        {
          name: 'v1beta1',
          served: true,
          storage: false,
          deprecated: true,
          schema: { openAPIV3Schema: { type: 'object' } },
        },
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {}, scale: { specReplicasPath: '.spec.oars', statusReplicasPath: '.status.oars' } },
          selectableFields: [{ jsonPath: '.spec.hull' }],
          additionalPrinterColumns: [{ name: 'Hull', type: 'string', jsonPath: '.spec.hull' }],
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: { spec: boatSpec, status: { type: 'object', properties: { oars: { type: 'integer' } } } },
            },
          },
        },
      ],
    },
  };
}

function boats(): CompiledCrd {
  return compileCrd(defaultCrd(boatCrd()));
}

function boatSchema(): ResourceSchema {
  return boats().versions.find(({ name }) => name === 'v1')?.schema as ResourceSchema;
}

function boat(spec: JsonValue, metadata: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'sea.example.com/v1',
    kind: 'Boat',
    metadata: { name: 'ann', namespace: 'port', ...metadata },
    spec,
  };
}

/** Errors as people read them. */
function shown(errors: readonly FieldError[]): string[] {
  return errors.map(({ path, type, value, detail }) => `${path}: ${type} ${JSON.stringify(value)} ${detail}`.trim());
}

describe('a compiled CRD', () => {
  it('lists versions by priority and knows the storage version', () => {
    expect(boats().versions.map(({ name }) => name)).toEqual(['v1', 'v1beta1']);
    expect(boats()).toMatchObject({ group: 'sea.example.com', kind: 'Boat', namespaced: true, storageVersion: 'v1' });
  });

  it('shows itself as discovery does', () => {
    expect(boats().versions[0]?.info).toMatchObject({
      plural: 'boats',
      singular: 'boat',
      listKind: 'BoatList',
      shortNames: ['bt'],
      hasStatus: true,
      subresources: [
        { name: 'status', kind: 'Boat' },
        { name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale' },
      ],
    });
  });

  it('warns of deprecated versions and names the better one', () => {
    expect(boats().versions.map(({ deprecationWarning }) => deprecationWarning)).toEqual([
      undefined,
      'sea.example.com/v1beta1 Boat is deprecated; use sea.example.com/v1 Boat',
    ]);
  });

  it('shows the age where no columns are declared', () => {
    expect(boats().versions.map(({ columns }) => columns.map(({ name }) => name))).toEqual([['Hull'], ['Age']]);
  });

  it('remembers every version it stored', () => {
    const created = withStoredVersions(boatCrd());
    expect(created['status']).toEqual({ storedVersions: ['v1'] });
    const moved = structuredClone(created) as { spec: { versions: { storage: boolean }[] } };
    for (const version of moved.spec.versions) version.storage = !version.storage;
    expect(withStoredVersions(moved as unknown as JsonObject, created)['status']).toEqual({
      storedVersions: ['v1', 'v1beta1'],
    });
  });
});

describe('decoding a custom resource', () => {
  it('prunes what the schema does not declare and lists it sorted', () => {
    const body = {
      ...boat(
        {
          title: 'ann',
          bogus: 1,
          notes: { free: { x: 1 } },
          crew: [{ name: 'a', zap: 1 }],
          anchor: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', bogus: 1 }, any: 1 },
        },
        { labels: {}, nope: 1 },
      ),
      extra: true,
    };
    expect(boatSchema().decode(body)).toEqual({
      ok: true,
      unknownFields: ['extra', 'metadata.nope', 'spec.anchor.metadata.bogus', 'spec.bogus', 'spec.crew[0].zap'],
      value: boat({
        title: 'ann',
        notes: { free: { x: 1 } },
        crew: [{ name: 'a' }],
        anchor: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, any: 1 },
      }),
    });
  });

  it('refuses metadata of a wrong type in the words of Go', () => {
    expect(boatSchema().decode(boat({}, { labels: { a: 5 } }))).toEqual({
      ok: false,
      message: 'json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string',
    });
  });

  it('shares what it leaves alone', () => {
    const body = boat({ title: 'ann' });
    const decoded = boatSchema().decode(body);
    expect(decoded).toMatchObject({ ok: true });
    expect((decoded as { value: JsonObject }).value['spec']).toBe(body['spec']);
  });
});

describe('defaults of a custom resource', () => {
  it.each<{ given: JsonObject; becomes: JsonObject; why: string }>([
    { given: {}, becomes: { hull: 'wood', oars: 2, engine: { fuel: 'none' } }, why: 'absent fields, nested too' },
    {
      given: { hull: null, captain: null, title: null },
      becomes: { hull: 'wood', captain: null, oars: 2, engine: { fuel: 'none' } },
      why: 'null becomes the default, stays where nullable, else goes',
    },
    {
      given: { oars: 0, engine: { fuel: 'gas' }, hull: 'steel', crew: [{ name: 'a' }] },
      becomes: { oars: 0, engine: { fuel: 'gas' }, hull: 'steel', crew: [{ name: 'a', watch: 1 }] },
      why: 'given values stay, list items are filled',
    },
  ])('$why', ({ given, becomes }) => {
    expect(boatSchema().applyDefaults(boat(given))['spec']).toEqual(becomes);
  });

  it('leave a complete object untouched', () => {
    const complete = boat({ hull: 'wood', oars: 2, engine: { fuel: 'none' } });
    expect(boatSchema().applyDefaults(complete)).toBe(complete);
  });
});

describe('validation of a custom resource', () => {
  const rig = '"spec.rig" must validate one and only one schema (oneOf).';

  it.each<{ spec: JsonValue; errors: string[] }>([
    { spec: { title: 'ann' }, errors: [] },
    { spec: {}, errors: ['spec.title: FieldValueRequired ""'] },
    {
      spec: { title: 'A' },
      errors: ['spec.title: FieldValueInvalid "A" spec.title in body should be at least 2 chars long'],
    },
    { spec: { title: 'abcdefg' }, errors: ['spec.title: FieldValueTooLong "abcdefg" may not be more than 6 bytes'] },
    {
      spec: { title: 'ann', hull: 'tin' },
      errors: ['spec.hull: FieldValueNotSupported "tin" supported values: "steel", "wood"'],
    },
    {
      spec: { title: 'ann', draft: 0.3 },
      errors: ['spec.draft: FieldValueInvalid 0.3 spec.draft in body should be a multiple of 0.5'],
    },
    {
      spec: { title: 'ann', oars: 9 },
      errors: ['spec.oars: FieldValueInvalid 9 spec.oars in body should be less than or equal to 8'],
    },
    {
      spec: { title: 'ann', oars: 1.5 },
      errors: [
        'spec.oars: FieldValueTypeInvalid "float64" spec.oars in body must be of type int32: "float64"',
        '<nil>: FieldValueInvalid "" Checked value must be of type integer with format int32 in spec.oars',
        '.spec.oars: FieldValueInvalid 0 .spec.oars accessor error: 1.5 is of the type float64, expected int64',
      ],
    },
    {
      spec: { title: 5 },
      errors: ['spec.title: FieldValueTypeInvalid "integer" spec.title in body must be of type string: "integer"'],
    },
    {
      spec: { title: 'ann', berth: true },
      errors: [
        'spec.berth: FieldValueTypeInvalid "boolean" spec.berth in body must be of type integer,string: "boolean"',
      ],
    },
    {
      spec: { title: 'ann', launched: 'noon' },
      errors: ['spec.launched: FieldValueTypeInvalid "noon" spec.launched in body must be of type date-time: "noon"'],
    },
    {
      spec: { title: 'ann', cargo: { a: 1 } },
      errors: ['spec.cargo.a: FieldValueTypeInvalid "integer" spec.cargo.a in body must be of type string: "integer"'],
    },
    {
      spec: { title: 'ann', flags: ['a', 'a', 'b', 'c'] },
      errors: ['spec.flags: FieldValueTooMany 4 must have at most 3 items', 'spec.flags[1]: FieldValueDuplicate "a"'],
    },
    {
      spec: { title: 'ann', crew: [{ name: 'a' }, { name: 'a', watch: 2 }, {}] },
      errors: ['spec.crew[2].name: FieldValueRequired ""', 'spec.crew[1]: FieldValueDuplicate {"name":"a"}'],
    },
    { spec: { title: 'ann', anchor: { kind: 'X' } }, errors: ['spec.anchor.apiVersion: FieldValueRequired ""'] },
    {
      spec: { title: 'ann', rig: { mast: 'm', motor: 'm' } },
      errors: [`<nil>: FieldValueInvalid "" ${rig} Found 2 valid alternatives`],
    },
    {
      spec: { title: 'ann', rig: {} },
      errors: [`<nil>: FieldValueInvalid "" ${rig} Found none valid`, 'spec.rig.mast: FieldValueRequired ""'],
    },
    {
      spec: 'x',
      errors: [
        'spec: FieldValueTypeInvalid "string" spec in body must be of type object: "string"',
        '.spec.oars: FieldValueInvalid 0 .spec.oars accessor error: x is of the type string, expected map[string]interface{}',
      ],
    },
  ])('$spec', ({ spec, errors }) => {
    expect(shown(boatSchema().validate(boat(spec))).toSorted()).toEqual(errors.toSorted());
  });

  it('includes its metadata', () => {
    expect(shown(boatSchema().validate(boat({ title: 'ann' }, { name: 'Bad_Name' })))[0]).toMatch(
      /^metadata\.name: FieldValueInvalid "Bad_Name" a lowercase RFC 1123 subdomain must/,
    );
  });

  it('does not blame an update for what was wrong before (ratcheting)', () => {
    const old = boat({ title: 'A', hull: 'tin' });
    expect(shown(boatSchema().validate(boat({ title: 'A', hull: 'iron' }), { old }))).toEqual([
      'spec.hull: FieldValueNotSupported "iron" supported values: "steel", "wood"',
    ]);
  });

  it('lets duplicates stay that were stored before', () => {
    const old = boat({ title: 'ann', flags: ['a', 'a'] });
    expect(boatSchema().validate(boat({ title: 'bob', flags: ['a', 'a'] }), { old })).toEqual([]);
  });

  it('checks the paths of scale in the part that is written', () => {
    const broken = { ...boat({ title: 'ann', oars: 1 }), status: { oars: -1 } };
    expect(shown(boatSchema().validate(broken))).toEqual([]);
    expect(shown(boatSchema().validate(broken, { subresource: 'status' }))).toEqual([
      '.status.oars: FieldValueInvalid -1 should be a non-negative integer',
    ]);
  });
});
