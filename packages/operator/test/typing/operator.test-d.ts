/** What must not compile; checked with the package by `tsc`, never run. */
import { Container, Deployment } from '@k8sop/builders';
import { Action, type Context, customResource, Operator } from '@k8sop/operator';
import { Type } from 'typebox';

export async function operatorTypes(): Promise<void> {
  const WebApp = customResource({
    group: 'example.com',
    version: 'v1',
    kind: 'WebApp',
    spec: Type.Object({ image: Type.String(), replicas: Type.Integer() }),
    status: Type.Object({ image: Type.String() }),
  });
  const operator = new Operator(WebApp);

  // @ts-expect-error: `.reconcile()` is missing
  await operator.run();

  // @ts-expect-error: a bare number is no duration
  operator.requeueAfter(5);

  operator.reconcile(async (ctx: Context<typeof WebApp>) => {
    // @ts-expect-error: a Deployment without a container is incomplete
    await ctx.apply(new Deployment(ctx.name));

    // @ts-expect-error: the cached object is shared and read-only
    ctx.resource.spec.replicas = 1;

    // @ts-expect-error: the status has no such field
    await ctx.setStatus({ picture: 'x' });
  });

  await operator
    .owns(Deployment)
    .reconcile(async (ctx) => {
      const image: string = ctx.resource.spec.image;
      const deployment = await ctx.apply(new Deployment(ctx.name).container(new Container('app').image(image)));
      const replicas: number | undefined = deployment.spec?.replicas;
      await ctx.setStatus({ image: `${image} ${replicas}` });
      return Action.requeue('1.5h');
    })
    .run();

  const Tenant = customResource({
    group: 'example.com',
    version: 'v1',
    kind: 'Tenant',
    scope: 'Cluster',
    spec: Type.Object({ quota: Type.Integer() }),
  });

  new Operator(Tenant).reconcile(async (ctx) => {
    const none: undefined = ctx.namespace;
    // @ts-expect-error: a cluster-scoped object has no namespace
    const some: string = ctx.namespace;
    const quota: number = ctx.resource.spec.quota;
    ctx.log.info('typed', { none, some, quota });
  });

  operator.reconcile(async (ctx) => {
    const namespace: string = ctx.namespace;
    ctx.log.info('typed', { namespace });
  });
}
