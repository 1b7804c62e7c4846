/** What the builders write is what the server takes: every golden file, field by field, and nothing changes on a second apply. */
import { readdirSync, readFileSync } from 'node:fs';
import { Container, Deployment, type KubeObject } from '@k8sop/builders';
import { kindOf } from '@k8sop/builders/kinds';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Answer } from './api-client.ts';
import { serveTests } from './serve-tests.ts';

const golden = new URL('../../builders/test/golden/', import.meta.url);
const files = readdirSync(golden).filter((name) => name.endsWith('.yaml'));

const { client } = await serveTests({ controllers: 'none' });

beforeAll(async () => {
  for (const namespace of namespacesOf(files.map(read))) await apply(namespaceObject(namespace));
});

function read(file: string): KubeObject {
  return parse(readFileSync(new URL(file, golden), 'utf8')) as KubeObject;
}

function namespacesOf(objects: readonly KubeObject[]): ReadonlySet<string> {
  return new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
}

function namespaceObject(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

function pathOf({ apiVersion, kind, metadata }: KubeObject): string {
  const known = kindOf(apiVersion, kind);
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const scope = known?.namespaced === true ? `/namespaces/${metadata.namespace ?? 'default'}` : '';
  return `${root}${scope}/${known?.plural ?? 'unknown'}/${metadata.name ?? ''}`;
}

function apply(object: object): Promise<Answer> {
  const query = 'fieldManager=test&fieldValidation=Strict&force=true';
  const headers = { 'content-type': 'application/apply-patch+yaml' };
  return client.send('PATCH', `${pathOf(object as KubeObject)}?${query}`, { body: object, headers });
}

/** Without false, zero and empty values, which the API itself leaves out: they mean the same as absence. */
function meaningful(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(meaningful);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, field]) => [key, meaningful(field)] as const);
  return Object.fromEntries(entries.filter(([, field]) => !isZero(field)));
}

function isZero(value: unknown): boolean {
  return value === false || value === 0 || value === '' || (Array.isArray(value) && value.length === 0);
}

/** Other files use the same names; their namespace has to stay. */
async function makeWay(object: KubeObject): Promise<void> {
  if (object.kind !== 'Namespace') await client.delete(`${pathOf(object)}?gracePeriodSeconds=0`);
}

describe('every golden manifest', () => {
  it.each(files)('%s is accepted whole, and a second apply changes nothing', async (file) => {
    const object = read(file);
    const first = await apply(object);
    expect([200, 201]).toContain(first.status);
    expect(first.body).toMatchObject(meaningful(object) as object);
    const second = await apply(object);
    expect(second.status).toBe(200);
    expect(second.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
    expect(second.body).toEqual(first.body);
    await makeWay(object);
  });

  it('there are many', () => {
    expect(files.length).toBeGreaterThan(30);
  });
});

it('a misspelled field is refused with its path', async () => {
  const deployment = new Deployment('typo').container(new Container('app', 'nginx:1'));
  const misspelled = deployment.patch([{ op: 'add', path: '/spec/replica', value: 3 }]).toJSON();
  const answer = await apply(misspelled);
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.body.message).toContain('.spec.replica');
});
