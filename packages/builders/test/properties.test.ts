/** Laws that hold for any input. fast-check prints the failing case and its seed. */
import { type JsonPatchOperation, Container, Deployment, quantity, Secret, Selector, toYaml } from '@k8sop/builders';
import type { V1Deployment } from '@k8sop/builders/k8s/apps/v1';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { codesOf } from './problem-codes.ts';

const app = new Container('app', 'nginx:1.27');
const word = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);
const labels = fc.dictionary(fc.constantFrom('app', 'tier', 'track'), word, { maxKeys: 3 });

type Step = (deployment: Deployment<never>) => Deployment<never>;

const step: fc.Arbitrary<Step> = fc.oneof(
  labels.map(
    (map): Step =>
      (d) =>
        d.labels(map),
  ),
  labels.map(
    (map): Step =>
      (d) =>
        d.podLabels(map),
  ),
  labels
    .filter((map) => Object.keys(map).length > 0)
    .map(
      (map): Step =>
        (d) =>
          d.selector(map),
    ),
  word.map(
    (value): Step =>
      (d) =>
        d.selector(new Selector().matchExpression('tier', 'In', [value])),
  ),
  fc.nat(9).map(
    (count): Step =>
      (d) =>
        d.replicas(count),
  ),
  word.map(
    (value): Step =>
      (d) =>
        d.annotation('note', value),
  ),
);

/** What `toJSON()` must say about the selector, decided without the code under test. */
function podsMatch({ spec }: V1Deployment): string[] {
  const pod = spec?.template.metadata?.labels ?? {};
  const { matchLabels = {}, matchExpressions = [] } = spec?.selector ?? {};
  const equal = Object.entries(matchLabels).every(([key, value]) => pod[key] === value);
  const inSet = matchExpressions.every(({ key, values }) => values?.includes(pod[key] ?? ''));
  return equal && inSet ? [] : ['SELECTOR_CONFLICT'];
}

describe('builders', () => {
  it('never change their receiver', () => {
    fc.assert(
      fc.property(fc.array(step), step, (before, next) => {
        const deployment = before.reduce((d, apply) => apply(d), new Deployment('web').container(app));
        const text = JSON.stringify(deployment.unchecked());
        next(deployment);
        expect(JSON.stringify(deployment.unchecked())).toBe(text);
      }),
    );
  });

  it('give pods that satisfy the selector, or say SELECTOR_CONFLICT', () => {
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const deployment = steps.reduce((d, apply) => apply(d), new Deployment('web').container(app));
        expect(codesOf(deployment)).toEqual(podsMatch(deployment.unchecked()));
      }),
    );
  });

  it('commute where calls are about different things', () => {
    fc.assert(
      fc.property(labels, labels, fc.nat(9), (map, podMap, count) => {
        const base = new Deployment('web').container(app);
        const one = base.labels(map).podLabels(podMap).replicas(count).unchecked();
        const other = base.replicas(count).podLabels(podMap).labels(map).unchecked();
        expect(JSON.stringify(one)).toBe(JSON.stringify(other));
      }),
    );
  });

  it('keep a patched value whatever is called later', () => {
    const patch: JsonPatchOperation[] = [{ op: 'add', path: '/spec/replicas', value: 77 }];
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const deployment = steps.reduce((d, apply) => apply(d), new Deployment('web').container(app).patch(patch));
        expect(deployment.unchecked().spec?.replicas).toBe(77);
      }),
    );
  });

  it('lift any object and give it back', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (rest) => {
        const object = JSON.parse(
          JSON.stringify({ ...rest, apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'x' } }),
        );
        expect(Deployment.from(object).unchecked()).toEqual(object);
      }),
    );
  });
});

describe('merge', () => {
  const patch = fc
    .record(
      {
        labels: labels,
        args: fc.array(word, { maxLength: 3 }),
        container: word,
        env: fc.array(fc.record({ name: fc.constantFrom('A', 'B'), value: word }), { maxLength: 2 }),
      },
      { requiredKeys: ['container'] },
    )
    .map(({ labels: map, args, container, env }) => ({
      ...(map && { metadata: { labels: map } }),
      spec: { template: { spec: { containers: [{ name: container, ...(args && { args }), ...(env && { env }) }] } } },
    }));
  const base = new Deployment('web').container(app);
  const text = (deployment: Deployment<never>): string => JSON.stringify(deployment.unchecked());

  it('is idempotent', () => {
    fc.assert(
      fc.property(patch, (p) => {
        expect(text(base.merge(p).merge(p))).toBe(text(base.merge(p)));
      }),
    );
  });

  it('merges a series like its steps, one after the other', () => {
    fc.assert(
      fc.property(patch, patch, (p, q) => {
        const stepwise = Deployment.from(base.merge(p).unchecked()).merge(q);
        expect(text(base.merge(p).merge(q))).toBe(text(stepwise));
      }),
    );
  });
});

describe('values', () => {
  const amount = fc
    .tuple(
      fc.integer({ min: -100_000, max: 100_000 }),
      fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'T', 'P', 'E', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'e3', 'e-3'),
    )
    .map(([number, suffix]) => `${number}${suffix}`);

  it('quantities keep their value through format and add up in any order', () => {
    fc.assert(
      fc.property(amount, amount, (a, b) => {
        expect(quantity.compare(quantity.format(a), a)).toBe(0);
        expect(quantity.compare(quantity.format(a, 'binary'), a)).toBe(0);
        expect(quantity.add(a, b)).toBe(quantity.format(quantity.add(b, a)));
        expect(quantity.compare(a, b)).toBe(0 - quantity.compare(b, a));
      }),
    );
  });

  it('secrets hold any bytes as base64', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000 }), (bytes) => {
        const { data } = new Secret('s').data('key', bytes).toJSON();
        expect(data).toEqual({ key: Buffer.from(bytes).toString('base64') });
      }),
    );
  });
});

describe('YAML', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }).filter((value) => value.isWellFormed()),
    fc
      .array(fc.constantFrom('a', ' ', '\n', '\t', '#', ':', '-', '\r', '\u2028', '|', '"', "'"), { maxLength: 12 })
      .map((parts) => parts.join('')),
  );
  const json = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      text,
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(
        text.filter((key) => key !== '__proto__' && key !== '<<'),
        tie('value'),
        { maxKeys: 4 },
      ),
    ),
  })).value;

  it.each([
    { version: '1.1', schema: 'yaml-1.1' },
    { version: '1.2', schema: 'core' },
  ] as const)('of any JSON parses back equal under YAML $version', (parser) => {
    fc.assert(
      fc.property(json, (value) => {
        expect(parse(toYaml(value), parser)).toEqual(value);
      }),
      { numRuns: 1000 },
    );
  });

  const quoted = [
    ...'y Y n N yes no on off true True TRUE null Null ~'.split(' '),
    ...'0 00 017 08 09 0o17 0x1F 0b11 1_000 1__0 1e3 1.0 .5 5. +1 -1 .inf .nan 123456789012345678901'.split(' '),
    ...'12:30 2001-01-01 - ? @ ` % ! & * | > [ { " \' # a:'.split(' '),
    '',
    'a: b',
    'a #b',
    ' a',
    'a ',
    'a\tb',
    'a\u0007b',
    'a\u2028b',
    '<<',
    '=',
  ];

  it.each(quoted)('quotes %j', (value) => {
    expect(toYaml({ key: value })).toMatch(/^key: "/);
    expect(toYaml({ [value]: 1 })).toMatch(/^"/);
  });

  it.each(['nginx', 'a/b', 'registry.example.com/app:1.4.2', '/healthz', 'app.kubernetes.io/name'])(
    'leaves %s plain',
    (value) => {
      expect(toYaml({ key: value })).toBe(`key: ${value}\n`);
    },
  );

  it('writes several lines as a literal block that keeps its ending', () => {
    expect(toYaml({ a: 'x\ny', b: 'x\ny\n', c: 'x\ny\n\n', d: ' x\ny' })).toBe(
      'a: |-\n  x\n  y\nb: |\n  x\n  y\nc: |+\n  x\n  y\n\nd: |2-\n   x\n  y\n',
    );
  });
});
