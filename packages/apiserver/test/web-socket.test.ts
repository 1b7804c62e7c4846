import { on } from 'node:events';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { configMap, type WatchEvent } from './api-client.ts';
import { serveTests } from './serve-tests.ts';

const path = '/api/v1/namespaces/default/configmaps';
const { api, client } = await serveTests();

function url(query: string): string {
  return `${api.url.replace('https', 'wss')}${path}?${query}`;
}

it('delivers the same events as an HTTP watch, one message each', async () => {
  const socket = new WebSocket(url('watch=1'), { ca: api.ca, headers: { authorization: `Bearer ${api.token()}` } });
  const messages = on(socket, 'message');
  const next = async (): Promise<WatchEvent> => {
    const { value } = (await messages.next()) as { value: [Buffer] };
    return JSON.parse(value[0].toString()) as WatchEvent;
  };
  await new Promise((done) => socket.once('open', done));
  const stream = await client.watch(`${path}?watch=1`);
  await client.create(path, configMap('a'));
  await client.delete(`${path}/a`);
  expect([await next(), await next()]).toEqual(await stream.take(2));
  stream.close();
  socket.close();
});

it('takes the token as a subprotocol', async () => {
  const token = Buffer.from(api.token()).toString('base64url');
  const protocols = [`base64url.bearer.authorization.k8s.io.${token}`, 'v5.channel.k8s.io'];
  const socket = new WebSocket(url('watch=1'), protocols, { ca: api.ca });
  await new Promise((done) => socket.once('open', done));
  expect(socket.protocol).toBe('v5.channel.k8s.io');
  socket.close();
});

it('refuses an unknown token with 401 and a Status', async () => {
  const socket = new WebSocket(url('watch=1'), { ca: api.ca, headers: { authorization: 'Bearer nobody' } });
  const status = await new Promise((done) => {
    socket.once('unexpected-response', (_request, response) => done(response.statusCode));
    socket.once('error', () => undefined);
  });
  expect(status).toBe(401);
});
