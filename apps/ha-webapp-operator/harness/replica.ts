/**
 * One replica of the operator, as a pod would run it: a process of its own with a name, a data directory and the addresses of
 * its peers. It leads its own process group, so a Ctrl-C in the terminal reaches only us; we send one SIGTERM.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { request } from 'undici';

export interface LogLine {
  readonly ordinal: number;
  /** Milliseconds of `process.hrtime` at which the line was read. */
  readonly atMs: number;
  /** Milliseconds since the epoch, from the line. */
  readonly wallMs: number;
  readonly msg: string;
  readonly level: string;
  readonly [field: string]: unknown;
}

export interface ReplicaOptions {
  readonly ordinal: number;
  /** Arguments of node, the program last. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Put before node's path, as in `ip netns exec NAME`. */
  readonly prefix?: readonly string[];
  /** Where its probes answer. @default 127.0.0.1 */
  readonly probeHost?: string;
  readonly onLine?: (line: LogLine) => void;
}

const tailLength = 40;

export class Replica {
  readonly ordinal: number;
  readonly #options: ReplicaOptions;
  #child: ChildProcess | undefined;
  #exited: Promise<unknown> = Promise.resolve();
  #tail: string[] = [];
  #seen: LogLine[] = [];
  readonly #waiting = new Set<(line: LogLine) => void>();
  #probePort = 0;
  #readiness = '';
  #starts = 0;

  constructor(options: ReplicaOptions) {
    this.#options = options;
    this.ordinal = options.ordinal;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** How often it was started. */
  get starts(): number {
    return this.#starts;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** The newest log lines, and what it last said of its readiness, for the report of a failure. */
  get tail(): string {
    return [...this.#tail, this.#readiness].join('\n');
  }

  /** Lines of this start, oldest first; at most the last thousand. */
  get lines(): readonly LogLine[] {
    return this.#seen;
  }

  /** `extra` is added to the environment of this start alone. */
  start(extra: Readonly<Record<string, string>> = {}): void {
    if (this.running) throw new Error(`replica ${this.ordinal} runs already`);
    const { command, env, prefix = [] } = this.#options;
    const [program = process.execPath, ...args] = [...prefix, process.execPath, ...command];
    this.#starts += 1;
    this.#probePort = 0;
    this.#readiness = '';
    this.#seen = [];
    const { PATH, HOME } = process.env;
    const child = spawn(program, args, {
      env: { PATH, HOME, ...env, ...extra },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#child = child;
    this.#exited = once(child, 'exit');
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => this.#read(line));
  }

  /** @returns milliseconds of `process.hrtime` at which the signal had been sent. */
  signal(name: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): number {
    this.#child?.kill(name);
    return Number(process.hrtime.bigint()) / 1e6;
  }

  /** Resolves with the exit code; null after a signal. */
  async ended(): Promise<number | null> {
    await this.#exited;
    return this.#child?.exitCode ?? null;
  }

  /** Resolves with the first line of this start, seen already or to come, for which the condition holds. */
  async logged(when: (line: LogLine) => boolean): Promise<LogLine> {
    const found = this.#seen.find(when);
    if (found !== undefined) return found;
    const { promise, resolve } = Promise.withResolvers<LogLine>();
    const look = (line: LogLine): void => {
      if (when(line)) resolve(line);
    };
    this.#waiting.add(look);
    try {
      const ended = this.#exited.then(() => {
        throw new Error(`replica ${this.ordinal} ended early. Its last lines:\n${this.tail}`);
      });
      return await Promise.race([promise, ended]);
    } finally {
      this.#waiting.delete(look);
    }
  }

  /** Resolves once the readiness probe says yes: a leader is known and this replica has caught up. */
  async ready(signal: AbortSignal): Promise<void> {
    if (this.#probePort === 0) await this.logged(({ probePort }) => typeof probePort === 'number');
    for (;;) {
      signal.throwIfAborted();
      if (!this.running) throw new Error(`replica ${this.ordinal} ended early. Its last lines:\n${this.tail}`);
      if (await this.probe()) return;
      await new Promise((again) => setTimeout(again, 25));
    }
  }

  /** What the readiness probe says now. */
  async probe(): Promise<boolean> {
    if (this.#probePort === 0) return false;
    try {
      const { statusCode, body } = await request(
        `http://${this.#options.probeHost ?? '127.0.0.1'}:${this.#probePort}/readyz?verbose`,
        {
          headersTimeout: 2_000,
        },
      );
      this.#readiness = await body.text();
      return statusCode === 200;
    } catch {
      return false;
    }
  }

  #read(text: string): void {
    if (this.#tail.push(text) > tailLength) this.#tail.shift();
    const atMs = Number(process.hrtime.bigint()) / 1e6;
    const fields = fieldsOf(text);
    const { msg, level, time } = fields;
    if (typeof msg !== 'string') return;
    const wallMs = typeof time === 'number' ? time : Date.parse(String(time));
    const line: LogLine = { ...fields, ordinal: this.ordinal, atMs, wallMs, msg, level: String(level) };
    if (typeof fields['probePort'] === 'number') this.#probePort = fields['probePort'];
    if (this.#seen.push(line) > 1_000) this.#seen.shift();
    this.#options.onLine?.(line);
    for (const look of this.#waiting) look(line);
  }
}

function fieldsOf(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {}; // not one of the operator's JSON lines; it stays in the tail
  }
}
