/**
 * Everything that `kubectl apply` needs to run the operator in high availability.
 *
 *     npx k8sop-manifests apps/ha-webapp-operator/src/manifests.ts | kubectl apply --server-side -f -
 *
 * Two things come from outside: the image, built with the Containerfile, and the Secret `webapp-operator-tls` with `tls.crt`,
 * `tls.key` and `ca.crt`, whose certificate names every pod (see `certificateNames` and docs/how-to/certificates.md).
 */
import {
  ClusterRole,
  ClusterRoleBinding,
  Container,
  type Manifests,
  manifests,
  Namespace,
  NetworkPolicy,
  NetworkPolicyIngress,
  PersistentVolumeClaim,
  PodDisruptionBudget,
  PodSecurityContext,
  PolicyRule,
  Probe,
  Resources,
  Role,
  RoleBinding,
  Service,
  ServiceAccount,
  StatefulSet,
  Volume,
} from '@k8sop/builders';
import { WebApp } from './web-app.ts';

const name = 'webapp-operator';
const replicas = 3;
const image = 'registry.example.com/ha-webapp-operator:1.0.0';
const dataPath = '/var/lib/k8sop';
const tlsPath = '/etc/k8sop/tls';

const namespace = new Namespace(name).podSecurity('restricted');

/** Names that this stack refers to and does not hold. */
export const external: readonly string[] = [`Secret/${name}-tls`];

/** Peers meet before they are ready, so the Service names pods that are not. */
const peers = new Service(`${name}-raft`)
  .namespace(namespace)
  .namedPort('raft', 8080, 'raft')
  .selector({ app: name })
  .headless()
  .publishNotReadyAddresses();

/** What the certificate in the Secret must name: each pod's stable name. One certificate may carry all, or a wildcard. */
export const certificateNames: readonly string[] = Array.from(
  { length: replicas },
  (_, ordinal) => `${name}-${ordinal}.${name}-raft.${name}.svc.cluster.local`,
);

const account = new ServiceAccount(name).namespace(namespace);

/** In its own namespace: the cluster's record, and how many replicas are wanted. */
const membership = new Role(`${name}-raft`)
  .namespace(namespace)
  .rule(new PolicyRule().coreApi().resources(['configmaps']).verbs(['create']))
  .rule(
    new PolicyRule()
      .coreApi()
      .resources(['configmaps'])
      .resourceNames([`raft-${name}`])
      .verbs(['get', 'patch']),
  )
  .rule(new PolicyRule().appsApi().resources(['statefulsets']).resourceNames([name]).verbs(['get']));

/** In every namespace: what the reconciler reads and writes. */
const work = new ClusterRole(name)
  .rule(new PolicyRule().apiGroups(['example.com']).resources(['webapps']).verbs(['get', 'list', 'watch', 'patch']))
  .rule(
    new PolicyRule()
      .apiGroups(['example.com'])
      .resources(['webapps/status', 'webapps/finalizers'])
      .verbs(['get', 'patch', 'update']),
  )
  .rule(
    new PolicyRule().appsApi().resources(['deployments']).verbs(['get', 'list', 'watch', 'create', 'patch', 'delete']),
  )
  .rule(new PolicyRule().coreApi().resources(['services']).verbs(['get', 'list', 'watch', 'create', 'patch', 'delete']))
  .rule(new PolicyRule().apiGroups(['events.k8s.io']).resources(['events']).verbs(['create', 'patch']));

/** Probes speak plain HTTP on a port of their own: the kubelet has no certificate. */
const container = new Container('operator', image)
  .namedPort('raft', 8080)
  .namedPort('probes', 8081)
  .envFromField('POD_NAME', 'metadata.name')
  .envFromField('POD_NAMESPACE', 'metadata.namespace')
  .env('NODE_ENV', 'production')
  .env('UV_THREADPOOL_SIZE', '16') // synced writes and DNS look-ups share the pool
  .env('K8SOP_RAFT_DATA_DIR', `${dataPath}/raft`)
  .env('K8SOP_RAFT_TLS_DIR', tlsPath)
  // No limit on CPU: a throttled leader misses its heartbeats.
  .resources(new Resources().cpuRequest('250m').memory('256Mi', '512Mi'))
  .volumeMount('data', dataPath)
  .volumeMountReadonly('tls', tlsPath)
  .startupProbe(Probe.http('/healthz', 'probes').period('1s').failureThreshold(60))
  .livenessProbe(Probe.http('/healthz', 'probes').period('10s').timeout('5s').failureThreshold(6))
  .readinessProbe(Probe.http('/readyz', 'probes').period('2s').timeout('2s'));

const operator = new StatefulSet(name, peers)
  .namespace(namespace)
  .replicas(replicas)
  .parallelPodManagement() // the first pod cannot become ready without a second one
  .container(container)
  .volume(Volume.secret('tls', `${name}-tls`, { defaultMode: 0o440 }))
  .volumeClaimTemplate(new PersistentVolumeClaim('data', '1Gi'))
  .serviceAccount(account)
  .topologySpread('kubernetes.io/hostname')
  .podSecurityContext(new PodSecurityContext().runAsUser(1000).runAsGroup(1000).fsGroup(1000))
  .terminationGracePeriod('40s')
  .restricted({ readOnlyRoot: true, tmp: true });

/** Peers only reach the Raft port. Where nothing enforces network policies, mutual TLS alone keeps strangers out. */
const isolation = NetworkPolicy.selecting(operator)
  .allowIngress(new NetworkPolicyIngress().fromPodSelector({ app: name }).tcpPort(8080))
  .allowIngress(new NetworkPolicyIngress().tcpPort(8081));

export const stack: Manifests = manifests(
  namespace,
  WebApp.crd(),
  account,
  membership,
  new RoleBinding(`${name}-raft`, membership).namespace(namespace).serviceAccount(account, name),
  work,
  new ClusterRoleBinding(name, work).serviceAccount(account, name),
  peers,
  operator,
  PodDisruptionBudget.for(operator).maxUnavailable(1),
  isolation,
);
