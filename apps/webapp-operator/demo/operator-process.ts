/**
 * The operator as it would run in a pod: a process of its own that gets a kubeconfig and nothing else of ours.
 * It leads its own process group, so a Ctrl-C in the terminal reaches only the demo, which then sends one SIGTERM. A demo
 * that is killed cannot: the channel to it closes, which the operator is made to take for a SIGTERM.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const tailLength = 30;
const endWithDemo = `data:text/javascript,${encodeURIComponent(
  "process.once('disconnect', () => process.kill(process.pid, 'SIGTERM')); process.channel.unref();",
)}`;

export interface OperatorProcess {
  readonly pid: number;
  /** Resolves when a log line has this message; rejects when the process ends first. */
  logged(message: string): Promise<void>;
  /** One SIGTERM; resolves with the exit code (null: ended by a signal). */
  stop(): Promise<number | null>;
  /** Kills without asking, for the way out of a failed story. */
  kill(): void;
  /** The newest log lines, for the report of a failure. */
  tail(): string;
}

export function startOperator(kubeconfig: string): OperatorProcess {
  const child: ChildProcess = spawn(process.execPath, ['--import', endWithDemo, program], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, KUBECONFIG: kubeconfig, K8SOP_PROBE_PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const tail: string[] = [];
  const waiting = new Set<{ message: string; found: () => void }>();
  const seen = new Set<string>();
  const read = (line: string): void => {
    if (tail.push(line) > tailLength) tail.shift();
    const message = messageOf(line);
    if (message === undefined || seen.has(message)) return;
    seen.add(message);
    for (const wait of waiting) if (wait.message === message) wait.found();
  };
  for (const stream of [child.stdout, child.stderr]) if (stream) createInterface({ input: stream }).on('line', read);

  return {
    pid: child.pid ?? 0,
    async logged(message) {
      if (seen.has(message)) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const wait = { message, found: resolve };
      waiting.add(wait);
      const ended = exited.then(([code]) => {
        throw new Error(`the operator ended with code ${code} before it logged "${message}"`);
      });
      try {
        await Promise.race([promise, ended]);
      } finally {
        waiting.delete(wait);
      }
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      const [code] = await exited;
      return code;
    },
    kill: () => void child.kill('SIGKILL'),
    tail: () => tail.join('\n'),
  };
}

function messageOf(line: string): string | undefined {
  try {
    return (JSON.parse(line) as { msg?: string }).msg;
  } catch {
    return undefined; // not one of the operator's JSON lines; it stays in the tail
  }
}
