import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import {
  ConfigMap,
  Container,
  Deployment,
  Ingress,
  IngressRule,
  type KubeObject,
  manifests,
  Namespace,
  Role,
  Service,
} from './index.ts';

const web = new Deployment('web').container(new Container('app', 'nginx:1').port(80));
const service = new Service('web').port(80);
const widget: KubeObject = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'shop' } };

describe('manifests', () => {
  it.each([
    [null, '[1]'],
    [5, '[1]'],
    [[widget, undefined], '[1][1]'],
    [{ apiVersion: 'v1', kind: 'ConfigMap' }, '[1]'],
    [{ apiVersion: 'v1', kind: 'List', items: [widget, 'x'] }, '[1][1]'],
    [{ toJSON: () => ({ a: 1 }) }, '[1]'],
    [new Date(0), '[1]'],
  ])('plain JavaScript that passes %j gets the place told', (item, path) => {
    expect(() => manifests(web, item as never)).toThrow(
      expect.objectContaining({ code: 'BUILDER_INVALID', problems: [expect.objectContaining({ code: 'TYPE', path })] }),
    );
  });

  it('orders for installation, keeping the given order within a kind', () => {
    const ingress = new Ingress('web').rule(new IngressRule().host('a.example').path('/', service));
    const bundle = manifests(
      widget,
      ingress,
      [web, [service, new ConfigMap('b'), new ConfigMap('a')]],
      new Namespace('n'),
    );
    expect(bundle.objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'Namespace n',
      'ConfigMap b',
      'ConfigMap a',
      'Service web',
      'Deployment web',
      'Ingress web',
      'Widget w',
    ]);
  });

  it('takes bundles and lists apart', () => {
    const list = { apiVersion: 'v1', kind: 'List', metadata: {}, items: [widget] };
    expect(manifests(manifests(web), list).objects.map(({ kind }) => kind)).toEqual(['Deployment', 'Widget']);
  });

  it('is a List as JSON, and documents as YAML, with equal objects', () => {
    const bundle = manifests(web, service);
    expect(bundle.toJSON()).toMatchObject({
      apiVersion: 'v1',
      kind: 'List',
      items: [{ kind: 'Service' }, { kind: 'Deployment' }],
    });
    expect(parseAllDocuments(bundle.toYAML()).map((document) => document.toJS() as unknown)).toEqual(
      bundle.toJSON().items,
    );
  });

  it('refuses an object that occurs twice, and lists the problems of all members in one error', () => {
    const broken = new Deployment('Web!').container(new Container('app', 'nginx:1').port(0));
    expect(() => manifests(service, broken, service, new Service('web').port(81))).toThrow(
      expect.objectContaining({
        code: 'BUILDER_INVALID',
        problems: expect.arrayContaining([
          { code: 'DUPLICATE', path: 'Service/web', message: 'occurs twice; remove one or rename it' },
          expect.objectContaining({ code: 'NAME', path: 'Deployment "Web!" metadata.name' }) as unknown,
          expect.objectContaining({
            code: 'PORT',
            path: expect.stringContaining('containers[0].ports[0]') as unknown,
          }) as unknown,
        ]) as unknown,
      }),
    );
  });

  it('lets namespaces and API groups share a name', () => {
    const other: KubeObject = { ...widget, metadata: { name: 'w', namespace: 'other' } };
    const foreign: KubeObject = { ...widget, apiVersion: 'example.org/v1' };
    expect(manifests(widget, other, foreign, service, service.namespace('shop')).objects).toHaveLength(5);
  });
});

describe('write', () => {
  const directories: string[] = [];

  afterEach(async () => {
    await Promise.all(directories.splice(0).map((directory) => rm(directory, { recursive: true })));
  });

  async function emptyDirectory(): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), 'manifests-'));
    directories.push(directory);
    return join(directory, 'deep');
  }

  it('writes one file per object, named in installation order', async () => {
    const directory = await emptyDirectory();
    const paths = await manifests(web, widget, service, new Role('a:b')).write(directory);
    expect(paths).toEqual((await readdir(directory)).map((name) => join(directory, name)));
    expect(await readdir(directory)).toEqual([
      '03-role_a%3Ab.yaml',
      '06-service_web.yaml',
      '07-deployment_web.yaml',
      '10-widget.example.com_shop_w.yaml',
    ]);
    expect(await readFile(join(directory, '06-service_web.yaml'), 'utf8')).toBe(service.toYAML());
  });

  it('writes JSON', async () => {
    const directory = await emptyDirectory();
    await manifests(web).write(directory, { format: 'json' });
    expect(JSON.parse(await readFile(join(directory, '07-deployment_web.json'), 'utf8'))).toEqual(web.toJSON());
  });
});
