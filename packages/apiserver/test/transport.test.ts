import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiServer, startApiServer } from '../src/index.ts';
import { ApiClient, configMap } from './api-client.ts';

const path = '/api/v1/namespaces/default/configmaps';

describe.each([
  { http2: false, name: 'HTTP/1.1' },
  { http2: true, name: 'HTTP/2' },
])('over $name', ({ http2, name }) => {
  let api: ApiServer;
  let client: ApiClient;
  beforeAll(async () => {
    api = await startApiServer();
    client = new ApiClient(api, { http2 });
  });
  afterAll(async () => {
    await client[Symbol.asyncDispose]();
    await api.stop();
  });

  it('is ready without credentials', async () => {
    const ready = await client.get('/readyz');
    expect(ready).toMatchObject({ status: 200, body: 'ok' });
  });

  it('creates, reads, lists and deletes', async () => {
    const created = await client.create(path, configMap('a', { k: name }));
    expect(created.status).toBe(201);
    expect(created.body.metadata).toMatchObject({ name: 'a', namespace: 'default' });
    expect((await client.get(`${path}/a`)).body).toEqual(created.body);
    expect((await client.get(path)).body.items).toHaveLength(1);
    const deleted = await client.delete(`${path}/a`);
    expect(deleted.body).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { uid: created.body.metadata.uid },
    });
  });

  it('sends the headers of a watch before its first event, then every change in order', async () => {
    const { body: list } = await client.get(path);
    const stream = await client.watch(`${path}?watch=true&resourceVersion=${list.metadata.resourceVersion}`);
    expect(stream.status).toBe(200);
    await client.create(path, configMap('w', { n: '1' }));
    await client.merge(`${path}/w`, { data: { n: '2' } });
    await client.delete(`${path}/w`);
    const events = await stream.take(3);
    stream.close();
    expect(events.map(({ type, object }) => [type, object.data.n])).toEqual([
      ['ADDED', '1'],
      ['MODIFIED', '2'],
      ['DELETED', '2'],
    ]);
    const versions = events.map(({ object }) => Number(object.metadata.resourceVersion));
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
  });
});
