/** The kind table, the generated types' home, and the statics of the builder classes. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as builders from '@k8sop/builders';
import * as kinds from '@k8sop/builders/kinds';
import { describe, expect, it } from 'vitest';
import { fieldTypes } from '../src/check/field-types.ts';
import { fieldRows } from '../src/gen/field-table.ts';

const generated = fileURLToPath(new URL('../src/gen/', import.meta.url));

const classes = Object.values(builders).filter(
  (value): value is typeof builders.ConfigMap => typeof value === 'function' && 'plural' in value,
);

describe('kinds', () => {
  it('hold every kind the API stores, none of them twice', () => {
    const names = kinds.builtInKinds.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`);
    expect(names).toHaveLength(88);
    expect(new Set(names).size).toBe(88);
    expect(new Set(kinds.builtInKinds.map(({ apiVersion }) => apiVersion)).size).toBe(34);
  });

  it('give the plain name to the newest stable version', () => {
    expect(kinds.HorizontalPodAutoscaler.apiVersion).toBe('autoscaling/v2');
    expect(kinds.HorizontalPodAutoscalerV1.apiVersion).toBe('autoscaling/v1');
    expect(kinds.ResourceClaim.apiVersion).toBe('resource.k8s.io/v1');
    expect(kinds.Event.apiVersion).toBe('v1');
  });

  it('know scope and plural, irregular ones included', () => {
    expect(kinds.kindOf('networking.k8s.io/v1', 'NetworkPolicy')).toMatchObject({
      plural: 'networkpolicies',
      namespaced: true,
    });
    expect(kinds.kindOf('v1', 'Endpoints')).toMatchObject({ plural: 'endpoints', namespaced: true });
    expect(kinds.kindOf('v1', 'Namespace')).toMatchObject({ plural: 'namespaces', namespaced: false });
    expect(kinds.kindOf('example.com/v1', 'WebApp')).toBeUndefined();
  });

  it.each(classes.map((builder) => [builder.kind, builder] as const))('agree with the class %s', (kind, builder) => {
    const { apiVersion, plural, namespaced } = builder;
    expect(kinds.kindOf(apiVersion, kind)).toMatchObject({ apiVersion, kind, plural, namespaced });
  });

  it('have a builder for each kind of the reference', () => {
    expect(classes).toHaveLength(23);
  });

  it('write manifests without a builder', () => {
    expect(
      kinds.Lease.manifest('leader', { metadata: { namespace: 'kube-system' }, spec: { holderIdentity: 'a' } }),
    ).toEqual({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'leader', namespace: 'kube-system' },
      spec: { holderIdentity: 'a' },
    });
  });
});

describe('generated types', () => {
  const files = globSync('*/*.ts', { cwd: generated });
  const sources = files.map((file) => readFileSync(`${generated}${file}`, 'utf8'));

  it('document with links of one pattern, and copy no descriptions', () => {
    const comments = sources.flatMap((source) =>
      [...source.matchAll(/\/\*\*[\s\S]*?\*\//g)].map(([comment]) => comment),
    );
    expect(comments.length).toBeGreaterThan(600);
    const link =
      /^\/\*\* @see https:\/\/kubernetes\.io\/docs\/reference\/generated\/kubernetes-api\/v1\.\d+\/#[a-z0-9-]+ \*\/$/;
    expect(comments.filter((comment) => !link.test(comment))).toEqual([]);
  });
});

it('every field whose type is checked exists', () => {
  const known = new Set(fieldRows.flatMap((row) => row.split(/[=,]/).map((field) => field.replace(/[:[{*].*$/, ''))));
  expect([...fieldTypes.keys()].filter((name) => !known.has(name))).toEqual([]);
  expect(fieldTypes.size).toBeGreaterThan(200);
});
