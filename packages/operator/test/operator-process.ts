/** An operator in a process of its own, as in a pod: it gets a kubeconfig, writes JSON lines, and receives signals. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface LogLine {
  readonly msg: string;
  readonly level: string;
  readonly [field: string]: unknown;
}

export interface Exit {
  readonly code: number | null;
  readonly afterMs: number;
}

/** Lines kept for failure reports and late questions. */
const MAX_LINES = 20_000;

export class OperatorProcess implements AsyncDisposable {
  readonly lines: LogLine[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<[number | null]>;
  readonly #listeners: Set<() => void> = new Set();
  #stderr = '';

  /** Starts `program` (a path beside this file) unbuilt. */
  constructor(program: string, env: Readonly<Record<string, string>>) {
    const file = program.startsWith('/') ? program : fileURLToPath(new URL(program, import.meta.url));
    const { PATH = '' } = process.env;
    this.#child = spawn(process.execPath, ['--conditions=@k8sop/source', file], {
      env: { PATH, K8SOP_PROBE_PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#exited = once(this.#child, 'exit') as Promise<[number | null]>;
    this.#read();
  }

  /** Resolves with the first line that satisfies `wanted`; rejects when the process ends, or after `limitMs`. */
  async logged(wanted: (line: LogLine) => boolean, limitMs = 40_000): Promise<LogLine> {
    const found = Promise.withResolvers<LogLine>();
    const look = (): void => {
      const line = this.lines.find(wanted);
      if (line !== undefined) found.resolve(line);
    };
    this.#listeners.add(look);
    const timer = setTimeout(() => found.reject(new Error(`not logged in ${limitMs} ms:\n${this.tail()}`)), limitMs);
    const ended = this.#exited.then(([code]) => {
      throw new Error(`ended with ${code} first:\n${this.tail()}`);
    });
    look();
    try {
      return await Promise.race([found.promise, ended]);
    } finally {
      clearTimeout(timer);
      this.#listeners.delete(look);
    }
  }

  async probePort(): Promise<number> {
    const line = await this.logged(({ msg }) => msg === 'manager starts');
    return line['probePort'] as number;
  }

  /** Resolves when it leads, so that its caches have synced. */
  async leads(): Promise<void> {
    await this.logged(({ msg }) => msg === 'controller leads');
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Closes our end of its stdout, as a log collector that ends. */
  closeOutput(): void {
    this.#child.stdout?.destroy();
  }

  /** Sends SIGTERM and waits. */
  async stop(): Promise<Exit> {
    const startedMs = performance.now();
    this.#child.kill('SIGTERM');
    const code = await this.exitCode();
    return { code, afterMs: performance.now() - startedMs };
  }

  async exitCode(): Promise<number | null> {
    const [code] = await this.#exited;
    return code;
  }

  /** The newest output. */
  tail(): string {
    return [...this.lines.slice(-30).map((line) => JSON.stringify(line)), this.#stderr.slice(-4000)].join('\n');
  }

  get stderr(): string {
    return this.#stderr;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL');
      await this.#exited;
    }
  }

  #read(): void {
    const { stdout, stderr } = this.#child;
    if (stdout === null || stderr === null) return;
    createInterface({ input: stdout }).on('line', (text) => {
      this.lines.push(JSON.parse(text) as LogLine);
      if (this.lines.length > MAX_LINES) this.lines.shift();
      for (const listener of this.#listeners) listener();
    });
    stderr.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + String(chunk)).slice(-20_000);
    });
  }
}
