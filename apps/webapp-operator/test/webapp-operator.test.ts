import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startApiServer } from '@k8sop/apiserver';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cluster, connect, type Thing } from '../demo/cluster.ts';
import { WebApp } from '../src/web-app.ts';

const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const webapps = '/apis/example.com/v1/namespaces/default/webapps';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const services = '/api/v1/namespaces/default/services';
const events = '/apis/events.k8s.io/v1/namespaces/default/events';
const program = fileURLToPath(new URL('../src/main.ts', import.meta.url));

const over = new AbortController();
let cluster: Cluster;
let stop: () => Promise<number | null>;

beforeAll(async () => {
  const api = await startApiServer();
  cluster = connect(api.url, { ca: api.ca, token: api.token() }, over.signal);
  await cluster.create(crds, WebApp.crd().toJSON());
  const directory = await mkdtemp(join(tmpdir(), 'webapp-operator-'));
  const kubeconfig = join(directory, 'kubeconfig');
  await writeFile(kubeconfig, api.kubeconfig());
  const child = spawn(process.execPath, ['--conditions=@k8sop/source', program], {
    env: { PATH: process.env['PATH'], KUBECONFIG: kubeconfig, K8SOP_PROBE_PORT: '0' },
    stdio: 'ignore',
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  stop = async () => {
    child.kill('SIGTERM');
    const [code] = await exited;
    await cluster.close();
    await api.stop();
    await rm(directory, { recursive: true });
    return code;
  };
}, 120_000);

afterAll(() => over.abort());

/** The value at a path of field names. */
function at(thing: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((value, field) => (value as Record<string, unknown> | undefined)?.[field], thing);
}

/** Whether another object lives under the name of `before`. */
function replaced(before: Thing | undefined): (all: ReadonlyMap<string, Thing>) => boolean {
  return (all) => all.has('shop') && all.get('shop')?.metadata.uid !== before?.metadata.uid;
}

const reasons = (all: ReadonlyMap<string, Thing>): unknown[] => [...all.values()].map((event) => at(event, 'reason'));

it('turns a WebApp into a Deployment and a Service, with status and event', async () => {
  await cluster.create(webapps, WebApp.manifest('shop', { spec: { image: 'nginx:1', replicas: 2 } }));
  const children = await cluster.until(deployments, (all) => all.has('shop'));
  expect(at(children.get('shop'), 'spec', 'replicas')).toBe(2);
  await cluster.until(services, (all) => all.has('shop'));
  const own = await cluster.until(webapps, (all) => at(all.get('shop'), 'status', 'conditions') !== undefined);
  expect(at(own.get('shop'), 'status', 'image')).toBe('nginx:1');
  expect(at(own.get('shop'), 'status', 'conditions', 0)).toMatchObject({ type: 'Ready', status: 'True' });
  await cluster.until(events, (all) => reasons(all).includes('Deployed'));
});

it('follows an edit', async () => {
  await cluster.patch(`${webapps}/shop`, { spec: { replicas: 5 } });
  const after = await cluster.until(deployments, (all) => at(all.get('shop'), 'spec', 'replicas') === 5);
  expect(after.size).toBe(1);
});

it('brings back a Deployment that somebody deleted', async () => {
  const before = (await cluster.until(deployments, (all) => all.has('shop'))).get('shop');
  await cluster.delete(`${deployments}/shop`);
  const after = await cluster.until(deployments, replaced(before));
  expect(at(after.get('shop'), 'spec', 'replicas')).toBe(5);
});

it('says goodbye when a WebApp is deleted', async () => {
  await cluster.delete(`${webapps}/shop`);
  await cluster.until(webapps, (all) => !all.has('shop'));
  const told = await cluster.until(events, (all) => reasons(all).includes('Removed'));
  expect(reasons(told)).toContain('Deployed');
});

it('ends with 0 on SIGTERM', async () => {
  expect(await stop()).toBe(0);
});
