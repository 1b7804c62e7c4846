/** This app's operator with timeouts from the environment, in ms: `ELECTION_TIMEOUT_MS` and a fifth of it as the heartbeat. */
import { Deployment, Service } from '@k8sop/builders';
import { Operator, RaftConfig } from '@k8sop/operator';
import { reconcile, WebApp } from '../src/web-app.ts';

const electionTimeoutMs = Number(process.env['ELECTION_TIMEOUT_MS']);

await new Operator(WebApp)
  .reconcile(reconcile)
  .owns(Deployment, Service)
  .withLeaderElection(
    new RaftConfig('webapp-operator')
      .serviceName('webapp-operator-raft')
      .electionTimeout(`${electionTimeoutMs}ms`)
      .heartbeat(`${electionTimeoutMs / 5}ms`),
  )
  .run();
