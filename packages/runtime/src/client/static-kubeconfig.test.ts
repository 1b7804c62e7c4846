import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiServer, startApiServer } from '@k8sop/apiserver';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { StaticKubeconfig } from './static-kubeconfig.ts';

let server: ApiServer;
let pair: { readonly certificate: string; readonly key: string };
beforeAll(async () => {
  server = await startApiServer({ controllers: 'none' });
  pair = (await server.authority?.issueClient('me', [])) as typeof pair;
});
afterAll(() => server[Symbol.asyncDispose]());

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'k8sop-static-'));
  file = join(directory, 'config');
});
afterEach(() => rm(directory, { recursive: true }));

function kubeconfig(user: string, cluster = 'server: https://10.0.0.1:6443/'): string {
  return [
    'apiVersion: v1',
    'kind: Config',
    'current-context: here',
    'contexts:',
    '- {name: here, context: {cluster: c, user: u, namespace: n}}',
    `clusters:\n- name: c\n  cluster: {${cluster}}`,
    `users:\n- name: u\n  user: {${user}}`,
    '',
  ].join('\n');
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('what it reads', () => {
  it('a token and a CA', async () => {
    const ca = `server: "https://10.0.0.1:6443/", certificate-authority-data: ${base64(server.ca)}`;
    await writeFile(file, kubeconfig('token: secret', ca));
    expect(await (await StaticKubeconfig.open({ file }))?.credentials()).toEqual({
      server: 'https://10.0.0.1:6443',
      tls: { ca: server.ca },
      headers: { authorization: 'Bearer secret' },
    });
  });

  it('a client certificate, inline and beside the file', async () => {
    await writeFile(join(directory, 'key.pem'), pair.key);
    await writeFile(file, kubeconfig(`client-certificate-data: ${base64(pair.certificate)}, client-key: key.pem`));
    expect(await (await StaticKubeconfig.open({ file }))?.credentials()).toMatchObject({
      tls: { cert: pair.certificate, key: pair.key },
      headers: {},
    });
  });

  it('a rotated token: after a minute, and at once after a refusal', async () => {
    const clock = new ManualClock();
    await writeFile(join(directory, 'token'), 'one\n');
    await writeFile(file, kubeconfig('tokenFile: token'));
    const auth = (await StaticKubeconfig.open({ file, clock })) as StaticKubeconfig;
    const first = await auth.credentials();
    await writeFile(join(directory, 'token'), 'two\n');
    expect(await auth.credentials()).toBe(first);
    clock.advance(60_000);
    expect((await auth.credentials()).headers).toEqual({ authorization: 'Bearer two' });
    expect(await auth.refresh(first)).toBe(true);
    expect(await auth.refresh(await auth.credentials())).toBe(false);
  });
});

describe('what it leaves to the full adapter', () => {
  it.each([
    { what: 'a missing file', text: undefined },
    { what: 'no YAML', text: 'clusters: [' },
    { what: 'an empty file', text: '' },
    { what: 'no current context', text: 'clusters: []' },
    { what: 'an exec plugin', text: kubeconfig('exec: {command: login}') },
    { what: 'basic auth', text: kubeconfig('username: a, password: b') },
    { what: 'impersonation', text: kubeconfig('token: t, as: somebody') },
    { what: 'a proxy', text: kubeconfig('token: t', 'server: "https://x", proxy-url: "http://p"') },
    { what: 'a server that is no URL', text: kubeconfig('token: t', 'server: nowhere') },
    { what: 'a server of another protocol', text: kubeconfig('token: t', 'server: "ftp://x"') },
    {
      what: 'a CA that is none',
      text: kubeconfig('token: t', 'server: "https://x", certificate-authority-data: Q0E='),
    },
    { what: 'a token with a line break', text: kubeconfig('token: "a\\r\\nb"') },
    { what: 'a token file that is missing', text: kubeconfig('tokenFile: gone') },
  ])('$what', async ({ text }) => {
    await Promise.all([text].filter((one) => one !== undefined).map((one) => writeFile(file, one)));
    expect(await StaticKubeconfig.open({ file })).toBeUndefined();
  });
});
