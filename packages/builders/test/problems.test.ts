/** Every problem code: a program that has it, and its corrected twin. */
import {
  BuilderError,
  ConfigMap,
  Container,
  CronJob,
  Deployment,
  HorizontalPodAutoscaler,
  Ingress,
  IngressRule,
  Job,
  Namespace,
  NetworkPolicy,
  NetworkPolicyIngress,
  PersistentVolumeClaim,
  PodDisruptionBudget,
  PolicyRule,
  Probe,
  type ProblemCode,
  Resources,
  Role,
  RoleBinding,
  Secret,
  SecurityContext,
  Service,
  StatefulSet,
  Volume,
} from '@k8sop/builders';
import { describe, expect, it } from 'vitest';
import { codesOf, problemsOf } from './problem-codes.ts';

const app = new Container('app', 'nginx:1.27');
const web = (container: Container<never>): Deployment<never> => new Deployment('web').container(container);
const incomplete = <T>(program: T): { toJSON(): unknown } => program as { toJSON(): unknown };

interface Row {
  readonly code: string;
  readonly why: string;
  readonly path: string;
  readonly wrong: () => { toJSON(): unknown };
  readonly right: () => { toJSON(): unknown };
}

const rows: readonly Row[] = [
  {
    code: 'RULE_EMPTY',
    why: 'a rule of a role names resources',
    path: 'rules[0].resources',
    wrong: () => new Role('r').rule(new PolicyRule().coreApi().readOnly()),
    right: () => new Role('r').rule(new PolicyRule().coreApi().resources(['pods']).readOnly()),
  },
  {
    code: 'RULE_EMPTY',
    why: 'a rule of an ingress has a path',
    path: 'spec.rules[0].http.paths',
    wrong: () => new Ingress('i').rule(new IngressRule().host('a.example')),
    right: () => new Ingress('i').rule(new IngressRule().host('a.example').path('/', 'web', 80)),
  },
  {
    code: 'TYPE',
    why: 'numbers are numbers',
    path: 'spec.replicas',
    wrong: () => web(app).replicas('3' as unknown as number),
    right: () => web(app).replicas(3),
  },
  {
    code: 'MISSING_CALL',
    why: 'an image',
    path: 'spec.template.spec.containers[0].image',
    wrong: () => new Deployment('web').container(new Container('app') as unknown as Container<never>),
    right: () => web(app),
  },
  {
    code: 'MISSING_CALL',
    why: 'a service name',
    path: 'spec.serviceName',
    wrong: () => incomplete(new StatefulSet('db').container(app)),
    right: () => new StatefulSet('db', 'db').container(app),
  },
  {
    code: 'MISSING_CALL',
    why: 'ports of a service with an address',
    path: 'spec.ports',
    wrong: () => incomplete(new Service('web')),
    right: () => new Service('web').headless(),
  },
  {
    code: 'MISSING_CALL',
    why: 'the namespace of a service account',
    path: 'subjects[0].namespace',
    wrong: () => new RoleBinding('b', 'r').serviceAccount('web'),
    right: () => new RoleBinding('b', 'r').serviceAccount('web').namespace('shop'),
  },
  {
    code: 'MISSING_CALL',
    why: 'a budget without a number',
    path: 'spec',
    wrong: () => new PodDisruptionBudget('b').selector({ app: 'web' }),
    right: () => new PodDisruptionBudget('b').selector({ app: 'web' }).minAvailable('50%'),
  },
  {
    code: 'NAME',
    why: 'capital letters',
    path: 'metadata.name',
    wrong: () => new ConfigMap('Web'),
    right: () => new ConfigMap('web.example-1'),
  },
  {
    code: 'NAME',
    why: 'a service that begins with a digit',
    path: 'metadata.name',
    wrong: () => new Service('1web').port(80).selector({ app: 'web' }),
    right: () => new Service('web1').port(80),
  },
  {
    code: 'NAME',
    why: 'a dot in a namespace',
    path: 'metadata.name',
    wrong: () => new Namespace('a.b'),
    right: () => new Namespace('a-b'),
  },
  {
    code: 'NAME',
    why: 'a slash in a role, which may hold a colon',
    path: 'metadata.name',
    wrong: () => new Role('a/b'),
    right: () => new Role('system:reader'),
  },
  {
    code: 'LABEL',
    why: 'a value with a space',
    path: 'metadata.labels.owner',
    wrong: () => new ConfigMap('web').label('owner', 'team web'),
    right: () => new ConfigMap('web').label('example.com/owner', 'team-web'),
  },
  {
    code: 'SELECTOR_CONFLICT',
    why: 'a pod label that contradicts the selector',
    path: 'spec.template.metadata.labels',
    wrong: () => web(app).podLabels({ app: 'other' }),
    right: () => web(app).podLabels({ track: 'stable' }),
  },
  {
    code: 'DUPLICATE',
    why: 'a container name',
    path: 'spec.template.spec.containers[0]',
    wrong: () => web(app).initContainer(app),
    right: () => web(app).initContainer(new Container('init', 'nginx:1.27')),
  },
  {
    code: 'DUPLICATE',
    why: 'a port with its protocol',
    path: 'spec.template.spec.containers[0].ports[1]',
    wrong: () => web(app.port(53).port(53)),
    right: () => web(app.port(53).port(53, { protocol: 'UDP' })),
  },
  {
    code: 'DUPLICATE',
    why: 'an environment variable',
    path: 'spec.template.spec.containers[0].env[1]',
    wrong: () => web(app.env('A', 1).env('A', 2)),
    right: () => web(app.env('A', 1).env('B', 2)),
  },
  {
    code: 'DUPLICATE',
    why: 'a mount path',
    path: 'spec.template.spec.containers[0].volumeMounts[1]',
    wrong: () => web(app.volumeMount('d', '/d').volumeMount('d', '/d')).volume(Volume.emptyDir('d')),
    right: () => web(app.volumeMount('d', '/d').volumeMount('d', '/e')).volume(Volume.emptyDir('d')),
  },
  {
    code: 'PORT',
    why: 'a number above 65535',
    path: 'spec.template.spec.containers[0].ports[0].containerPort',
    wrong: () => web(app.port(70_000)),
    right: () => web(app.port(65_535)),
  },
  {
    code: 'PORT',
    why: 'a name of 16 characters',
    path: 'spec.template.spec.containers[0].ports[0].name',
    wrong: () => web(app.namedPort('a-name-too-longg', 80)),
    right: () => web(app.namedPort('a-name-just-fit', 80)),
  },
  {
    code: 'PORT',
    why: 'a node port of a service inside the cluster',
    path: 'spec.ports[0].nodePort',
    wrong: () =>
      new Service('web')
        .clusterIp()
        .port(80)
        .edit((s) => Object.assign(s.spec?.ports?.[0] ?? {}, { nodePort: 30_000 })),
    right: () => new Service('web').nodePort(80, 80, 30_000),
  },
  {
    code: 'REFERENCE',
    why: 'a mount without volume',
    path: 'spec.template.spec.containers[0].volumeMounts[0].name',
    wrong: () => web(app.volumeMount('data', '/data')),
    right: () =>
      new StatefulSet('db', 'db')
        .container(app.volumeMount('data', '/data'))
        .volumeClaimTemplate(new PersistentVolumeClaim('data', '1Gi')),
  },
  {
    code: 'REFERENCE',
    why: 'a probe of a port that is not declared',
    path: 'spec.template.spec.containers[0].livenessProbe.httpGet.port',
    wrong: () => web(app.livenessProbe(Probe.http('/', 'http'))),
    right: () => web(app.namedPort('http', 80).livenessProbe(Probe.http('/', 'http'))),
  },
  {
    code: 'QUANTITY',
    why: 'text that is none',
    path: 'spec.template.spec.containers[0].resources.requests.cpu',
    wrong: () => web(app.resources(new Resources().cpuRequest('100mi' as string))),
    right: () => web(app.resources(new Resources().cpuRequest('100m'))),
  },
  {
    code: 'QUANTITY',
    why: 'a request above its limit',
    path: 'spec.template.spec.containers[0].resources.requests.memory',
    wrong: () => web(app.resources(new Resources().memory('1Gi', '1000Mi'))),
    right: () => web(app.resources(new Resources().memory('1Gi', '1024Mi'))),
  },
  {
    code: 'QUANTITY',
    why: 'an extended resource that is overcommitted',
    path: 'spec.template.spec.containers[0].resources.requests.nvidia.com/gpu',
    wrong: () => web(app.resources(new Resources().request('nvidia.com/gpu', 1).limit('nvidia.com/gpu', 2))),
    right: () => web(app.resources(new Resources().limit('nvidia.com/gpu', 2))),
  },
  {
    code: 'QUANTITY',
    why: 'a negative size',
    path: 'spec.resources.requests.storage',
    wrong: () => new PersistentVolumeClaim('data').storage('-1Gi'),
    right: () => new PersistentVolumeClaim('data').storage('1Gi'),
  },
  {
    code: 'PROBE',
    why: 'a liveness probe that waits for two successes',
    path: 'spec.template.spec.containers[0].livenessProbe.successThreshold',
    wrong: () => web(app.livenessProbe(Probe.tcp(80).successThreshold(2))),
    right: () => web(app.readinessProbe(Probe.tcp(80).successThreshold(2))),
  },
  {
    code: 'CRON',
    why: 'minute 61',
    path: 'spec.schedule',
    wrong: () => new CronJob('c', '61 * * * *').container(app),
    right: () => new CronJob('c', '*/5 9-17 1,15 jan-jun mon-fri').container(app),
  },
  {
    code: 'CRON',
    why: 'a time zone in the schedule',
    path: 'spec.schedule',
    wrong: () => new CronJob('c', 'CRON_TZ=UTC 0 0 * * *').container(app),
    right: () => new CronJob('c', '0 0 * * *').timeZone('UTC').container(app),
  },
  {
    code: 'RESTART_POLICY',
    why: 'a deployment that never restarts',
    path: 'spec.template.spec.restartPolicy',
    wrong: () => web(app).set('spec.template.spec.restartPolicy', 'Never'),
    right: () => web(app).set('spec.template.spec.restartPolicy', 'Always'),
  },
  {
    code: 'RESTART_POLICY',
    why: 'a job that always restarts',
    path: 'spec.template.spec.restartPolicy',
    wrong: () => new Job('j').container(app).set('spec.template.spec.restartPolicy', 'Always'),
    right: () => new Job('j').container(app).restartOnFailure(),
  },
  {
    code: 'SERVICE_TYPE',
    why: 'local traffic of a service without outside',
    path: 'spec.externalTrafficPolicy',
    wrong: () => new Service('web').port(80).externalTrafficLocal(),
    right: () => new Service('web').port(80).externalTrafficLocal().loadBalancer(),
  },
  {
    code: 'CIDR',
    why: 'an exception outside of its range',
    path: 'spec.ingress[0].from[0].ipBlock.except[0]',
    wrong: () =>
      new NetworkPolicy('p').allowIngress(
        new NetworkPolicyIngress().fromIpBlock('10.0.0.0/8', { except: ['11.0.0.0/16'] }),
      ),
    right: () =>
      new NetworkPolicy('p').allowIngress(
        new NetworkPolicyIngress().fromIpBlock('fd00::/8', { except: ['fd00:1::/32'] }),
      ),
  },
  {
    code: 'RANGE',
    why: 'a negative count',
    path: 'spec.replicas',
    wrong: () => web(app).replicas(-1),
    right: () => web(app).replicas(0),
  },
  {
    code: 'RANGE',
    why: 'fewest above most',
    path: 'spec.minReplicas',
    wrong: () => HorizontalPodAutoscaler.for(web(app)).minReplicas(4).maxReplicas(3),
    right: () => HorizontalPodAutoscaler.for(web(app)).minReplicas(3).maxReplicas(3),
  },
  {
    code: 'RESTRICTED',
    why: 'a container that may escalate',
    path: 'spec.template.spec.containers[0].securityContext.allowPrivilegeEscalation',
    wrong: () => web(app.securityContext(new SecurityContext().allowPrivilegeEscalation())).restricted(),
    right: () => web(app.securityContext(SecurityContext.restricted())).restricted(),
  },
  {
    code: 'REPLICAS_WITH_AUTOSCALER',
    why: 'two owners of replicas',
    path: 'spec.scaleTargetRef',
    wrong: () => HorizontalPodAutoscaler.for(web(app).replicas(2)).maxReplicas(3),
    right: () => HorizontalPodAutoscaler.for(web(app)).maxReplicas(3),
  },
  {
    code: 'CONFIG_KEY',
    why: 'a key with a slash',
    path: 'data.a/b',
    wrong: () => new ConfigMap('c').data('a/b', ''),
    right: () => new ConfigMap('c').data('a_b.txt', ''),
  },
  {
    code: 'CONFIG_KEY',
    why: 'a certificate without its key',
    path: 'data.tls.key',
    wrong: () => new Secret('s').type('kubernetes.io/tls').data('tls.crt', 'C'),
    right: () => Secret.tls('s', 'C', 'K'),
  },
  {
    code: 'SIZE',
    why: 'more than 1 MiB',
    path: 'data',
    wrong: () => new ConfigMap('c').data('a', 'x'.repeat(1_048_577)),
    right: () => new ConfigMap('c').data('a', 'x'.repeat(1_048_576)),
  },
];

/** Every code that no other file is about; the compiler says when one is missing here. */
const codes: Readonly<Record<Exclude<ProblemCode, `CRD_${string}`>, 'row' | 'elsewhere'>> = {
  TYPE: 'row',
  MISSING_CALL: 'row',
  NAME: 'row',
  LABEL: 'row',
  SELECTOR_CONFLICT: 'row',
  DUPLICATE: 'row',
  PORT: 'row',
  REFERENCE: 'row',
  QUANTITY: 'row',
  DURATION: 'elsewhere',
  PROBE: 'row',
  CRON: 'row',
  RESTART_POLICY: 'row',
  SERVICE_TYPE: 'row',
  CIDR: 'row',
  RULE_EMPTY: 'row',
  RANGE: 'row',
  RESTRICTED: 'row',
  REPLICAS_WITH_AUTOSCALER: 'row',
  CONFIG_KEY: 'row',
  SIZE: 'row',
  PATCH: 'elsewhere',
  UNKNOWN_FIELD: 'elsewhere',
};

describe('problems', () => {
  it('have a failing and a passing case for every code', () => {
    const elsewhere = Object.entries(codes).filter(([, where]) => where === 'elsewhere');
    const covered = [...rows.map(({ code }) => code), ...elsewhere.map(([code]) => code)];
    expect([...new Set(covered)].toSorted()).toEqual(Object.keys(codes).toSorted());
  });

  it.each(rows)('$code: $why', ({ code, path, wrong, right }) => {
    expect(problemsOf(wrong()).map((problem) => [problem.code, problem.path])).toEqual([[code, path]]);
    expect(codesOf(right())).toEqual([]);
  });

  it('DURATION and PATCH are thrown by what cannot be recorded or replayed', () => {
    expect(() => web(app).minReady('1.5s')).toThrow(/whole number of seconds/);
    expect(() =>
      web(app)
        .patch([{ op: 'remove', path: '/spec/absent' }])
        .toJSON(),
    ).toThrow(/nothing to remove/);
  });

  it('appear all at once, ordered by path, in one error that shows each on a line', () => {
    const error = new BuilderError('CronJob "nightly"', [
      { code: 'CRON', path: 'spec.schedule', message: '"61 * * * *": minute must be 0-59' },
      { code: 'MISSING_CALL', path: 'spec.jobTemplate.spec.template.spec.containers', message: 'call .container()' },
    ]);
    expect(error.message).toBe(
      [
        'CronJob "nightly": 2 problems',
        '  spec.jobTemplate.spec.template.spec.containers  MISSING_CALL  call .container()',
        '  spec.schedule  CRON  "61 * * * *": minute must be 0-59',
      ].join('\n'),
    );
    expect(() => JSON.stringify(new CronJob('nightly', '61 * * * *'))).toThrow(error.message);
  });

  it('never show the content of a Secret', () => {
    const secret = new Secret('s').data('bad key', 'hunter2');
    expect(JSON.stringify(problemsOf(secret))).not.toMatch(/hunter2|aHVudGVyMg/);
  });

  it('are skipped by unchecked()', () => {
    expect(new Deployment('Web').unchecked().metadata.name).toBe('Web');
  });
});
