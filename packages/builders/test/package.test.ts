/** The packed package, alone in an empty project: what a user gets who installs nothing else. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const here = fileURLToPath(new URL('..', import.meta.url));
const root = createRequire(new URL('../../../package.json', import.meta.url));
const built = existsSync(join(here, 'dist/index.js'));

const consumer = `
import { Container, Deployment, type Manifestable, type KubeObject } from '@k8sop/builders';
import type { V1Deployment } from '@k8sop/builders/k8s/apps/v1';
import type { V1NetworkPolicy } from '@k8sop/builders/k8s/networking.k8s.io/v1';
import { Lease } from '@k8sop/builders/kinds';
import { unknownFields } from '@k8sop/builders/schema';

export function apply<T extends KubeObject>(object: Manifestable<T>): T {
  return 'toJSON' in object ? object.toJSON() : object;
}
export const deployment: V1Deployment = apply(new Deployment('web').container(new Container('app', 'nginx:1.27')));
export const policy: V1NetworkPolicy | undefined = undefined;
export const problems: number = unknownFields(deployment).length;
export const lease: string | undefined = Lease.manifest('leader').metadata.name;
// @ts-expect-error missing .container()
export const incomplete: V1Deployment = apply(new Deployment('web'));
`;

describe.skipIf(!built)('the packed package (needs a build: run tsup in packages/builders)', () => {
  const project = mkdtempSync(join(tmpdir(), 'k8sop-builders-'));
  const installed = join(project, 'node_modules/@k8sop/builders');

  beforeAll(() => {
    const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', project];
    execFileSync('npm', pack, { cwd: here, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const [tarball = ''] = globSync('*.tgz', { cwd: project });
    mkdirSync(installed, { recursive: true });
    execFileSync('tar', ['-xzf', join(project, tarball), '-C', installed, '--strip-components=1']);
    writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module', private: true }));
    writeFileSync(join(project, 'index.ts'), consumer);
  }, 60_000);

  afterAll(() => rmSync(project, { recursive: true, force: true }));

  it('has no dependencies and less than 1.5 MB', () => {
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as object;
    expect(manifest).not.toHaveProperty('dependencies');
    const files = globSync('**/*', { cwd: installed }).map((file) => statSync(join(installed, file)));
    expect(files.reduce((sum, file) => sum + file.size, 0)).toBeLessThan(1_500_000);
  });

  it.each([
    { module: 'node16', moduleResolution: 'node16' },
    { module: 'esnext', moduleResolution: 'bundler' },
  ])('type-checks with $moduleResolution resolution, libraries included', { timeout: 240_000 }, (resolution) => {
    const compilerOptions = {
      ...resolution,
      target: 'es2023',
      strict: true,
      noEmit: true,
      declaration: true,
      isolatedDeclarations: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      types: [],
    };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['index.ts'] }));
    const tsc = join(dirname(root.resolve('typescript-7/package.json')), 'bin/tsc');
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', project, '--pretty', 'false'], {
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  });

  it('runs, types-only entries included', () => {
    const script = `const { Container, Deployment } = await import('@k8sop/builders');
      const types = await import('@k8sop/builders/k8s/core/v1');
      const json = new Deployment('web').container(new Container('app', 'nginx')).toJSON();
      console.log(json.kind, Object.keys(types).length);`;
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], { cwd: project, encoding: 'utf8' });
    expect(run.stdout).toBe('Deployment 0\n');
  });

  it('lets a bundler drop what is not imported', { timeout: 240_000 }, () => {
    writeFileSync(
      join(project, 'only.js'),
      "import { Deployment } from '@k8sop/builders';\nconsole.log(Deployment);\n",
    );
    const tsup = join(dirname(root.resolve('tsup/package.json')), 'dist/cli-default.js');
    const config = "export default { entry: ['only.js'], format: ['esm'], noExternal: [/.*/], outDir: 'out' };";
    writeFileSync(join(project, 'tsup.config.js'), config);
    spawnSync(process.execPath, [tsup], { cwd: project });
    const text = readFileSync(join(project, 'out/only.js'), 'utf8');
    expect(text).toContain('DeploymentBuilder');
    expect(text).not.toMatch(/StatefulSetBuilder|DaemonSetBuilder|CronJobBuilder|JobBuilder|PodBuilder/);
  });
});
