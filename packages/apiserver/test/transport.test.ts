import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiServer, type CertificateAuthority, startApiServer } from '../src/index.ts';
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

describe('limits and credentials', () => {
  let api: ApiServer;
  let client: ApiClient;
  beforeAll(async () => {
    api = await startApiServer({ auth: 'rbac' });
    client = new ApiClient(api);
  });
  afterAll(async () => {
    await client[Symbol.asyncDispose]();
    await api.stop();
  });

  it('refuses an unknown token with 401', async () => {
    const answer = await client.get(path, { token: 'nobody' });
    expect(answer).toMatchObject({ status: 401, body: { reason: 'Unauthorized', message: 'Unauthorized' } });
  });

  it('lets the anonymous see health and version only', async () => {
    const agent = new Agent({ connect: { ca: api.ca } });
    const version = await request(`${api.url}/version`, { dispatcher: agent });
    const list = await request(api.url + path, { dispatcher: agent });
    expect(await version.body.json()).toMatchObject({ major: '1', minor: '36' });
    expect(await list.body.json()).toMatchObject({
      code: 403,
      message: expect.stringContaining('User "system:anonymous" cannot list resource "configmaps"'),
    });
    await agent.destroy();
  });

  it('believes client certificates of its own authority: CN is the user, O the groups', async () => {
    const { certificate, key } = await authorityOf(api).issueClient('root', ['system:masters']);
    const agent = new Agent({ connect: { ca: api.ca, cert: certificate, key } });
    const answer = await request(api.url + path, { dispatcher: agent });
    expect(answer.statusCode).toBe(200);
    expect(api.trace.requests({ user: 'root' })).toHaveLength(1);
    await answer.body.dump();
    await agent.destroy();
  });

  it('refuses bodies over 3 MiB', async () => {
    const answer = await client.create(path, configMap('big', { text: 'x'.repeat(3_200_000) }));
    expect(answer).toMatchObject({ status: 413, body: { reason: 'RequestEntityTooLarge' } });
  });

  it('cuts a watcher with more than 8 MiB unsent, and only that one', async () => {
    const stuck = await client.open('GET', `${path}?watch=1`);
    stuck.body.on('error', () => undefined);
    const lively = await client.watch(`${path}?watch=1`);
    const text = 'x'.repeat(1_000_000);
    const names = Array.from({ length: 24 }, (_, index) => `cut-${index}`);
    for (const name of names) {
      await client.create(path, configMap(name, { text }));
      await lively.take(1);
    }
    const received = stuck.body.text();
    await expect(received).rejects.toThrow(/closed|terminated|aborted|ECONNRESET/);
    await client.create(path, configMap('after'));
    expect((await lively.take(1))[0]?.object.metadata.name).toBe('after');
    lively.close();
  });

  it('says which port it could not have', async () => {
    await expect(startApiServer({ port: api.port })).rejects.toMatchObject({ code: 'APISERVER_LISTEN_FAILED' });
  });
});

function authorityOf({ authority }: ApiServer): CertificateAuthority {
  if (authority === undefined) throw new Error('the server has no authority');
  return authority;
}

it.each([
  { options: { port: 70_000 }, names: 'option port is 70000' },
  { options: { history: { events: 0 } }, names: 'option history.events is 0' },
  { options: { traceSize: -1 }, names: 'option traceSize is -1' },
])('refuses to start: $names', async ({ options, names }) => {
  await expect(startApiServer(options)).rejects.toThrow(names);
  await expect(startApiServer(options)).rejects.toMatchObject({ code: 'APISERVER_OPTION_INVALID' });
});

it('says that a user has no token', async () => {
  await using api = await startApiServer({ tls: false });
  expect(() => api.kubeconfig('nobody')).toThrow('no token belongs to user nobody');
  expect(api.url).toMatch(/^http:/);
});
