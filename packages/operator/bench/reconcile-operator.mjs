/**
 * Part of the bench `reconcile`: the quick start's operator, which reports starts of runs and what it has used.
 * JavaScript, so that the process is what a user runs: built packages, nothing stripped or compiled at start.
 */
import { Container, Deployment, Selector, Service } from '@k8sop/builders';
import { Action, customResource, Operator } from '@k8sop/operator';
import { Type } from 'typebox';

const WebApp = customResource({
  group: 'example.com',
  version: 'v1',
  kind: 'WebApp',
  spec: Type.Object({ image: Type.String(), replicas: Type.Integer({ minimum: 0 }) }),
});

let reporting = false;

/** @param {import('@k8sop/operator').Context<typeof WebApp>} ctx */
async function reconcile(ctx) {
  if (reporting) process.send?.({ type: 'start', name: ctx.name, atMs: performance.timeOrigin + performance.now() });
  const { image, replicas } = ctx.resource.spec;
  await ctx.apply(new Deployment(ctx.name).replicas(replicas).container(new Container('app').image(image).port(80)));
  await ctx.apply(new Service(ctx.name).port(80, 80).selector(new Selector().insert('app', ctx.name)));
  return Action.requeue('5m');
}

const stop = new AbortController();
process.on('message', (message) => {
  if (message === 'usage') {
    const { user, system } = process.cpuUsage();
    process.send?.({ type: 'usage', cpuUs: user + system, peakRssMb: process.resourceUsage().maxRSS / 1024 });
  }
  if (message === 'report starts') reporting = true;
  if (message === 'stop') stop.abort();
});

await new Operator(WebApp)
  .reconcile(reconcile)
  .owns(Deployment, Service)
  .withFinalizer()
  .queue({ concurrency: Number(process.env.CONCURRENCY) })
  .probes(false)
  .run({ signal: stop.signal });
process.disconnect();
