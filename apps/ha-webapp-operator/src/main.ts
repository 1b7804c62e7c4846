import { Deployment, Service } from '@k8sop/builders';
import { Operator, RaftConfig } from '@k8sop/operator';
import { reconcile, WebApp } from './web-app.ts';

await new Operator(WebApp)
  .reconcile(reconcile)
  .owns(Deployment, Service)
  .withLeaderElection(new RaftConfig('webapp-operator').serviceName('webapp-operator-raft'))
  .run();
