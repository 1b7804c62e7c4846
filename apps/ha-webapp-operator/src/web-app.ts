import { Container, Deployment, Selector, Service } from '@k8sop/builders';
import { Action, type Context, customResource } from '@k8sop/operator';
import { Type } from 'typebox';

/** The custom resource: a container image to run, and how many copies. */
export const WebApp = customResource({
  group: 'example.com',
  version: 'v1',
  kind: 'WebApp',
  spec: Type.Object({
    image: Type.String(),
    replicas: Type.Integer({ minimum: 0 }),
  }),
});

/** Runs on the leader only; every write carries its fencing token. */
export async function reconcile(ctx: Context<typeof WebApp>): Promise<Action> {
  const { image, replicas } = ctx.resource.spec;

  await ctx.apply(new Deployment(ctx.name).replicas(replicas).container(new Container('app').image(image).port(80)));

  await ctx.apply(new Service(ctx.name).port(80, 80).selector(new Selector().insert('app', ctx.name)));

  return Action.requeue('5m');
}
