import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { KubeConfig, CoreV1Api } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const packageDirectory = fileURLToPath(new URL('..', import.meta.url));
const built = existsSync(join(packageDirectory, 'dist/bin/k8sop-apiserver.js'));
/** Inside the package, so that the packed files find the dependencies they were published with. */
const scratch = join(packageDirectory, 'node_modules/.packed');

describe.skipIf(!built)('the packed executable (needs a build: run tsup in packages/apiserver)', () => {
  const executable = join(scratch, 'package/dist/bin/k8sop-apiserver.js');
  beforeAll(async () => {
    await rm(scratch, { recursive: true, force: true });
    await mkdir(scratch, { recursive: true });
    const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', scratch], {
      cwd: packageDirectory,
    });
    const [packed] = Object.values(JSON.parse(stdout) as Record<string, { filename: string }>);
    await run('tar', ['-xzf', join(scratch, packed?.filename ?? ''), '-C', scratch]);
  });
  afterAll(() => rm(scratch, { recursive: true, force: true }));

  it('prints a kubeconfig that works, and exits 0 on SIGTERM', async () => {
    const file = join(scratch, 'kubeconfig');
    const child = spawn(process.execPath, [executable, '--kubeconfig', file], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
    expect(line).toBe(`KUBECONFIG=${file}\n`);
    expect(await readFile(file, 'utf8')).toContain('current-context: k8sop');
    const config = new KubeConfig();
    config.loadFromFile(file);
    const { items } = await config.makeApiClient(CoreV1Api).listNamespace();
    expect(items.map(({ metadata }) => metadata?.name)).toContain('kube-system');
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });

  it('refuses a port that is none with exit code 1 and a sentence', async () => {
    const failed = await run(process.execPath, [executable, '--port', 'x']).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('--port x is not a number') });
  });
});
