/** Server-side apply and managedFields over HTTPS: status codes, texts, subresources, and what a write leaves alone. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Answer } from './api-client.ts';
import { serveTests } from './serve-tests.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const { client } = await serveTests();
let count = 0;
let name = '';
beforeEach(() => {
  name = `x${++count}`;
});

interface ApplyOptions {
  readonly manager?: string;
  readonly query?: string;
  readonly path?: string;
}

function apply(
  collection: string,
  body: unknown,
  { manager = 'm1', query = '', path = '' }: ApplyOptions = {},
): Promise<Answer> {
  const headers = { 'content-type': 'application/apply-patch+yaml' };
  return client.send('PATCH', `${collection}/${name}${path}?fieldManager=${manager}${query}`, { body, headers });
}

function configMap(data: Record<string, string>, metadata: object = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data };
}

function deployment(spec: object): object {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec };
}

function container(fields: object): object {
  const template = {
    metadata: { labels: { app: 'a' } },
    spec: { containers: [{ name: 'c', image: 'i:1', ...fields }] },
  };
  return { selector: { matchLabels: { app: 'a' } }, template };
}

function managersOf({ body }: Answer): string[] {
  return (body.metadata.managedFields ?? []).map(
    (entry: { manager: string; operation: string; subresource?: string }) =>
      `${entry.manager} ${entry.operation} ${entry.subresource ?? '-'}`,
  );
}

describe('apply over HTTPS', () => {
  it('creates with 201, updates with 200', async () => {
    const created = await apply(maps, configMap({ k: '1' }));
    expect(created).toMatchObject({ status: 201, body: { data: { k: '1' }, metadata: { name } } });
    expect(await apply(maps, configMap({ k: '2' }))).toMatchObject({ status: 200, body: { data: { k: '2' } } });
  });

  it('accepts YAML', async () => {
    const yaml = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  k: |\n    line\n`;
    expect(await apply(maps, yaml)).toMatchObject({ status: 201, body: { data: { k: 'line\n' } } });
  });

  it('an apply that changes nothing keeps the object, byte for byte, and tells no watcher', async () => {
    const created = await apply(maps, configMap({ k: '1' }));
    const again = await apply(maps, configMap({ k: '1' }));
    expect(again.body).toEqual(created.body);
    const { resourceVersion } = created.body.metadata;
    const stream = await client.watch(
      `${maps}?watch=1&resourceVersion=${resourceVersion}&fieldSelector=metadata.name%3D${name}`,
    );
    await apply(maps, configMap({ k: '1' }));
    await apply(maps, configMap({ k: '2' }));
    const [event] = await stream.take(1);
    stream.close();
    expect(event?.object.data).toEqual({ k: '2' });
  });

  it('a value written otherwise but equal after defaulting changes nothing either', async () => {
    const spec = container({ resources: { requests: { cpu: '0.5' } } });
    const created = await apply(deployments, deployment(spec));
    expect(created.body.spec.template.spec.containers[0].resources).toEqual({ requests: { cpu: '500m' } });
    expect((await apply(deployments, deployment(spec))).body).toEqual(created.body);
  });

  it('a conflict is a 409 with a cause per field, and force resolves it', async () => {
    await apply(maps, configMap({ a: '1', b: '1' }));
    const refused = await apply(maps, configMap({ a: '2', b: '2' }), { manager: 'm2' });
    expect(refused).toMatchObject({
      status: 409,
      body: {
        reason: 'Conflict',
        message: 'Apply failed with 2 conflicts: conflicts with "m1":\n- .data.a\n- .data.b',
        details: {
          causes: [
            { reason: 'FieldManagerConflict', message: 'conflict with "m1"', field: '.data.a' },
            { reason: 'FieldManagerConflict', message: 'conflict with "m1"', field: '.data.b' },
          ],
        },
      },
    });
    const forced = await apply(maps, configMap({ a: '2', b: '2' }), { manager: 'm2', query: '&force=true' });
    expect(forced).toMatchObject({ status: 200, body: { data: { a: '2', b: '2' } } });
    expect(managersOf(forced)).toEqual(['m2 Apply -']);
  });

  it('a dry run answers as if and stores nothing', async () => {
    await apply(maps, configMap({ k: '1' }));
    const dry = await apply(maps, configMap({ k: '2' }), { query: '&dryRun=All' });
    expect(dry).toMatchObject({ status: 200, body: { data: { k: '2' } } });
    expect((await client.get(`${maps}/${name}`)).body.data).toEqual({ k: '1' });
  });

  it.each([
    {
      why: 'without fieldManager',
      query: '?force=true',
      body: () => configMap({}),
      status: 422,
      message: 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    },
    {
      why: 'with managedFields',
      query: '?fieldManager=m',
      body: () => configMap({}, { managedFields: [] }),
      status: 400,
      message: 'metadata.managedFields must be nil',
    },
    {
      why: 'of another kind',
      query: '?fieldManager=m',
      body: () => ({ apiVersion: 'v1', kind: 'Secret' }),
      status: 400,
      message: 'invalid object type: /v1, Kind=Secret',
    },
    {
      why: 'under another name',
      query: '?fieldManager=m',
      body: () => configMap({}, { name: 'zz' }),
      status: 400,
      message: 'the name of the object (zz) does not match the name on the URL (refused)',
    },
    {
      why: 'with a uid of nothing',
      query: '?fieldManager=m',
      body: () => configMap({}, { name: 'refused', uid: 'u' }),
      status: 409,
      message:
        'Operation cannot be fulfilled on configmaps "refused": uid mismatch: the provided object specified uid u, and no existing object was found',
    },
    {
      why: 'with an undeclared field',
      query: '?fieldManager=m&fieldValidation=Strict',
      body: () => ({ ...configMap({}, { name: 'refused' }), bogus: 1 }),
      status: 500,
      message:
        'failed to create typed patch object (/refused; /v1, Kind=ConfigMap): .bogus: field not declared in schema',
    },
    {
      why: 'that is no object',
      query: '?fieldManager=m',
      body: () => '- a\n- b\n',
      status: 400,
      message: 'error decoding YAML: the configuration is not an object',
    },
  ])('refuses a configuration $why', async ({ query, body, status, message }) => {
    const headers = { 'content-type': 'application/apply-patch+yaml' };
    const answer = await client.send('PATCH', `${maps}/refused${query}`, { body: body(), headers });
    expect(answer).toMatchObject({ status, body: { message } });
  });

  it('a stale resourceVersion is a 409', async () => {
    await apply(maps, configMap({ k: '1' }));
    const stale = await apply(maps, configMap({ k: '2' }, { resourceVersion: '1' }));
    expect(stale).toMatchObject({
      status: 409,
      body: { message: expect.stringContaining('the object has been modified') },
    });
  });

  it('a missing namespace is a 404, and so is the status of a missing object', async () => {
    expect(await apply('/api/v1/namespaces/none/configmaps', configMap({}))).toMatchObject({
      status: 404,
      body: { message: 'namespaces "none" not found' },
    });
    expect((await apply(deployments, deployment({}), { path: '/status' })).status).toBe(404);
  });

  it('force belongs to apply alone', async () => {
    expect(await client.merge(`${maps}/${name}?force=true`, {})).toMatchObject({
      status: 422,
      body: {
        message: 'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
      },
    });
  });

  it('what validation refuses is not stored, nor are its owners', async () => {
    const created = await apply(deployments, deployment(container({})));
    const refused = await apply(deployments, deployment({ ...container({}), replicas: -1 }));
    expect(refused).toMatchObject({ status: 422, body: { details: { causes: [{ field: 'spec.replicas' }] } } });
    expect((await client.get(`${deployments}/${name}`)).body).toEqual(created.body);
  });
});

describe('owners of subresources', () => {
  it('main, status and scale have entries of their own and get along', async () => {
    await apply(deployments, deployment({ ...container({}), replicas: 2 }));
    const status = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, status: { replicas: 2 } };
    await apply(deployments, status, { manager: 'ctl', path: '/status' });
    await client.merge(`${deployments}/${name}/scale?fieldManager=hpa`, { spec: { replicas: 5 } });
    const refused = await apply(deployments, deployment({ ...container({}), replicas: 2 }));
    expect(refused.body.message).toBe(
      'Apply failed with 1 conflict: conflict with "hpa" with subresource "scale" using apps/v1: .spec.replicas',
    );
    const applied = await apply(deployments, deployment(container({})));
    expect(applied).toMatchObject({ status: 200, body: { spec: { replicas: 5 }, status: { replicas: 2 } } });
    expect(managersOf(applied).toSorted()).toEqual(['ctl Apply status', 'hpa Update scale', 'm1 Apply -']);
  });

  it('a status apply leaves the spec alone, a spec apply the status', async () => {
    await apply(deployments, deployment(container({})));
    const both = { ...deployment({ ...container({}), replicas: 9 }), status: { replicas: 1 } };
    const viaStatus = await apply(deployments, both, { manager: 'ctl', path: '/status' });
    expect(viaStatus.body).toMatchObject({ spec: { replicas: 1 }, status: { replicas: 1 } });
    const viaMain = await apply(deployments, { ...both, status: { replicas: 7 } });
    expect(viaMain.body).toMatchObject({ spec: { replicas: 9 }, status: { replicas: 1 } });
  });
});

describe('owners after other writes', () => {
  it('the manager is the fieldManager, else the program of the User-Agent', async () => {
    await client.create(`${maps}?fieldManager=creator`, configMap({ a: '1' }));
    const headers = { 'user-agent': 'my-tool/1.2 (linux)' };
    const patched = await client.merge(`${maps}/${name}`, { data: { b: '1' } }, { headers });
    expect(managersOf(patched)).toEqual(['creator Update -', 'my-tool Update -']);
  });

  it('a PUT takes what it changes and drops what it leaves out', async () => {
    await apply(maps, configMap({ a: '1', b: '1' }));
    const put = await client.put(`${maps}/${name}?fieldManager=editor`, configMap({ a: '2' }));
    expect(put.body.metadata.managedFields).toMatchObject([
      { manager: 'editor', fieldsV1: { 'f:data': { 'f:a': {} } } },
    ]);
  });

  it('a PUT of what was read keeps entries, times and resourceVersion', async () => {
    await apply(maps, configMap({ a: '1' }));
    const read = await client.get(`${maps}/${name}`);
    expect((await client.put(`${maps}/${name}?fieldManager=other`, read.body)).body).toEqual(read.body);
  });

  it('a reset drops all entries, and the next apply finds before-first-apply', async () => {
    await apply(maps, configMap({ a: '1' }));
    const reset = await client.merge(`${maps}/${name}`, { metadata: { managedFields: [{}] } });
    expect(reset.body.metadata.managedFields).toBeUndefined();
    const applied = await apply(maps, configMap({ b: '1' }));
    expect(managersOf(applied)).toEqual(['m1 Apply -', 'before-first-apply Update -']);
  });

  it('an applied set of finalizers adds to what others applied', async () => {
    await apply(maps, configMap({ k: '1' }, { finalizers: ['example.dev/one'] }));
    await apply(maps, configMap({ k: '1' }, { finalizers: ['example.dev/two'] }), { manager: 'm2' });
    const without = await apply(maps, configMap({ k: '1' }));
    expect(without.body.metadata.finalizers).toEqual(['example.dev/two']);
    await apply(maps, configMap({ k: '1' }), { manager: 'm2' });
  });
});
