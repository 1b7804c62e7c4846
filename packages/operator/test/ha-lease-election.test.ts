import { type Context, customResource, LeaseElection, Operator } from '@k8sop/operator';
import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { RunningOperator } from './running-operator.ts';
import { Tally } from './tally.ts';
import { paths, TestCluster } from './test-cluster.ts';

const Thing = customResource({ group: 'example.com', version: 'v1', kind: 'Thing', spec: Type.Object({}) });
const leasesPath = '/apis/coordination.k8s.io/v1/namespaces/default/leases';

const thingsPath = '/apis/example.com/v1/namespaces/default/things';

async function launch(
  cluster: TestCluster,
  reconcile: (ctx: Context<typeof Thing>) => Promise<void> = async () => {},
): Promise<RunningOperator> {
  const operator = new Operator(Thing)
    .reconcile(reconcile)
    .probes({ port: 0 })
    .withLeaderElection(new LeaseElection('things').namespace('default'));
  return RunningOperator.launch(cluster.kubeconfig, operator);
}

describe('two replicas and one Lease', () => {
  it('never lead together, and hand over when the leader stops', async () => {
    await using cluster = await TestCluster.start();
    await cluster.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', Thing.crd().toJSON());
    await using first = await launch(cluster);
    await first.leads();
    await using second = await launch(cluster);
    await second.log.logged(({ msg }) => msg === 'manager starts');
    const [before] = (await cluster.until(leasesPath, (byName) => byName.has('things'))).values();
    expect(before?.['spec']).toMatchObject({ leaseTransitions: 1, leaseDurationSeconds: 15 });
    expect(second.log.lines.some(({ msg }) => msg === 'controller leads')).toBe(false);
    await first.stop();
    expect(first.log.lines).toContainEqual(expect.objectContaining({ msg: 'lease: released', released: true }));
    await second.leads();
    const after = await cluster.get(`${leasesPath}/things`);
    expect(after?.['spec']).toMatchObject({ leaseTransitions: 2 });
  });

  it('hand over first; how often events happened is written afterwards', async () => {
    await using cluster = await TestCluster.start();
    await cluster.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', Thing.crd().toJSON());
    const runs = new Tally<string>();
    await using leader = await launch(cluster, async (ctx) => {
      for (let i = 0; i < 5; i++) await ctx.event('Same', 'again and again');
      runs.add(ctx.name);
    });
    await leader.leads();
    await cluster.create(thingsPath, Thing.manifest('a', { spec: {} }));
    await runs.atLeast(1);
    await leader.stop();
    expect(await cluster.list(paths.events)).toMatchObject([{ reason: 'Same', series: { count: 5 } }]);
    const written = cluster.api.trace.requests().filter(({ method }) => ['PATCH', 'PUT'].includes(method));
    expect(written.slice(-2).map(({ resource }) => resource)).toEqual([
      'leases.coordination.k8s.io',
      'events.events.k8s.io',
    ]);
  });
});
