/** The embedded API server in a process of its own, and what it reports: every fenced write, in the server's order. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ApiAccess } from './api-client.ts';
import { type FencedWrite, FenceOracle } from './fence-oracle.ts';

export type ApiReport =
  | ({ readonly type: 'started'; readonly kubeconfig: string } & ApiAccess)
  | { readonly type: 'writes'; readonly writes: readonly FencedWrite[] }
  | { readonly type: 'up' };

export type ApiCommand = { readonly type: 'outage'; readonly ms: number } | { readonly type: 'stop' };

export interface ApiProcess {
  readonly access: ApiAccess;
  readonly kubeconfig: string;
  readonly oracle: FenceOracle;
  /** Resolves with the next write that the server reports and the condition holds for. */
  nextWrite(when: (write: FencedWrite) => boolean): Promise<FencedWrite>;
  /** Told of each write from now on. @returns stops telling. */
  onWrite(listener: (write: FencedWrite) => void): () => void;
  /** Breaks every connection and refuses new ones for so long; resolves when the server is back, its objects kept. */
  outage(ms: number): Promise<void>;
  stop(): Promise<void>;
}

const program = fileURLToPath(new URL('./api-process-entry.ts', import.meta.url));

export interface ApiProcessOptions {
  /** Runs the server from its sources instead of its build. */
  readonly source: boolean;
  /** Where the replicas reach it. @default loopback */
  readonly host?: string | undefined;
}

export async function startApiProcess({ source, host }: ApiProcessOptions): Promise<ApiProcess> {
  const execArgv = source ? ['--conditions=@k8sop/source'] : [];
  const child = fork(program, host === undefined ? [] : [host], {
    execArgv,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const oracle = new FenceOracle();
  const listeners = new Set<(write: FencedWrite) => void>();
  const started = Promise.withResolvers<Extract<ApiReport, { type: 'started' }>>();
  let up = Promise.withResolvers<void>();
  child.on('message', (report: ApiReport) => {
    if (report.type === 'started') started.resolve(report);
    else if (report.type === 'up') up.resolve();
    else
      for (const write of report.writes) {
        oracle.see(write);
        for (const listener of listeners) listener(write);
      }
  });
  void exited.then(([code]) => started.reject(new Error(`the API server ended with code ${code}`)));
  const tell = (command: ApiCommand): void => void child.send(command);
  const { kubeconfig, url, ca, token } = await started.promise;

  return {
    access: { url, ca, token, ...(host === undefined ? {} : { servername: 'localhost' }) },
    kubeconfig: host === undefined ? kubeconfig : named(kubeconfig),
    oracle,
    nextWrite: (when) =>
      new Promise((resolve) => {
        const look = (write: FencedWrite): void => {
          if (!when(write)) return;
          listeners.delete(look);
          resolve(write);
        };
        listeners.add(look);
      }),
    onWrite(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async outage(ms) {
      up = Promise.withResolvers<void>();
      tell({ type: 'outage', ms });
      await up.promise;
    },
    async stop() {
      if (child.connected) tell({ type: 'stop' });
      await exited;
    },
  };
}

/** The certificate names `localhost`, not the address of the bridge. */
function named(kubeconfig: string): string {
  return kubeconfig.replace(/^( *)(server: .*)$/m, '$1$2\n$1tls-server-name: localhost');
}
