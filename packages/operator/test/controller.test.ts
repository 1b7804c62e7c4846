/** The reconcile loop against a real server: triggers, retries, timeouts, reads, ownership, metrics. */
import { setTimeout as delay } from 'node:timers/promises';
import { ConfigMap, Container, Deployment, Service } from '@k8sop/builders';
import { Action, type Context, type ObjectKey, Predicate, RequeueError, TerminalError } from '@k8sop/operator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { webApp, type WebApp } from './fixtures/web-app.ts';
import { OperatorProcess } from './operator-process.ts';
import { RunningOperator } from './running-operator.ts';
import { Tally } from './tally.ts';
import { paths, type TestCluster } from './test-cluster.ts';
import { startWithWebApps, webApps } from './web-apps.ts';

type Ctx = Context<typeof WebApp>;

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await startWithWebApps();
});
afterEach(() => cluster[Symbol.asyncDispose]());

async function applyBoth(ctx: Ctx): Promise<void> {
  const { image, replicas } = ctx.resource.spec;
  await ctx.apply(new Deployment(ctx.name).replicas(replicas).container(new Container('app').image(image).port(80)));
  await ctx.apply(new Service(ctx.name).port(80, 80));
}

/** What careless code throws. */
async function carelessly(name: string): Promise<Action> {
  // oxlint-disable-next-line typescript/only-throw-error -- on purpose
  if (name === 'bad') throw 'just text';
  return Action.awaitChange();
}

const targetsOf = (name: string | undefined): ObjectKey[] =>
  name === undefined ? [] : [{ namespace: 'default', name }];

const seriesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

const mutations = (): number =>
  cluster.api.trace
    .requests()
    .filter(({ method, userAgent }) => method !== 'GET' && userAgent?.includes('webapps') === true).length;

describe('a settled object', () => {
  it('costs nothing: 100 further runs send no mutation and trigger no run', async () => {
    const runs = new Tally<string>();
    const operator = webApps(async (ctx) => {
      await applyBoth(ctx);
      await ctx.setStatus({ image: ctx.resource.spec.image });
      runs.add(ctx.triggers.map(({ reason }) => reason).join());
      return Action.requeue('5ms');
    })
      .owns(Deployment, Service)
      .withFinalizer();
    await cluster.create(paths.webapps, webApp('a'));
    await using _running = await RunningOperator.start(cluster, operator);
    await runs.atLeast(3);
    const before = mutations();
    const seen = await runs.atLeast(103);
    expect(mutations()).toBe(before);
    expect(new Set(seen.slice(3))).toEqual(new Set(['requeue']));
  }, 60_000);
});

describe('throws', () => {
  it('TerminalError waits for a change; RequeueError takes its own delay and counts no attempt', async () => {
    const runs = new Tally<{ readonly attempt: number; readonly atMs: number }>();
    const failures = [new TerminalError('never'), new RequeueError('soon', { after: '100ms' }), new Error('plain')];
    const operator = webApps(async (ctx) => {
      runs.add({ attempt: ctx.attempt, atMs: performance.now() });
      const failure = failures.shift();
      await Promise.all([failure].filter((error) => error !== undefined).map((error) => Promise.reject(error)));
      return Action.awaitChange();
    });
    await using running = await RunningOperator.start(cluster, operator);
    await cluster.create(paths.webapps, webApp('a'));
    await running.log.logged(({ msg }) => msg === 'run failed for good');
    await delay(400);
    expect(runs.seen).toHaveLength(1);
    await cluster.patch(`${paths.webapps}/a`, { spec: { replicas: 2 } });
    const seen = await runs.atLeast(4);
    expect(seen.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 2]);
  }, 60_000);

  it('a throw that is no Error stays within its key', async () => {
    const runs = new Tally<string>();
    const operator = webApps(async (ctx) => {
      runs.add(ctx.name);
      return carelessly(ctx.name);
    });
    await using running = await RunningOperator.start(cluster, operator);
    await cluster.create(paths.webapps, webApp('bad'));
    await running.log.logged(({ msg }) => msg === 'run failed');
    await cluster.create(paths.webapps, webApp('good'));
    await running.log.logged(() => runs.seen.includes('good'));
    const { text } = await running.probe('/metrics');
    expect(text).toMatch(/controller_runtime_reconcile_panics_total\{controller="webapps.example.com"\} [1-9]/);
  }, 60_000);
});

describe('time', () => {
  it('a run beyond its timeout is aborted through its signal and retried', async () => {
    const runs = new Tally<number>();
    const operator = webApps(async (ctx) => {
      runs.add(ctx.attempt);
      await delay(60_000 * (2 - ctx.attempt), undefined, { signal: ctx.signal });
      return Action.awaitChange();
    }).timeout('100ms');
    await using running = await RunningOperator.start(cluster, operator);
    await cluster.create(paths.webapps, webApp('a'));
    expect(await runs.atLeast(2)).toEqual([1, 2]);
    const line = await running.log.logged(({ msg }) => msg === 'run failed');
    expect(line['err']).toMatchObject({ code: 'RECONCILE_TIMEOUT' });
    expect((await running.probe('/metrics')).text).toMatch(/reconcile_timeouts_total\{[^}]*\} 1/);
  }, 60_000);

  it('a run that ignores its signal blocks its own key only, and readiness says so until it settles', async () => {
    const release = Promise.withResolvers<void>();
    const waits = new Map([['stuck 1', release.promise]]);
    const runs = new Tally<string>();
    const operator = webApps(async (ctx) => {
      runs.add(ctx.name);
      await waits.get(`${ctx.name} ${ctx.attempt}`);
      return Action.awaitChange();
    })
      .timeout('50ms')
      .queue({ concurrency: 1 });
    await using running = await RunningOperator.start(cluster, operator);
    await cluster.create(paths.webapps, webApp('stuck'));
    await running.log.logged(({ msg }) => msg === 'run ignores its abort signal; its key stays blocked');
    await cluster.patch(`${paths.webapps}/stuck`, { spec: { replicas: 3 } });
    await cluster.create(paths.webapps, webApp('other'));
    await runs.atLeast(2);
    expect(runs.seen).toEqual(['stuck', 'other']);
    expect((await running.probe('/readyz')).text).toContain('1 run(s) ignore their abort signal');
    release.resolve();
    await running.log.logged(({ msg }) => msg === 'stuck run has settled');
    expect((await runs.atLeast(3)).at(-1)).toBe('stuck');
    expect((await running.probe('/readyz')).status).toBe(200);
  }, 60_000);
});

describe('triggers', () => {
  it('watches() maps the old and the new state, so a dropped reference runs too', async () => {
    const runs = new Tally<string>();
    const operator = webApps(async (ctx) => {
      runs.add(`${ctx.name} ${ctx.triggers.map(({ reason }) => reason).join()}`);
      return Action.awaitChange();
    }).watches(ConfigMap, ({ object }) => targetsOf(object.metadata.annotations?.['for']));
    await cluster.create(paths.webapps, webApp('a'));
    await cluster.create(paths.webapps, webApp('b'));
    const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', annotations: { for: 'a' } } };
    await cluster.create(paths.configmaps, config);
    await using _running = await RunningOperator.start(cluster, operator);
    await runs.atLeast(2);
    await cluster.patch(`${paths.configmaps}/c`, { metadata: { annotations: { for: 'b' } } });
    const seen = await runs.atLeast(4);
    expect(seen.slice(2).toSorted()).toEqual(['a watched', 'b watched']);
  }, 60_000);

  it('where() chooses which changes run an object', async () => {
    const runs = new Tally<string>();
    const operator = webApps(async (ctx) => {
      runs.add(ctx.name);
      return Action.awaitChange();
    }).where(new Predicate(({ object }) => object.spec.replicas > 0));
    await using _running = await RunningOperator.start(cluster, operator);
    await cluster.create(paths.webapps, webApp('off', 'nginx:1', 0));
    await cluster.create(paths.webapps, webApp('on', 'nginx:1', 1));
    await runs.atLeast(1);
    expect(runs.seen).toEqual(['on']);
  }, 60_000);

  it('namespaces() and selector() leave the rest of the cluster alone', async () => {
    const runs = new Tally<string>();
    await cluster.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } });
    const operator = webApps(async (ctx) => {
      runs.add(`${ctx.namespace}/${ctx.name}`);
      return Action.awaitChange();
    })
      .namespaces('default')
      .selector('tier=web');
    const labelled = (name: string): object => ({ ...webApp(name), metadata: { name, labels: { tier: 'web' } } });
    await cluster.create('/apis/example.com/v1/namespaces/other/webapps', labelled('elsewhere'));
    await cluster.create(paths.webapps, webApp('unlabelled'));
    await cluster.create(paths.webapps, labelled('mine'));
    await using _running = await RunningOperator.start(cluster, operator);
    await runs.atLeast(1);
    await delay(100);
    expect(runs.seen).toEqual(['default/mine']);
  }, 60_000);
});

describe('children outside the namespace', () => {
  it('are marked by label and deleted with their owner', async () => {
    await cluster.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } });
    const elsewhere = '/api/v1/namespaces/other/configmaps';
    const operator = webApps(async (ctx) => {
      await ctx.apply(new ConfigMap(`${ctx.name}-remote`).namespace('other').data('a', 'b'));
      return Action.awaitChange();
    })
      .owns(ConfigMap)
      .withFinalizer();
    await using _running = await RunningOperator.start(cluster, operator);
    const { metadata } = await cluster.create(paths.webapps, webApp('a'));
    const made = await cluster.until(elsewhere, (all) => all.has('a-remote'));
    expect(made.get('a-remote')?.metadata).toMatchObject({ labels: { 'k8sop.dev/owner-uid': metadata.uid } });
    await cluster.delete(`${paths.webapps}/a`);
    await cluster.until(elsewhere, (all) => !all.has('a-remote'));
    await cluster.until(paths.webapps, (all) => !all.has('a'));
  }, 60_000);
});

describe('metrics', () => {
  it('are Prometheus text with the customary names, and do not grow with the number of objects', async () => {
    const runs = new Tally<string>();
    const operator = webApps(async (ctx) => {
      await applyBoth(ctx);
      runs.add(ctx.name);
      return Action.awaitChange();
    }).owns(Deployment, Service);
    await using running = await RunningOperator.start(cluster, operator);
    await cluster.create(paths.webapps, webApp('one'));
    await runs.atLeast(1);
    const few = (await running.probe('/metrics')).text;
    for (let i = 0; i < 30; i++) await cluster.create(paths.webapps, webApp(`more-${i}`));
    await runs.atLeast(31);
    const many = (await running.probe('/metrics')).text;
    expect(seriesOf(many).map((line) => line.replace(/ \S+$/, ''))).toEqual(
      seriesOf(few).map((line) => line.replace(/ \S+$/, '')),
    );
    expect(seriesOf(many).filter((line) => !/^[a-z0-9_]+(\{([a-z_]+="[^"]*",?)*\})? \S+$/.test(line))).toEqual([]);
    for (const name of NAMES) expect(many).toContain(`\n# TYPE ${name} `);
    expect(many).toContain('controller_runtime_reconcile_total{controller="webapps.example.com",result="success"} 31');
    expect(many).not.toContain('more-1');
  }, 60_000);
});

const NAMES = [
  'controller_runtime_reconcile_errors_total',
  'controller_runtime_reconcile_time_seconds',
  'controller_runtime_max_concurrent_reconciles',
  'controller_runtime_active_workers',
  'workqueue_depth',
  'workqueue_adds_total',
  'workqueue_queue_duration_seconds',
  'workqueue_work_duration_seconds',
  'workqueue_unfinished_work_seconds',
  'workqueue_longest_running_processor_seconds',
  'workqueue_retries_total',
  'rest_client_requests_total',
  'leader_election_master_status',
  'k8sop_apply_total',
  'k8sop_cache_objects',
  'k8sop_reconcile_stuck',
  'k8sop_event_loop_lag_seconds',
];

describe('signals', () => {
  it('one Ctrl-C that arrives twice within milliseconds stops gently', async () => {
    await using operator = new OperatorProcess('./fixtures/slow-main.ts', { KUBECONFIG: cluster.kubeconfig });
    await operator.leads();
    await cluster.create(paths.webapps, webApp('a'));
    await operator.logged(({ msg }) => msg === 'run has begun');
    operator.signal('SIGINT');
    operator.signal('SIGTERM');
    expect(await operator.exitCode()).toBe(0);
    expect(await cluster.get(`${paths.deployments}/a`)).toBeDefined();
  }, 60_000);

  it('a second signal half a second later exits 1 at once', async () => {
    const env = { KUBECONFIG: cluster.kubeconfig, BEHAVE: 'ignore-signal', K8SOP_LOG_LEVEL: 'debug' };
    await using operator = new OperatorProcess('./fixtures/operator-main.ts', env);
    await operator.leads();
    await cluster.create(paths.webapps, webApp('bad'));
    await operator.logged(({ msg }) => msg === 'misbehaves');
    operator.signal('SIGINT');
    await operator.logged(({ msg }) => msg === 'manager stops');
    await delay(550);
    operator.signal('SIGINT');
    expect(await operator.exitCode()).toBe(1);
  }, 60_000);
});
