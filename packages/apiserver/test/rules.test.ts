import { beforeAll, describe, expect, it } from 'vitest';
import { type Answer, configMap } from './api-client.ts';
import { serveTests } from './serve-tests.ts';

const maps = '/api/v1/namespaces/rules/configmaps';
const deployments = '/apis/apps/v1/namespaces/rules/deployments';
const strategicPatch = { 'content-type': 'application/strategic-merge-patch+json' };
const jsonPatch = { 'content-type': 'application/json-patch+json' };
const { client } = await serveTests();
beforeAll(async () => {
  await client.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'rules' } });
  await client.create(maps, configMap('taken', { a: '1' }));
});

interface Refusal {
  readonly what: string;
  readonly act: () => Promise<Answer>;
  readonly code: number;
  readonly reason?: string;
  readonly message: string;
}

const refusals: Refusal[] = [
  {
    what: 'a missing object',
    act: () => client.get(`${maps}/none`),
    code: 404,
    reason: 'NotFound',
    message: 'configmaps "none" not found',
  },
  {
    what: 'a missing object of a named group',
    act: () => client.get(`${deployments}/none`),
    code: 404,
    reason: 'NotFound',
    message: 'deployments.apps "none" not found',
  },
  {
    what: 'creation in a missing namespace',
    act: () => client.create('/api/v1/namespaces/nowhere/configmaps', configMap('a')),
    code: 404,
    reason: 'NotFound',
    message: 'namespaces "nowhere" not found',
  },
  {
    what: 'an unknown resource of a known version',
    act: () => client.get('/api/v1/foos'),
    code: 404,
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
  },
  {
    what: 'a verb that a path does not take',
    act: () => client.put(maps, configMap('a')),
    code: 405,
    reason: 'MethodNotAllowed',
    message: 'the server does not allow this method on the requested resource',
  },
  {
    what: 'a name that is taken',
    act: () => client.create(maps, configMap('taken')),
    code: 409,
    reason: 'AlreadyExists',
    message: 'configmaps "taken" already exists',
  },
  {
    what: 'a stale resourceVersion',
    act: () => client.put(`${maps}/taken`, configMap('taken', {}, { resourceVersion: '1' })),
    code: 409,
    reason: 'Conflict',
    message:
      'Operation cannot be fulfilled on configmaps "taken": the object has been modified; please apply your changes to the latest version and try again',
  },
  {
    what: 'another name in the body than in the URL',
    act: () => client.put(`${maps}/taken`, configMap('other')),
    code: 400,
    reason: 'BadRequest',
    message: 'the name of the object (other) does not match the name on the URL (taken)',
  },
  {
    what: 'another namespace in the body than in the URL',
    act: () => client.create(maps, configMap('a', {}, { namespace: 'default' })),
    code: 400,
    reason: 'BadRequest',
    message: 'the namespace of the provided object does not match the namespace sent on the request',
  },
  {
    what: 'a preset resourceVersion on create (500 without reason, as the original has it)',
    act: () => client.create(maps, configMap('a', {}, { resourceVersion: '7' })),
    code: 500,
    message: 'resourceVersion should not be set on objects to be created',
  },
  {
    what: 'an object without name',
    act: () => client.create(maps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} }),
    code: 422,
    reason: 'Invalid',
    message: 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
  },
  {
    what: 'a body that is no JSON',
    act: () => client.create(maps, '{"apiVersion": "v1", '),
    code: 400,
    reason: 'BadRequest',
    message:
      'the object provided is unrecognized (must be of type ConfigMap): couldn\'t get version/kind; json parse error: unexpected end of JSON input ({"apiVersion": "v1", )',
  },
  {
    what: 'a field of the wrong type',
    act: () => client.create(maps, { metadata: { name: 'a' }, data: { a: 1 } }),
    code: 400,
    reason: 'BadRequest',
    message:
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
  },
  {
    what: 'unknown and duplicate fields under Strict',
    act: () => client.create(`${maps}?fieldValidation=Strict`, '{"metadata":{"name":"a","name":"b"},"bogus":1}'),
    code: 400,
    reason: 'BadRequest',
    message:
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "metadata.name", unknown field "bogus"',
  },
  {
    what: 'a JSON patch that does not apply',
    act: () =>
      client.send('PATCH', `${maps}/taken`, { headers: jsonPatch, body: [{ op: 'remove', path: '/data/zz' }] }),
    code: 422,
    reason: 'Invalid',
    message: 'the server rejected our request due to an error in our request',
  },
  {
    what: 'a changed uid',
    act: () => client.merge(`${maps}/taken`, { metadata: { uid: 'other' } }),
    code: 422,
    reason: 'Invalid',
    message: 'ConfigMap "taken" is invalid: metadata.uid: Invalid value: "other": field is immutable',
  },
  {
    what: 'an unknown patch type',
    act: () => client.merge(`${maps}/taken`, {}, { headers: { 'content-type': 'application/patch' } }),
    code: 415,
    reason: 'UnsupportedMediaType',
    message: '415: Unsupported Media Type',
  },
  {
    what: 'a strategic merge patch that is no object',
    act: () => client.merge(`${maps}/taken`, [], { headers: strategicPatch }),
    code: 400,
    reason: 'BadRequest',
    message: 'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
  },
  {
    what: 'a strategic merge patch whose directive does not exist',
    act: () => client.merge(`${maps}/taken`, { data: { $patch: 'drop' } }, { headers: strategicPatch }),
    code: 400,
    reason: 'BadRequest',
    message: 'Unknown patch type: "drop" in map; use "delete", "merge" or "replace"',
  },
  {
    what: 'protobuf as the only acceptable answer',
    act: () => client.get(`${maps}/taken`, { headers: { accept: 'application/vnd.kubernetes.protobuf' } }),
    code: 406,
    reason: 'NotAcceptable',
    message:
      '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  },
  {
    what: 'a field selector that the kind does not know',
    act: () => client.get(`${maps}?fieldSelector=data.a%3D1`),
    code: 400,
    reason: 'BadRequest',
    message: '"data.a" is not a known field selector: only "metadata.name", "metadata.namespace"',
  },
  {
    what: 'a revision from the future',
    act: () => client.get(`${maps}/taken?resourceVersion=999999999`),
    code: 504,
    reason: 'Timeout',
    message: expect.stringMatching(/^Timeout: Too large resource version: 999999999, current: \d+$/),
  },
  {
    what: 'sendInitialEvents without its match rule',
    act: () => client.get(`${maps}?watch=1&sendInitialEvents=true`),
    code: 422,
    reason: 'Invalid',
    message:
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
  },
  {
    what: 'deletion of a namespace every cluster has',
    act: () => client.delete('/api/v1/namespaces/kube-system'),
    code: 403,
    reason: 'Forbidden',
    message: 'namespaces "kube-system" is forbidden: this namespace may not be deleted',
  },
  {
    what: 'a delete precondition that fails',
    act: () => client.delete(`${maps}/taken`, { body: { preconditions: { resourceVersion: '1' } } }),
    code: 409,
    reason: 'Conflict',
    message: expect.stringContaining('the ResourceVersion in the precondition (1) does not match'),
  },
  {
    what: 'apply without a manager',
    act: () =>
      client.merge(`${maps}/a`, configMap('a'), { headers: { 'content-type': 'application/apply-patch+yaml' } }),
    code: 422,
    reason: 'Invalid',
    message: 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
  },
];

describe('refusals', () => {
  it.each(refusals)('$code for $what', async ({ act, code, reason, message }) => {
    const { status, body } = await act();
    expect(status).toBe(code);
    expect(body).toMatchObject({ kind: 'Status', status: 'Failure', code, message });
    expect(body.reason).toBe(reason);
  });

  it('answers an unknown group in plain text', async () => {
    expect(await client.get('/apis/nope.example/v1/foos')).toMatchObject({ status: 404, body: '404 page not found\n' });
  });
});

describe('writes', () => {
  it('keeps resourceVersion and stays silent when nothing changes', async () => {
    const { body: created } = await client.create(maps, configMap('same', { a: '1' }));
    const stream = await client.watch(`${maps}?watch=1&resourceVersion=${created.metadata.resourceVersion}`);
    const again = await client.merge(`${maps}/same`, { data: { a: '1' } });
    expect(again.body).toEqual(created);
    await client.merge(`${maps}/same`, { data: { a: '2' } });
    expect((await stream.take(1))[0]).toMatchObject({ type: 'MODIFIED', object: { data: { a: '2' } } });
    stream.close();
  });

  it('counts generations on spec changes only, and keeps status to its subresource', async () => {
    const labels = { app: 'd' };
    const spec = {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    };
    const { body: created } = await client.create(deployments, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd' },
      spec,
      status: { replicas: 9 },
    });
    expect(created).toMatchObject({ metadata: { generation: 1 }, spec: { replicas: 1 }, status: {} });
    const scaled = await client.merge(`${deployments}/d`, { spec: { replicas: 3 }, status: { replicas: 9 } });
    expect(scaled.body).toMatchObject({ metadata: { generation: 2 }, status: {} });
    const status = await client.merge(`${deployments}/d/status`, { spec: { replicas: 7 }, status: { replicas: 3 } });
    expect(status.body).toMatchObject({
      metadata: { generation: 2 },
      spec: { replicas: 3 },
      status: { replicas: 3 },
    });
    const scale = await client.merge(`${deployments}/d/scale`, { spec: { replicas: 5 } });
    expect(scale.body).toMatchObject({ kind: 'Scale', spec: { replicas: 5 }, status: { selector: 'app=d' } });
  });

  it('/status takes annotations of its writer, but no spec and no labels of a Deployment', async () => {
    const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    const metadata = { name: 'reported', labels: { a: 'b' }, annotations: { old: '1' } };
    const spec = { selector: { matchLabels: { a: 'b' } }, template };
    const created = await client.create(deployments, { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec });
    const { body } = await client.merge(`${deployments}/reported/status?fieldManager=reporter`, {
      metadata: { labels: { a: 'x' }, annotations: { old: null, seen: '2' } },
      spec: { replicas: 9 },
      status: { replicas: 1 },
    });
    expect(body).toMatchObject({
      metadata: { labels: { a: 'b' }, annotations: { seen: '2' }, generation: 1 },
      spec: { replicas: 1 },
      status: { replicas: 1 },
    });
    expect(body.metadata.annotations).not.toHaveProperty('old');
    const reporter = body.metadata.managedFields.find(({ manager }: { manager: string }) => manager === 'reporter');
    expect(reporter.fieldsV1['f:metadata']).toEqual({ 'f:annotations': { 'f:seen': {} } });
    expect(created.status).toBe(201);
  });

  it('warns of variables and ports that hide each other, and of Endpoints', async () => {
    const env = [
      { name: 'A', value: '1' },
      { name: 'A', value: '2' },
      { name: 'PATH', value: '/bin' },
      { name: 'PATH', value: '/x:$(PATH)' },
    ];
    const ports = [
      { containerPort: 80 },
      { containerPort: 80, protocol: 'TCP' },
      { containerPort: 80, protocol: 'UDP' },
    ];
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'twice' },
      spec: { containers: [{ name: 'c', image: 'i', env, ports }] },
    };
    const created = await client.create('/api/v1/namespaces/rules/pods?dryRun=All', pod);
    expect([created.headers['warning']].flat().join(', ')).toBe(
      [
        String.raw`299 - "spec.containers[0].env[1]: hides previous definition of \"A\", which may be dropped when using apply"`,
        '299 - "spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]"',
      ].join(', '),
    );
    const endpoints = { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'e' } };
    const old = await client.create('/api/v1/namespaces/rules/endpoints?dryRun=All', endpoints);
    expect(old.headers['warning']).toContain('v1 Endpoints is deprecated in v1.33+');
  });

  it('deletes only after the last finalizer, and takes no new ones meanwhile', async () => {
    await client.create(maps, configMap('fin', {}, { finalizers: ['example.com/a'] }));
    const marked = await client.delete(`${maps}/fin`);
    expect(marked.body.metadata.deletionTimestamp).toMatch(/Z$/);
    const refused = await client.merge(`${maps}/fin`, {
      metadata: { finalizers: ['example.com/a', 'example.com/b'] },
    });
    expect(refused.body.message).toContain('metadata.finalizers: Forbidden: no new finalizers can be added');
    await client.merge(`${maps}/fin`, { metadata: { finalizers: null } });
    expect((await client.get(`${maps}/fin`)).status).toBe(404);
  });

  it('shows what a dry run would do without doing it', async () => {
    const dry = await client.create(`${maps}?dryRun=All`, configMap('dry'));
    expect(dry).toMatchObject({ status: 201, body: { metadata: { name: 'dry' } } });
    expect((await client.get(`${maps}/dry`)).status).toBe(404);
  });

  it('reports conflicts of an apply and takes fields over by force', async () => {
    const headers = { 'content-type': 'application/apply-patch+yaml' };
    const at = (manager: string, extra = ''): string => `${maps}/ssa?fieldManager=${manager}${extra}`;
    const first = await client.merge(at('one'), configMap('ssa', { k: '1' }), { headers });
    expect(first).toMatchObject({ status: 201, body: { data: { k: '1' } } });
    const refused = await client.merge(at('two'), configMap('ssa', { k: '2' }), { headers });
    expect(refused).toMatchObject({
      status: 409,
      body: { message: 'Apply failed with 1 conflict: conflict with "one": .data.k' },
    });
    const forced = await client.merge(at('two', '&force=true'), configMap('ssa', { k: '2' }), { headers });
    expect(forced).toMatchObject({ status: 200, body: { data: { k: '2' } } });
    expect(forced.body.metadata.managedFields).toMatchObject([{ manager: 'two', operation: 'Apply' }]);
  });
});

describe('selector transitions', () => {
  it('turns entering and leaving a selector into ADDED and DELETED', async () => {
    const { body: list } = await client.get(maps);
    const query = `watch=1&labelSelector=on%3Dyes&resourceVersion=${list.metadata.resourceVersion}`;
    const stream = await client.watch(`${maps}?${query}`);
    await client.create(maps, configMap('sel', {}, { labels: { on: 'no' } }));
    await client.merge(`${maps}/sel`, { metadata: { labels: { on: 'yes' } } });
    const { body: left } = await client.merge(`${maps}/sel`, { metadata: { labels: { on: 'no' } } });
    const events = await stream.take(2);
    stream.close();
    expect(events).toMatchObject([
      { type: 'ADDED', object: { metadata: { labels: { on: 'yes' } } } },
      {
        type: 'DELETED',
        object: { metadata: { labels: { on: 'yes' }, resourceVersion: left.metadata.resourceVersion } },
      },
    ]);
  });

  it('ends the initial events of a streamed list with an annotated bookmark', async () => {
    const query = 'watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan';
    const stream = await client.watch(`${maps}?${query}&fieldSelector=metadata.name%3Dtaken`);
    const events = await stream.take(2);
    stream.close();
    expect(events).toMatchObject([
      { type: 'ADDED', object: { metadata: { name: 'taken' } } },
      { type: 'BOOKMARK', object: { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } } },
    ]);
  });
});

describe('projections', () => {
  it('answers tables and metadata alone', async () => {
    const table = await client.get(`${maps}/taken`, {
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    });
    expect(table.body).toMatchObject({ kind: 'Table', rows: [{ cells: ['taken', 1, expect.any(String)] }] });
    const partial = await client.get(`${maps}/taken`, {
      headers: { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' },
    });
    expect(partial.body).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'taken' } });
    expect(partial.body.data).toBeUndefined();
  });

  it('answers discovery with two requests, and 304 to those who know it', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
    const groups = await client.get('/apis', { headers: { accept } });
    expect(groups.headers['content-type']).toBe('application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
    expect(groups.body.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toContain('apps');
    const again = await client.get('/apis', { headers: { accept, 'if-none-match': String(groups.headers['etag']) } });
    expect(again.status).toBe(304);
  });

  it('names a content hash for every OpenAPI document', async () => {
    const index = await client.get('/openapi/v3');
    const { serverRelativeURL } = JSON.parse(index.body).paths['apis/apps/v1'] as { serverRelativeURL: string };
    const document = await client.get(serverRelativeURL);
    expect(document.headers['cache-control']).toBe('public, immutable');
    expect(document.body.openapi).toBe('3.0.0');
  });
});

describe('views of one storage', () => {
  it('shows an event of events.k8s.io in core/v1, and finds it by what it is about', async () => {
    const event = {
      metadata: { name: 'e', namespace: 'rules' },
      eventTime: '2024-01-01T00:00:00.000000Z',
      regarding: { kind: 'ConfigMap', namespace: 'rules', name: 'taken' },
      reportingController: 'example.com/c',
      reportingInstance: 'i',
      action: 'Act',
      reason: 'Why',
      note: 'What',
      type: 'Normal',
    };
    const created = await client.create('/apis/events.k8s.io/v1/namespaces/rules/events', event);
    expect(created).toMatchObject({ status: 201, body: event });
    const listed = await client.get('/api/v1/namespaces/rules/events?fieldSelector=involvedObject.name%3Dtaken');
    expect(listed.body.items).toMatchObject([
      { involvedObject: event.regarding, reportingComponent: 'example.com/c', message: 'What', source: {} },
    ]);
    const again = await client.get('/apis/events.k8s.io/v1/namespaces/rules/events/e');
    expect(again.body).toEqual(created.body);
  });

  it('shows the CPU target of an autoscaler in both versions', async () => {
    const spec = {
      scaleTargetRef: { kind: 'Deployment', name: 'd' },
      maxReplicas: 3,
      targetCPUUtilizationPercentage: 60,
    };
    const path = (version: string): string => `/apis/autoscaling/${version}/namespaces/rules/horizontalpodautoscalers`;
    const created = await client.create(path('v1'), { metadata: { name: 'h' }, spec });
    expect(created).toMatchObject({ status: 201, body: { apiVersion: 'autoscaling/v1', spec } });
    const { body } = await client.get(`${path('v2')}/h`);
    expect(body.spec.metrics).toEqual([
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } },
    ]);
  });
});
