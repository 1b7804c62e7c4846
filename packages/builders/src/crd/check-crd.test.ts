import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { checkCrd } from './check-crd.ts';
import { crdWarnings } from './crd-warnings.ts';
import { customResource } from './custom-resource.ts';
import type { CrdVersion, CustomResourceDefinition } from './custom-resource-definition.ts';
import type { StructuralSchema } from './structural-schema.ts';

const schemaPath = 'spec.versions[0].schema.openAPIV3Schema';

function definition(): CustomResourceDefinition {
  const Thing = customResource({
    group: 'example.com',
    version: 'v1',
    kind: 'Thing',
    spec: Type.Object({ host: Type.String(), replicas: Type.Integer(), tags: Type.Array(Type.String()) }),
    status: Type.Object({ replicas: Type.Integer() }),
  });
  return Thing.crd().toJSON() as CustomResourceDefinition;
}

/** The definition with another first version. */
function withVersion(change: Partial<CrdVersion>): CustomResourceDefinition {
  const { spec, ...rest } = definition();
  return { ...rest, spec: { ...spec, versions: spec.versions.map((version) => ({ ...version, ...change })) } };
}

/** The definition whose root schema is `root`. */
function withRoot(root: StructuralSchema): CustomResourceDefinition {
  return withVersion({ schema: { openAPIV3Schema: root } });
}

/** The definition with one property in its spec. */
function withProperty(property: StructuralSchema): CustomResourceDefinition {
  return withRoot({ type: 'object', properties: { spec: { type: 'object', properties: { it: property } } } });
}

function withSpec(change: Partial<CustomResourceDefinition['spec']>): CustomResourceDefinition {
  const { spec, ...rest } = definition();
  return { ...rest, spec: { ...spec, ...change } };
}

function withNames(change: Partial<CustomResourceDefinition['spec']['names']>): CustomResourceDefinition {
  return withSpec({ names: { ...definition().spec.names, ...change } });
}

function found(crd: CustomResourceDefinition): string[] {
  return checkCrd(crd).map(({ code, path, message }) => `${path} ${code} ${message}`);
}

describe('names', () => {
  it.each([
    [withSpec({ group: 'Example.com' }), 'spec.group CRD_NAME "Example.com" must be a DNS-1123 subdomain'],
    [withSpec({ group: 'example' }), 'spec.group CRD_NAME "example" needs a dot'],
    [withSpec({ group: 'apps.k8s.io' }), 'spec.group CRD_GROUP_PROTECTED apps.k8s.io belongs to'],
    [withNames({ plural: 'Things' }), 'spec.names.plural CRD_NAME "Things" must be a DNS-1035 label'],
    [withNames({ singular: '1thing' }), 'spec.names.singular CRD_NAME'],
    [withNames({ listKind: 'Thing' }), 'spec.names.listKind CRD_NAME listKind Thing must differ from kind'],
    [withNames({ shortNames: ['T'] }), 'spec.names.shortNames[0] CRD_NAME'],
    [withNames({ categories: ['All'] }), 'spec.names.categories[0] CRD_NAME'],
    [withVersion({ name: '1' }), 'spec.versions[0].name CRD_NAME'],
    [{ ...definition(), metadata: { name: 'x' } }, 'metadata.name CRD_NAME "x" must be plural.group'],
  ])('case %#', (crd, problem) => {
    expect(found(crd)).toContainEqual(expect.stringContaining(problem));
  });

  it('a protected group passes with the approval annotation', () => {
    const annotations = { 'api-approved.kubernetes.io': 'https://example.com/1' };
    const crd = withSpec({ group: 'apps.k8s.io' });
    expect(found({ ...crd, metadata: { name: 'things.apps.k8s.io', annotations } })).toEqual([]);
  });
});

describe('versions and conversion', () => {
  const [first] = definition().spec.versions as [CrdVersion];
  const service = { namespace: 'a', name: 'b' };

  it.each([
    [withVersion({ storage: false }), 'spec.versions CRD_VERSION 0 versions have storage: true'],
    [withSpec({ versions: [first, first] }), 'spec.versions CRD_VERSION 2 versions have storage: true'],
    [
      withSpec({ versions: [first, { ...first, storage: false }] }),
      'spec.versions[1] CRD_VERSION version v1 occurs twice',
    ],
    [withVersion({ deprecationWarning: 'x' }), 'CRD_VERSION deprecationWarning needs deprecated: true'],
    [withVersion({ deprecated: true, deprecationWarning: 'x'.repeat(257) }), 'CRD_VERSION deprecationWarning has 257'],
    [withVersion({ schema: undefined as never }), 'spec.versions[0].schema CRD_ROOT every version needs a schema'],
    [
      withSpec({ conversion: { strategy: 'Webhook' } }),
      "CRD_CONVERSION conversionReviewVersions is required; use ['v1']",
    ],
    [withSpec({ conversion: { strategy: 'Webhook' } }), 'CRD_CONVERSION clientConfig needs exactly one'],
    [
      withSpec({ conversion: { strategy: 'None', webhook: { conversionReviewVersions: ['v1'] } } }),
      "CRD_CONVERSION webhook needs strategy: 'Webhook'",
    ],
    [
      withSpec({
        conversion: {
          strategy: 'Webhook',
          webhook: { conversionReviewVersions: ['v1'], clientConfig: { url: 'http://a' } },
        },
      }),
      'CRD_CONVERSION url http://a must start with https://',
    ],
  ])('case %#', (crd, problem) => {
    expect(found(crd)).toContainEqual(expect.stringContaining(problem));
  });

  it('a webhook with a service passes', () => {
    const webhook = { conversionReviewVersions: ['v1'], clientConfig: { service } };
    expect(found(withSpec({ conversion: { strategy: 'Webhook', webhook } }))).toEqual([]);
  });
});

describe('columns, scale, selectable fields', () => {
  const column = { name: 'Host', type: 'string', jsonPath: '.spec.host' } as const;
  const scale = { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' };
  const status = {};

  it.each([
    [{ additionalPrinterColumns: [{ ...column, type: 'text' as 'string' }] }, 'CRD_COLUMN type "text" must be one of'],
    [
      { additionalPrinterColumns: [{ ...column, jsonPath: 'spec' }] },
      'CRD_COLUMN jsonPath "spec" must start with a dot',
    ],
    [{ additionalPrinterColumns: [{ ...column, jsonPath: '.a[0' }] }, 'CRD_COLUMN jsonPath ".a[0" has an unclosed'],
    [{ additionalPrinterColumns: [{ ...column, format: 'x' }] }, 'CRD_COLUMN format x must be one of'],
    [{ additionalPrinterColumns: [{ ...column, name: '' }] }, 'CRD_COLUMN the column needs a name'],
    [{ subresources: { scale } }, 'CRD_SCALE scale needs the status subresource'],
    [{ subresources: { status, scale: { ...scale, specReplicasPath: '.status.a' } } }, 'specReplicasPath CRD_SCALE'],
    [
      { subresources: { status, scale: { ...scale, statusReplicasPath: '.status.a[0]' } } },
      'statusReplicasPath CRD_SCALE',
    ],
    [
      { subresources: { status, scale: { ...scale, labelSelectorPath: '.metadata.a' } } },
      'labelSelectorPath CRD_SCALE',
    ],
    [{ selectableFields: [{ jsonPath: '.spec.tags' }] }, 'CRD_SELECTABLE ".spec.tags" is array'],
    [{ selectableFields: [{ jsonPath: '.spec.gone' }] }, 'CRD_SELECTABLE ".spec.gone" is not in the schema'],
    [{ selectableFields: [{ jsonPath: '.metadata.name' }] }, 'CRD_SELECTABLE ".metadata.name" is in metadata'],
    [{ selectableFields: [{ jsonPath: 'spec.host' }] }, 'CRD_SELECTABLE "spec.host" must be a simple path'],
    [
      { selectableFields: [{ jsonPath: '.spec.host' }, { jsonPath: '.spec.host' }] },
      'selectableFields[1] CRD_SELECTABLE ".spec.host" occurs twice',
    ],
    [
      { selectableFields: Array.from({ length: 9 }, () => ({ jsonPath: '.spec.host' })) },
      'CRD_SELECTABLE 9 selectable fields; at most 8',
    ],
  ])('case %#', (change, problem) => {
    expect(found(withVersion(change))).toContainEqual(expect.stringContaining(problem));
  });

  it('legal ones pass', () => {
    const change = {
      additionalPrinterColumns: [column, { ...column, jsonPath: '.status.conditions[?(@.type=="Ready")].status' }],
      subresources: { status, scale },
      selectableFields: [{ jsonPath: '.spec.host' }, { jsonPath: '.spec.replicas' }],
    };
    expect(found(withVersion(change))).toEqual([]);
  });
});

describe('schemas', () => {
  const text: StructuralSchema = { type: 'string' };
  const item: StructuralSchema = { type: 'object', properties: { k: text }, required: ['k'] };
  const list = (change: StructuralSchema): CustomResourceDefinition =>
    withProperty({
      type: 'array',
      items: item,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
      ...change,
    });

  it.each([
    [withRoot({ type: 'string' }), `${schemaPath} CRD_ROOT type string must be object`],
    [withRoot({ type: 'object', nullable: true }), 'CRD_ROOT the root cannot be nullable'],
    [withRoot({ type: 'object', additionalProperties: text }), 'CRD_ROOT the root cannot have additionalProperties'],
    [
      withRoot({
        type: 'object',
        properties: { metadata: { type: 'object', properties: { labels: { type: 'object' } } } },
      }),
      'metadata.properties.labels CRD_METADATA only name and generateName',
    ],
    [
      withRoot({ type: 'object', properties: { metadata: { type: 'object', required: ['name'] } } }),
      'CRD_METADATA required cannot restrict metadata',
    ],
    [
      withRoot({
        type: 'object',
        properties: { metadata: { type: 'object', properties: { name: { type: 'string', default: 'a' } } } },
      }),
      'CRD_DEFAULT default "a" inside metadata is forbidden',
    ],
    [withProperty({}), 'properties.it CRD_TYPE type is required'],
    [withProperty({ type: 'text' as 'string' }), 'CRD_TYPE type "text" must be one of'],
    [withProperty({ ...text, 'x-kubernetes-int-or-string': true }), 'CRD_TYPE type string must be absent'],
    [withProperty({ ...text, 'x-kubernetes-preserve-unknown-fields': true }), 'CRD_TYPE x-kubernetes-preserve-unknown'],
    [withProperty({ type: 'array' }), 'CRD_TYPE an array needs items'],
    [
      withProperty({ type: 'object', properties: { a: text }, additionalProperties: text }),
      'CRD_PROPERTIES properties and additionalProperties exclude each other',
    ],
    [withProperty({ ...text, uniqueItems: true } as StructuralSchema), 'CRD_KEYWORD uniqueItems is not part of'],
    [withProperty({ ...text, pattern: '(?=a)' }), 'CRD_PATTERN pattern (?=a): look-around'],
    [withProperty({ ...text, enum: [] }), 'CRD_ENUM an empty enum'],
    [
      withProperty({ type: 'object', 'x-kubernetes-embedded-resource': true }),
      'CRD_STRUCTURE an embedded resource needs',
    ],
    [withProperty({ ...text, 'x-kubernetes-embedded-resource': true }), 'CRD_TYPE an embedded resource needs type'],
    [
      withProperty({
        type: 'object',
        properties: { metadata: { type: 'object', properties: { name: { ...text, default: 'a' } } } },
        'x-kubernetes-embedded-resource': true,
      }),
      'CRD_DEFAULT default "a" inside metadata',
    ],
    [
      withProperty({ type: 'object', anyOf: [{ required: ['a'], default: 1 } as never] }),
      'anyOf[0] CRD_STRUCTURE default',
    ],
    [
      withProperty({ type: 'object', not: { properties: { a: {} } } }),
      'not.properties.a CRD_STRUCTURE restricted but not',
    ],
    [withProperty({ ...text, allOf: [{ items: {} }] }), 'allOf[0].items CRD_STRUCTURE items are not specified'],
    [withProperty({ ...text, oneOf: [{ type: 'string' }] }), 'oneOf[0] CRD_STRUCTURE type cannot stand inside'],
    [withProperty({ ...text, default: 1 }), 'CRD_DEFAULT default 1 is invalid: must be string'],
    [
      withProperty({ ...item, default: { k: 'a', x: 1 } }),
      'CRD_DEFAULT default {"k":"a","x":1} would be pruned to {"k":"a"}',
    ],
    [withProperty({ ...item, default: {} }), 'CRD_DEFAULT default {} is invalid: k is required'],
    [list({ 'x-kubernetes-list-type': 'bag' as 'set' }), 'CRD_LIST x-kubernetes-list-type "bag" must be'],
    [
      list({ 'x-kubernetes-list-type': 'set' }),
      "CRD_LIST x-kubernetes-list-map-keys needs x-kubernetes-list-type: 'map'",
    ],
    [list({ 'x-kubernetes-list-type': 'set' }), 'items CRD_LIST items of a set must be scalars or atomic'],
    [list({ 'x-kubernetes-list-map-keys': [] }), "CRD_LIST x-kubernetes-list-type: 'map' needs"],
    [list({ 'x-kubernetes-list-map-keys': ['k', 'k'] }), 'CRD_LIST x-kubernetes-list-map-keys holds a key twice'],
    [list({ 'x-kubernetes-list-map-keys': ['z'] }), 'items.properties.z CRD_LIST list key z is not a property'],
    [list({ items: text }), 'items CRD_LIST items of a map must be objects'],
    [list({ items: { ...item, nullable: true } }), 'items CRD_LIST items of a map cannot be nullable'],
    [list({ items: { type: 'object', properties: { k: text } } }), 'CRD_LIST list key k must be required or have'],
    [
      list({ items: { ...item, properties: { k: { type: 'array', items: text } } } }),
      'CRD_LIST list key k must be a scalar',
    ],
    [
      list({ items: { ...item, properties: { k: { ...text, nullable: true } } } }),
      'CRD_LIST list key k cannot be nullable',
    ],
    [
      withProperty({ ...text, 'x-kubernetes-list-type': 'atomic' }),
      'CRD_LIST x-kubernetes-list-type needs type: array',
    ],
    [withProperty({ ...text, 'x-kubernetes-map-type': 'atomic' }), 'CRD_LIST x-kubernetes-map-type needs type: object'],
    [withProperty({ ...item, 'x-kubernetes-map-type': 'x' as 'atomic' }), 'CRD_LIST x-kubernetes-map-type "x" must be'],
  ])('case %#', (crd, problem) => {
    expect(found(crd)).toContainEqual(expect.stringContaining(problem));
  });

  it.each([
    list({}),
    list({ items: { type: 'object', properties: { k: { ...text, default: 'a' } } } }),
    withProperty({ type: 'array', items: text, 'x-kubernetes-list-type': 'set' }),
    withProperty({
      type: 'array',
      items: { ...item, 'x-kubernetes-map-type': 'atomic' },
      'x-kubernetes-list-type': 'set',
    }),
    withProperty({ ...item, default: { k: 'a' } }),
    withProperty({
      'x-kubernetes-int-or-string': true,
      anyOf: [{ type: 'integer' }, { type: 'string' }],
      pattern: '^a',
    }),
    withProperty({ ...item, anyOf: [{ properties: { k: { minLength: 2 } } }, { required: ['k'] }] }),
    withRoot({
      type: 'object',
      properties: { metadata: { type: 'object', properties: { name: { ...text, maxLength: 9 } } } },
    }),
  ])('legal case %# passes', (crd) => {
    expect(found(crd)).toEqual([]);
  });
});

describe('CEL rules', () => {
  const rule = (change: object): CustomResourceDefinition =>
    withProperty({ type: 'string', 'x-kubernetes-validations': [{ rule: 'self != ""', ...change }] });
  const oldSelf: StructuralSchema = { type: 'string', 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] };

  it.each([
    [rule({ rule: ' ' }), 'x-kubernetes-validations[0] CRD_CEL the rule is empty'],
    [rule({ rule: 'self\n!= ""' }), 'CRD_CEL a rule of several lines needs a message'],
    [rule({ message: ' ' }), 'CRD_CEL the message is empty'],
    [rule({ message: 'a\nb' }), 'CRD_CEL the message must be one line'],
    [rule({ message: 'x'.repeat(2049) }), 'CRD_CEL the message has 2049 characters'],
    [rule({ messageExpression: ' ' }), 'CRD_CEL messageExpression is empty'],
    [rule({ reason: 'Bad' }), 'CRD_CEL reason "Bad" must be one of FieldValueInvalid'],
    [rule({ fieldPath: 'a' }), 'CRD_CEL fieldPath "a" must look like'],
    [rule({ optionalOldSelf: true }), 'CRD_CEL optionalOldSelf needs a rule that uses oldSelf'],
    [
      withProperty({ type: 'array', items: oldSelf }),
      'items.x-kubernetes-validations[0] CRD_CEL oldSelf is not available',
    ],
    [
      withProperty({ type: 'array', items: oldSelf, 'x-kubernetes-list-type': 'set' }),
      'CRD_CEL oldSelf is not available',
    ],
    [
      withProperty({ type: 'string', 'x-kubernetes-validations': {} as never }),
      'CRD_CEL x-kubernetes-validations must be',
    ],
  ])('case %#', (crd, problem) => {
    expect(found(crd)).toContainEqual(expect.stringContaining(problem));
  });

  it.each([
    rule({ message: 'm', messageExpression: '"x"', reason: 'FieldValueRequired', fieldPath: '.spec.a' }),
    rule({ rule: 'self != "oldSelf"' }),
    withProperty(oldSelf),
    withProperty({ type: 'object', additionalProperties: oldSelf }),
    withProperty({
      type: 'array',
      items: { type: 'object', properties: { k: { type: 'string' }, v: oldSelf }, required: ['k'] },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
    }),
  ])('legal case %# passes', (crd) => {
    expect(found(crd)).toEqual([]);
  });
});

describe('warnings', () => {
  it.each([
    [withProperty({ type: 'string', format: 'e-mail' }), 'CRD_FORMAT', 'format "e-mail" is unknown'],
    [withProperty({ type: 'string', 'x-kubernetes-validations': [{ rule: 'true' }] }), 'CRD_CEL', 'without maxLength'],
    [
      withProperty({ type: 'array', items: { type: 'string' }, 'x-kubernetes-validations': [{ rule: 'true' }] }),
      'CRD_CEL',
      'without maxItems',
    ],
    [
      withProperty({
        type: 'object',
        additionalProperties: { type: 'string' },
        'x-kubernetes-validations': [{ rule: 'true' }],
      }),
      'CRD_CEL',
      'without maxProperties',
    ],
  ])('case %#', (crd, code, message) => {
    expect(crdWarnings(crd)).toMatchObject([{ code, message: expect.stringContaining(message) as string }]);
  });

  it('bounded data and known formats are quiet', () => {
    const bounded: StructuralSchema = { type: 'string', maxLength: 9, 'x-kubernetes-validations': [{ rule: 'true' }] };
    expect(crdWarnings(withProperty(bounded))).toEqual([]);
    expect(crdWarnings(withProperty({ type: 'string', format: 'ipv4' }))).toEqual([]);
  });
});
