/** The web application: scaled by load, spread over nodes, reachable from outside through the ingress. */
import {
  ConfigMap,
  Container,
  Deployment,
  HorizontalPodAutoscaler,
  Ingress,
  IngressRule,
  NetworkPolicy,
  NetworkPolicyIngress,
  PodDisruptionBudget,
  Probe,
  Resources,
  Service,
  ServiceAccount,
} from '@k8sop/builders';
import { databaseClient } from './database.ts';
import { certificateSecret, credentialsSecret, shop } from './shop.ts';

const host = 'shop.example.com';

/** Where every process finds the database and how it logs. */
export const settings = new ConfigMap('shop-settings')
  .namespace(shop)
  .data('DATABASE_HOST', 'database.shop.svc')
  .data('LOG_LEVEL', 'info');

/** The image of the web application, the worker and the nightly job. */
export const appContainer = new Container('app', 'registry.example.com/shop:2.8.1')
  .envAllFromConfigMap(settings)
  .envFromSecret('DATABASE_USER', credentialsSecret, 'username')
  .envFromSecret('DATABASE_PASSWORD', credentialsSecret, 'password')
  .resources(new Resources().cpuRequest('100m').memory('128Mi', '256Mi'));

const account = new ServiceAccount('web').namespace(shop).automountToken(false);

const deployment = new Deployment('web')
  .namespace(shop)
  .container(
    appContainer
      .args(['serve'])
      .namedPort('http', 8080)
      .readinessProbe(Probe.http('/ready', 'http').period('5s'))
      .livenessProbe(Probe.http('/live', 'http').period('10s').failureThreshold(6)),
  )
  .podLabels(databaseClient)
  .serviceAccount(account)
  .rollingUpdate({ maxSurge: 1, maxUnavailable: 0 })
  .topologySpread('kubernetes.io/hostname')
  .restricted({ readOnlyRoot: true, tmp: true });

const service = Service.for(deployment).namespace(shop);

const ingress = new Ingress('web')
  .namespace(shop)
  .ingressClass('nginx')
  .tls([host], certificateSecret)
  .rule(new IngressRule().host(host).path('/', service));

const guard = NetworkPolicy.selecting(deployment)
  .namespace(shop)
  .allowIngress(
    new NetworkPolicyIngress()
      .fromNamespaceSelector({ 'kubernetes.io/metadata.name': 'ingress-nginx' })
      .tcpPort('http'),
  );

export const web = [
  settings,
  account,
  deployment,
  service,
  ingress,
  guard,
  HorizontalPodAutoscaler.for(deployment).namespace(shop).minReplicas(2).maxReplicas(10).cpu(70),
  PodDisruptionBudget.for(deployment).namespace(shop).maxUnavailable(1),
];
