/**
 * What does the package cost, and how fast does it write manifests? Import and type-check run in fresh processes.
 *
 * A regression of `importMs` means work at module level; of the rates, copies in the replay; of `tscRatio`, types that
 * compilers must expand. Peers are installed and measured beside it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { Container, Deployment, Probe, Resources } from '@k8sop/builders';

const here = fileURLToPath(new URL('..', import.meta.url));
const root = createRequire(new URL('../../../package.json', import.meta.url));
const built = join(here, 'dist', 'index.js');

interface ImportCost {
  readonly importMs: number;
  readonly rssMb: number;
}

/** Median cost of an import over fresh processes. */
function importCost(specifier: string, runs: number, cwd: string = here): ImportCost {
  const script = `const rss = process.memoryUsage().rss; const start = performance.now();
    await import(${JSON.stringify(specifier)});
    console.log(JSON.stringify([performance.now() - start, (process.memoryUsage().rss - rss) / 1e6]));`;
  const samples = Array.from({ length: runs }, () => {
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { cwd, encoding: 'utf8' });
    return JSON.parse(stdout) as [number, number];
  });
  const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
  return { importMs: round(median(samples.map(([ms]) => ms))), rssMb: round(median(samples.map(([, mb]) => mb))) };
}

function packageSize(): { unpackedMb: number; gzippedMb: number } {
  const files = globSync('dist/**/*.{js,map,ts}', { cwd: here })
    .map((file) => join(here, file))
    .filter((file) => statSync(file).isFile());
  const unpacked = files.reduce((sum, file) => sum + statSync(file).size, 0);
  const gzipped = files.reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0);
  return { unpackedMb: round(unpacked / 1e6, 3), gzippedMb: round(gzipped / 1e6, 3) };
}

function deployment(): Deployment<never> {
  const container = (name: string): Container<never> =>
    new Container(name, 'nginx:1.27')
      .port(80)
      .env('LOG_LEVEL', 'info')
      .resources(new Resources().cpu('100m', '500m').memory('128Mi', '512Mi'))
      .livenessProbe(Probe.http('/healthz', 8080).period(10));
  return new Deployment('web').replicas(3).containers([container('a'), container('b'), container('c')]);
}

function perSecond(work: () => unknown): number {
  for (let i = 0; i < 500; i += 1) work();
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < 1000) {
    work();
    count += 1;
  }
  return Math.round(count / ((performance.now() - start) / 1000));
}

/** Time tsc takes for a file that uses builders, and for one that writes the same object by hand. */
function compileCost(): { tscMs: number; tscPlainMs: number; tscRatio: number } {
  const directory = mkdtempSync(join(tmpdir(), 'builders-bench-'));
  const tsc = join(dirname(root.resolve('typescript-7/package.json')), 'bin', 'tsc');
  const paths = {
    '@k8sop/builders': [built.replace(/\.js$/, '.d.ts')],
    '@k8sop/builders/*': [join(here, 'dist/*.d.ts')],
  };
  const compilerOptions = { module: 'nodenext', strict: true, noEmit: true, types: [], skipLibCheck: false, paths };
  const imports = "import type { V1Deployment } from '@k8sop/builders/k8s/apps/v1';\n";
  const plain = `${imports}export const d: V1Deployment = ${JSON.stringify(deployment().toJSON())};`;
  const fluent = `${imports}import { Container, Deployment } from '@k8sop/builders';
    export const d: V1Deployment = new Deployment('web').container(new Container('a', 'b')).toJSON();`;
  const time = (text: string): number => {
    writeFileSync(join(directory, 'index.ts'), text);
    writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['index.ts'] }));
    const times = Array.from({ length: 5 }, () => {
      const start = performance.now();
      const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', directory], { encoding: 'utf8' });
      if (status !== 0) throw new Error(`tsc failed: ${stdout}`);
      return performance.now() - start;
    });
    return Math.round(Math.min(...times));
  };
  try {
    const [tscMs, tscPlainMs] = [time(fluent), time(plain)];
    return { tscMs, tscPlainMs, tscRatio: round(tscMs / tscPlainMs, 2) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Peers, installed for the length of the bench; a peer that cannot be had is left out. `--no-peers` skips them. */
function peers(): Record<string, ImportCost & { readonly installedMb: number }> {
  const found: Record<string, ImportCost & { readonly installedMb: number }> = {};
  if (process.argv.includes('--no-peers')) return found;
  const peerPackages: Record<string, string[]> = {
    'cdk8s-plus-33': ['cdk8s-plus-33@2.5.57', 'cdk8s@2.70.106', 'constructs@10.8.1'],
    'kubernetes-models': ['kubernetes-models@5.1.0'],
    '@kubernetes/client-node': ['@kubernetes/client-node@2.0.1'],
  };
  for (const [name, packages] of Object.entries(peerPackages)) {
    const directory = mkdtempSync(join(tmpdir(), 'builders-peer-'));
    try {
      writeFileSync(join(directory, 'package.json'), '{"private":true}');
      const flags = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error', ...packages];
      const { status } = spawnSync('npm', flags, { cwd: directory, stdio: 'ignore', timeout: 120_000 });
      if (status !== 0) {
        console.error(`bench builders: ${name} could not be installed and is left out`);
        continue;
      }
      found[name] = { ...importCost(name, 3, directory), installedMb: round(sizeOf(directory) / 1e6, 1) };
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
  return found;
}

function sizeOf(directory: string): number {
  return globSync('**/*', { cwd: directory })
    .map((file) => statSync(join(directory, file)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
}

function round(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}

if (!existsSync(built)) {
  const { status } = spawnSync('tsup', { cwd: here, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error('the package does not build');
}
const subject = deployment();
const manifest = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8')) as { dependencies?: object };
const result = {
  bench: 'builders',
  ...importCost(pathToFileURL(built).href, 11),
  ...packageSize(),
  dependencies: Object.keys(manifest.dependencies ?? {}).length,
  toJsonPerS: perSecond(() => subject.toJSON()),
  toYamlPerS: perSecond(() => subject.toYAML()),
  buildPerS: perSecond(() => deployment().toJSON()),
  ...compileCost(),
  peers: peers(),
};
if (!process.argv.includes('--json')) {
  for (const [name, value] of Object.entries(result)) console.log(name.padEnd(14), JSON.stringify(value));
}
console.log(JSON.stringify(result));
