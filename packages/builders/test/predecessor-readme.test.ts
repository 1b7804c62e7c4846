/** Every snippet of the predecessor's README, line by line in camelCase, with what it must mean. */
import {
  ClusterRole,
  ClusterRoleBinding,
  ConfigMap,
  Container,
  CronJob,
  DaemonSet,
  Deployment,
  Ingress,
  IngressRule,
  Job,
  Labels,
  NetworkPolicy,
  NetworkPolicyIngress,
  PersistentVolumeClaim,
  PolicyRule,
  Probe,
  Resources,
  Role,
  RoleBinding,
  Secret,
  SecurityContext,
  Selector,
  Service,
  ServiceAccount,
  StatefulSet,
  Volume,
} from '@k8sop/builders';
import { describe, expect, it } from 'vitest';

describe('snippets of the predecessor README', () => {
  it('Deployment', () => {
    const deployment = new Deployment('my-app')
      .replicas(3)
      .labels(new Labels().insert('app', 'my-app'))
      .container(
        new Container('main')
          .image('nginx:1.25')
          .port(80)
          .env('LOG_LEVEL', 'info')
          .envFromSecret('DB_PASSWORD', 'my-secret', 'password')
          .envFromConfigMap('CONFIG', 'my-config', 'key')
          .resources(new Resources().cpuRequest('100m').cpuLimit('500m').memoryRequest('128Mi').memoryLimit('512Mi'))
          .livenessProbe(Probe.http('/health', 8080).period(10))
          .readinessProbe(Probe.http('/ready', 8080).initialDelay(5))
          .volumeMount('data', '/data')
          .securityContext(new SecurityContext().readOnlyRootFilesystem(true).runAsNonRoot(true)),
      )
      .volume(Volume.pvc('data', 'my-pvc'))
      .serviceAccount('my-sa');
    expect(deployment.toJSON()).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'my-app', labels: { app: 'my-app' } },
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: 'my-app' } },
        template: {
          metadata: { labels: { app: 'my-app' } },
          spec: {
            containers: [
              {
                name: 'main',
                image: 'nginx:1.25',
                ports: [{ containerPort: 80 }],
                env: [
                  { name: 'LOG_LEVEL', value: 'info' },
                  { name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'my-secret', key: 'password' } } },
                  { name: 'CONFIG', valueFrom: { configMapKeyRef: { name: 'my-config', key: 'key' } } },
                ],
                resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '500m', memory: '512Mi' } },
                livenessProbe: { httpGet: { path: '/health', port: 8080 }, periodSeconds: 10 },
                readinessProbe: { httpGet: { path: '/ready', port: 8080 }, initialDelaySeconds: 5 },
                volumeMounts: [{ name: 'data', mountPath: '/data' }],
                securityContext: { readOnlyRootFilesystem: true, runAsNonRoot: true },
              },
            ],
            volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'my-pvc' } }],
            serviceAccountName: 'my-sa',
          },
        },
      },
    });
  });

  it('ConfigMap and Secret', () => {
    const config = new ConfigMap('my-config').data('config.yaml', 'key: value').data('settings.json', '{}');
    expect(config.toJSON().data).toEqual({ 'config.yaml': 'key: value', 'settings.json': '{}' });
    const secret = new Secret('my-secret').data('password', 'secret123').data('api-key', 'abc123');
    expect(secret.toJSON()).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'my-secret' },
      data: { password: 'c2VjcmV0MTIz', 'api-key': 'YWJjMTIz' },
    });
  });

  it('Ingress', () => {
    const ingress = new Ingress('my-ingress')
      .ingressClass('nginx')
      .annotation('nginx.ingress.kubernetes.io/rewrite-target', '/')
      .rule(new IngressRule().host('example.com').path('/api', 'api-service', 80).path('/', 'web-service', 80))
      .tls(['example.com'], 'tls-secret');
    const path = (at: string, name: string): object => ({
      path: at,
      pathType: 'Prefix',
      backend: { service: { name, port: { number: 80 } } },
    });
    expect(ingress.toJSON().spec).toEqual({
      ingressClassName: 'nginx',
      rules: [{ host: 'example.com', http: { paths: [path('/api', 'api-service'), path('/', 'web-service')] } }],
      tls: [{ hosts: ['example.com'], secretName: 'tls-secret' }],
    });
  });

  it('StatefulSet: claim templates carry apiVersion and kind, as the server adds them', () => {
    const set = new StatefulSet('my-stateful')
      .replicas(3)
      .serviceName('my-headless')
      .container(new Container('app').image('redis:7'))
      .volumeClaimTemplate(new PersistentVolumeClaim('data').storage('10Gi').accessMode('ReadWriteOnce'));
    expect(set.toJSON().spec).toMatchObject({
      replicas: 3,
      serviceName: 'my-headless',
      volumeClaimTemplates: [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } },
        },
      ],
    });
  });

  it('RBAC', () => {
    const subjects = [{ kind: 'ServiceAccount', name: 'my-sa', namespace: 'default' }];
    const apiGroup = 'rbac.authorization.k8s.io';
    expect(new ServiceAccount('my-sa').toJSON().metadata.name).toBe('my-sa');
    const role = new Role('my-role').rule(
      new PolicyRule().apiGroups(['']).resources(['pods', 'services']).verbs(['get', 'list', 'watch']),
    );
    expect(role.toJSON().rules).toEqual([
      { apiGroups: [''], resources: ['pods', 'services'], verbs: ['get', 'list', 'watch'] },
    ]);
    expect(new RoleBinding('my-binding').role('my-role').serviceAccount('my-sa', 'default').toJSON()).toMatchObject({
      roleRef: { apiGroup, kind: 'Role', name: 'my-role' },
      subjects,
    });
    const clusterRole = new ClusterRole('my-cluster-role').rule(
      new PolicyRule().apiGroups(['example.com']).resources(['myresources']).verbs(['*']),
    );
    expect(clusterRole.toJSON().rules).toEqual([
      { apiGroups: ['example.com'], resources: ['myresources'], verbs: ['*'] },
    ]);
    const clusterBinding = new ClusterRoleBinding('my-cluster-binding')
      .clusterRole('my-cluster-role')
      .serviceAccount('my-sa', 'default');
    expect(clusterBinding.toJSON()).toMatchObject({
      roleRef: { apiGroup, kind: 'ClusterRole', name: 'my-cluster-role' },
      subjects,
    });
  });

  it('Job, CronJob and DaemonSet', () => {
    const job = new Job('my-job')
      .backoffLimit(3)
      .container(new Container('job').image('busybox').command(['echo', 'hello']));
    expect(job.toJSON().spec).toMatchObject({
      backoffLimit: 3,
      template: { spec: { restartPolicy: 'Never', containers: [{ command: ['echo', 'hello'] }] } },
    });
    const cron = new CronJob('my-cronjob').schedule('0 * * * *').container(new Container('cron').image('busybox'));
    expect(cron.toJSON().spec?.schedule).toBe('0 * * * *');
    const daemon = new DaemonSet('my-daemon').container(new Container('agent').image('datadog/agent'));
    expect(daemon.toJSON().spec?.template.spec?.containers).toEqual([{ name: 'agent', image: 'datadog/agent' }]);
  });

  it('NetworkPolicy', () => {
    const policy = new NetworkPolicy('my-policy')
      .podSelector(new Selector().insert('app', 'my-app'))
      .allowIngress(new NetworkPolicyIngress().fromNamespaceSelector(new Selector().insert('env', 'prod')).tcpPort(80))
      .denyAllEgress();
    expect(policy.toJSON().spec).toEqual({
      podSelector: { matchLabels: { app: 'my-app' } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          from: [{ namespaceSelector: { matchLabels: { env: 'prod' } } }],
          ports: [{ port: 80, protocol: 'TCP' }],
        },
      ],
      egress: [],
    });
  });

  it('Service', () => {
    const service = new Service('my-service')
      .port(80, 8080)
      .namedPort('metrics', 9090, 9090)
      .selector(new Selector().insert('app', 'my-app'))
      .clusterIp()
      .nodePort(80, 8080, 30_080)
      .loadBalancer()
      .headless();
    expect(service.toJSON().spec).toEqual({
      type: 'ClusterIP',
      clusterIP: 'None',
      selector: { app: 'my-app' },
      ports: [
        { name: 'port-80', port: 80, targetPort: 8080 },
        { name: 'metrics', port: 9090, targetPort: 9090 },
      ],
    });
  });
});
