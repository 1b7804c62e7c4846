import { type TSchema, Type } from 'typebox';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { BuilderError, type Problem } from '../builder-error.ts';
import { checkCrd } from './check-crd.ts';
import { cel } from './cel.ts';
import { customResource, type ObjectOf } from './custom-resource.ts';
import type { CustomResourceDefinition } from './custom-resource-definition.ts';
import { Raw } from './schema-functions.ts';

const WebApp = customResource({
  group: 'example.com',
  version: 'v1',
  kind: 'WebApp',
  spec: Type.Object({
    image: Type.String(),
    replicas: Type.Integer({ minimum: 0 }),
    note: Type.Optional(Type.String()),
  }),
  status: Type.Object({ ready: Type.Boolean() }),
});

function problemsOf(define: () => unknown): readonly Problem[] {
  try {
    define();
  } catch (error) {
    if (error instanceof BuilderError) return error.problems;
    throw error;
  }
  return [];
}

const minimal = { group: 'example.com', version: 'v1', kind: 'Thing', spec: Type.Object({}) } as const;

describe('customResource', () => {
  it('is a kind token', () => {
    expect({ ...WebApp }).toMatchObject({
      apiVersion: 'example.com/v1',
      kind: 'WebApp',
      plural: 'webapps',
      namespaced: true,
      group: 'example.com',
      statusSubresource: true,
    });
    expect(Object.isFrozen(WebApp)).toBe(true);
  });

  it('infers the object from the schemas', () => {
    type Expected = {
      apiVersion: 'example.com/v1';
      kind: 'WebApp';
      spec: { image: string; replicas: number; note?: string };
      status?: { ready: boolean };
    };
    expectTypeOf<Omit<ObjectOf<typeof WebApp>, 'metadata'>>().toEqualTypeOf<Expected>();
    expectTypeOf<ObjectOf<typeof WebApp>['metadata']['name']>().toEqualTypeOf<string | undefined>();
  });

  it('writes manifests with identity filled in', () => {
    const manifest = WebApp.manifest('web', { metadata: { namespace: 'a' }, spec: { image: 'nginx', replicas: 2 } });
    expect(manifest).toEqual({
      apiVersion: 'example.com/v1',
      kind: 'WebApp',
      metadata: { name: 'web', namespace: 'a' },
      spec: { image: 'nginx', replicas: 2 },
    });
    // @ts-expect-error: replicas is missing
    WebApp.manifest('web', { spec: { image: 'nginx' } });
  });

  it('yields the whole definition', () => {
    expect(WebApp.crd().toJSON()).toEqual({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'webapps.example.com' },
      spec: {
        group: 'example.com',
        names: { kind: 'WebApp', listKind: 'WebAppList', plural: 'webapps', singular: 'webapp' },
        scope: 'Namespaced',
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            subresources: { status: {} },
            schema: {
              openAPIV3Schema: {
                type: 'object',
                required: ['spec'],
                properties: {
                  apiVersion: { type: 'string' },
                  kind: { type: 'string' },
                  metadata: { type: 'object' },
                  spec: {
                    type: 'object',
                    required: ['image', 'replicas'],
                    properties: {
                      image: { type: 'string' },
                      replicas: { type: 'integer', format: 'int64', minimum: 0 },
                      note: { type: 'string' },
                    },
                  },
                  status: { type: 'object', required: ['ready'], properties: { ready: { type: 'boolean' } } },
                },
              },
            },
          },
        ],
      },
    });
  });

  it('puts every option where the API server looks for it', () => {
    const definition = customResource({
      ...minimal,
      description: 'A thing.',
      plural: 'stuff',
      singular: 'piece',
      shortNames: ['th'],
      categories: ['all'],
      scope: 'Cluster',
      labels: { a: 'b' },
      annotations: { c: 'd' },
      spec: Type.Object({ replicas: Type.Integer({ default: 1 }), host: Type.Optional(Type.String({ maxLength: 9 })) }),
      status: Type.Object({ replicas: Type.Integer(), selector: Type.String() }),
      columns: [{ name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas' }],
      scale: {
        specReplicasPath: '.spec.replicas',
        statusReplicasPath: '.status.replicas',
        labelSelectorPath: '.status.selector',
      },
      selectableFields: ['.spec.host'],
      validations: [cel('self.metadata.name.size() < 20', { message: 'name too long' })],
      conversion: { strategy: 'None' },
      deprecated: 'use Gadget',
      versions: { v1beta1: { spec: Type.Object({ size: Type.Integer() }), served: false, deprecated: true } },
    })
      .crd()
      .toJSON();
    expect(definition.metadata).toEqual({ name: 'stuff.example.com', labels: { a: 'b' }, annotations: { c: 'd' } });
    expect(definition.spec).toMatchObject({
      names: { plural: 'stuff', singular: 'piece', shortNames: ['th'], categories: ['all'] },
      scope: 'Cluster',
      conversion: { strategy: 'None' },
    });
    const [stored, beta] = definition.spec.versions;
    expect(stored).toMatchObject({
      deprecated: true,
      deprecationWarning: 'use Gadget',
      additionalPrinterColumns: [{ name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas' }],
      selectableFields: [{ jsonPath: '.spec.host' }],
      subresources: { status: {}, scale: { labelSelectorPath: '.status.selector' } },
    });
    expect(stored?.schema?.openAPIV3Schema).toMatchObject({
      description: 'A thing.',
      'x-kubernetes-validations': [{ rule: 'self.metadata.name.size() < 20', message: 'name too long' }],
    });
    expect(beta).toMatchObject({ name: 'v1beta1', served: false, storage: false, deprecated: true });
    expect(beta).not.toHaveProperty('deprecationWarning');
  });

  it('has a token per version, with the type of that version', () => {
    const Versioned = customResource({
      ...minimal,
      versions: {
        v1beta1: { spec: Type.Object({ size: Type.Integer() }), status: Type.Object({ ok: Type.Boolean() }) },
      },
    });
    const beta = Versioned.version('v1beta1');
    expect(beta.apiVersion).toBe('example.com/v1beta1');
    expect(beta.manifest('a', { spec: { size: 1 } }).spec.size).toBe(1);
    expectTypeOf<ObjectOf<typeof beta>['status']>().toEqualTypeOf<{ ok: boolean } | undefined>();
    // @ts-expect-error: there is no such version
    expect(problemsOf(() => Versioned.version('v2'))).toMatchObject([{ code: 'CRD_VERSION', path: 'versions' }]);
  });

  it('does not require a spec that is optional or has a default', () => {
    const optional = customResource({ ...minimal, spec: Type.Optional(Type.Object({})) });
    const defaulted = customResource({ ...minimal, spec: Type.Object({}, { default: {} }) });
    expect(optional.manifest('a', {})).toEqual({
      apiVersion: 'example.com/v1',
      kind: 'Thing',
      metadata: { name: 'a' },
    });
    for (const definition of [optional, defaulted]) {
      expect(definition.crd().toJSON().spec.versions[0]?.schema?.openAPIV3Schema).not.toHaveProperty('required');
    }
  });

  it('hands out a fresh definition every time', () => {
    WebApp.crd().toJSON().spec.versions.length = 0;
    expect(WebApp.crd().toJSON().spec.versions).toHaveLength(1);
    expect(checkCrd(WebApp.crd().toJSON() as CustomResourceDefinition)).toEqual([]);
  });

  it('lists all problems in one error, with path, value and fix', () => {
    const problems = problemsOf(() =>
      customResource({
        group: 'example',
        version: 'V1',
        kind: 'Proxy_',
        spec: Type.Object({ at: Type.Tuple([Type.String(), Type.Number()]), list: Type.Array(Type.Null()) }),
        columns: [{ name: 'Age', type: 'age' as 'date', jsonPath: 'metadata' }],
      }),
    );
    expect(problems.map(({ code, path }) => `${path} ${code}`)).toEqual([
      'spec.at CRD_TUPLE',
      'spec.group CRD_NAME',
      'spec.list[] CRD_TYPE',
      'spec.names.kind CRD_NAME',
      'spec.names.plural CRD_NAME',
      'spec.versions[0].additionalPrinterColumns[0] CRD_COLUMN',
      'spec.versions[0].additionalPrinterColumns[0] CRD_COLUMN',
      'spec.versions[0].name CRD_NAME',
    ]);
  });
});

describe('plural', () => {
  it.each([
    ['WebApp', 'webapps'],
    ['Policy', 'policies'],
    ['Gateway', 'gateways'],
    ['Box', 'boxes'],
    ['Batch', 'batches'],
    ['Mesh', 'meshes'],
    ['Quiz', 'quizes'],
  ])('of %s is %s', (kind, plural) => {
    expect(customResource({ ...minimal, kind }).plural).toBe(plural);
  });

  it.each(['Redis', 'Shelf', 'Knife', 'Demo'])('of %s has to be stated, because it can never change', (kind) => {
    const [problem] = problemsOf(() => customResource({ ...minimal, kind }));
    expect(problem).toMatchObject({ code: 'CRD_PLURAL_REQUIRED', path: 'plural' });
    expect(customResource({ ...minimal, kind, plural: 'chosen' }).plural).toBe('chosen');
  });
});

it('takes an untyped spec', () => {
  const Untyped = customResource({ ...minimal, spec: Raw<{ anything: string }>() });
  const root = Untyped.crd().toJSON().spec.versions[0]?.schema?.openAPIV3Schema;
  expect(root?.properties?.['spec']).toEqual({ 'x-kubernetes-preserve-unknown-fields': true });
});

describe('options as plain JavaScript can pass them', () => {
  const loose = customResource as unknown as (options?: unknown) => unknown;
  const spec = Type.Object({});
  const sound = { group: 'example.com', version: 'v1', kind: 'Web', spec };

  it.each([
    [undefined, '(object)  CRD_NAME  pass an object with group, version, kind and spec'],
    [{ ...sound, group: undefined }, 'group  CRD_NAME  undefined is no group; it is required text'],
    [{ ...sound, kind: 5 }, 'kind  CRD_NAME  5 is no kind'],
    [{ ...sound, shortnames: ['w'] }, 'shortnames  CRD_KEYWORD  is no option; did you mean shortNames?'],
    [{ ...sound, scope: 'Namespace' }, "scope  CRD_KEYWORD  \"Namespace\" must be 'Namespaced' or 'Cluster'"],
    [
      { ...sound, versions: { v2: { spec, serve: true } } },
      'versions.v2.serve  CRD_KEYWORD  is no option; did you mean served?',
    ],
    [{ ...sound, versions: { v2: null } }, 'versions.v2  CRD_VERSION  null is no version'],
  ])('%j is refused', (options, message) => {
    expect(() => loose(options)).toThrow(message);
  });

  it('a property may have any name', () => {
    const properties = JSON.parse('{"__proto__":{"type":"string"},"constructor":{"type":"string"}}') as object;
    const Named = customResource({ ...sound, spec: Type.Object(properties as Record<string, TSchema>) });
    expect(JSON.stringify(Named.crd())).toContain(
      '"properties":{"__proto__":{"type":"string"},"constructor":{"type":"string"}}',
    );
  });
});
