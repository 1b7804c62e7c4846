/** The fixtures in `typing/` are checked by real compilers: each `@ts-expect-error` must be one. */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const project = fileURLToPath(new URL('typing/', import.meta.url));
const root = createRequire(new URL('../../../package.json', import.meta.url));

/** Written next to the fixtures for one test, and removed after it. */
const scratch = join(project, 'scratch.test-d.ts');

type Compiler = 'typescript-7' | 'typescript' | 'typescript-5.9' | 'typescript-5.4';

function check(compiler: Compiler, config: string = project): { status: number | null; output: string } {
  const home = dirname(root.resolve(`${compiler}/package.json`));
  const bin = join(home, 'bin', compiler === 'typescript' ? 'tsc6' : 'tsc');
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, '-p', config, '--pretty', 'false'], {
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

describe('types', () => {
  afterEach(() => rmSync(scratch, { force: true }));

  it.each(['typescript-7', 'typescript', 'typescript-5.9'] as const)(
    'hold under %s',
    { timeout: 240_000 },
    (compiler) => {
      expect(check(compiler)).toEqual({ status: 0, output: '' });
    },
  );

  const built = existsSync(new URL('../dist/index.d.ts', import.meta.url));

  it.skipIf(!built)(
    'hold for a consumer on typescript 5.4, the oldest supported (needs a build)',
    { timeout: 240_000 },
    () => {
      expect(check('typescript-5.4', join(project, 'consumer.tsconfig.json'))).toEqual({ status: 0, output: '' });
    },
  );

  it.each([
    ["apply(new CronJob('c').schedule('@daily'));", `Type '".container()"' is not assignable to type 'never'`],
    ["new Resources().cpuRequest('100mi');", `'"not a Kubernetes quantity: 100mi"'`],
  ])('say what is missing or wrong: %s', { timeout: 240_000 }, (line, message) => {
    const head = "import { CronJob, type KubeObject, type Manifestable, Resources } from '@k8sop/builders';";
    const apply = 'declare function apply<T extends KubeObject>(object: Manifestable<T>): T;';
    writeFileSync(scratch, [head, apply, line, 'export { apply, CronJob, Resources };', ''].join('\n'));
    expect(check('typescript-7').output).toContain(message);
  });
});
