/** One name, several objects: what belonged to the first must not reach the second. */
import { ConfigMap } from '@k8sop/builders';
import { Action, type Context, type Operator } from '@k8sop/operator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { webApp, WebApp } from './fixtures/web-app.ts';
import { RunningOperator } from './running-operator.ts';
import { Tally } from './tally.ts';
import { paths, type TestCluster, type Thing } from './test-cluster.ts';
import { startWithWebApps, webApps } from './web-apps.ts';

type Ctx = Context<typeof WebApp>;

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await startWithWebApps();
});
afterEach(() => cluster[Symbol.asyncDispose]());

const finalizer = 'webapp.example.com/finalizer';
const uidOf = (ctx: Ctx): string => ctx.resource.metadata.uid ?? '';
const noteOf = (thing: Thing | undefined): unknown => (thing?.['status'] as { note?: string } | undefined)?.note;

describe('an object that is deleted and created anew while its run goes on', () => {
  it('does not receive the status of the old one', async () => {
    const entered = new Tally<Ctx>();
    const statusErrors = new Tally<unknown>();
    const replaced = Promise.withResolvers<void>();
    const operator = webApps(async (ctx) => {
      entered.add(ctx);
      await replaced.promise;
      await ctx.setStatus({ note: `of ${ctx.resource.metadata.uid}` }).catch((error: unknown) => {
        statusErrors.add(error);
        throw error;
      });
      return Action.awaitChange();
    });
    await using _running = await RunningOperator.start(cluster, operator);
    await cluster.create(paths.webapps, webApp('a'));
    await entered.atLeast(1);
    await cluster.delete(`${paths.webapps}/a`);
    const second = await cluster.create(paths.webapps, webApp('a', 'nginx:2'));
    replaced.resolve();
    const [refusal] = await statusErrors.atLeast(1);
    expect(refusal).toMatchObject({ code: 409 });
    const after = await cluster.until(paths.webapps, (all) => noteOf(all.get('a')) !== undefined);
    expect(noteOf(after.get('a'))).toBe(`of ${second.metadata.uid}`);
  }, 30_000);

  it('keeps its finalizer when the old one is let go', async () => {
    const entered = new Tally<string>();
    const replaced = Promise.withResolvers<void>();
    const runs = new Tally<string>();
    const operator = webApps(async (ctx) => {
      runs.add(uidOf(ctx));
      return Action.awaitChange();
    }).onDelete(async (ctx) => {
      entered.add(ctx.name);
      await replaced.promise;
    });
    await using _running = await RunningOperator.start(cluster, operator);
    await cluster.create(paths.webapps, webApp('a'));
    await cluster.until(paths.webapps, (all) => all.get('a')?.metadata.finalizers !== undefined);
    await cluster.delete(`${paths.webapps}/a`);
    await entered.atLeast(1);
    await cluster.patch(`${paths.webapps}/a`, { metadata: { finalizers: null } }); // somebody forces it
    const held = { ...webApp('a'), metadata: { name: 'a', finalizers: [finalizer] } };
    const second = await cluster.create(paths.webapps, held);
    replaced.resolve();
    expect((await runs.atLeast(2)).at(-1)).toBe(second.metadata.uid);
    expect(await cluster.get(`${paths.webapps}/a`)).toEqual(second);
  }, 30_000);
});

describe('a child whose owner had the same name', () => {
  it('wakes nobody, and the new owner takes it over', async () => {
    const runs = new Tally<string>();
    const owner = { apiVersion: 'example.com/v1', kind: 'WebApp', name: 'a', uid: 'long-gone', controller: true };
    const stale = { name: 'a', ownerReferences: [owner] };
    const operator = webApps(async (ctx) => {
      runs.add(uidOf(ctx));
      await ctx.apply(new ConfigMap(ctx.name).data('owner', uidOf(ctx)));
      return Action.awaitChange();
    }).owns(ConfigMap);
    await cluster.create(paths.configmaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: stale });
    await using _running = await RunningOperator.start(cluster, operator);
    const { metadata } = await cluster.create(paths.webapps, webApp('a'));
    await cluster.until(
      paths.configmaps,
      (all) => all.get('a')?.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid) === true,
    );
    expect(new Set(runs.seen)).toEqual(new Set([metadata.uid]));
  }, 30_000);
});

describe('an object held by somebody else', () => {
  it('is let go by us once, and not run again while it waits for the other', async () => {
    const deletions = new Tally<string>();
    const runs = new Tally<string>();
    const operator = webApps(async (ctx) => {
      runs.add(ctx.name);
      return Action.awaitChange();
    }).onDelete(async (ctx) => deletions.add(ctx.name));
    await using _running = await RunningOperator.start(cluster, operator);
    await cluster.create(paths.webapps, { ...webApp('a'), metadata: { name: 'a', finalizers: ['other.io/x'] } });
    await runs.atLeast(1);
    await cluster.delete(`${paths.webapps}/a`);
    await cluster.until(paths.webapps, (all) => all.get('a')?.metadata.finalizers?.length === 1);
    await cluster.patch(`${paths.webapps}/a`, { metadata: { labels: { still: 'here' } } });
    await cluster.create(paths.webapps, webApp('b'));
    await runs.atLeast(2);
    expect([runs.seen, deletions.seen]).toEqual([['a', 'b'], ['a']]);
    expect((await cluster.get(`${paths.webapps}/a`))?.metadata.finalizers).toEqual(['other.io/x']);
  }, 30_000);
});

describe('what an object lives in', () => {
  const finalizing = (deletions: Tally<string>): Operator<typeof WebApp, never> =>
    webApps(async (ctx) => {
      await ctx.apply(new ConfigMap(ctx.name).data('owner', uidOf(ctx)));
      return Action.awaitChange();
    })
      .owns(ConfigMap)
      .onDelete(async (ctx) => deletions.add(ctx.name));

  it('a kind that is removed takes its objects along, and is followed again once it is back', async () => {
    const deletions = new Tally<string>();
    await using running = await RunningOperator.start(cluster, finalizing(deletions));
    const crd = `${paths.crds}/webapps.example.com`;
    await cluster.create(paths.webapps, webApp('a'));
    await cluster.until(paths.configmaps, (all) => all.has('a'));
    await cluster.delete(crd);
    await cluster.until(paths.crds, (all) => !all.has('webapps.example.com'));
    expect(deletions.seen).toEqual(['a']);
    cluster.api.closeWatches();
    await running.log.logged(({ msg }) => msg === 'controller waits: its kind cannot be watched');
    expect((await running.probe('/readyz')).text).toContain('install its CRD');
    await cluster.create(paths.crds, WebApp.crd().toJSON());
    await cluster.create(paths.webapps, webApp('b'));
    await cluster.until(paths.configmaps, (all) => all.has('b'));
    expect((await running.probe('/readyz')).status).toBe(200);
  }, 60_000);

  it('a namespace that ends lets its objects be finalized, and hurts no other', async () => {
    const deletions = new Tally<string>();
    await using _running = await RunningOperator.start(cluster, finalizing(deletions));
    const doomed = '/api/v1/namespaces/doomed';
    await cluster.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'doomed' } });
    await cluster.create('/apis/example.com/v1/namespaces/doomed/webapps', webApp('a'));
    await cluster.until(`${doomed}/configmaps`, (all) => all.has('a'));
    await cluster.delete(doomed);
    await cluster.until('/api/v1/namespaces', (all) => !all.has('doomed'));
    expect(deletions.seen).toEqual(['a']);
    await cluster.create(paths.webapps, webApp('b'));
    await cluster.until(paths.configmaps, (all) => all.has('b'));
  }, 60_000);
});
