/** One test per defect of the predecessor, each against a real server over HTTPS. */
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ClusterRole, ConfigMap, Container, Deployment, PolicyRule, Selector, Service } from '@k8sop/builders';
import { Action, Condition, type Context, customResource, Manager, Operator, RuntimeError } from '@k8sop/operator';
import { type Leadership, type LeadershipGate, unelectedLeadership } from '@k8sop/runtime';
import { Type } from 'typebox';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { webApp, WebApp } from './fixtures/web-app.ts';
import { OperatorProcess } from './operator-process.ts';
import { RunningOperator } from './running-operator.ts';
import { Tally } from './tally.ts';
import { paths, type TestCluster, type Thing } from './test-cluster.ts';
import { startWithWebApps, webApps } from './web-apps.ts';

type Ctx = Context<typeof WebApp>;
const probes = { port: 0, host: '127.0.0.1' };
const run = promisify(execFile);

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await startWithWebApps();
});
afterEach(() => cluster[Symbol.asyncDispose]());

const deploymentOf = (ctx: Ctx): Deployment<never> =>
  new Deployment(ctx.name)
    .replicas(ctx.resource.spec.replicas)
    .container(new Container('app').image(ctx.resource.spec.image).port(80));

/** A gate that the test opens and closes. */
class ManualGate implements LeadershipGate {
  current: Leadership | undefined;
  #open: PromiseWithResolvers<void> = Promise.withResolvers();
  #lease: AbortController = new AbortController();

  observe(): void {}

  async run(lead: (leadership: Leadership) => Promise<void>, { signal }: { signal: AbortSignal }): Promise<void> {
    const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    while (!signal.aborted) {
      await Promise.race([this.#open.promise, stopped]);
      if (signal.aborted) return;
      const lease = this.#lease;
      this.current = this.#leadership(lease.signal);
      signal.addEventListener('abort', () => lease.abort(new Error('stopped')), { once: true });
      await lead(this.current);
      this.current = undefined;
    }
  }

  open(): void {
    this.#lease = new AbortController();
    this.#open.resolve();
  }

  close(): void {
    this.#open = Promise.withResolvers();
    this.#lease.abort(new Error('the lease has ended'));
  }

  #leadership(signal: AbortSignal): Leadership {
    const assertHeld = (): void => {
      if (signal.aborted) throw new RuntimeError('LEADERSHIP_LOST', 'the lease has ended');
    };
    return { ...unelectedLeadership, signal, remainingMs: () => (signal.aborted ? 0 : 10_000), assertHeld };
  }
}

const replicasOf = (thing: Thing | undefined): unknown =>
  (thing?.['spec'] as { replicas?: number } | undefined)?.replicas;

/** Distances between neighbours. */
function gapsOf(times: readonly number[]): [number, number, number, number] {
  return times.slice(1).map((ms, i) => ms - (times[i] ?? 0)) as [number, number, number, number];
}

const noteFor = (replicas: number, image: string): { image: string; note?: string } =>
  replicas === 1 ? { image, note: 'single' } : { image };

const sortedFinalizers = (thing: Thing | undefined): readonly string[] =>
  [...(thing?.metadata.finalizers ?? [])].sort();

const conditionsOf = (thing: Thing | undefined): readonly Record<string, unknown>[] =>
  (thing?.['status'] as { conditions?: readonly Record<string, unknown>[] } | undefined)?.conditions ?? [];

describe('regressions of the predecessor', () => {
  it('children are watched: an edited Deployment is restored without a requeue', async () => {
    const operator = webApps(async (ctx) => {
      await ctx.apply(deploymentOf(ctx));
      return Action.awaitChange();
    }).owns(Deployment);
    await using _running = await RunningOperator.start(cluster, operator);
    await cluster.create(paths.webapps, webApp('a', 'nginx:1', 2));
    await cluster.until(paths.deployments, (all) => all.has('a'));
    await cluster.patch(`${paths.deployments}/a`, { spec: { replicas: 7 } });
    const restored = await cluster.until(paths.deployments, (all) => replicasOf(all.get('a')) === 2);
    expect(restored.size).toBe(1);
  }, 60_000);

  it('a failing key waits longer each time', async () => {
    const starts = new Tally<number>();
    const operator = webApps(async () => {
      starts.add(performance.now());
      throw new Error('always');
    });
    await using _running = await RunningOperator.start(cluster, operator);
    await cluster.create(paths.webapps, webApp('a'));
    const at = await starts.atLeast(5);
    const gaps = gapsOf(at);
    expect(gaps.map((gap, i) => gap >= 200 * 2 ** i * 0.8 - 5)).toEqual(gaps.map(() => true));
  }, 60_000);

  it('100 keys: never more than 10 runs at once', async () => {
    const ends = new Tally<string>();
    let active = 0;
    let most = 0;
    const operator = webApps(async (ctx) => {
      active += 1;
      most = Math.max(most, active);
      await delay(10, undefined, { signal: ctx.signal });
      active -= 1;
      ends.add(ctx.name);
      return Action.awaitChange();
    });
    await Promise.all(Array.from({ length: 100 }, (_, i) => cluster.create(paths.webapps, webApp(`a${i}`))));
    await using _running = await RunningOperator.start(cluster, operator);
    await ends.atLeast(100);
    expect(most).toBe(10);
  }, 60_000);

  it('a void result runs again after requeueAfter', async () => {
    const starts = new Tally<number>();
    const operator = webApps(async () => starts.add(performance.now())).requeueAfter('300ms');
    await using _running = await RunningOperator.start(cluster, operator);
    await cluster.create(paths.webapps, webApp('a'));
    const [first = 0, second = 0] = await starts.atLeast(2);
    expect(second - first).toBeGreaterThanOrEqual(268);
  }, 60_000);

  it('adding a finalizer never wipes those of another writer', async () => {
    const names = Array.from({ length: 1000 }, (_, i) => `race-${i}`);
    await using _running = await RunningOperator.start(
      cluster,
      webApps(async () => Action.awaitChange()).withFinalizer(),
    );
    await Promise.all(
      names.map(async (name) => {
        const metadata = { name, finalizers: ['first.io/x'] };
        await cluster.create(paths.webapps, { ...webApp(name), metadata });
        const patch = [{ op: 'add', path: '/metadata/finalizers/-', value: 'other.io/x' }];
        await cluster.patch(`${paths.webapps}/${name}`, patch, 'json');
      }),
    );
    const settled = await cluster.until(paths.webapps, (all) =>
      names.every((name) => all.get(name)?.metadata.finalizers?.includes('webapp.example.com/finalizer') === true),
    );
    const lists = names.map((name) => sortedFinalizers(settled.get(name)));
    expect(lists).toEqual(names.map(() => ['first.io/x', 'other.io/x', 'webapp.example.com/finalizer']));
  }, 60_000);

  it('removing a finalizer after the list has changed keeps the foreign entry', async () => {
    const entered = new Tally<string>();
    const gate = Promise.withResolvers<void>();
    const operator = webApps(async () => Action.awaitChange()).onDelete(async (ctx) => {
      entered.add(ctx.name);
      await gate.promise;
    });
    await using _running = await RunningOperator.start(cluster, operator);
    await cluster.create(paths.webapps, { ...webApp('a'), metadata: { name: 'a', finalizers: ['a.io/x', 'b.io/x'] } });
    await cluster.until(paths.webapps, (all) => all.get('a')?.metadata.finalizers?.length === 3);
    await cluster.delete(`${paths.webapps}/a`);
    await entered.atLeast(1);
    await cluster.patch(`${paths.webapps}/a`, [{ op: 'remove', path: '/metadata/finalizers/0' }], 'json');
    gate.resolve();
    const left = await cluster.until(paths.webapps, (all) => all.get('a')?.metadata.finalizers?.length === 1);
    expect(left.get('a')?.metadata.finalizers).toEqual(['b.io/x']);
  }, 60_000);

  it('conditions set twice: one write, other types kept, transition time unchanged', async () => {
    const runs = new Tally<string>();
    const operator = webApps(async (ctx) => {
      await ctx.setCondition(Condition.ready(true, 'Fine', 'all is well'));
      await ctx.setCondition(Condition.ready(true, 'Fine', 'all is well'));
      runs.add(ctx.name);
      return Action.awaitChange();
    });
    await cluster.create(paths.webapps, webApp('a'));
    const foreign = {
      type: 'Backup',
      status: 'True',
      reason: 'Done',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    await cluster.patch(`${paths.webapps}/a/status`, { status: { conditions: [foreign] } });
    await using _running = await RunningOperator.start(cluster, operator);
    await runs.atLeast(1);
    const first = conditionsOf(await cluster.get(`${paths.webapps}/a`));
    await delay(1100); // transition times have whole seconds
    await cluster.patch(`${paths.webapps}/a`, { metadata: { annotations: { touched: 'yes' } } });
    await runs.atLeast(2);
    expect(conditionsOf(await cluster.get(`${paths.webapps}/a`))).toEqual(first);
    expect(first.map(({ type }) => type)).toEqual(['Backup', 'Ready']);
    const writes = cluster.api.trace.requests({ subresource: 'status', verb: 'patch' });
    expect(writes.filter(({ userAgent }) => userAgent?.includes('webapps') === true)).toHaveLength(1);
  }, 60_000);

  it('a status write does not trigger its own controller: one run per change', async () => {
    const runs = new Tally<string>();
    const operator = webApps(async (ctx) => {
      runs.add(ctx.name);
      await ctx.setStatus({ note: `run ${runs.seen.length}` });
      return Action.awaitChange();
    });
    await using _running = await RunningOperator.start(cluster, operator);
    await cluster.create(paths.webapps, webApp('a'));
    await runs.atLeast(1);
    await cluster.patch(`${paths.webapps}/a`, { spec: { replicas: 2 } });
    await runs.atLeast(2);
    await delay(300); // an echo would have arrived by now
    expect(runs.seen).toHaveLength(2);
  }, 60_000);

  it('a status field that is omitted next time disappears', async () => {
    const operator = webApps(async (ctx) => {
      const { image, replicas } = ctx.resource.spec;
      await ctx.setStatus(noteFor(replicas, image));
      return Action.awaitChange();
    });
    await using _running = await RunningOperator.start(cluster, operator);
    await cluster.create(paths.webapps, webApp('a'));
    const statusOf = (all: ReadonlyMap<string, Thing>): object | undefined =>
      all.get('a')?.['status'] as object | undefined;
    await cluster.until(paths.webapps, (all) => JSON.stringify(statusOf(all))?.includes('single') === true);
    await cluster.patch(`${paths.webapps}/a`, { spec: { replicas: 2 } });
    const after = await cluster.until(
      paths.webapps,
      (all) => JSON.stringify(statusOf(all))?.includes('single') === false,
    );
    expect(statusOf(after)).toEqual({ image: 'nginx:1' });
  }, 60_000);

  it('100 equal events are one object with a series', async () => {
    const runs = new Tally<string>();
    const operator = webApps(async (ctx) => {
      for (let i = 0; i < 100; i++) await ctx.event('Same', 'again and again');
      runs.add(ctx.name);
      return Action.awaitChange();
    });
    const running = await RunningOperator.start(cluster, operator);
    await cluster.create(paths.webapps, webApp('a'));
    await runs.atLeast(1);
    await running.stop(); // flushes the count
    const events = await cluster.list(paths.events);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ reason: 'Same', series: { count: 100 } });
  }, 60_000);

  it('onDelete without a configured finalizer runs once per deletion', async () => {
    const deletions = new Tally<string>();
    const operator = webApps(async () => Action.awaitChange()).onDelete(async (ctx) => deletions.add(ctx.name));
    await using _running = await RunningOperator.start(cluster, operator);
    await cluster.create(paths.webapps, webApp('a'));
    await cluster.until(paths.webapps, (all) => all.get('a')?.metadata.finalizers !== undefined);
    await cluster.delete(`${paths.webapps}/a`);
    await cluster.until(paths.webapps, (all) => !all.has('a'));
    await delay(200);
    expect(deletions.seen).toEqual(['a']);
  }, 60_000);

  it('Action.requeue from onDelete keeps the finalizer and runs again', async () => {
    const attempts = new Tally<string | undefined>();
    const answers = [Action.requeue('50ms'), Action.requeue('50ms'), Action.awaitChange()];
    const operator = webApps(async () => Action.awaitChange()).onDelete(async (ctx) => {
      attempts.add(ctx.resource.metadata.finalizers?.[0]);
      return answers[attempts.seen.length - 1];
    });
    await using _running = await RunningOperator.start(cluster, operator);
    await cluster.create(paths.webapps, webApp('a'));
    await cluster.until(paths.webapps, (all) => all.get('a')?.metadata.finalizers !== undefined);
    await cluster.delete(`${paths.webapps}/a`);
    await cluster.until(paths.webapps, (all) => !all.has('a'));
    expect(attempts.seen).toEqual(Array.from({ length: 3 }, () => 'webapp.example.com/finalizer'));
  }, 60_000);

  it('a standby reconciles nothing and keeps its cache warm', async () => {
    const runs = new Tally<number>();
    const gate = new ManualGate();
    const operator = webApps(async () => {
      runs.add(performance.now());
      return Action.awaitChange();
    }).withLeaderElection(gate);
    for (let i = 0; i < 20; i++) await cluster.create(paths.webapps, webApp(`a${i}`));
    await using running = RunningOperator.launch(cluster.kubeconfig, operator);
    await running.log.logged(({ msg }) => msg === 'manager starts');
    while ((await running.probe('/readyz')).status !== 200) await delay(10);
    expect((await running.probe('/leader')).text).toContain('standby');
    const lists = cluster.api.trace.requests({ verb: 'list' }).length;
    await delay(200);
    expect(runs.seen).toEqual([]);
    const openedMs = performance.now();
    gate.open();
    const [first = 0] = await runs.atLeast(20);
    expect(first - openedMs).toBeLessThan(2_000); // woken, not polled; `npm run bench` measures it
    expect(cluster.api.trace.requests({ verb: 'list' })).toHaveLength(lists);
  }, 60_000);

  it('leadership lost between two applies: the second is not sent and the signal has fired', async () => {
    const gate = new ManualGate();
    const outcome = new Tally<{ readonly code: unknown; readonly aborted: boolean }>();
    const operator = webApps(async (ctx) => {
      await ctx.apply(deploymentOf(ctx));
      gate.close();
      const failure: unknown = await ctx.apply(new Service(ctx.name).port(80)).catch((error: unknown) => error);
      outcome.add({ code: (failure as { code?: unknown }).code, aborted: ctx.signal.aborted });
      throw failure;
    }).withLeaderElection(gate);
    gate.open();
    await using running = await RunningOperator.start(cluster, operator);
    await cluster.create(paths.webapps, webApp('a'));
    const [first] = await outcome.atLeast(1);
    expect(first).toEqual({ code: 'LEADERSHIP_LOST', aborted: true });
    expect((await running.probe('/metrics')).text).toContain('fenced_writes_total{controller="webapps.example.com"} 1');
    expect(cluster.api.trace.requests({ verb: 'patch', resource: 'services' })).toEqual([]);
  }, 60_000);

  it('two operators on one object: the conflict is listed and nothing is stolen', async () => {
    const failures = new Tally<{ code: unknown; details: unknown }>();
    const shared = (owner: string): ConfigMap => new ConfigMap('shared').data('owner', owner);
    await cluster.patch(`${paths.configmaps}/shared?fieldManager=first`, shared('first').toJSON(), 'apply');
    const operator = webApps(async (ctx) => {
      await ctx.apply(shared('second'), { owned: false }).catch((error: { code: unknown; details: unknown }) => {
        failures.add(error);
        throw error;
      });
    });
    await using _running = await RunningOperator.start(cluster, operator);
    await cluster.create(paths.webapps, webApp('a'));
    const [failure] = await failures.atLeast(1);
    expect(failure?.code).toBe('APPLY_CONFLICT');
    expect(failure?.details).toEqual([{ field: '.data.owner', manager: 'first' }]);
    expect(await cluster.get(`${paths.configmaps}/shared`)).toMatchObject({ data: { owner: 'first' } });
    await cluster.until(paths.events, (all) => [...all.values()].some((event) => event['reason'] === 'ApplyConflict'));
  }, 60_000);

  it('cluster-scoped kinds: a ClusterRole applies, and a cluster-scoped primary reconciles', async () => {
    const Site = customResource({
      group: 'example.com',
      version: 'v1',
      kind: 'Site',
      scope: 'Cluster',
      spec: Type.Object({ size: Type.Integer() }),
    });
    await cluster.create(paths.crds, Site.crd().toJSON());
    const operator = new Operator(Site)
      .reconcile(async (ctx) => {
        await ctx.apply(
          new ClusterRole(`site-${ctx.name}`).rule(new PolicyRule().coreApi().resources(['pods']).verbs(['get'])),
        );
        return Action.awaitChange();
      })
      .probes(probes);
    await using _running = await RunningOperator.start(cluster, operator);
    const site = await cluster.create('/apis/example.com/v1/sites', Site.manifest('one', { spec: { size: 1 } }));
    const roles = await cluster.until('/apis/rbac.authorization.k8s.io/v1/clusterroles', (all) => all.has('site-one'));
    expect(roles.get('site-one')?.metadata.ownerReferences?.[0]?.uid).toBe(site.metadata.uid);
  }, 60_000);

  it('get, list and delete take the builder class as kind token', async () => {
    const seen = new Tally<unknown>();
    const operator = webApps(async (ctx) => {
      await ctx.apply(deploymentOf(ctx));
      const one = await ctx.get(Deployment, ctx.name);
      const all = await ctx.list(Deployment, { labels: `app=${ctx.name}` });
      await ctx.delete(Deployment, ctx.name);
      const gone = await ctx.get(Deployment, ctx.name);
      seen.add([one?.spec?.replicas, all.length, gone]);
      return Action.awaitChange();
    }).owns(Deployment);
    await using _running = await RunningOperator.start(cluster, operator);
    await cluster.create(paths.webapps, webApp('a', 'nginx:1', 3));
    const [first] = await seen.atLeast(1);
    expect(first).toEqual([3, 1, undefined]);
  }, 60_000);

  it('SIGTERM in mid-run lets the run finish and the process end', async () => {
    await using operator = new OperatorProcess('./fixtures/slow-main.ts', { KUBECONFIG: cluster.kubeconfig });
    await operator.leads();
    await cluster.create(paths.webapps, webApp('a'));
    await operator.logged(({ msg }) => msg === 'run has begun');
    const { code, afterMs } = await operator.stop();
    expect(code).toBe(0);
    expect(afterMs).toBeLessThan(25_000);
    expect(await cluster.get(`${paths.deployments}/a`)).toBeDefined();
  }, 60_000);

  it('a follower is ready over plain HTTP', async () => {
    const operator = webApps(async () => Action.awaitChange()).withLeaderElection(new ManualGate());
    await using running = RunningOperator.launch(cluster.kubeconfig, operator);
    let ready = await running.probe('/ready');
    while (ready.status !== 200) ready = await running.probe('/ready');
    expect(ready.text).toBe('ok\n');
    expect((await running.probe('/leader')).status).toBe(503);
  }, 60_000);

  it('two kinds share one process and one configurable port', async () => {
    const Site = customResource({
      group: 'example.com',
      version: 'v1',
      kind: 'Site',
      spec: Type.Object({ size: Type.Integer() }),
    });
    await cluster.create(paths.crds, Site.crd().toJSON());
    const seen = new Tally<string>();
    const note = async (ctx: { readonly name: string }): Promise<Action> => {
      seen.add(ctx.name);
      return Action.awaitChange();
    };
    const manager = new Manager({ name: 'both' })
      .add(new Operator(WebApp).reconcile(note))
      .add(new Operator(Site).reconcile(note))
      .probes(probes);
    await using running = new RunningOperator(manager, cluster.kubeconfig);
    await cluster.create(paths.webapps, webApp('app'));
    await cluster.create('/apis/example.com/v1/namespaces/default/sites', Site.manifest('site', { spec: { size: 1 } }));
    expect([...(await seen.atLeast(2))].sort()).toEqual(['app', 'site']);
    const { text } = await running.probe('/metrics');
    expect(text).toContain('controller="sites.example.com"');
    expect(text).toContain('controller="webapps.example.com"');
  }, 60_000);

  it('the quick start compiles', async () => {
    const file = new URL('../../../apps/webapp-operator/tsconfig.json', import.meta.url).pathname;
    const { stdout } = await run('tsc', ['-p', file, '--listFilesOnly']);
    expect(stdout).toContain('webapp-operator/src/main.ts');
    const quickStart = new URL('./fixtures/quick-start.ts', import.meta.url).pathname;
    const { stdout: built } = await run('node', ['--conditions=@k8sop/source', '--check', quickStart]);
    expect(built).toBe('');
    expect(new Selector().insert('app', 'x').toJSON()).toEqual({ matchLabels: { app: 'x' } });
  }, 60_000);
});
