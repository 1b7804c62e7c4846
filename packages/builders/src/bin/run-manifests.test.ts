import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { runManifests } from './run-manifests.ts';

const index = JSON.stringify(new URL('../index.ts', import.meta.url).href);
let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'run-manifests-'));
  const imports = `import { ConfigMap, Deployment, Container, Service, manifests } from ${index};\n`;
  const files = {
    'stack.ts': `${imports}
      export const config: ConfigMap = new ConfigMap('cfg').data('a', 'b');
      export const all = manifests(config, new Deployment('web').container(new Container('app', 'nginx:1')));
      export const plain = [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } }];
      export const count = 3;
      export function helper() {}`,
    'broken.ts': `${imports}
      export const one = new ConfigMap('One');
      export const two = new Deployment('two').container(new Container('app', 'nginx:1').port(0));`,
    'lonely.ts': `${imports} export const service = new Service('web').port(80);`,
    'warned.ts': `${imports} export const web = new Deployment('web').container(new Container('app', 'nginx'));`,
    'empty.ts': 'export const nothing = 1;',
    'syntax.ts': 'export const a = {',
    'throws.ts': 'throw new Error("no DATABASE_URL");',
    'throws-text.ts': 'throw "text";',
    'default.ts': `${imports} export default new ConfigMap('cfg');`,
    'plain.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"cfg"}}',
    'list.ts':
      'export const l = { apiVersion: "v1", kind: "List", items: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "cfg" } }] };',
    'promise.ts': `${imports} export const ok = new ConfigMap('ok'); export const later = Promise.resolve(ok);`,
    'half.ts': `${imports} export const ok = new ConfigMap('ok'); export const half = { apiVersion: 'v1', kind: 'ConfigMap' };`,
    'mixed.ts': `${imports} export const mixed = [new ConfigMap('ok'), 5]; export const when = new Date();`,
    'strange.ts': 'export const strange = { toJSON: () => ({ a: 1 }) };',
    'twice.ts': `${imports} export const config = new ConfigMap('cfg').data('a', 'other');`,
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
});

afterAll(() => rm(directory, { recursive: true }));

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await runManifests(args, { out: (text) => void (out += text), err: (text) => void (err += text) });
  return { code, out, err };
}

function file(name: string): string {
  return join(directory, name);
}

describe('k8sop-manifests', () => {
  it('prints every exported manifest once, in installation order', async () => {
    const { code, out, err } = await run(file('stack.ts'));
    expect([code, err]).toEqual([0, '']);
    const kinds = parseAllDocuments(out).map((document) => (document.toJS() as { kind: string }).kind);
    expect(kinds).toEqual(['Namespace', 'ConfigMap', 'Deployment']);
  });

  it('prints JSON', async () => {
    const { out } = await run(file('stack.ts'), '--format', 'json');
    expect(JSON.parse(out)).toMatchObject({ kind: 'List', items: [{ kind: 'Namespace' }, {}, {}] });
  });

  it('writes files and prints their paths', async () => {
    const target = file('out');
    const { code, out } = await run(file('stack.ts'), '--out', target, '--format', 'json');
    expect(code).toBe(0);
    expect(out.trim().split('\n')).toEqual((await readdir(target)).map((name) => join(target, name)));
  });

  it('lists all problems of all files and exits 1', async () => {
    const { code, out, err } = await run(file('broken.ts'), file('twice.ts'));
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/2 problems/);
    expect(err).toMatch(/ConfigMap "One" metadata\.name {2}NAME/);
    expect(err).toMatch(/Deployment "two" spec\.template\.spec\.containers\[0\]\.ports\[0\].* {2}PORT/);
  });

  it('refuses one name with two contents', async () => {
    const { code, err } = await run(file('stack.ts'), file('twice.ts'));
    expect(code).toBe(1);
    expect(err).toContain('ConfigMap/cfg  DUPLICATE');
  });

  it('lints: errors exit 1, warnings do not, external names are trusted', async () => {
    const lonely = await run(file('lonely.ts'), '--lint');
    expect(lonely.code).toBe(1);
    expect(lonely.err).toMatch(/^error {2}service-selects-nothing {2}Service\/web {2}spec\.selector/);
    const warned = await run(file('warned.ts'), '--lint');
    expect(warned).toMatchObject({ code: 0, err: expect.stringContaining('warn  image-tag') as string });
    expect((await run(file('lonely.ts'))).err).toBe('');
  });

  it.each([
    [[], 'name at least one FILE'],
    [['a.ts', '--format', 'xml'], '--format xml must be yaml or json'],
    [['a.ts', '--wrong'], "Unknown option '--wrong'"],
  ])('bad usage %j exits 2', async (args, message) => {
    const { code, err } = await run(...args);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(err).toContain('usage: k8sop-manifests FILE…');
  });

  it('says when a file exports nothing or is not there', async () => {
    expect(await run(file('empty.ts'))).toMatchObject({
      code: 1,
      err: expect.stringContaining('exports no builder') as string,
    });
    expect((await run(file('gone.ts'))).code).toBe(1);
  });

  it.each([
    ['syntax.ts', 'syntax.ts: '],
    ['throws.ts', 'throws.ts: no DATABASE_URL'],
    ['throws-text.ts', 'throws-text.ts: throws text'],
    ['gone.ts', 'gone.ts does not exist'],
    ['.', ' is a directory; name the modules in it'],
    ['empty.ts', 'exports no builder, bundle or manifest (it exports nothing)'],
    ['promise.ts', 'promise.ts export later  TYPE  is a promise; await it before you export it'],
    ['half.ts', 'half.ts export half  TYPE  has apiVersion and kind but no metadata'],
    ['mixed.ts', 'mixed.ts export mixed  TYPE  [1] is no builder, bundle or manifest'],
    ['strange.ts', 'TYPE  must be a builder, a bundle, or an object with apiVersion, kind and metadata'],
  ])('refuses %s, naming it: %s', async (name, message) => {
    const { code, out, err } = await run(file(name));
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(message);
  });

  it.each(['default.ts', 'plain.json', 'list.ts'])('takes the manifest of %s', async (name) => {
    const { code, out } = await run(file(name));
    expect(code).toBe(0);
    expect(out).toContain('name: cfg');
  });

  it('says why it cannot write', async () => {
    const { code, err } = await run(file('stack.ts'), '--out', file('stack.ts'));
    expect(code).toBe(1);
    expect(err).toContain('stack.ts');
  });

  it('explains itself', async () => {
    expect(await run('--help')).toMatchObject({ code: 0, out: expect.stringContaining('--out DIR') as string });
  });
});
