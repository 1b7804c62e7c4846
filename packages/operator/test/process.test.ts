/** The life of the process around an operator: how it begins and ends when something is in the way. */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { Action, Manager, Operator } from '@k8sop/operator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { webApp, WebApp } from './fixtures/web-app.ts';
import { OperatorProcess } from './operator-process.ts';
import { CapturedLog, RunningOperator } from './running-operator.ts';
import { Tally } from './tally.ts';
import { paths, type TestCluster } from './test-cluster.ts';
import { startWithWebApps } from './web-apps.ts';

const program = './fixtures/operator-main.ts';
const probes = { port: 0, host: '127.0.0.1' };

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await startWithWebApps();
});
afterEach(() => cluster[Symbol.asyncDispose]());

/** A kubeconfig whose server nobody is. */
async function deadKubeconfig(): Promise<string> {
  const file = `${cluster.kubeconfig}-dead`;
  const text = await readFile(cluster.kubeconfig, 'utf8');
  await writeFile(file, text.replace(/https:\/\/\S+/, 'https://127.0.0.1:1'));
  return file;
}

describe('the beginning', () => {
  it('hears signals before anything else, and no longer once it has failed', async () => {
    const before = process.listenerCount('SIGTERM');
    const operator = new Operator(WebApp).reconcile(async () => Action.awaitChange());
    const running = operator.run({ kubeconfig: '/nowhere/kubeconfig' });
    expect(process.listenerCount('SIGTERM')).toBe(before + 1);
    await expect(running).rejects.toMatchObject({ code: 'KUBECONFIG_INVALID' });
    expect(process.listenerCount('SIGTERM')).toBe(before);
  }, 20_000);

  it('does nothing when told to stop before', async () => {
    const runs = new Tally<string>();
    await cluster.create(paths.webapps, webApp('a'));
    const operator = new Operator(WebApp).reconcile(async ({ name }) => runs.add(name)).probes(probes);
    const quiet = operator.logger(new CapturedLog().logger());
    await quiet.run({ kubeconfig: cluster.kubeconfig, signal: AbortSignal.abort() });
    expect(runs.seen).toEqual([]);
  }, 20_000);

  it('may come again after the end: the same operator runs twice', async () => {
    const runs = new Tally<string>();
    await cluster.create(paths.webapps, webApp('a'));
    const operator = new Operator(WebApp).reconcile(async ({ name }) => runs.add(name)).probes(probes);
    for (const times of [1, 2]) {
      const running = await RunningOperator.start(cluster, operator);
      await runs.atLeast(times);
      await running.stop();
    }
    expect(runs.seen).toEqual(['a', 'a']);
  }, 20_000);

  it('names the probe port that somebody else has, and exits 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await using child = new OperatorProcess(program, {
      KUBECONFIG: cluster.kubeconfig,
      K8SOP_PROBE_PORT: String(port),
    });
    expect(await child.exitCode()).toBe(1);
    expect(child.stderr).toContain(`probe port ${port} cannot be opened (EADDRINUSE)`);
    other.close();
  }, 20_000);

  it('keeps only the controller waiting whose kind the server cannot list', async () => {
    const broken = cluster.api.inject({ resource: 'widgets' }, { status: 500 });
    const Widget = { apiVersion: 'example.com/v1', kind: 'Widget', plural: 'widgets', namespaced: true };
    const runs = new Tally<string>();
    const manager = new Manager({ name: 'two' })
      .add(new Operator(WebApp).reconcile(async ({ name }) => runs.add(name)))
      .add(new Operator(Widget).reconcile(async () => Action.awaitChange()))
      .probes(probes);
    await using running = new RunningOperator(manager, cluster.kubeconfig);
    await cluster.create(paths.webapps, webApp('a'));
    await runs.atLeast(1);
    expect((await running.probe('/readyz?verbose')).text).toContain('[-]watch/widgets failed');
    broken.remove();
  }, 20_000);
});

describe('the end', () => {
  it('comes at once while nobody answers at the address of the API server', async () => {
    await using child = new OperatorProcess(program, { KUBECONFIG: await deadKubeconfig() });
    const line = await child.logged(({ msg }) => msg === 'watch interrupted, retrying');
    expect(line).toMatchObject({ reason: 'unreachable', err: { message: expect.stringContaining('127.0.0.1:1') } });
    const { code, afterMs } = await child.stop();
    expect({ code, inTime: afterMs < 7_000 }).toEqual({ code: 0, inTime: true });
  }, 30_000);

  it('does not come because nobody reads the log any more', async () => {
    await using child = new OperatorProcess(program, { KUBECONFIG: cluster.kubeconfig });
    await child.leads();
    child.closeOutput();
    for (const name of ['a', 'b']) {
      await cluster.create(paths.webapps, webApp(name));
      await cluster.until(paths.services, (all) => all.has(name));
    }
    expect((await child.stop()).code).toBe(0);
  }, 30_000);
});
