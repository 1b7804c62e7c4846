/** An operator inside the test's process, with its log at hand. */
import type { AnyKind, Logger, LogFields, Operator, RunOptions } from '@k8sop/operator';
import type { TestCluster } from './test-cluster.ts';

export interface Line extends LogFields {
  readonly level: string;
  readonly msg: string;
}

/** Remembers lines and lets tests wait for one. */
export class CapturedLog {
  readonly lines: Line[] = [];
  readonly #waiting: Set<() => void> = new Set();

  logger(fields: LogFields = {}): Logger {
    const write =
      (level: string) =>
      (msg: string, more: LogFields = {}): void => {
        this.lines.push({ ...fields, ...more, level, msg });
        for (const look of this.#waiting) look();
      };
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      child: (more) => this.logger({ ...fields, ...more }),
    };
  }

  /** The first line that satisfies `wanted`. */
  async logged(wanted: (line: Line) => boolean, limitMs = 40_000): Promise<Line> {
    const { promise, resolve, reject } = Promise.withResolvers<Line>();
    const look = (): void => {
      const line = this.lines.find(wanted);
      if (line !== undefined) resolve(line);
    };
    this.#waiting.add(look);
    const timer = setTimeout(() => reject(new Error(`not logged: ${JSON.stringify(this.lines.slice(-20))}`)), limitMs);
    look();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
    }
  }
}

/** An operator or a manager of several. */
interface Runnable {
  logger(logger: Logger): { run(options: RunOptions): Promise<void> };
}

export class RunningOperator implements AsyncDisposable {
  readonly log: CapturedLog;
  readonly done: Promise<void>;
  readonly #stop: AbortController = new AbortController();

  constructor(runnable: Runnable, kubeconfig: string) {
    this.log = new CapturedLog();
    const { signal } = this.#stop;
    this.done = runnable.logger(this.log.logger()).run({ kubeconfig, signal });
    this.done.catch(() => {});
  }

  /** Starts and waits until it leads. */
  static async start<K extends AnyKind>(cluster: TestCluster, operator: Operator<K, never>): Promise<RunningOperator> {
    const running = RunningOperator.launch(cluster.kubeconfig, operator);
    await running.leads();
    return running;
  }

  /** Starts without waiting. */
  static launch<K extends AnyKind>(kubeconfig: string, operator: Operator<K, never>): RunningOperator {
    return new RunningOperator(operator as unknown as Operator<AnyKind, never>, kubeconfig);
  }

  async leads(): Promise<void> {
    await Promise.race([this.log.logged(({ msg }) => msg === 'controller leads'), this.done]);
  }

  /** The answer of the probe server. */
  async probe(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const line = await this.log.logged(({ msg }) => msg === 'manager starts');
    const answer = await fetch(`http://127.0.0.1:${line['probePort'] as number}${path}`);
    return { status: answer.status, text: await answer.text() };
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the test stops the operator'));
    await this.done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('the test is over'));
    await this.done.catch(() => {});
  }
}
