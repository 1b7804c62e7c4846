/** Work outside of requests: a worker that elects one active pod, and a nightly report. */
import { CronJob, Deployment, NetworkPolicy, PolicyRule, Role, RoleBinding, ServiceAccount } from '@k8sop/builders';
import { databaseClient } from './database.ts';
import { shop } from './shop.ts';
import { appContainer } from './web.ts';

const account = new ServiceAccount('worker').namespace(shop);

/** The worker holds a lease while it is the active one. */
const leases = new Role('worker-leases')
  .namespace(shop)
  .rule(new PolicyRule().apiGroups(['coordination.k8s.io']).resources(['leases']).verbs(['get', 'create', 'update']));

const worker = new Deployment('worker')
  .namespace(shop)
  .replicas(2)
  .container(appContainer.args(['work']))
  .podLabels(databaseClient)
  .serviceAccount(account)
  .terminationGracePeriod('1m')
  .restricted({ readOnlyRoot: true, tmp: true });

const report = new CronJob('nightly-report', '15 3 * * *')
  .namespace(shop)
  .timeZone('Europe/Berlin')
  .container(appContainer.args(['report']))
  .podLabels(databaseClient)
  .automountToken(false)
  .forbidConcurrent()
  .startingDeadline('1h')
  .activeDeadline('30m')
  .backoffLimit(2)
  .historyLimits(1, 3)
  .restricted({ readOnlyRoot: true, tmp: true });

export const background = [
  account,
  leases,
  new RoleBinding('worker-leases', leases).namespace(shop).serviceAccount(account, shop),
  worker,
  report,
  NetworkPolicy.selecting(worker).namespace(shop).denyAllIngress(),
];
