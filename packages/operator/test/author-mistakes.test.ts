/** Mistakes an author makes sooner or later: each is told in a line that says what to do, and hurts nothing else. */
import { ConfigMap } from '@k8sop/builders';
import { Action, type Context, type ObjectKey } from '@k8sop/operator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { webApp, WebApp } from './fixtures/web-app.ts';
import { type Line, RunningOperator } from './running-operator.ts';
import { Tally } from './tally.ts';
import { paths, TestCluster } from './test-cluster.ts';
import { webApps } from './web-apps.ts';

type Ctx = Context<typeof WebApp>;

let cluster: TestCluster;
beforeEach(async () => {
  const tokens = { 'admin-token': { name: 'admin', groups: ['system:masters'] }, 'op-token': { name: 'op' } };
  cluster = await TestCluster.start({ tokens });
});
afterEach(() => cluster[Symbol.asyncDispose]());

const configMap = (name: string, labels: object): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, labels },
});

const threwFor =
  (object: string) =>
  ({ msg, key }: Line): boolean =>
    msg === 'a change handler threw' && key === object;

const tellsOfEvents = ({ level, msg }: Line): boolean => level === 'warn' && msg.startsWith('event not recorded');

/** Fails for the ConfigMap `broken`, forgets the namespace for `astray`. */
function careless(name: string | undefined): ObjectKey[] {
  if (name === 'broken') throw new Error('no such label');
  return name === 'astray' ? [{ name: 'a' }] : [{ namespace: 'default', name: 'a' }];
}

function replicasOrThrow({ spec }: { readonly spec: { readonly replicas: number } }): string[] {
  if (spec.replicas === 0) throw new Error('cannot index nothing');
  return [String(spec.replicas)];
}

describe('a mistake', () => {
  it('a CRD without status subresource: setStatus says what the CRD lacks', async () => {
    const crd = WebApp.crd().toJSON();
    const versions = crd.spec.versions.map(({ subresources: _none, ...version }) => version);
    await cluster.create(paths.crds, { ...crd, spec: { ...crd.spec, versions } });
    await using running = await RunningOperator.start(
      cluster,
      webApps((ctx) => ctx.setStatus({ note: 'fine' })),
    );
    await cluster.create(paths.webapps, webApp('a'));
    const { err } = await running.log.logged(({ msg }) => msg === 'run failed');
    expect(String(err)).toContain('WebApp has no status subresource');
  }, 30_000);

  it('a promise that was not awaited: the write after the run is told, once', async () => {
    await cluster.create(paths.crds, WebApp.crd().toJSON());
    const kept = new Tally<Ctx>();
    const handler = async (ctx: Ctx): Promise<Action> => {
      await ctx.event('Seen', 'in time');
      kept.add(ctx);
      return Action.awaitChange();
    };
    await using running = await RunningOperator.start(cluster, webApps(handler));
    await cluster.create(paths.webapps, webApp('a'));
    const [ctx] = (await kept.atLeast(1)) as [Ctx];
    await new Promise(setImmediate); // the run is over
    const advice = 'a run wrote after it had returned; await every call of ctx';
    await ctx.apply(new ConfigMap('late').data('a', 'b'));
    await ctx.setStatus({ note: 'late' });
    expect(running.log.lines.filter(({ msg }) => msg === advice)).toHaveLength(1);
    expect(await cluster.get(`${paths.configmaps}/late`)).toBeDefined();
  }, 30_000);

  it('a map function that throws or names nobody: readiness says so until it works again', async () => {
    await cluster.create(paths.crds, WebApp.crd().toJSON());
    const runs = new Tally<string>();
    const operator = webApps(async (ctx) => {
      runs.add(ctx.name);
      return Action.awaitChange();
    }).watches(ConfigMap, ({ object }) => careless(object.metadata.name));
    await using running = await RunningOperator.start(cluster, operator);
    await cluster.create(paths.webapps, webApp('a'));
    await runs.atLeast(1);
    await cluster.create(paths.configmaps, configMap('broken', {}));
    await running.log.logged(threwFor('default/broken'));
    expect((await running.probe('/readyz')).text).toContain('the map function of watches(ConfigMap) threw');
    await cluster.create(paths.configmaps, configMap('astray', {}));
    const { err } = await running.log.logged(threwFor('default/astray'));
    expect(String(err)).toContain('name a WebApp by { namespace, name }');
    await cluster.create(paths.configmaps, configMap('fine', {}));
    await runs.atLeast(2);
    expect((await running.probe('/readyz')).status).toBe(200);
    expect((await running.probe('/metrics')).text).toMatch(/k8sop_handler_errors_total\{kind="ConfigMap"\} 2/);
  }, 30_000);

  it('an index function that throws: the object is reconciled all the same', async () => {
    await cluster.create(paths.crds, WebApp.crd().toJSON());
    const runs = new Tally<string>();
    const operator = webApps(async (ctx) => {
      runs.add(`${ctx.name} ${ctx.resource.spec.replicas}`);
      return Action.awaitChange();
    }).index('replicas', replicasOrThrow);
    await cluster.create(paths.webapps, webApp('listed', 'nginx:1', 0));
    await using running = await RunningOperator.start(cluster, operator);
    await cluster.create(paths.webapps, webApp('watched', 'nginx:1', 0));
    await runs.atLeast(2);
    await cluster.patch(`${paths.webapps}/listed`, { spec: { replicas: 2 } });
    expect((await runs.atLeast(3)).at(-1)).toBe('listed 2');
    expect(running.log.lines.filter(({ msg }) => msg.startsWith('an index function threw'))).toHaveLength(1);
  }, 30_000);

  it('missing rights to create events: told once, and the runs go on', async () => {
    await cluster.create(paths.crds, WebApp.crd().toJSON());
    cluster.api.deny('op', [{ resources: ['events.events.k8s.io'], verbs: ['create'] }]);
    const runs = new Tally<string>();
    const operator = webApps(async (ctx) => {
      await ctx.event('Seen', 'hello');
      runs.add(ctx.name);
      return Action.awaitChange();
    });
    await using running = RunningOperator.launch(await cluster.writeKubeconfig('op'), operator);
    await cluster.create(paths.webapps, webApp('a'));
    await cluster.create(paths.webapps, webApp('b'));
    await runs.atLeast(2);
    const told = running.log.lines.filter(tellsOfEvents);
    expect(told).toHaveLength(1);
    expect(String(told[0]?.['err'])).toContain('events');
  }, 30_000);
});
