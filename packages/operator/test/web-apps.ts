/** What most tests of controllers begin with: a cluster that knows the WebApp, and an operator of it. */
import { type Handler, Operator } from '@k8sop/operator';
import { WebApp } from './fixtures/web-app.ts';
import { paths, TestCluster } from './test-cluster.ts';

/** A new cluster with the definition of the WebApp. */
export async function startWithWebApps(): Promise<TestCluster> {
  const cluster = await TestCluster.start();
  await cluster.create(paths.crds, WebApp.crd().toJSON());
  return cluster;
}

/** An operator of the WebApp that does what `handler` says, with probes on a free port. */
export function webApps(handler: Handler<typeof WebApp>): Operator<typeof WebApp, never> {
  return new Operator(WebApp).reconcile(handler).probes({ port: 0, host: '127.0.0.1' });
}
