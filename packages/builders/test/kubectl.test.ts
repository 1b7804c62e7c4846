/** A real kubectl, without a server, agrees: it writes the same objects, and it decodes ours without losing a field. */
import {
  ConfigMap,
  Container,
  CronJob,
  Deployment,
  Ingress,
  IngressRule,
  Job,
  type KubeObject,
  Namespace,
  PodDisruptionBudget,
  PriorityClass,
  RoleBinding,
  Secret,
  Service,
  ServiceAccount,
} from '@k8sop/builders';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Kubectl, whyNoKubectl } from '../../apiserver/test/kubectl-binary.ts';
import { goldenPrograms } from './golden-programs.ts';

const reason = whyNoKubectl();

type Bag = Record<string, unknown>;

/** Without what kubectl adds and the API fills in: creation time, status, empty values. */
function essence(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(essence);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as Bag).filter(([key]) => !['creationTimestamp', 'status'].includes(key));
  return Object.fromEntries(
    entries.map(([key, field]) => [key, essence(field)] as const).filter(([, field]) => !isEmpty(field)),
  );
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === '' || value === false) return true;
  return typeof value === 'object' && Object.keys(value as Bag).length === 0;
}

const container = new Container('nginx', 'nginx:1.27');

const commands: readonly (readonly [command: string, program: { toJSON(): unknown }])[] = [
  [
    'deployment web --image=nginx:1.27 --replicas=3 --port=80',
    new Deployment('web').replicas(3).container(container.port(80)),
  ],
  [
    'service clusterip web --tcp=80:8080',
    new Service('web').clusterIp().port(80, 8080, { name: '80-8080', protocol: 'TCP' }),
  ],
  ['service externalname web --external-name=example.com', new Service('web').externalName('example.com')],
  ['configmap web --from-literal=a=1 --from-literal=b=two', new ConfigMap('web').data('a', '1').data('b', 'two')],
  ['secret generic db --from-literal=password=secret123', new Secret('db').data('password', 'secret123')],
  ['serviceaccount web', new ServiceAccount('web')],
  [
    'rolebinding reader --role=reader --serviceaccount=shop:web --user=ada',
    new RoleBinding('reader').role('reader').user('ada').serviceAccount('web', 'shop'),
  ],
  [
    'ingress web --class=nginx --rule=example.com/*=web:80',
    new Ingress('web').ingressClass('nginx').rule(new IngressRule().host('example.com').path('/', 'web', 80)),
  ],
  ['namespace shop', new Namespace('shop')],
  [
    'priorityclass high --value=1000 --description=high',
    new PriorityClass('high').value(1000).description('high').preemptionPolicy('PreemptLowerPriority'),
  ],
  [
    'poddisruptionbudget web --selector=app=web --min-available=1',
    new PodDisruptionBudget('web').selector({ app: 'web' }).minAvailable(1),
  ],
];

/** kubectl gives jobs no labels; ours carry the default ones. */
const unlabelled: readonly (readonly [command: string, program: { toJSON(): unknown }])[] = [
  ['job pi --image=nginx:1.27', new Job('pi').container(new Container('pi', 'nginx:1.27'))],
  [
    'cronjob tick --image=nginx:1.27 --schedule=@daily',
    new CronJob('tick', '@daily')
      .restartOnFailure()
      .set('spec.jobTemplate.metadata', { name: 'tick' })
      .container(new Container('tick', 'nginx:1.27')),
  ],
];

function withoutLabels(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, field: unknown) => (key === 'labels' ? undefined : field)));
}

describe.skipIf(reason !== undefined)(`kubectl${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  let kubectl: Kubectl;
  beforeAll(async () => {
    kubectl = await Kubectl.open('');
  }, 60_000);
  afterAll(() => kubectl[Symbol.asyncDispose]());

  const run = async (args: string, input?: string): Promise<unknown> => {
    const { code, stdout, stderr } = await kubectl.run(`${args} -o json`.split(' '), input);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout);
  };

  it.each(commands)('create %s writes what the builder writes', async (command, program) => {
    const theirs = essence(await run(`create ${command} --dry-run=client`));
    expect(essence(withRelatedLabels(program.toJSON(), theirs))).toEqual(theirs);
  });

  it.each(unlabelled)('create %s writes what the builder writes, but for labels', async (command, program) => {
    const theirs = essence(await run(`create ${command} --dry-run=client`));
    expect(essence(withoutLabels(program.toJSON()))).toEqual(theirs);
  });

  it.each(Object.entries(goldenPrograms))(
    'decodes %s, and loses nothing',
    { timeout: 60_000 },
    async (_name, program) => {
      const ours = program.toJSON();
      const theirs = await run('label --local -f - decoded=yes', JSON.stringify(ours));
      const { metadata, ...rest } = essence(theirs) as KubeObject;
      const labels = { ...(ours as KubeObject).metadata.labels, decoded: 'yes' };
      expect(metadata.labels).toEqual(labels);
      expect(rest).toEqual(withoutMetadata(essence(ours)));
    },
  );
});

function withoutMetadata(value: unknown): unknown {
  const { metadata: _metadata, ...rest } = value as KubeObject;
  return rest;
}

/** Services of kubectl carry the same label; external names have a selector there, which the API ignores. */
function withRelatedLabels(ours: unknown, theirs: unknown): unknown {
  const { spec: theirSpec } = theirs as { spec?: { type?: string; selector?: unknown } };
  const object = ours as KubeObject & { spec?: object };
  if (theirSpec?.type !== 'ExternalName') return object;
  return { ...object, spec: { ...object.spec, selector: theirSpec.selector } };
}
