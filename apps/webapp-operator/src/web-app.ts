import { Container, Deployment, Selector, Service } from '@k8sop/builders';
import { Action, Condition, Conditions, type Context, customResource } from '@k8sop/operator';
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
  status: Type.Object({
    image: Type.String(),
    conditions: Type.Optional(Conditions()),
  }),
});

/** Called whenever a WebApp or one of its children changes. */
export async function reconcile(ctx: Context<typeof WebApp>): Promise<Action> {
  const { image, replicas } = ctx.resource.spec;

  await ctx.apply(new Deployment(ctx.name).replicas(replicas).container(new Container('app').image(image).port(80)));

  await ctx.apply(new Service(ctx.name).port(80, 80).selector(new Selector().insert('app', ctx.name)));

  if (ctx.resource.status?.image !== image) {
    await ctx.event('Deployed', `runs ${image}`);
  }
  await ctx.setStatus({ image });
  await ctx.setCondition(Condition.ready(true, 'Applied', `${replicas} replicas of ${image}`));

  return Action.requeue('5m');
}

/** Called before a deleted WebApp disappears; its children go with it. */
export async function onDelete(ctx: Context<typeof WebApp>): Promise<void> {
  await ctx.event('Removed', `${ctx.name} is gone`);
}
