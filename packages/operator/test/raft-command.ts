/** The command `k8sop-raft` as it is installed: built, and run as a process. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';

const root = fileURLToPath(new URL('..', import.meta.url));

export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export class RaftCommand implements AsyncDisposable {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Builds the command beside the package's dependencies, not in `dist`. */
  static async build(): Promise<RaftCommand> {
    const directory = await mkdtemp(join(root, 'node_modules', '.raft-command-'));
    await build({
      entry: { 'k8sop-raft': join(root, 'src/bin/k8sop-raft.ts') },
      outDir: directory,
      format: 'esm',
      target: 'node22.19',
      config: false,
      silent: true,
      removeNodeProtocol: false,
      external: [/^[^./]/], // dependencies stay outside, as in the published build
    });
    return new RaftCommand(directory);
  }

  /** For a shell; arguments follow. */
  get line(): readonly [string, ...string[]] {
    return [process.execPath, '--conditions=@k8sop/source', join(this.#directory, 'k8sop-raft.js')];
  }

  run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
    const { PATH = '' } = process.env;
    const [file, ...own] = this.line;
    return new Promise((resolve) => {
      execFile(file, [...own, ...args], { env: { PATH, HOME: this.#directory, ...env } }, (error, out, err) =>
        resolve({ code: Number(error?.code ?? 0), out, err }),
      );
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}
