/** Where reads are answered from, who runs where, and metrics of the author's own. */
import { ConfigMap } from '@k8sop/builders';
import { Action, type Context, type LeadershipGate, Manager, Operator } from '@k8sop/operator';
import { PrometheusMetrics } from '@k8sop/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { webApp, WebApp } from './fixtures/web-app.ts';
import { RunningOperator } from './running-operator.ts';
import { Tally } from './tally.ts';
import { paths, type TestCluster } from './test-cluster.ts';
import { startWithWebApps, webApps } from './web-apps.ts';

type Ctx = Context<typeof WebApp>;
const probes = { port: 0, host: '127.0.0.1' };

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await startWithWebApps();
});
afterEach(() => cluster[Symbol.asyncDispose]());

/** Never lets anybody lead. */
const closedGate: LeadershipGate = {
  current: undefined,
  observe: () => {},
  run: (_lead, { signal }) =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
};

const failureOf = (promise: Promise<unknown>): Promise<unknown> => promise.then(undefined, (error: unknown) => error);
const namesOf = (all: readonly { readonly metadata: { readonly name?: string } }[]): string[] =>
  all.map(({ metadata }) => metadata.name ?? '').sort();

describe('reads', () => {
  it('of a kind nobody declared go to the server, are counted and told once, and start no informer', async () => {
    const seen = new Tally<unknown[]>();
    const handler = async (ctx: Ctx): Promise<Action> => {
      const live = await ctx.get(ConfigMap, 'settings');
      const all = await ctx.list(ConfigMap);
      seen.add([live?.data, all.length, await failureOf(ctx.get(ConfigMap, 'settings', { from: 'cache' }))]);
      await ctx.apply(new ConfigMap('own').data('a', 'b'));
      return Action.awaitChange();
    };
    const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { k: 'v' } };
    await cluster.create(paths.configmaps, settings);
    await cluster.create(paths.webapps, webApp('a'));
    await using running = await RunningOperator.start(cluster, webApps(handler));
    const [first] = await seen.atLeast(1);
    expect(first).toEqual([{ k: 'v' }, 1, expect.objectContaining({ code: 'CACHE_NOT_DECLARED' })]);
    await cluster.until(paths.configmaps, (all) => all.has('own'));
    const advice = running.log.lines.filter(({ level }) => level === 'warn').map(({ msg }) => msg);
    expect(advice).toEqual([
      'live read of a kind without informer; declare it with owns() or watches()',
      'applied kind is not owned, so drift is not repaired; declare it with owns()',
    ]);
    expect((await running.probe('/metrics')).text).toMatch(/k8sop_live_reads_total\{[^}]*kind="ConfigMap"\} 2/);
    expect((await running.probe('/readyz?verbose')).text).not.toContain('configmaps');
  }, 30_000);

  it('by an index answer from the cache, in the namespace and with the labels asked for', async () => {
    const seen = new Tally<unknown[]>();
    const handler = async (ctx: Ctx): Promise<Action> => {
      const index = { name: 'image', value: 'nginx:1' };
      seen.add([
        namesOf(await ctx.list(WebApp, { index })),
        namesOf(await ctx.list(WebApp, { index, labels: 'tier=web' })),
        namesOf(await ctx.list(WebApp, { index, namespace: 'other' })),
        await failureOf(ctx.list(WebApp, { index: { name: 'none', value: '' } })),
        await failureOf(ctx.list(ConfigMap, { index })),
      ]);
      return Action.awaitChange();
    };
    const operator = webApps(handler).index('image', ({ spec }) => [spec.image]);
    await cluster.create(paths.webapps, { ...webApp('a'), metadata: { name: 'a', labels: { tier: 'web' } } });
    await cluster.create(paths.webapps, webApp('b'));
    await cluster.create(paths.webapps, webApp('c', 'nginx:2'));
    await using _running = await RunningOperator.start(cluster, operator);
    const [first] = await seen.atLeast(1);
    const undeclared: unknown = expect.objectContaining({ code: 'CACHE_NOT_DECLARED' });
    expect(first).toEqual([['a', 'b'], ['a'], [], undeclared, undeclared]);
  }, 30_000);
});

describe('a manager', () => {
  it('runs on every replica what was added for everywhere, and nothing else while another leads', async () => {
    const runs = new Tally<string>();
    const noting = (who: string) => async (): Promise<Action> => {
      runs.add(who);
      return Action.awaitChange();
    };
    const manager = new Manager({ name: 'both' })
      .add(webApps(noting('elected')))
      .add(new Operator(ConfigMap).reconcile(noting('everywhere')), { everywhere: true })
      .withLeaderElection(closedGate)
      .probes(probes);
    await cluster.create(paths.webapps, webApp('a'));
    await cluster.create(paths.configmaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } });
    await using running = new RunningOperator(manager, cluster.kubeconfig);
    await runs.atLeast(1);
    expect((await running.probe('/leader')).text).toContain('standby');
    await running.stop();
    expect(new Set(runs.seen)).toEqual(new Set(['everywhere']));
  }, 30_000);

  it('shows metrics of the author beside its own', async () => {
    const metrics = new PrometheusMetrics();
    const seen = metrics.counter({ name: 'webapps_seen_total', help: 'WebApps seen.', labels: [] });
    const runs = new Tally<string>();
    const operator = webApps(async (ctx) => {
      seen.inc();
      runs.add(ctx.name);
      return Action.awaitChange();
    }).metrics(metrics.registry);
    await using running = await RunningOperator.start(cluster, operator);
    await cluster.create(paths.webapps, webApp('a'));
    await runs.atLeast(1);
    const { text } = await running.probe('/metrics');
    expect(text).toContain('webapps_seen_total 1');
    expect(text).toContain('controller_runtime_active_workers');
  }, 30_000);
});
