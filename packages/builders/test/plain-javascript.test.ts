/** What JavaScript lets through: every method of every builder answers nonsense with a BuilderError, or holds it until output. */
import * as builders from '@k8sop/builders';
import { describe, expect, it } from 'vitest';

type Call = (...args: unknown[]) => unknown;
type Loose = Record<string, Call>;
interface Creator {
  new (...args: string[]): object;
  readonly prototype: object;
}

const { Container, Probe, Volume, DownwardApiItem, ProjectedVolumeSource } = builders;
const app = new Container('app', 'nginx:1.27');

/** One builder of every class, as complete as it takes for output. */
const instances: readonly object[] = [
  new builders.Deployment('x').container(app),
  new builders.StatefulSet('x', 'x').container(app),
  new builders.DaemonSet('x').container(app),
  new builders.Job('x').container(app),
  new builders.CronJob('x', '@daily').container(app),
  new builders.Pod('x').container(app),
  new builders.ConfigMap('x'),
  new builders.Secret('x'),
  new builders.Service('x').port(80),
  new builders.Ingress('x').rule(new builders.IngressRule().path('/', 'x', 80)),
  new builders.IngressRule().path('/', 'x', 80),
  new builders.IngressClass('x').controller('example.com/x'),
  new builders.NetworkPolicy('x'),
  new builders.NetworkPolicyIngress(),
  new builders.NetworkPolicyEgress(),
  new builders.PersistentVolumeClaim('x', '1Gi'),
  new builders.StorageClass('x').provisioner('example.com/x'),
  new builders.ServiceAccount('x'),
  new builders.Role('x'),
  new builders.ClusterRole('x'),
  new builders.RoleBinding('x', 'x'),
  new builders.ClusterRoleBinding('x', 'x'),
  new builders.PolicyRule().coreApi().resources(['pods']).readOnly(),
  new builders.HorizontalPodAutoscaler('x').target(new builders.Deployment('x').container(app)).maxReplicas(2),
  new builders.PodDisruptionBudget('x').selector({ app: 'x' }).minAvailable(1),
  new builders.Namespace('x'),
  new builders.PriorityClass('x').value(1),
  new builders.Resources(),
  new builders.SecurityContext(),
  new builders.PodSecurityContext(),
  new builders.Labels(),
  new builders.Annotations(),
  new builders.Selector(),
  app,
  Probe.tcp(80),
  Volume.emptyDir('x'),
  DownwardApiItem.field('a', 'metadata.name'),
  ProjectedVolumeSource.secret('x'),
];

const output = new Set(['constructor', 'toJSON', 'toYAML', 'toString', 'toRecord', 'unchecked']);
const internal =
  /^(with([A-Z].*)?|change|check\w*|derive\w*|subject|lift|record|replay|ofType|mount|envFrom|claimNames|get)$/;

/** Public methods with their holders, nearest class first. */
function methodsOf(instance: object): string[] {
  const names = new Set<string>();
  for (
    let at = Object.getPrototypeOf(instance) as object;
    at !== Object.prototype;
    at = Object.getPrototypeOf(at) as object
  ) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (typeof property.value === 'function' && name !== 'constructor') names.add(name);
    }
  }
  return [...names].filter((name) => !output.has(name) && !internal.test(name));
}

const garbage: readonly unknown[] = [
  null,
  undefined,
  42,
  Number.NaN,
  true,
  'x',
  {},
  [],
  [null],
  { a: null },
  () => 1,
  Symbol('s'),
  1n,
];

/** What comes of a call and of the output after it: the error, or nothing. */
function outcome(run: () => unknown): unknown {
  try {
    const result = run() as { toJSON?: () => unknown } | undefined;
    result?.toJSON?.();
    return undefined;
  } catch (error) {
    return error;
  }
}

const unexpected = (error: unknown): boolean => error !== undefined && !builders.isBuilderError(error);

const methods = instances.flatMap((instance) =>
  methodsOf(instance).map((name) => [instance.constructor.name.replace(/Builder$/, ''), name, instance] as const),
);
const statics = Object.entries(builders)
  .filter(([, value]) => typeof value === 'function' && value !== builders.BuilderError)
  .flatMap(([label, value]) =>
    Object.getOwnPropertyNames(value)
      .filter((name) => typeof (value as unknown as Loose)[name] === 'function' && name !== 'prototype')
      .map((name) => [label, name, value as object] as const),
  );

/** Nonsense as first, second and third argument, after sound ones. */
const argumentLists = garbage.flatMap((wrong) => [
  [wrong],
  ['x', wrong],
  [80, wrong],
  ['x', 'x', wrong],
  ['x', 80, wrong],
]);

describe('nonsense as arguments', () => {
  it.each([...methods, ...statics])('%s.%s', (_label, name, holder) => {
    const failures = argumentLists
      .map((args) => outcome(() => (holder as Loose)[name]?.(...args)))
      .filter((error) => unexpected(error));
    expect(failures).toEqual([]);
  });
});

describe('null', () => {
  it.each(methods)('%s.%s refuses it by name', (_label, name, holder) => {
    const error = outcome(() => (holder as Loose)[name]?.(null));
    expect(error).toBeInstanceOf(builders.BuilderError);
    expect(String(error)).toMatch(/null/);
    expect(String(error)).toContain(name);
  });

  const classes = Object.entries(builders).filter(
    ([label, value]) => /^[A-Z]/.test(label) && typeof value === 'function' && label !== 'BuilderError',
  );
  it.each(classes)('new %s(null)', (_label, Class) => {
    const make = Class as unknown as Creator;
    expect(unexpected(outcome(() => new make(...([null] as unknown as string[]))))).toBe(false);
  });
});

describe('values of a wrong type', () => {
  const web = new builders.Deployment('web').container(app) as unknown as Loose & { toJSON(): unknown };
  it.each<[string, () => unknown, string, string]>([
    [
      'text for a number',
      () => web['replicas']?.('3'),
      'spec.replicas',
      'text is no value here; give a number, such as 3',
    ],
    [
      'a number for text',
      () => (app as unknown as Loose)['workingDir']?.(5),
      'workingDir',
      '5 is no value here; give text',
    ],
    ['text for a flag', () => web['paused']?.('yes'), 'spec.paused', 'text is no value here; give true or false'],
    ['a number as label', () => web['label']?.('a', 1), 'metadata.labels[a]', '1 is no text; write it in quotes'],
    [
      'nothing among arguments',
      () => (app as unknown as Loose)['args']?.(['a', null]),
      'args[1]',
      'null is no item of a list',
    ],
    ['not a number', () => web['replicas']?.(Number.NaN), 'spec.replicas', 'NaN is no value here; give a number'],
  ])('%s', (_what, run, path, message) => {
    const error = outcome(run) as builders.BuilderError;
    expect(error.problems.map(({ code }) => code)).toContain('TYPE');
    expect(error.problems.find((problem) => problem.path === path)?.message).toContain(message);
  });

  it('an unset environment variable does not become the text "undefined"', () => {
    const error = outcome(() => (app as unknown as Loose)['env']?.('TOKEN', undefined));
    expect(String(error)).toContain('argument 2 is undefined; pass a value, or leave the call out');
  });

  it('content of a secret is not shown', () => {
    const error = outcome(() =>
      (new builders.Secret('s') as unknown as Loose)['data']?.('password', { hunter2: 'hunter2' }),
    );
    expect(error).toBeInstanceOf(builders.BuilderError);
    expect(String(error)).not.toContain('hunter2');
  });
});
