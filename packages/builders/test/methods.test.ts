/** Methods that the golden programs do not call, each with the JSON it writes. */
import {
  Annotations,
  Container,
  CronJob,
  DaemonSet,
  Deployment,
  HorizontalPodAutoscaler,
  IngressClass,
  Labels,
  NetworkPolicy,
  PersistentVolumeClaim,
  Pod,
  PodSecurityContext,
  PolicyRule,
  PriorityClass,
  Probe,
  Resources,
  Secret,
  SecurityContext,
  Selector,
  Service,
  StatefulSet,
  StorageClass,
  Volume,
} from '@k8sop/builders';
import { describe, expect, it } from 'vitest';

const app = new Container('app', 'nginx:1.27');
const web = new Deployment('web').container(app);
const service = new Service('web').port(80);

const programs: readonly (readonly [call: string, program: { toJSON(): object }, json: object])[] = [
  ['Probe.grpc', Probe.grpc(9000, { service: 'health' }), { grpc: { port: 9000, service: 'health' } }],
  [
    'Probe.http with host',
    Probe.http('/', 443, { scheme: 'HTTPS', host: 'a.example' }).terminationGracePeriod('20s'),
    { httpGet: { path: '/', port: 443, scheme: 'HTTPS', host: 'a.example' }, terminationGracePeriodSeconds: 20 },
  ],
  ['Resources.claim', new Resources().claim('gpu'), { claims: [{ name: 'gpu' }] }],
  [
    'Resources from numbers',
    new Resources().cpuRequest(0.5).memoryLimit(1_000_000),
    { requests: { cpu: '0.5' }, limits: { memory: '1000000' } },
  ],
  [
    'SecurityContext profiles',
    new SecurityContext()
      .seccomp({ localhost: 'p.json' })
      .appArmor('RuntimeDefault')
      .seLinux({ type: 't' })
      .addCapabilities('NET_BIND_SERVICE')
      .privileged(false),
    {
      seccompProfile: { type: 'Localhost', localhostProfile: 'p.json' },
      appArmorProfile: { type: 'RuntimeDefault' },
      seLinuxOptions: { type: 't' },
      capabilities: { add: ['NET_BIND_SERVICE'] },
      privileged: false,
    },
  ],
  [
    'SecurityContext.restricted',
    SecurityContext.restricted(),
    {
      runAsNonRoot: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
  ],
  [
    'PodSecurityContext',
    new PodSecurityContext()
      .runAsUser(1)
      .runAsGroup(2)
      .fsGroupChangePolicy('OnRootMismatch')
      .appArmor('Unconfined')
      .seLinux({ level: 's0' }),
    {
      runAsUser: 1,
      runAsGroup: 2,
      fsGroupChangePolicy: 'OnRootMismatch',
      appArmorProfile: { type: 'Unconfined' },
      seLinuxOptions: { level: 's0' },
    },
  ],
  [
    'Selector',
    {
      toJSON: () =>
        new Selector().matchLabels('a', '1').matchLabels({ b: '2' }).matchExpression('c', 'Exists').toJSON(),
    },
    { matchLabels: { a: '1', b: '2' }, matchExpressions: [{ key: 'c', operator: 'Exists' }] },
  ],
  ['Labels', Labels.from({ a: '1' }).insert('b', '2').insert('a', '3'), { a: '3', b: '2' }],
  ['Annotations', Annotations.from({ a: '1' }), { a: '1' }],
  [
    'Volume.csi with secret',
    Volume.csi('v', 'd', { secret: 's', fsType: 'ext4' }),
    { name: 'v', csi: { driver: 'd', fsType: 'ext4', nodePublishSecretRef: { name: 's' } } },
  ],
  [
    'Volume.pvc read-only',
    Volume.pvc('v', 'c', { readOnly: true }),
    { name: 'v', persistentVolumeClaim: { claimName: 'c', readOnly: true } },
  ],
  [
    'PolicyRule.allVerbs',
    new PolicyRule().appsApi().resources(['*']).resourceNames(['a']).allVerbs(),
    { apiGroups: ['apps'], resources: ['*'], resourceNames: ['a'], verbs: ['*'] },
  ],
  [
    'PolicyRule.readWrite',
    new PolicyRule().coreApi().resources(['pods']).readWrite(),
    { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'] },
  ],
];

const specs: readonly (readonly [call: string, program: { toJSON(): object }, spec: object])[] = [
  ['Deployment.strategy', web.strategy('Recreate'), { strategy: { type: 'Recreate' } }],
  ['Deployment.paused', web.paused(), { paused: true }],
  [
    'StatefulSet.updateStrategy',
    new StatefulSet('db', 'db').container(app).updateStrategy('OnDelete'),
    { updateStrategy: { type: 'OnDelete' } },
  ],
  [
    'DaemonSet.updateStrategy',
    new DaemonSet('d').container(app).updateStrategy('OnDelete'),
    { updateStrategy: { type: 'OnDelete' } },
  ],
  [
    'CronJob.replaceConcurrent',
    new CronJob('c', '@daily').container(app).replaceConcurrent(),
    { concurrencyPolicy: 'Replace' },
  ],
  ['Pod.restartAlways', new Pod('p').container(app).restartAlways(), { restartPolicy: 'Always' }],
  ['Pod.restartOnFailure', new Pod('p').container(app).restartOnFailure(), { restartPolicy: 'OnFailure' }],
  [
    'PersistentVolumeClaim.readOnlyMany',
    new PersistentVolumeClaim('d', '1Gi').readOnlyMany(),
    { accessModes: ['ReadOnlyMany'] },
  ],
  [
    'PersistentVolumeClaim.readWriteOncePod',
    new PersistentVolumeClaim('d', '1Gi').readWriteMany().readWriteOncePod(),
    { accessModes: ['ReadWriteOncePod'] },
  ],
  [
    'Service.portWithTarget',
    new Service('s').portWithTarget(80, 'http'),
    { ports: [{ port: 80, targetPort: 'http' }] },
  ],
  ['Service.nodePort without arguments', service.nodePort(), { type: 'NodePort', ports: [{ port: 80 }] }],
  [
    'Service.loadBalancer keeps node ports',
    new Service('s').nodePort(80, 80, 30_000).loadBalancer(),
    { type: 'LoadBalancer', ports: [{ port: 80, targetPort: 80, nodePort: 30_000 }] },
  ],
  ['NetworkPolicy.allowAllEgress', new NetworkPolicy('n').allowAllEgress(), { egress: [{}], policyTypes: ['Egress'] }],
  [
    'IngressClass.parameters',
    new IngressClass('i').controller('a.b/c').parameters({ kind: 'K', name: 'n' }),
    { parameters: { kind: 'K', name: 'n' } },
  ],
  [
    'HorizontalPodAutoscaler.metric',
    new HorizontalPodAutoscaler('h')
      .target({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' })
      .maxReplicas(2)
      .metric({
        type: 'Pods',
        pods: { metric: { name: 'rps' }, target: { type: 'AverageValue', averageValue: '10' } },
      }),
    {
      metrics: [
        { type: 'Pods', pods: { metric: { name: 'rps' }, target: { type: 'AverageValue', averageValue: '10' } } },
      ],
    },
  ],
];

describe('methods', () => {
  it.each(programs)('%s', (_call, program, json) => {
    expect(program.toJSON()).toEqual(json);
  });

  it.each(specs)('%s', (_call, program, spec) => {
    expect(program.toJSON()).toMatchObject({ spec });
  });

  it('Secret: every way of writing ends in data, as base64', () => {
    const login = Secret.dockerConfig('registry', { auths: {} });
    expect(login.toJSON()).toMatchObject({
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': btoa('{"auths":{}}') },
    });
    expect(Secret.opaque('s').stringData('a', 'ü').toJSON()).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      type: 'Opaque',
      data: { a: 'w7w=' },
    });
  });

  it('PriorityClass and StorageClass keep their fields at the root', () => {
    expect(new PriorityClass('p').value(1).globalDefault().toJSON()).toMatchObject({ value: 1, globalDefault: true });
    expect(new StorageClass('s').provisioner('p').mountOption('ro').default().toJSON()).toMatchObject({
      provisioner: 'p',
      mountOptions: ['ro'],
      metadata: { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    });
  });

  it('labels and annotations of any kind merge, metadata of pods apart', () => {
    const { metadata, spec } = web
      .labels(new Labels().insert('a', '1'))
      .label('b', '2')
      .annotations({ c: '3' })
      .annotation('d', '4')
      .podAnnotations({ e: '5' })
      .toJSON();
    expect(metadata).toMatchObject({ labels: { app: 'web', a: '1', b: '2' }, annotations: { c: '3', d: '4' } });
    expect(spec?.template.metadata).toEqual({ labels: { app: 'web', a: '1', b: '2' }, annotations: { e: '5' } });
  });

  it('restricted() also reaches containers that are added later, and can mount /tmp', () => {
    const pod = new Deployment('web')
      .restricted({ readOnlyRoot: true, tmp: true })
      .container(app)
      .sidecar(new Container('proxy', 'envoy:1'))
      .toJSON().spec?.template.spec;
    const hardened = {
      securityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        readOnlyRootFilesystem: true,
      },
      volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
    };
    expect(pod).toMatchObject({
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [hardened],
      initContainers: [hardened],
      volumes: [{ name: 'tmp', emptyDir: {} }],
    });
  });
});
