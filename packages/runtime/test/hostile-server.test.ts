/** Informers and requests against something that answers HTTP but is no sane API server: proxies, login pages, bugs. */
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change } from '../src/cache/informer.ts';
import { SharedInformers } from '../src/cache/shared-informers.ts';
import { HttpKubeClient } from '../src/client/http-kube-client.ts';
import { type ConfigMap, configMap, configMapKind, until } from './test-cluster.ts';

const { signal } = new AbortController();

type Answer = (response: ServerResponse) => void;

const json =
  (body: unknown): Answer =>
  (response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));

const html: Answer = (response) =>
  response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Please log in</body></html>');

/** Headers, and then nothing. */
const hangs: Answer = (response) => response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();

const stream =
  (...lines: string[]): Answer =>
  (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(lines.map((line) => `${line}\n`).join(''));
  };

const stored = {
  ...configMap('a', { k: 'v' }),
  metadata: { ...configMap('a').metadata, uid: 'u1', resourceVersion: '5' },
};
const goodList = json({ metadata: { resourceVersion: '10' }, items: [stored] });
const next = { ...stored, metadata: { ...stored.metadata, resourceVersion: '11' }, data: { k: 'w' } };
const goodWatch = stream(JSON.stringify({ type: 'MODIFIED', object: next }));

let server: Server;
let client: HttpKubeClient;
let informers: SharedInformers;
/** What the server answers from now on. */
let list: Answer;
let watch: Answer;
let badAnswers: number;

beforeEach(async () => {
  badAnswers = 0;
  server = createServer((request, response) => {
    const answer = request.url?.includes('watch=true') === true ? watch : list;
    badAnswers += answer === goodList || answer === goodWatch ? 0 : 1;
    answer(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const auth = {
    credentials: () => Promise.resolve({ server: url, tls: {}, headers: {} }),
    refresh: () => Promise.resolve(false),
  };
  client = new HttpKubeClient({ auth, readTimeoutMs: 200 });
  // Backoffs of 1 % of their bound: some milliseconds.
  informers = new SharedInformers({ client, random: { next: () => 0.01 } });
});

afterEach(async () => {
  await informers[Symbol.asyncDispose]();
  await client[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
});

const badLists: readonly { readonly what: string; readonly answer: Answer }[] = [
  { what: 'a login page', answer: html },
  { what: 'nothing after the headers', answer: hangs },
  { what: 'null', answer: json(null) },
  { what: 'a number', answer: json(42) },
  { what: 'an empty object', answer: json({}) },
  { what: 'items that are no list', answer: json({ metadata: { resourceVersion: '10' }, items: 'many' }) },
  { what: 'an item that is null', answer: json({ metadata: { resourceVersion: '10' }, items: [null] }) },
  { what: 'an item without metadata', answer: json({ metadata: { resourceVersion: '10' }, items: [{}] }) },
];

const badWatches: readonly { readonly what: string; readonly answer: Answer }[] = [
  { what: 'a login page', answer: html },
  { what: 'a line that is no JSON', answer: stream('<html>') },
  { what: 'a line that is null', answer: stream('null') },
  { what: 'a line that is a number', answer: stream('42') },
  { what: 'an event without object', answer: stream('{"type":"ADDED"}') },
  { what: 'an event whose object is null', answer: stream('{"type":"MODIFIED","object":null}') },
  { what: 'an event without metadata', answer: stream('{"type":"DELETED","object":{}}') },
  { what: 'a bookmark without object', answer: stream('{"type":"BOOKMARK"}') },
  { what: 'a type nobody knows', answer: stream('{"type":"RENAMED","object":{"metadata":{}}}') },
  { what: 'an error without status', answer: stream('{"type":"ERROR"}') },
];

describe('an informer', () => {
  it.each(badLists)('outlives a list of $what, and goes on once the server is sane', async ({ answer }) => {
    list = answer;
    watch = goodWatch;
    const { informer } = informers.acquire({ kind: configMapKind, metadataOnly: false });
    await until(() => badAnswers > 1);
    expect(informer.hasSynced).toBe(false);
    list = goodList;
    await until(() => informer.get({ namespace: 'default', name: 'a' })?.data?.['k'] === 'w');
    expect(informer.size).toBe(1);
  });

  it.each(badWatches)('outlives a watch of $what, and misses nothing', async ({ answer }) => {
    list = goodList;
    watch = answer;
    const { informer } = informers.acquire({ kind: configMapKind, metadataOnly: false });
    const changes: Change<ConfigMap>[] = [];
    informer.addHandler((change) => changes.push(change));
    await until(() => badAnswers > 1);
    watch = goodWatch;
    await until(() => changes.length === 2);
    expect(changes.map(({ type, object }) => [type, object.data])).toEqual([
      ['added', { k: 'v' }],
      ['updated', { k: 'w' }],
    ]);
  });
});

describe('a list that is none', () => {
  it.each(badLists)('never passes for an empty one: $what deletes nothing', async ({ answer }) => {
    list = goodList;
    watch = stream(JSON.stringify({ type: 'ERROR', object: { code: 410 } }));
    const { informer } = informers.acquire({ kind: configMapKind, metadataOnly: false });
    const changes: Change<ConfigMap>[] = [];
    informer.addHandler((change) => changes.push(change));
    await until(() => informer.hasSynced);
    list = answer;
    const before = badAnswers;
    await until(() => badAnswers > before + 2);
    expect(changes.map(({ type }) => type)).toEqual(['added']);
    expect(informer.size).toBe(1);
  });
});

describe('a request', () => {
  it('answered by a login page says so, and asks whether the URL is right', async () => {
    list = html;
    const page = client.listPage(configMapKind, { signal });
    await expect(page).rejects.toMatchObject({ code: 'API_UNREACHABLE' });
    await expect(page).rejects.toThrow('is no JSON; is the server URL right?');
  });

  it.each(badLists.slice(2))('answered by $what fails with a code', async ({ answer }) => {
    list = answer;
    await expect(client.listPage(configMapKind, { signal })).rejects.toMatchObject({ code: 'API_UNREACHABLE' });
  });
});
