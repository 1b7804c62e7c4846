/** What an operator says to input it cannot use: field, value and fix; and that it goes on once that is mended. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Container, Deployment, isBuilderError } from '@k8sop/builders';
import { Action, type Context, isRuntimeError, Manager, Operator } from '@k8sop/operator';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { webApp, WebApp } from './fixtures/web-app.ts';
import { OperatorProcess } from './operator-process.ts';
import { RunningOperator } from './running-operator.ts';
import { paths, TestCluster } from './test-cluster.ts';

const probes = { port: 0, host: '127.0.0.1' };

async function reconcile(ctx: Context<typeof WebApp>): Promise<Action> {
  await ctx.apply(new Deployment(ctx.name).container(new Container('app').image(ctx.resource.spec.image)));
  return Action.awaitChange();
}

const operator = new Operator(WebApp).reconcile(reconcile).owns(Deployment).probes(probes);

describe('kubeconfig', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'k8sop-kubeconfig-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  const cases = [
    { what: 'missing', text: undefined, names: 'kubeconfig' },
    { what: 'malformed', text: 'apiVersion: v1\nclusters: [', names: 'kubeconfig' },
    { what: 'without current context', text: 'apiVersion: v1\nkind: Config\nclusters: []\n', names: 'current-context' },
  ];

  it.each(cases)(
    '$what: run() rejects with a code, names the file, and the process exits 1',
    async (one) => {
      const file = join(directory, one.what.replaceAll(' ', '-'));
      await Promise.all([one.text].filter((text) => text !== undefined).map((text) => writeFile(file, text)));
      const failure: unknown = await operator.run({ kubeconfig: file }).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'KUBECONFIG_INVALID' });
      expect(String(failure)).toContain(file);
      expect(String(failure)).toContain(one.names);
      await using child = new OperatorProcess('./fixtures/operator-main.ts', { KUBECONFIG: file });
      expect(await child.exitCode()).toBe(1);
      expect(child.stderr).toContain('KUBECONFIG_INVALID');
    },
    20_000,
  );

  it('refuses a probe port in the environment that is none', async () => {
    await using child = new OperatorProcess('./fixtures/operator-main.ts', { K8SOP_PROBE_PORT: 'http' });
    expect(await child.exitCode()).toBe(1);
    expect(child.stderr).toContain('K8SOP_PROBE_PORT: "http" is not a port');
  });
});

describe('a cluster that is not ready for the operator', () => {
  let cluster: TestCluster;
  beforeEach(async () => {
    const tokens = { 'admin-token': { name: 'admin', groups: ['system:masters'] }, 'op-token': { name: 'op' } };
    cluster = await TestCluster.start({ tokens });
  });
  afterEach(() => cluster[Symbol.asyncDispose]());

  it('waits for a missing CRD, says so, and goes on once it is installed', async () => {
    await using running = RunningOperator.launch(cluster.kubeconfig, operator);
    const line = await running.log.logged(({ msg }) => msg === 'controller waits: its kind cannot be watched');
    expect(line).toMatchObject({ kind: 'WebApp', verb: 'list', resource: 'webapps.example.com', reason: 'absent' });
    const { status, text } = await running.probe('/readyz?verbose');
    expect(status).toBe(503);
    expect(text).toMatch(/\[-\]watch\/webapps failed: WebApp: cannot list webapps.example.com.*install its CRD/);
    await cluster.create(paths.crds, WebApp.crd().toJSON());
    await cluster.create(paths.webapps, webApp('a'));
    await cluster.until(paths.deployments, (all) => all.has('a'));
    expect((await running.probe('/readyz')).status).toBe(200);
  }, 30_000);

  it('waits for missing rights, names kind, verb and resource, and goes on once they are granted', async () => {
    await cluster.create(paths.crds, WebApp.crd().toJSON());
    await cluster.create(paths.webapps, webApp('a'));
    cluster.api.deny('op', [{ resources: ['deployments.apps'], verbs: ['list', 'watch'] }]);
    await using running = RunningOperator.launch(await cluster.writeKubeconfig('op'), operator);
    const line = await running.log.logged(({ msg }) => msg === 'controller waits: its kind cannot be watched');
    expect(line).toMatchObject({ kind: 'Deployment', verb: 'list', resource: 'deployments.apps', reason: 'denied' });
    const { status, text } = await running.probe('/readyz?verbose');
    expect(status).toBe(503);
    expect(text).toMatch(/\[-\]watch\/deployments failed: Deployment: may not list deployments.apps/);
    cluster.api.deny('op', []);
    await cluster.until(paths.deployments, (all) => all.has('a'));
    expect((await running.probe('/readyz')).status).toBe(200);
  }, 30_000);

  it('keeps only the controller waiting whose kind is missing', async () => {
    await cluster.create(paths.crds, WebApp.crd().toJSON());
    await cluster.create(paths.webapps, webApp('a'));
    const other = new Operator({ apiVersion: 'example.com/v1', kind: 'Gone', plural: 'gones', namespaced: true });
    const manager = new Manager({ name: 'two' })
      .add(operator)
      .add(other.reconcile(async () => Action.awaitChange()))
      .probes(probes);
    await using running = new RunningOperator(manager, cluster.kubeconfig);
    await cluster.until(paths.deployments, (all) => all.has('a'));
    expect((await running.probe('/readyz?verbose')).text).toContain('[-]watch/gones failed');
  }, 30_000);

  it('words the refusal of an invalid custom resource as Kubernetes does', async () => {
    await cluster.create(paths.crds, WebApp.crd().toJSON());
    const { status, body } = await cluster.send('POST', paths.webapps, webApp('bad', 'nginx:1', -1));
    expect(status).toBe(422);
    expect(body).toMatchObject({ kind: 'Status', reason: 'Invalid' });
    expect(body.message).toBe(
      'WebApp.example.com "bad" is invalid: spec.replicas: Invalid value: -1: spec.replicas in body should be greater than or equal to 0',
    );
  });
});

describe('incomplete descriptions', () => {
  it('lists every problem of an incomplete builder in one error', () => {
    const incomplete = new Deployment('a').container(new Container('app') as never);
    const failure = ((): unknown => {
      try {
        return incomplete.toJSON();
      } catch (error) {
        return error;
      }
    })();
    expect(isBuilderError(failure)).toBe(true);
    expect(String(failure)).toContain('.image()');
  });

  it('refuses an operator without a reconcile function, also from JavaScript', async () => {
    const failure: unknown = await Promise.resolve()
      .then(() => (new Operator(WebApp) as never as { run(): Promise<void> }).run())
      .catch((error: unknown) => error);
    expect(isRuntimeError(failure, 'OPTION_INVALID')).toBe(true);
    expect(String(failure)).toContain('.reconcile() is missing');
  });

  it('refuses a manager without operators', async () => {
    const failure: unknown = await new Manager({ name: 'idle' }).run().catch((error: unknown) => error);
    expect(isRuntimeError(failure, 'OPTION_INVALID')).toBe(true);
    expect(String(failure)).toContain('manager idle has nothing to run; call .add(operator)');
  });

  it.each([
    { call: () => operator.requeueAfter('5 minutes' as never), says: 'requeueAfter' },
    { call: () => operator.queue({ concurrency: 0 }), says: 'concurrency' },
    { call: () => operator.withFinalizer('no-domain'), says: 'no-domain' },
    { call: () => operator.fieldManager(''), says: 'fieldManager' },
    { call: () => operator.timeout('0s'), says: 'timeout' },
  ])('names the option it refuses: $says', ({ call, says }) => {
    expect(call).toThrow(says);
  });
});
