import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../store/kube-object.ts';
import { defaultCrd, withStoredVersions } from './crd-defaults.ts';
import { validateCrd } from './crd-validation.ts';

interface Parts {
  spec?: JsonObject;
  names?: JsonObject;
  version?: JsonObject;
  schema?: JsonObject;
  metadata?: JsonObject;
}

function crd({ spec, names, version, schema, metadata }: Parts = {}): JsonObject {
  const openAPIV3Schema = { type: 'object', ...schema };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'boats.sea.example.com', ...metadata },
    spec: {
      group: 'sea.example.com',
      scope: 'Namespaced',
      names: { plural: 'boats', kind: 'Boat', ...names },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema }, ...version }],
      ...spec,
    },
  };
}

function problems(definition: JsonObject, old?: JsonObject): string[] {
  const ready = withStoredVersions(defaultCrd(definition));
  return validateCrd(ready, old).map(({ path, type, detail }) => `${path}: ${type} ${detail}`.trim());
}

const at = 'spec.validation.openAPIV3Schema';
const properties = (members: JsonObject): Parts => ({ schema: { properties: members } });

describe('validating a CRD', () => {
  it('refuses patterns that would take long to compile', () => {
    const pattern = 'a{900}'.repeat(15);
    const members = Array.from({ length: 10 }, (_, index) => [`p${index}`, { type: 'string', pattern }] as const);
    expect(problems(crd(properties(Object.fromEntries(members))))).toEqual([
      `${at}: FieldValueForbidden the patterns of a schema are too large together; write shorter ones, or fewer repetitions`,
    ]);
  });

  it('accepts a sound one, also with CEL rules', () => {
    const schema = { 'x-kubernetes-validations': [{ rule: 'self.a > 1' }], properties: { a: { type: 'integer' } } };
    expect(problems(crd({ schema }))).toEqual([]);
  });

  it.each<{ why: string; definition: JsonObject; found: string[] }>([
    {
      why: 'the name is plural and group',
      definition: crd({ metadata: { name: 'x.sea.example.com' } }),
      found: ['metadata.name: FieldValueInvalid must be spec.names.plural+"."+spec.group'],
    },
    {
      why: 'scope and kind',
      definition: crd({ spec: { scope: 'Galaxy', names: { plural: 'boats' } } }),
      found: [
        'spec.scope: FieldValueNotSupported supported values: "Cluster", "Namespaced"',
        'spec.names.singular: FieldValueRequired',
        'spec.names.kind: FieldValueRequired',
        'spec.names.listKind: FieldValueRequired',
      ],
    },
    {
      why: 'a schema is needed',
      definition: crd({ version: { schema: null } }),
      found: ['spec.versions[0].schema.openAPIV3Schema: FieldValueRequired'],
    },
    {
      why: 'one storage version',
      definition: crd({ version: { storage: false } }),
      found: [
        'spec.versions: FieldValueInvalid must have exactly one version marked as storage version',
        'status.storedVersions: FieldValueInvalid must have at least one stored version',
      ],
    },
    {
      why: 'unknown fields are kept by schema only',
      definition: crd({ spec: { preserveUnknownFields: true } }),
      found: [
        'spec.preserveUnknownFields: FieldValueInvalid cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
      ],
    },
    {
      why: 'protected groups need approval',
      definition: crd({ spec: { group: 'sea.k8s.io' }, metadata: { name: 'boats.sea.k8s.io' } }),
      found: [
        'metadata.annotations[api-approved.kubernetes.io]: FieldValueRequired protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
      ],
    },
    {
      why: 'fields have types',
      definition: crd(properties({ a: { properties: { b: { type: 'string' } } } })),
      found: [`${at}.properties[a].type: FieldValueRequired must not be empty for specified object fields`],
    },
    {
      why: 'the root is an object',
      definition: crd({ schema: { type: '' } }),
      found: [`${at}.type: FieldValueRequired must not be empty at the root`],
    },
    {
      why: 'defaults fit',
      definition: crd(properties({ a: { type: 'string', default: 5 } })),
      found: [`${at}.properties[a].default: FieldValueTypeInvalid  in body must be of type string: "integer"`],
    },
    {
      why: 'lists have items',
      definition: crd(properties({ a: { type: 'array' } })),
      found: [`${at}.properties[a].items: FieldValueRequired must be specified`],
    },
    {
      why: 'list keys are required or defaulted',
      definition: crd(
        properties({
          a: {
            type: 'array',
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['k'],
            items: { type: 'object', properties: { k: { type: 'string' } } },
          },
        }),
      ),
      found: [
        `${at}.properties[a].items.properties[k].default: FieldValueRequired this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property`,
      ],
    },
    {
      why: 'properties exclude additionalProperties',
      definition: crd(
        properties({
          a: { type: 'object', properties: { b: { type: 'string' } }, additionalProperties: { type: 'string' } },
        }),
      ),
      found: [
        `${at}.properties[a].additionalProperties: FieldValueForbidden additionalProperties and properties are mutual exclusive`,
      ],
    },
    {
      why: 'allOf only constrains',
      definition: crd(properties({ a: { type: 'object', allOf: [{ type: 'object' }] } })),
      found: [`${at}.properties[a].allOf[0].type: FieldValueForbidden must be empty to be structural`],
    },
    {
      why: 'scale paths',
      definition: crd({
        version: { subresources: { scale: { specReplicasPath: '.foo', statusReplicasPath: '.status.n' } } },
      }),
      found: ['spec.subresources.scale.specReplicasPath: FieldValueInvalid should be a json path under .spec'],
    },
  ])('$why', ({ definition, found }) => {
    expect(problems(definition)).toEqual(found);
  });

  it('keeps scope and group once established', () => {
    const old = { ...defaultCrd(crd()), status: { conditions: [{ type: 'Established', status: 'True' }] } };
    expect(problems(crd({ spec: { scope: 'Cluster' } }), old)).toEqual([
      'spec.scope: FieldValueInvalid field is immutable',
    ]);
  });

  it('keeps versions that objects are stored in', () => {
    const next = { ...defaultCrd(crd()), status: { storedVersions: ['v0', 'v1'] } };
    expect(validateCrd(next).map(({ path }) => path)).toEqual(['status.storedVersions[0]']);
  });
});
