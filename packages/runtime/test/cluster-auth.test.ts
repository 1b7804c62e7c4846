/** Credentials: kubeconfig files as users have them, and a pod's projected volume. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect, promisify } from 'node:util';
import { type ApiServer, startApiServer } from '@k8sop/apiserver';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ClientNodeAuth } from '../src/client/client-node-auth.ts';
import { StaticKubeconfig } from '../src/client/static-kubeconfig.ts';
import type { ClusterAuth } from '../src/client/cluster-auth.ts';
import type { WatchEvent } from '../src/client/kube-client.ts';
import { HttpKubeClient } from '../src/client/http-kube-client.ts';
import { InClusterAuth } from '../src/client/in-cluster-auth.ts';
import { openClusterAuth } from '../src/client/open-cluster-auth.ts';
import { type Leadership, unelectedLeadership } from '../src/leadership-gate.ts';
import type { KubeObject } from '../src/object/kube-object.ts';
import { ManualClock } from '../src/testing/manual-clock.ts';
import { ConnectProxy } from './connect-proxy.ts';
import { configMap, configMapKind, until } from './test-cluster.ts';

const { signal } = new AbortController();
const run = promisify(execFile);
const TOKEN = 'first-token';

let server: ApiServer;
let directory: string;
let file: string;

beforeAll(async () => {
  const admin = { name: 'admin', groups: ['system:masters'] };
  server = await startApiServer({ controllers: 'none', tokens: { [TOKEN]: admin, 'second-token': admin } });
});

afterAll(async () => {
  await server.stop();
});

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'k8sop-auth-'));
  file = join(directory, 'config');
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

function kubeconfig(parts: {
  readonly user?: object;
  readonly cluster?: object;
  readonly context?: object;
  readonly current?: string;
}): string {
  const ca = Buffer.from(server.ca).toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: server.url, 'certificate-authority-data': ca, ...parts.cluster } }],
    users: [{ name: 'u', user: parts.user ?? { token: TOKEN } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', ...parts.context } }],
    'current-context': parts.current ?? 'x',
  });
}

/** The kind is readable with these credentials. */
async function listWith(auth: ClusterAuth): Promise<number> {
  await using client = new HttpKubeClient({ auth });
  const { items } = await client.listPage(configMapKind, { signal });
  return items.length;
}

async function openWith(text: string): Promise<ClientNodeAuth> {
  await writeFile(file, text);
  return ClientNodeAuth.open({ files: [file] });
}

describe('kubeconfig', () => {
  it('with a token', async () => {
    expect(await listWith(await openWith(kubeconfig({})))).toBe(0);
  });

  it('as the server itself writes it', async () => {
    expect(await listWith(await openWith(server.kubeconfig()))).toBe(0);
  });

  it('with a CA file relative to the kubeconfig', async () => {
    await writeFile(join(directory, 'ca.pem'), server.ca);
    const cluster = { 'certificate-authority-data': undefined, 'certificate-authority': 'ca.pem' };
    expect(await listWith(await openWith(kubeconfig({ cluster })))).toBe(0);
  });

  it('with a client certificate', async () => {
    const pair = await server.authority?.issueClient('cert-user', ['system:masters']);
    const encode = (pem: string | undefined): string => Buffer.from(String(pem)).toString('base64');
    const user = { 'client-certificate-data': encode(pair?.certificate), 'client-key-data': encode(pair?.key) };
    expect(await listWith(await openWith(kubeconfig({ user })))).toBe(0);
    expect(server.trace.requests({ user: 'cert-user' })).toHaveLength(1);
  });

  it('with a server name other than the address, and refuses a wrong one', async () => {
    const named = (name: string): string => kubeconfig({ cluster: { 'tls-server-name': name } });
    expect(await listWith(await openWith(named('localhost')))).toBe(0);
    await expect(listWith(await openWith(named('wrong.example')))).rejects.toMatchObject({ code: 'API_UNREACHABLE' });
  });

  it('with an unknown CA only when told not to verify', async () => {
    const cluster = { 'certificate-authority-data': undefined };
    await expect(listWith(await openWith(kubeconfig({ cluster })))).rejects.toMatchObject({ code: 'API_UNREACHABLE' });
    const careless = { ...cluster, 'insecure-skip-tls-verify': true };
    expect(await listWith(await openWith(kubeconfig({ cluster: careless })))).toBe(0);
  });

  describe('that cannot work fails when it is opened, and shows no secret', () => {
    const encode = (text: string): string => Buffer.from(text).toString('base64');
    const pem = (body: string): string => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
    const cases: { what: string; broken: () => Promise<object> | object; says: string }[] = [
      {
        what: 'a server of another protocol',
        broken: () => ({ cluster: { server: 'ftp://10.0.0.1' } }),
        says: 'clusters["c"].server "ftp://10.0.0.1" is not HTTPS; write https://host:port',
      },
      {
        what: 'credentials in the server URL',
        broken: () => ({ cluster: { server: 'https://me:s3cret@10.0.0.1' } }),
        says: 'clusters["c"].server holds a user name or password; write https://host:port',
      },
      {
        what: 'a CA that is no base64 of PEM',
        broken: () => ({ cluster: { 'certificate-authority-data': 's3cret' } }),
        says: 'clusters["c"].certificate-authority-data holds no PEM certificate after base64 decoding',
      },
      {
        what: 'a CA that is damaged',
        broken: () => ({ cluster: { 'certificate-authority-data': encode(server.ca + pem('s3cret')) } }),
        says: 'clusters["c"].certificate-authority-data: certificate 2 of 2 is damaged; copy it again',
      },
      {
        what: 'a client certificate that is damaged',
        broken: () => ({ user: { 'client-certificate-data': encode(pem('s3cret')), 'client-key-data': 's3cret' } }),
        says: 'users["u"].client-certificate-data: certificate 1 of 1 is damaged',
      },
      {
        what: 'a client key that is none',
        broken: async () => ({
          user: {
            'client-certificate-data': encode((await issued('a')).certificate),
            'client-key-data': encode('s3cret'),
          },
        }),
        says: 'users["u"].client-key-data holds no usable PEM private key after base64 decoding',
      },
      {
        what: "another one's client key",
        broken: async () => ({
          user: {
            'client-certificate-data': encode((await issued('a')).certificate),
            'client-key-data': encode((await issued('b')).key),
          },
        }),
        says: 'users["u"].client-key-data does not belong to users["u"].client-certificate-data',
      },
      {
        what: 'a client certificate without key',
        broken: async () => ({ user: { 'client-certificate-data': encode((await issued('a')).certificate) } }),
        says: 'users["u"].client-certificate-data is set without client-key-data or client-key; add the key',
      },
      {
        what: 'a token with a line break',
        broken: () => ({ user: { token: 's3cret\r\nx-other: header' } }),
        says: 'users["u"].token holds a line break, blank or other character no HTTP header may carry',
      },
    ];
    const issued = async (name: string): Promise<{ readonly certificate: string; readonly key: string }> =>
      (await server.authority?.issueClient(name, [])) as { readonly certificate: string; readonly key: string };

    it.each(cases)('$what', async ({ broken, says }) => {
      await writeFile(file, kubeconfig(await broken()));
      const failure: unknown = await openClusterAuth({ kubeconfig: file }).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'KUBECONFIG_INVALID' });
      expect(String(failure)).toContain(file);
      expect(String(failure)).toContain(says);
      expect(inspect(failure, { depth: 10 })).not.toContain('s3cret');
      expect(inspect(failure, { depth: 10 })).not.toContain('PRIVATE KEY');
    });
  });

  it('through an HTTP proxy', async () => {
    await using proxy = await ConnectProxy.start();
    expect(await listWith(await openWith(kubeconfig({ cluster: { 'proxy-url': proxy.url } })))).toBe(0);
    expect(proxy.targets).toEqual([`127.0.0.1:${server.port}`]);
  });

  it('a write cut off by the end of leadership resets its tunnel through a proxy', async () => {
    await using proxy = await ConnectProxy.start();
    const auth = await openWith(kubeconfig({ cluster: { 'proxy-url': proxy.url } }));
    await using client = new HttpKubeClient({ auth });
    const lease = new AbortController();
    const looked = Promise.withResolvers<void>();
    const fence: Leadership = {
      ...unelectedLeadership,
      signal: lease.signal,
      remainingMs: () => {
        looked.resolve();
        return 100;
      },
    };
    server.inject({ resource: 'configmaps', verb: 'create' }, { delayMs: 60_000, times: 1 });
    const create = client.create(configMapKind, configMap('a'), { signal, fence });
    await looked.promise;
    lease.abort();
    await expect(create).rejects.toMatchObject({ code: 'LEADERSHIP_LOST' });
    await until(() => proxy.resetCount === 1);
  });

  it('a watch, too, renews credentials after a 401', async () => {
    const auth = await openWith(kubeconfig({ user: { token: 'expired' } }));
    await auth.credentials();
    await writeFile(file, kubeconfig({}));
    await using client = new HttpKubeClient({ auth });
    const stream = await client.watch(configMapKind, { signal, resourceVersion: '1', timeoutSeconds: 60 });
    stream.close();
    expect((await auth.credentials()).headers).toEqual({ authorization: `Bearer ${TOKEN}` });
  });

  it('with an exec plugin, run once and again after a 401', async () => {
    const plugin = join(directory, 'plugin.sh');
    const calls = join(directory, 'calls');
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'TOKEN' },
    };
    const script = [
      '#!/bin/sh',
      `echo x >> ${calls}`,
      `if [ "$(wc -l < ${calls})" -gt 1 ]; then t=${TOKEN}; else t=expired; fi`,
      `printf '%s' '${JSON.stringify(credential)}' | sed "s/TOKEN/$t/"`,
    ];
    await writeFile(plugin, script.join('\n'));
    await chmod(plugin, 0o755);
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, interactiveMode: 'Never' };
    await using client = new HttpKubeClient({ auth: await openWith(kubeconfig({ user: { exec } })) });
    for (let i = 0; i < 3; i++) {
      await client.listPage(configMapKind, { signal });
    }
    const { stdout } = await run('cat', [calls]);
    expect(stdout).toBe('x\nx\n');
  });

  it('merges several files, the first one winning, and skips missing ones', async () => {
    const second = join(directory, 'second');
    await writeFile(file, JSON.stringify({ 'current-context': 'x' }));
    await writeFile(second, kubeconfig({ current: 'other' }));
    const auth = await ClientNodeAuth.open({ files: [join(directory, 'absent'), file, second] });
    expect(await listWith(auth)).toBe(0);
  });

  it('opens no socket of client-node: the credentials carry TLS material and headers only', async () => {
    const credentials = await (await openWith(kubeconfig({}))).credentials();
    expect(credentials).toEqual({
      server: server.url,
      tls: { ca: server.ca },
      headers: { authorization: `Bearer ${TOKEN}` },
    });
  });
});

describe('a kubeconfig that cannot be used names file, field and fix', () => {
  it('missing', async () => {
    const opening = ClientNodeAuth.open({ files: [file] });
    await expect(opening).rejects.toMatchObject({
      code: 'KUBECONFIG_INVALID',
      message: `kubeconfig "${file}": no such file; set KUBECONFIG to an existing kubeconfig, or run inside a cluster`,
    });
  });

  it.each([
    { fault: 'no YAML', text: 'a: [1', says: 'is no valid YAML' },
    { fault: 'a text', text: 'hello', says: 'current-context is not set' },
    { fault: 'empty', text: '', says: 'current-context is not set; choose one of: none' },
    {
      fault: 'a cluster without server',
      text: JSON.stringify({ clusters: [{ name: 'c', cluster: {} }] }),
      says: 'clusters[0].cluster.server is missing',
    },
  ])('malformed: $fault', async ({ text, says }) => {
    await expect(openWith(text)).rejects.toMatchObject({
      code: 'KUBECONFIG_INVALID',
      message: expect.stringMatching(`"${file}": ${says.replaceAll(/[[\]().]/g, '\\$&')}`) as string,
    });
  });

  it.each([
    { fault: 'an open quote', text: 'users:\n- name: u\n  user: {token: "very-secret\n' },
    { fault: 'an open map', text: 'users: [{name: u, user: {token: very-secret' },
    { fault: 'a key given twice', text: 'users: []\nusers: [{token: very-secret}]\n' },
  ])(
    '$fault: the error, printed with its causes, never quotes the file, which may hold credentials',
    async ({ text }) => {
      const failure: unknown = await openWith(text).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'KUBECONFIG_INVALID' });
      expect(inspect(failure, { depth: 10, showHidden: true })).not.toContain('very-secret');
    },
  );

  it.each([
    { fault: 'no current context', parts: { current: '' }, says: 'current-context is not set; choose one of: x' },
    { fault: 'an unknown context', parts: { current: 'y' }, says: 'current-context "y" is not among the contexts: x' },
    {
      fault: 'an unknown cluster',
      parts: { context: { cluster: 'd' } },
      says: 'contexts["x"].cluster "d" is not among the clusters: c',
    },
    {
      fault: 'an unknown user',
      parts: { context: { user: 'v' } },
      says: 'contexts["x"].user "v" is not among the users: u',
    },
    {
      fault: 'a server that is no URL',
      parts: { cluster: { server: 'nowhere' } },
      says: 'clusters["c"].server "nowhere" is no URL; write https://host:port',
    },
  ])('$fault', async ({ parts, says }) => {
    await expect(openWith(kubeconfig(parts))).rejects.toMatchObject({
      code: 'KUBECONFIG_INVALID',
      message: expect.stringContaining(says) as string,
    });
  });

  it('an exec plugin that does not exist', async () => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'no-such-plugin' };
    const auth = await openWith(kubeconfig({ user: { exec } }));
    await expect(auth.credentials()).rejects.toMatchObject({
      code: 'KUBECONFIG_INVALID',
      message: expect.stringContaining('user "u" (exec plugin "no-such-plugin") gives no credentials') as string,
    });
  });
});

describe('in a cluster', () => {
  const { host, port } = { host: '127.0.0.1', port: (): string => String(server.port) };
  const writeVolume = async (token: string): Promise<void> => {
    await writeFile(join(directory, 'token'), `${token}\n`);
    await writeFile(join(directory, 'ca.crt'), server.ca);
  };

  it('uses the projected token and CA', async () => {
    await writeVolume(TOKEN);
    expect(await listWith(new InClusterAuth({ host, port: port(), directory }))).toBe(0);
  });

  it('reads a rotated token after a 401, at once', async () => {
    await writeVolume('expired-token');
    await using client = new HttpKubeClient({ auth: new InClusterAuth({ host, port: port(), directory }) });
    await expect(client.listPage(configMapKind, { signal })).rejects.toMatchObject({ code: 401 });
    await writeVolume(TOKEN);
    expect((await client.listPage(configMapKind, { signal })).items).toEqual([]);
  });

  it('reads a rotated token every minute, before the old one expires', async () => {
    const clock = new ManualClock();
    const auth = new InClusterAuth({ host, port: port(), directory, clock });
    await writeVolume(TOKEN);
    const first = await auth.credentials();
    await writeVolume('second-token');
    clock.advance(59_000);
    expect(await auth.credentials()).toBe(first);
    clock.advance(2_000);
    expect((await auth.credentials()).headers).toEqual({ authorization: 'Bearer second-token' });
  });

  it('trusts a changed CA only, from the next minute on, and lets open watches end by themselves', async () => {
    const clock = new ManualClock();
    await writeVolume(TOKEN);
    await using client = new HttpKubeClient({ auth: new InClusterAuth({ host, port: port(), directory, clock }) });
    const { resourceVersion } = await client.listPage(configMapKind, { signal });
    const watch = await client.watch(configMapKind, { signal, resourceVersion, timeoutSeconds: 60 });
    await using stranger = await startApiServer({ controllers: 'none' });
    await writeFile(join(directory, 'ca.crt'), stranger.ca);
    clock.advance(61_000);
    await expect(client.listPage(configMapKind, { signal })).rejects.toMatchObject({ code: 'API_UNREACHABLE' });
    await writeVolume(TOKEN);
    clock.advance(61_000);
    await client.create(configMapKind, configMap('after'), { signal });
    await client.delete(configMapKind, { namespace: 'default', name: 'after' }, { signal });
    const [first] = (await watch[Symbol.asyncIterator]().next()).value as readonly WatchEvent<KubeObject>[];
    expect(first).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'after' } } });
    watch.close();
  }, 30_000);

  it('names the file it cannot read', async () => {
    const auth = new InClusterAuth({ host, port: port(), directory });
    await expect(auth.credentials()).rejects.toThrow(
      `cannot read ${join(directory, 'token')}; mount a service-account`,
    );
  });
});

describe('openClusterAuth', () => {
  it('an explicit kubeconfig wins over the service account', async () => {
    await writeFile(file, kubeconfig({}));
    expect(await openClusterAuth({ kubeconfig: file, serviceHost: '10.0.0.1' })).toBeInstanceOf(StaticKubeconfig);
  });

  it('what the plain reader declines goes to the full adapter', async () => {
    await writeFile(file, kubeconfig({}));
    expect(await openClusterAuth({ kubeconfig: `${file}:${file}` })).toBeInstanceOf(ClientNodeAuth);
  });

  it('the service account wins over the home directory', async () => {
    expect(await openClusterAuth({ home: directory, serviceHost: '10.0.0.1' })).toBeInstanceOf(InClusterAuth);
  });

  it('without anything says what to set', async () => {
    await expect(openClusterAuth({})).rejects.toThrow('no cluster is configured: set KUBECONFIG');
  });

  it('never loads client-node in a cluster', async () => {
    const entry = new URL('../src/client/open-cluster-auth.ts', import.meta.url).href;
    const script = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
      const { openClusterAuth } = await import(${JSON.stringify(entry)});
      await openClusterAuth({ serviceHost: '10.0.0.1' });
      console.log(JSON.stringify(loaded.filter((url) => url.includes('client-node'))));
    `;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script]);
    expect(JSON.parse(stdout)).toEqual([]);
  });
});
