import { expect, it } from 'vitest';
import { serveTests } from './serve-tests.ts';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const widgets = '/apis/example.com/v1/namespaces/default/widgets';
const schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      properties: { size: { type: 'integer', minimum: 1 }, color: { type: 'string', default: 'red' } },
    },
    status: { type: 'object', properties: { ready: { type: 'boolean' } } },
  },
};
const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [
      { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, subresources: { status: {} } },
    ],
  },
};
const widget = (name: string, spec: object): object => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name },
  spec,
});

const { client } = await serveTests();

it('establishes a definition, and serves its kind from then on', async () => {
  expect(await client.get(widgets)).toMatchObject({ status: 404, body: '404 page not found\n' });
  const stream = await client.watch(`${definitions}?watch=1&fieldSelector=metadata.name%3Dwidgets.example.com`);
  await client.create(definitions, definition);
  const [, established] = await stream.take(2);
  stream.close();
  expect(established?.object.status.conditions).toContainEqual(
    expect.objectContaining({ type: 'Established', status: 'True' }),
  );
  expect((await client.get(widgets)).body).toMatchObject({ kind: 'WidgetList', items: [] });
  const discovered = await client.get('/apis/example.com/v1');
  expect(discovered.body.resources.map(({ name }: { name: string }) => name)).toEqual(['widgets', 'widgets/status']);
});

it('defaults, prunes with a warning, and counts generations', async () => {
  const created = await client.create(widgets, widget('w', { size: 2, bogus: true }));
  expect(created.headers['warning']).toBe('299 - "unknown field \\"spec.bogus\\""');
  expect(created.body).toMatchObject({ metadata: { generation: 1 }, spec: { size: 2, color: 'red' } });
  expect(created.body.spec).not.toHaveProperty('bogus');
  const status = await client.merge(`${widgets}/w/status`, { status: { ready: true }, spec: { size: 9 } });
  expect(status.body).toMatchObject({ metadata: { generation: 1 }, spec: { size: 2 }, status: { ready: true } });
  const changed = await client.merge(`${widgets}/w`, { spec: { size: 3 } });
  expect(changed.body.metadata.generation).toBe(2);
});

it('refuses what the schema forbids with every cause', async () => {
  const refused = await client.create(widgets, widget('bad', { size: 0, color: 5 }));
  expect(refused).toMatchObject({ status: 422, body: { reason: 'Invalid' } });
  expect(refused.body.details.causes.map(({ field }: { field: string }) => field)).toEqual(
    expect.arrayContaining(['spec.size', 'spec.color']),
  );
});

it('applies the defaults of a changed schema when stored objects are read', async () => {
  const [version] = definition.spec.versions;
  const properties = { ...schema.properties.spec.properties, weight: { type: 'integer', default: 7 } };
  const spec = { ...schema.properties.spec, properties };
  const changed = {
    ...version,
    schema: { openAPIV3Schema: { ...schema, properties: { ...schema.properties, spec } } },
  };
  await client.merge(`${definitions}/widgets.example.com`, { spec: { versions: [changed] } });
  await new Promise((done) => setImmediate(done));
  expect((await client.get(`${widgets}/w`)).body.spec).toMatchObject({ size: 3, weight: 7 });
});

it('checks rules on every write, and refuses definitions whose rules do not compile', async () => {
  const guarded = (rule: string): object => {
    const [version] = definition.spec.versions;
    const openAPIV3Schema = { ...schema, 'x-kubernetes-validations': [{ rule, message: 'at most 9' }] };
    return { spec: { versions: [{ ...version, schema: { openAPIV3Schema } }] } };
  };
  const path = `${definitions}/widgets.example.com`;
  const broken = await client.merge(path, guarded('self.spec.sise < 10'));
  expect(broken).toMatchObject({ status: 422, body: { reason: 'Invalid' } });
  expect(broken.body.message).toContain("compilation failed: ERROR: <input>:1:10: undefined field 'sise'");
  expect((await client.merge(path, guarded('self.spec.size < 10'))).status).toBe(200);
  await new Promise((done) => setImmediate(done));
  const refused = await client.create(widgets, widget('large', { size: 10 }));
  expect(refused).toMatchObject({
    status: 422,
    body: {
      details: { causes: [{ reason: 'FieldValueInvalid', message: 'Invalid value: at most 9', field: '<nil>' }] },
    },
  });
  expect((await client.create(widgets, widget('small', { size: 9 }))).status).toBe(201);
  expect((await client.merge(`${widgets}/small`, { spec: { size: 11 } })).status).toBe(422);
});

it('ends the watches of its objects when the spec changes, and at no other change', async () => {
  const path = `${definitions}/widgets.example.com`;
  const objects = await client.watch(`${widgets}?watch=1`);
  await objects.take(2);
  await client.merge(path, { metadata: { annotations: { note: 'nothing for those who watch' } } });
  await client.merge(`${widgets}/small`, { metadata: { annotations: { seen: 'yes' } } });
  expect((await objects.take(1)).map(({ type }) => type)).toEqual(['MODIFIED']);
  await client.merge(path, { spec: { names: { shortNames: ['wdg'] } } });
  expect(await objects.rest()).toEqual([]);
});

it('removes all objects before the definition, and then stops serving', async () => {
  const stream = await client.watch(`${definitions}?watch=1`);
  const objects = await client.watch(`${widgets}?watch=1`);
  const deleted = await client.delete(`${definitions}/widgets.example.com`);
  expect(deleted.body.metadata.finalizers).toEqual(['customresourcecleanup.apiextensions.k8s.io']);
  expect((await objects.take(4)).map(({ type }) => type)).toEqual(['ADDED', 'ADDED', 'DELETED', 'DELETED']);
  expect((await stream.take(3)).map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
  stream.close();
  expect(await objects.rest()).toEqual([]);
  expect((await client.get(widgets)).status).toBe(404);
});
