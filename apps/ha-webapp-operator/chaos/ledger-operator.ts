/**
 * The operator under test: for each WebApp it keeps the newest generation that it saw in the replicated state, and writes it to
 * the Deployment only after the replicated write was acknowledged. So the API server remembers what was acknowledged, and a
 * replicated value below it is a lost write, which is logged and never repaired.
 */
import { Container, Deployment } from '@k8sop/builders';
import { Action, type Context, Operator, RaftConfig } from '@k8sop/operator';
import { WebApp } from '../src/web-app.ts';
import { acknowledgedAnnotation } from './ledger.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

async function reconcile(ctx: Context<typeof WebApp>): Promise<Action> {
  const { replicated, signal, resource } = ctx;
  const key = `generation/${ctx.name}`;
  const deployment = await ctx.get(Deployment, ctx.name);
  const acknowledged = Number(deployment?.metadata.annotations?.[acknowledgedAnnotation] ?? 0);
  const bytes = await replicated.get(key, { signal });
  const stored = bytes === undefined ? 0 : Number(decoder.decode(bytes));
  if (stored < acknowledged) ctx.log.error('ledger: lost', { key, stored, acknowledged });

  const generation = resource.metadata.generation ?? 0;
  if (generation > stored) await replicated.put(key, encoder.encode(String(generation)), { signal });
  await ctx.apply(
    new Deployment(ctx.name)
      .annotation(acknowledgedAnnotation, String(Math.max(generation, stored)))
      .replicas(resource.spec.replicas)
      .container(new Container('app').image(resource.spec.image)),
  );
  return Action.requeue('5m');
}

await new Operator(WebApp)
  .reconcile(reconcile)
  .owns(Deployment)
  .withLeaderElection(new RaftConfig('webapp-operator').serviceName('webapp-operator-raft'))
  .run();
