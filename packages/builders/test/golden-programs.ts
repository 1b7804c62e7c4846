/** One minimal and one full program per builder: what the golden files, the server and kubectl see. */
import {
  Annotations,
  ClusterRole,
  ClusterRoleBinding,
  ConfigMap,
  Container,
  CronJob,
  DaemonSet,
  Deployment,
  DownwardApiItem,
  HorizontalPodAutoscaler,
  Ingress,
  IngressClass,
  IngressRule,
  Job,
  Labels,
  type Manifest,
  Namespace,
  NetworkPolicy,
  NetworkPolicyEgress,
  NetworkPolicyIngress,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  PodSecurityContext,
  PolicyRule,
  PriorityClass,
  Probe,
  ProjectedVolumeSource,
  Resources,
  Role,
  RoleBinding,
  Secret,
  SecurityContext,
  Selector,
  Service,
  ServiceAccount,
  StatefulSet,
  StorageClass,
  Volume,
} from '@k8sop/builders';

const app = new Container('app', 'registry.example.com/app:1.4.2');

const config = new ConfigMap('app').data('config.yaml', 'key: value\n').data('settings.json', '{}');
const secret = new Secret('app').data('password', 'secret123');

const everything = new Container('main')
  .image('nginx:1.27')
  .imagePullPolicy('IfNotPresent')
  .command(['/bin/serve'])
  .args(['--verbose', 'yes'])
  .workingDir('/srv')
  .port(80)
  .namedPort('metrics', 9090)
  .port(53, { name: 'dns', protocol: 'UDP' })
  .env('LOG_LEVEL', 'info')
  .env('WORKERS', 4)
  .env('DEBUG', false)
  .envFromSecret('PASSWORD', secret, 'password')
  .envFromConfigMap('CONFIG', config, 'config.yaml', { optional: true })
  .envFromField('POD_NAME', 'metadata.name')
  .envFromResource('MEMORY_MIB', 'limits.memory', { divisor: '1Mi' })
  .envAllFromSecret(secret)
  .envAllFromConfigMap('shared', { prefix: 'SHARED_', optional: true })
  .resources(new Resources().cpu('100m', '500m').memory('128Mi', '512Mi').request('ephemeral-storage', '1Gi'))
  .volumeMount('data', '/data', { subPath: 'app' })
  .volumeMountReadonly('config', '/etc/app')
  .livenessProbe(Probe.http('/healthz', 'metrics', { scheme: 'HTTP', headers: { 'X-Probe': '1' } }).period(10))
  .readinessProbe(Probe.tcp(80).initialDelay('5s').timeout(2).successThreshold(2).failureThreshold(4))
  .startupProbe(Probe.exec(['/bin/ready']).failureThreshold(30))
  .securityContext(SecurityContext.restricted().runAsUser(10_001).runAsGroup(10_001).readOnlyRootFilesystem())
  .lifecycle({ preStop: { exec: { command: ['sleep', '5'] } } })
  .terminationMessage('/dev/termination-log', 'FallbackToLogsOnError')
  .resizePolicy('cpu', 'NotRequired')
  .stdin()
  .tty();

const volumes = [
  Volume.emptyDir('scratch', { sizeLimit: '1Gi' }),
  Volume.emptyDirMemory('shm'),
  Volume.secret('secret', secret, { defaultMode: '0400', items: { password: 'pass' } }),
  Volume.configMap('config', config, { optional: true }),
  Volume.pvc('data', 'app-data'),
  Volume.hostPath('logs', '/var/log', { type: 'Directory' }),
  Volume.projected(
    'all',
    [
      ProjectedVolumeSource.secret(secret),
      ProjectedVolumeSource.configMap('shared', { items: { a: 'b' } }),
      ProjectedVolumeSource.serviceAccountToken('token', { expirationSeconds: '1h', audience: 'vault' }),
      ProjectedVolumeSource.downwardApi([DownwardApiItem.field('labels', 'metadata.labels')]),
    ],
    { defaultMode: '0440' },
  ),
  Volume.downwardApi('facts', [DownwardApiItem.resource('cpu', 'main', 'limits.cpu', { divisor: '1m' }).mode('0444')]),
  Volume.csi('certs', 'csi.example.com', { attributes: { issuer: 'ca' }, readOnly: true }),
  Volume.ephemeral('cache', new PersistentVolumeClaim('unused', '5Gi').label('tier', 'cache')),
  Volume.nfs('share', 'nfs.example.com', '/export', { readOnly: true }),
  Volume.image('model', 'registry.example.com/model:1', { pullPolicy: 'Always' }),
];

const fullDeployment = volumes
  .reduce((deployment, volume) => deployment.volume(volume), new Deployment('web').container(everything))
  .namespace('shop')
  .labels(new Labels().insert('tier', 'front'))
  .annotations(new Annotations().insert('example.com/owner', 'team-web'))
  .podLabels({ track: 'stable' })
  .podAnnotations({ 'prometheus.io/scrape': 'true' })
  .replicas(3)
  .selector(new Selector().insert('app', 'web').matchExpression('tier', 'In', ['front', 'edge']))
  .rollingUpdate({ maxSurge: 1, maxUnavailable: '25%' })
  .minReady('10s')
  .progressDeadline('5m')
  .revisionHistory(5)
  .paused(false)
  .initContainer(new Container('migrate', 'app:1').command(['migrate']))
  .sidecar(new Container('proxy', 'envoy:1'))
  .serviceAccount('web')
  .nodeSelector('kubernetes.io/os', 'linux')
  .imagePullSecret('registry')
  .toleration({ key: 'spot', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: '5m' })
  .affinity({
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'web' } } },
      ],
    },
  })
  .topologySpread('topology.kubernetes.io/zone', { whenUnsatisfiable: 'ScheduleAnyway' })
  .priorityClass('important')
  .hostNetwork(false)
  .dnsPolicy('ClusterFirst')
  .terminationGracePeriod('1m')
  .automountToken(false)
  .podSecurityContext(
    PodSecurityContext.restricted().fsGroup(2000).supplementalGroups(3000).sysctl('net.core.somaxconn', '1024'),
  )
  .restricted();

const readPods = new PolicyRule().coreApi().resources(['pods', 'services']).readOnly();

/** Programs by name of their golden file. */
export const goldenPrograms: Readonly<Record<string, Manifest<object>>> = {
  'deployment-minimal': new Deployment('web').container(app),
  'deployment-full': fullDeployment,
  'stateful-set-minimal': new StatefulSet('db', 'db').container(app),
  'stateful-set-full': new StatefulSet('db')
    .serviceName('db-headless')
    .replicas(3)
    .container(app.volumeMount('data', '/data'))
    .volumeClaimTemplate(
      new PersistentVolumeClaim('data').storage('10Gi').accessMode('ReadWriteOnce').label('app', 'db'),
    )
    .parallelPodManagement()
    .partition(1)
    .retention({ whenDeleted: 'Delete', whenScaled: 'Retain' })
    .ordinalsStart(1)
    .restricted({ readOnlyRoot: true, tmp: true }),
  'daemon-set-minimal': new DaemonSet('agent').container(app),
  'daemon-set-full': new DaemonSet('agent')
    .selector({ app: 'agent', tier: 'node' })
    .container(app)
    .updateStrategy('RollingUpdate', { maxUnavailable: 1 })
    .toleration({ operator: 'Exists' }),
  'job-minimal': new Job('migrate').container(app),
  'job-full': new Job('migrate')
    .container(app)
    .backoffLimit(3)
    .completions(4)
    .parallelism(2)
    .indexed()
    .activeDeadline('1h')
    .ttlAfterFinished('10m')
    .suspend()
    .podFailurePolicy([{ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }]),
  'cron-job-minimal': new CronJob('nightly', '0 3 * * *').container(app),
  'cron-job-full': new CronJob('nightly')
    .schedule('@hourly')
    .timeZone('Europe/Berlin')
    .forbidConcurrent()
    .historyLimits(2, 1)
    .startingDeadline('5m')
    .suspend(false)
    .label('team', 'data')
    .container(app)
    .restartOnFailure()
    .backoffLimit(2),
  'pod-minimal': new Pod('shell').container(app),
  'pod-full': new Pod('shell').labels({ run: 'shell' }).restartNever().container(app).volume(Volume.emptyDir('tmp')),
  'config-map-minimal': new ConfigMap('app').data('key', 'value'),
  'config-map-full': config
    .fromFile('motd', 'line one\nline two\n\n')
    .binaryData('logo.bin', new Uint8Array([0, 255, 128]))
    .immutable(),
  'secret-minimal': secret,
  'secret-full': Secret.tls('cert', 'CERTIFICATE', 'KEY').immutable(),
  'service-minimal': new Service('web').port(80),
  'service-full': new Service('web')
    .port(80, 8080)
    .namedPort('metrics', 9090, 'metrics')
    .udpPort(53, 'dns')
    .selector(new Selector().insert('app', 'web'))
    .loadBalancer()
    .externalTrafficLocal()
    .sessionAffinity('ClientIP', '1h')
    .ipFamilies(['IPv4', 'IPv6'], 'PreferDualStack')
    .publishNotReadyAddresses(),
  'service-headless': new Service('db').headless(),
  'service-external-name': new Service('db').externalName('db.example.com'),
  'ingress-minimal': new Ingress('web').rule(new IngressRule().path('/', 'web', 80)),
  'ingress-full': new Ingress('web')
    .ingressClass('nginx')
    .annotation('nginx.ingress.kubernetes.io/rewrite-target', '/')
    .rule(
      new IngressRule()
        .host('example.com')
        .path('/api', 'api', 80)
        .exactPath('/', 'web', 'http')
        .resourceBackend('/static', { apiGroup: 'example.com', kind: 'Bucket', name: 'static' }),
    )
    .tls(['example.com'], 'cert')
    .defaultBackend('web', 80),
  'ingress-class-minimal': new IngressClass('nginx').controller('k8s.io/ingress-nginx'),
  'ingress-class-full': new IngressClass('nginx').controller('k8s.io/ingress-nginx').default(),
  'network-policy-minimal': new NetworkPolicy('deny').denyAllIngress(),
  'network-policy-full': new NetworkPolicy('web')
    .podSelector(new Selector().insert('app', 'web'))
    .allowIngress(
      new NetworkPolicyIngress().from({ pods: { app: 'gateway' }, namespaces: { env: 'prod' } }).tcpPort(80),
    )
    .allowIngress(
      new NetworkPolicyIngress().fromNamespaceSelector({}).fromPodSelector({ app: 'probe' }).port('metrics'),
    )
    .allowEgress(
      new NetworkPolicyEgress()
        .toIpBlock('10.0.0.0/8', { except: ['10.1.0.0/16'] })
        .toNamespaceSelector({ name: 'dns' })
        .udpPort(53)
        .sctpPort(7000, { endPort: 7010 }),
    ),
  'persistent-volume-claim-minimal': new PersistentVolumeClaim('data', '10Gi'),
  'persistent-volume-claim-full': new PersistentVolumeClaim('data')
    .storage('10Gi')
    .readWriteMany()
    .storageClass('fast')
    .volumeMode('Filesystem')
    .dataSource({ apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'before' })
    .selector({ disk: 'ssd' }),
  'storage-class-minimal': new StorageClass('fast').provisioner('ebs.csi.aws.com'),
  'storage-class-full': new StorageClass('fast')
    .provisioner('ebs.csi.aws.com')
    .parameter('type', 'gp3')
    .reclaimPolicy('Retain')
    .waitForFirstConsumer()
    .allowVolumeExpansion()
    .mountOption('noatime')
    .default(),
  'service-account-minimal': new ServiceAccount('web'),
  'service-account-full': new ServiceAccount('web').automountToken(false).imagePullSecret('registry'),
  'role-minimal': new Role('reader').rule(readPods),
  'role-full': new Role('reader')
    .namespace('shop')
    .rule(readPods)
    .rule(new PolicyRule().apiGroups(['apps']).resources(['deployments']).resourceNames(['web']).allVerbs()),
  'cluster-role-minimal': new ClusterRole('reader').rule(readPods),
  'cluster-role-full': new ClusterRole('operator')
    .rule(new PolicyRule().appsApi().apiGroups(['example.com']).resources(['deployments', 'webapps']).readWrite())
    .rule(new PolicyRule().nonResourceUrls(['/metrics']).verbs(['get']))
    .aggregate({ 'example.com/aggregate': 'true' }),
  'role-binding-minimal': new RoleBinding('reader', 'reader').serviceAccount('web', 'default'),
  'role-binding-full': new RoleBinding('reader')
    .role('reader')
    .serviceAccount('web', 'default')
    .user('ada')
    .group('ops'),
  'role-binding-to-cluster-role': RoleBinding.toClusterRole('view', 'view').serviceAccount('web', 'default'),
  'cluster-role-binding-minimal': new ClusterRoleBinding('operator', 'operator').serviceAccount('operator', 'default'),
  'cluster-role-binding-full': new ClusterRoleBinding('operator')
    .clusterRole('operator')
    .serviceAccount('operator', 'default')
    .user('ada')
    .group('ops'),
  'horizontal-pod-autoscaler-minimal': new HorizontalPodAutoscaler('web')
    .target(new Deployment('web').container(app))
    .maxReplicas(3),
  'horizontal-pod-autoscaler-full': HorizontalPodAutoscaler.for(new Deployment('web').container(app))
    .minReplicas(2)
    .maxReplicas(10)
    .cpu(80)
    .memory(75)
    .metric({
      type: 'Pods',
      pods: { metric: { name: 'queue-length' }, target: { type: 'AverageValue', averageValue: '30' } },
    })
    .behavior({ scaleDown: { stabilizationWindowSeconds: 300 } }),
  'pod-disruption-budget-minimal': new PodDisruptionBudget('all').selector({}).minAvailable(1),
  'pod-disruption-budget-full': PodDisruptionBudget.for(
    new Deployment('web').namespace('shop').container(app),
  ).maxUnavailable('25%'),
  'namespace-minimal': new Namespace('shop'),
  'namespace-full': new Namespace('shop')
    .podSecurity('restricted')
    .podSecurity('restricted', { mode: 'warn', version: 'v1.36' }),
  'priority-class-minimal': new PriorityClass('important').value(1),
  'priority-class-full': new PriorityClass('important')
    .value(100_000)
    .description('serves customers')
    .preemptionPolicy('Never'),
};
