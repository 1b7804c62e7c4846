import { describe, expect, it } from 'vitest';
import {
  ClusterRoleBinding,
  ConfigMap,
  Container,
  CronJob,
  Deployment,
  HorizontalPodAutoscaler,
  Ingress,
  IngressRule,
  type KubeObject,
  type LintOptions,
  manifests,
  type ManifestsInput,
  Namespace,
  NetworkPolicy,
  PersistentVolumeClaim,
  PodDisruptionBudget,
  Probe,
  ProjectedVolumeSource,
  Resources,
  Role,
  RoleBinding,
  PolicyRule,
  Secret,
  SecurityContext,
  Service,
  ServiceAccount,
  StatefulSet,
  Volume,
} from '../index.ts';
import { DEFAULT_SEVERITIES, type LintRule } from './lint-rule.ts';

const app = new Container('app', 'nginx:1').namedPort('http', 80);
const web = new Deployment('web').container(app);
const service = new Service('web').port(80, 'http');
const config = new ConfigMap('cfg').data('key', 'value');
const secret = Secret.opaque('db').data('password', 'x');
const account = new ServiceAccount('runner');
const role = new Role('reader').rule(new PolicyRule().coreApi().resources(['pods']).readOnly());
const scaler = new HorizontalPodAutoscaler('web').target({ kind: 'Deployment', name: 'web' }).maxReplicas(3);
const budget = new PodDisruptionBudget('web').selector({ app: 'web' }).minAvailable(1);
const policy = new NetworkPolicy('web').podSelector({ app: 'web' }).denyAllEgress();
const ingress = new Ingress('web').rule(new IngressRule().host('a.example').path('/', 'web', 80));
const database = new StatefulSet('db', 'db').container(new Container('db', 'pg:16'));
const crd: KubeObject & { readonly spec: object } = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'things.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { kind: 'Thing', plural: 'things' },
    versions: [version({ type: 'object', properties: { spec: { type: 'string' } } })],
  },
};

function version(openAPIV3Schema: object): object {
  return { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } };
}

function definition(openAPIV3Schema: object): KubeObject {
  return { ...crd, spec: { ...crd.spec, versions: [version(openAPIV3Schema)] } } as KubeObject;
}

function deployment(container: Container<never>): Deployment<never> {
  return new Deployment('web').container(container);
}

function lint(items: readonly ManifestsInput[], options?: LintOptions): string[] {
  return manifests(...items)
    .lint(options)
    .map(({ rule, object, path }) => `${rule} ${object} ${path}`);
}

const template = 'spec.template.spec';

/** Rule, bundle that breaks it, where, and the bundle with the mistake mended. */
const cases: [rule: LintRule, broken: ManifestsInput[], where: string, mended: ManifestsInput[]][] = [
  [
    'missing-service',
    [ingress],
    'Ingress/web spec.rules[0].http.paths[0].backend.service.name',
    [ingress, service, web],
  ],
  [
    'missing-service',
    [new Ingress('web').defaultBackend('web', 81), service, web],
    'Ingress/web spec.defaultBackend.service.port',
    [new Ingress('web').defaultBackend('web', 80), service, web],
  ],
  ['missing-service', [database], 'StatefulSet/db spec.serviceName', [database, new Service('db').port(5432)]],
  [
    'missing-config-map',
    [deployment(app.envFromConfigMap('A', 'cfg', 'key'))],
    `Deployment/web ${template}.containers[0].env[0].valueFrom`,
    [deployment(app.envFromConfigMap('A', 'cfg', 'key')), config],
  ],
  [
    'missing-config-map',
    [deployment(app.envFromConfigMap('A', 'cfg', 'typo')), config],
    `Deployment/web ${template}.containers[0].env[0].valueFrom`,
    [deployment(app.envFromConfigMap('A', 'cfg', 'typo', { optional: true })), config],
  ],
  [
    'missing-config-map',
    [web.volume(Volume.configMap('v', 'cfg'))],
    `Deployment/web ${template}.volumes[0]`,
    [web.volume(Volume.configMap('v', 'cfg')), config],
  ],
  [
    'missing-secret',
    [new CronJob('job', '@daily').container(new Container('app', 'a:1').envAllFromSecret('db'))],
    'CronJob/job spec.jobTemplate.spec.template.spec.containers[0].envFrom[0]',
    [new CronJob('job', '@daily').container(new Container('app', 'a:1').envAllFromSecret('db')), secret],
  ],
  [
    'missing-secret',
    [deployment(app.envFromSecret('A', 'db', 'user')), secret],
    `Deployment/web ${template}.containers[0].env[0].valueFrom`,
    [deployment(app.envFromSecret('A', 'db', 'password')), secret],
  ],
  [
    'missing-secret',
    [web.volume(Volume.projected('v', [ProjectedVolumeSource.secret('db')]))],
    `Deployment/web ${template}.volumes[0].projected.sources[0]`,
    [web.volume(Volume.projected('v', [ProjectedVolumeSource.secret('db')])), secret],
  ],
  [
    'missing-secret',
    [web.imagePullSecret('db')],
    `Deployment/web ${template}.imagePullSecrets[0]`,
    [web.imagePullSecret('db'), secret],
  ],
  [
    'missing-secret',
    [account.imagePullSecret('db')],
    'ServiceAccount/runner imagePullSecrets[0]',
    [account.imagePullSecret('db'), secret],
  ],
  [
    'missing-secret',
    [new Ingress('web').defaultBackend('web', 80).tls(['a.example'], 'db'), service, web],
    'Ingress/web spec.tls[0].secretName',
    [new Ingress('web').defaultBackend('web', 80).tls(['a.example'], 'db'), service, web, secret],
  ],
  [
    'missing-claim',
    [web.volume(Volume.pvc('v', 'disk'))],
    `Deployment/web ${template}.volumes[0]`,
    [web.volume(Volume.pvc('v', 'disk')), new PersistentVolumeClaim('disk', '1Gi')],
  ],
  [
    'missing-role',
    [new RoleBinding('b', 'reader').serviceAccount('runner', 'default'), account.namespace('default')],
    'RoleBinding/b roleRef',
    [new RoleBinding('b', 'reader').serviceAccount('runner', 'default'), account.namespace('default'), role],
  ],
  [
    'missing-role',
    [new ClusterRoleBinding('b', 'mine').user('jane')],
    'ClusterRoleBinding/b roleRef',
    [new ClusterRoleBinding('b', 'view').user('jane')],
  ],
  [
    'missing-service-account',
    [web.serviceAccount('runner')],
    `Deployment/web ${template}.serviceAccountName`,
    [web.serviceAccount('runner'), account],
  ],
  [
    'missing-service-account',
    [new RoleBinding('b', role).serviceAccount('runner', 'default'), role],
    'RoleBinding/b subjects[0]',
    [new RoleBinding('b', role).serviceAccount('runner', 'default'), role, account.namespace('default')],
  ],
  ['missing-scale-target', [scaler], 'HorizontalPodAutoscaler/web spec.scaleTargetRef', [scaler, web]],
  [
    'missing-namespace',
    [config.namespace('shop')],
    'ConfigMap/shop/cfg metadata.namespace',
    [config.namespace('shop'), new Namespace('shop'), config.namespace('default')],
  ],
  ['service-selects-nothing', [service], 'Service/web spec.selector', [service, web]],
  [
    'service-port-target',
    [new Service('web').port(80, 'admin'), web],
    'Service/web spec.ports[0].targetPort',
    [service, web],
  ],
  [
    'service-port-target',
    [new Service('web').port(80, 8080), web],
    'Service/web spec.ports[0].targetPort',
    [new Service('web').port(80, 8080), deployment(new Container('app', 'nginx:1'))],
  ],
  [
    'replicas-with-autoscaler',
    [scaler, web.replicas(2)],
    'HorizontalPodAutoscaler/web spec.scaleTargetRef',
    [scaler, web],
  ],
  [
    'autoscaler-range',
    [
      HorizontalPodAutoscaler.from({
        ...scaler.minReplicas(2).toJSON(),
        spec: { ...scaler.toJSON().spec!, minReplicas: 4 },
      }).unchecked(),
      web,
    ],
    'HorizontalPodAutoscaler/web spec.minReplicas',
    [scaler.minReplicas(3), web],
  ],
  ['budget-selects-nothing', [budget], 'PodDisruptionBudget/web spec.selector', [budget, web]],
  ['network-policy-selects-nothing', [policy], 'NetworkPolicy/web spec.podSelector', [policy, web]],
  [
    'image-tag',
    [deployment(new Container('a', 'registry:5000/nginx'))],
    `Deployment/web ${template}.containers[0].image`,
    [web],
  ],
  [
    'image-tag',
    [deployment(new Container('a', 'nginx:latest'))],
    `Deployment/web ${template}.containers[0].image`,
    [deployment(new Container('a', `nginx@sha256:${'0'.repeat(64)}`))],
  ],
  [
    'stateful-set-name',
    [StatefulSet.from({ ...database.toJSON(), metadata: { name: 'd'.repeat(53) } }), new Service('db').port(1)],
    `StatefulSet/${'d'.repeat(53)} metadata.name`,
    [database, new Service('db').port(1)],
  ],
  [
    'crd-invalid',
    [definition({ type: 'string' })],
    'CustomResourceDefinition/things.example.com spec.versions[0].schema.openAPIV3Schema',
    [definition({ type: 'object' })],
  ],
  [
    'crd-advice',
    [definition({ type: 'object', properties: { spec: { type: 'string', format: 'mail' } } })],
    'CustomResourceDefinition/things.example.com spec.versions[0].schema.openAPIV3Schema.properties.spec',
    [definition({ type: 'object', properties: { spec: { type: 'string', format: 'email' } } })],
  ],
  ['require-probe', [web], `Deployment/web ${template}.containers[0]`, [deployment(app.readinessProbe(Probe.tcp(80)))]],
  [
    'require-resources',
    [web],
    `Deployment/web ${template}.containers[0]`,
    [deployment(app.resources(new Resources().cpu('1m', '2m').memory('1Mi', '2Mi')))],
  ],
  ['require-security-context', [web], `Deployment/web ${template}.containers[0]`, [web.restricted()]],
  [
    'require-port-name',
    [deployment(new Container('app', 'nginx:1').port(80))],
    `Deployment/web ${template}.containers[0].ports[0]`,
    [web],
  ],
];

describe('every rule fails and passes', () => {
  it.each(cases)('%s (case %#)', (rule, broken, where, mended) => {
    const only: LintOptions = { rules: { [rule]: 'error' } };
    expect(lint(broken, only)).toContain(`${rule} ${where}`);
    expect(lint(mended, only).filter((finding) => finding.startsWith(`${rule} `))).toEqual([]);
  });

  it('has a case for every rule', () => {
    const covered = new Set([...cases.map(([rule]) => rule), 'pod-security-restricted']);
    expect([...covered].sort()).toEqual(Object.keys(DEFAULT_SEVERITIES).sort());
  });
});

describe('pod-security-restricted', () => {
  const rules = { 'pod-security-restricted': 'error' } as const;
  const safe = web.restricted();

  it('passes what .restricted() yields', () => {
    expect(lint([safe], { rules })).toEqual([]);
    expect(lint([deployment(app.securityContext(SecurityContext.restricted()))], { rules })).toEqual([]);
  });

  it.each([
    [safe.hostNetwork(), 'hostNetwork'],
    [safe.volume(Volume.hostPath('h', '/')), 'volumes[0]'],
    [safe.set('spec.template.spec.securityContext.runAsUser', 0), 'securityContext.runAsUser'],
    [
      safe.edit(
        (draft) => void (draft.spec!.template.spec!.securityContext!.sysctls = [{ name: 'kernel.msgmax', value: '1' }]),
      ),
      'securityContext.sysctls[0]',
    ],
    [
      safe.edit((draft) => void (draft.spec!.template.spec!.containers[0]!.ports![0]!.hostPort = 80)),
      'containers[0].ports[0].hostPort',
    ],
    [
      safe.edit((draft) => void (draft.spec!.template.spec!.containers[0]!.securityContext!.privileged = true)),
      'containers[0].securityContext.privileged',
    ],
    [
      safe.edit((draft) => void (draft.spec!.template.spec!.containers[0]!.securityContext!.runAsUser = 0)),
      'containers[0].securityContext.runAsUser',
    ],
    [
      safe.edit((draft) => void (draft.spec!.template.spec!.containers[0]!.securityContext!.procMount = 'Unmasked')),
      'containers[0].securityContext.procMount',
    ],
    [
      safe.edit(
        (draft) =>
          void (draft.spec!.template.spec!.containers[0]!.securityContext!.capabilities = {
            drop: ['ALL'],
            add: ['SYS_TIME'],
          }),
      ),
      'containers[0].securityContext.capabilities.add',
    ],
  ])('refuses case %#: %s', (builder, where) => {
    expect(lint([builder.unchecked()], { rules })).toEqual([
      `pod-security-restricted Deployment/web ${template}.${where}`,
    ]);
  });

  it('names everything an unprotected container lacks', () => {
    expect(lint([web], { rules }).map((finding) => finding.split('securityContext.')[1])).toEqual([
      'allowPrivilegeEscalation',
      'runAsNonRoot',
      'seccompProfile',
      'capabilities.drop',
    ]);
  });
});

describe('options', () => {
  it('rules can be silenced, and severities changed', () => {
    expect(lint([service], { rules: { 'service-selects-nothing': 'off' } })).toEqual([]);
    expect(manifests(service).lint({ rules: { 'service-selects-nothing': 'warn' } })).toMatchObject([
      { severity: 'warn' },
    ]);
  });

  it.each(['Secret/db', 'Secret/shop/db'])('%s may be declared external', (external) => {
    const shop = [new Namespace('shop'), deployment(app.envFromSecret('A', 'db', 'x')).namespace('shop')];
    expect(lint(shop)).toHaveLength(1);
    expect(lint(shop, { external: [external] })).toEqual([]);
  });

  it('an object of another namespace does not count', () => {
    const bundle = [new Namespace('a'), new Namespace('b'), web.namespace('a'), service.namespace('b')];
    expect(lint(bundle)).toEqual(['service-selects-nothing Service/b/web spec.selector']);
  });

  it('a message never shows the content of a Secret', () => {
    const findings = manifests(deployment(app.envFromSecret('A', 'db', 'user')), secret).lint();
    expect(JSON.stringify(findings)).toContain('has no key user; it has password');
    expect(JSON.stringify(findings)).not.toContain(secret.toJSON().data?.['password']);
  });
});
