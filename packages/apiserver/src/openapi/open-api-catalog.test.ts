import { describe, expect, it } from 'vitest';
import { builtinResources } from '../schema/bundle.ts';
import type { ResourceInfo } from '../schema/resource-info.ts';
import type { JsonObject } from '../store/kube-object.ts';
import { OpenApiCatalog, swaggerProtobuf } from './open-api-catalog.ts';
import type { OpenApiResource } from './open-api-document.ts';

const builtins: readonly OpenApiResource[] = builtinResources().map((info) => ({ info, customSchema: undefined }));

function boats(schema: JsonObject): OpenApiResource {
  const config = builtinResources().find(({ kind }) => kind === 'ConfigMap') as ResourceInfo;
  const info = { ...config, group: 'sea.example.com', kind: 'Boat', listKind: 'BoatList', plural: 'boats' };
  return { info, customSchema: schema };
}

interface Document {
  paths: Record<string, { patch?: Record<string, unknown>; get?: Record<string, unknown> }>;
  components: { schemas: Record<string, JsonObject> };
}

function catalog(resources: readonly OpenApiResource[]): OpenApiCatalog {
  return new OpenApiCatalog({ resources: () => resources, generation: () => 1 });
}

function document(path: string, resources = builtins): Document {
  return JSON.parse(catalog(resources).document(path)?.body ?? 'null') as Document;
}

/** Every `$ref` anywhere below. */
function references(value: unknown): string[] {
  return [...JSON.stringify(value).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name = '']) => name);
}

describe('OpenAPI v3', () => {
  it('indexes each group-version with a hash', () => {
    const index = JSON.parse(catalog(builtins).index()) as { paths: Record<string, { serverRelativeURL: string }> };
    expect(Object.keys(index.paths)).toHaveLength(22);
    expect(index.paths['apis/apps/v1']?.serverRelativeURL).toMatch(
      /^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-F]{128}$/,
    );
  });

  it('names the kind of each resource where kubectl looks for it', () => {
    const operations = document('apis/apps/v1').paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}'];
    expect(operations?.patch).toMatchObject({
      'x-kubernetes-group-version-kind': { group: 'apps', version: 'v1', kind: 'Deployment' },
      parameters: expect.arrayContaining([
        expect.objectContaining({ name: 'fieldValidation' }),
        expect.objectContaining({ name: 'dryRun' }),
      ]),
      requestBody: { content: { 'application/apply-patch+yaml': {}, 'application/strategic-merge-patch+json': {} } },
    });
  });

  it('describes fields with types, merge keys and requirements', () => {
    const { schemas } = document('api/v1').components;
    expect(schemas['io.k8s.api.core.v1.Pod']?.['x-kubernetes-group-version-kind']).toEqual([
      { group: '', version: 'v1', kind: 'Pod' },
    ]);
    expect(schemas['io.k8s.api.core.v1.PodSpec']).toMatchObject({
      required: ['containers'],
      properties: {
        containers: {
          type: 'array',
          items: { $ref: '#/components/schemas/io.k8s.api.core.v1.Container' },
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          'x-kubernetes-patch-merge-key': 'name',
          'x-kubernetes-patch-strategy': 'merge',
        },
      },
    });
  });

  it.each(['api/v1', 'apis/apps/v1', 'apis/apiextensions.k8s.io/v1'])('refers only to what %s contains', (path) => {
    const { components } = document(path);
    expect(references(components).filter((name) => !(name in components.schemas))).toEqual([]);
  });

  it('shows a custom resource with its own schema and ObjectMeta', () => {
    const { components, paths } = document('apis/sea.example.com/v1', [
      boats({ type: 'object', properties: { spec: { type: 'object', properties: { oars: { type: 'integer' } } } } }),
    ]);
    expect(components.schemas['com.example.sea.v1.Boat']).toMatchObject({
      properties: {
        metadata: { allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }] },
        spec: { properties: { oars: { type: 'integer' } } },
      },
    });
    const patch = paths['/apis/sea.example.com/v1/namespaces/{namespace}/boats/{name}']?.patch;
    expect(patch?.['requestBody']).not.toHaveProperty(['content', 'application/strategic-merge-patch+json']);
  });

  it('changes a hash with the schema, and serves the new document', () => {
    let resources = [boats({ type: 'object' })];
    let generation = 1;
    const changing = new OpenApiCatalog({ resources: () => resources, generation: () => generation });
    const before = changing.document('apis/sea.example.com/v1');
    resources = [boats({ type: 'object', properties: { spec: { type: 'string' } } })];
    generation++;
    const after = changing.document('apis/sea.example.com/v1');
    expect(after?.hash).not.toBe(before?.hash);
    expect(after?.body).toContain('"spec":{"type":"string"}');
  });

  it('has nothing for a group that is not served', () => {
    expect(catalog(builtins).document('apis/none/v1')).toBeUndefined();
  });
});

describe('OpenAPI v2', () => {
  it('lists the definitions of all kinds', () => {
    const swagger = JSON.parse(catalog(builtins).swagger()) as { swagger: string; definitions: JsonObject };
    expect(swagger.swagger).toBe('2.0');
    expect(swagger.definitions).toHaveProperty(['io.k8s.api.apps.v1.Deployment']);
  });

  it('answers old clients with an empty document in the wire format', () => {
    expect(swaggerProtobuf().toString('latin1')).toBe('\n\u00032.0\u0012\u0012\n\nKubernetes\u0012\u00041.36');
  });
});
