import { customResource, LeaseElection, Operator } from '@k8sop/operator';
import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { RunningOperator } from './running-operator.ts';
import { TestCluster } from './test-cluster.ts';

const Thing = customResource({ group: 'example.com', version: 'v1', kind: 'Thing', spec: Type.Object({}) });
const leasesPath = '/apis/coordination.k8s.io/v1/namespaces/default/leases';

async function launch(cluster: TestCluster): Promise<RunningOperator> {
  const operator = new Operator(Thing)
    .reconcile(async () => {})
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
});
