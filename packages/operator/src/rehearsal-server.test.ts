import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { RehearsalServer } from './rehearsal-server.ts';

describe('the server of a rehearsal', () => {
  it.each([
    {
      client: 'goes in the middle of its request',
      request: 'PATCH /a HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{',
    },
    { client: 'sends what is no JSON', request: 'PATCH /a HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\n{' },
  ])('ends the connection of a client that $client, and goes on', async ({ request }) => {
    await using server = await RehearsalServer.open([]);
    const socket = connect({ port: Number(new URL(server.url).port), host: '127.0.0.1' });
    await once(socket, 'connect');
    socket.end(request);
    socket.resume();
    await once(socket, 'close');
    expect((await fetch(`${server.url}/apis/apps/v1/deployments`)).status).toBe(200);
  });
});
