/** The main thread's side of the consensus thread: starts it, asks it, and passes on what it says. */
import { Worker } from 'node:worker_threads';
import {
  type BootstrapOptions,
  type IdentifyAnswer,
  type JoinAnswer,
  type Member,
  type NodeId,
  RaftError,
  type RaftErrorCode,
} from '@k8sop/raft-core';
import type { CertificateExpiry } from '@k8sop/raft-grpc';
import type { RecordOutcome, VotersChange } from './genesis-record.ts';
import type { WantedReplicas } from './membership-loop.ts';
import type { NodeReport } from './node-report.ts';
import type { ParticipatingNode, Standing } from './participation.ts';
import type { OpenedStorage } from './raft-node.ts';
import type { RaftSettings } from './raft-settings.ts';
import {
  type NodeView,
  type PlainError,
  plainError,
  type ThreadData,
  type ThreadRequest,
  type ToMain,
  type ToThread,
} from './raft-thread-protocol.ts';
import { SharedLease } from './shared-lease.ts';

export interface RaftThreadListener {
  leadership(lease: { readonly clusterId: string; readonly generation: number; readonly term: number }): void;
  revoke(term: number): void;
  view(view: NodeView): void;
  problem(message: string): void;
  certificates(expiry: CertificateExpiry): void;
  /** Change the cluster's record; rejects when it cannot be done now. */
  record(change: VotersChange): Promise<RecordOutcome | undefined>;
}

type WithoutNumber<T> = T extends { readonly request: number } ? Omit<T, 'request'> : never;

export class RaftThread implements AsyncDisposable, ParticipatingNode {
  readonly lease: SharedLease;
  readonly #worker: Worker;
  readonly #listener: RaftThreadListener;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  readonly #opened = Promise.withResolvers<OpenedStorage>();
  readonly #ended = Promise.withResolvers<RaftError | undefined>();
  readonly #beat: NodeJS.Timeout;
  #count = 0;
  #closing = false;

  private constructor(settings: RaftSettings, listener: RaftThreadListener) {
    this.lease = new SharedLease();
    this.#listener = listener;
    this.#opened.promise.catch(() => {}); // reported by `ended` too
    this.lease.beat();
    this.#beat = setInterval(() => this.lease.beat(), 1_000);
    const fromSource = import.meta.url.endsWith('.ts');
    const workerData: ThreadData = { settings, lease: this.lease.buffer };
    this.#worker = new Worker(new URL(`./raft-thread-entry.${fromSource ? 'ts' : 'js'}`, import.meta.url), {
      workerData,
      execArgv: fromSource ? ['--conditions=@k8sop/source'] : [],
    });
    this.#worker.on('message', (message: ToMain) => this.#receive(message));
    this.#worker.on('error', (error) =>
      this.#end(
        new RaftError('RAFT_STOPPED', `the consensus thread failed: ${(error as Error).message}`, { cause: error }),
      ),
    );
    this.#worker.on('exit', () =>
      this.#end(this.#closing ? undefined : new RaftError('RAFT_STOPPED', 'the consensus thread ended')),
    );
  }

  /** @throws `STORAGE_*`: what the thread found when it opened its storage. */
  static async open(
    settings: RaftSettings,
    listener: RaftThreadListener,
  ): Promise<{ thread: RaftThread; storage: OpenedStorage }> {
    const thread = new RaftThread(settings, listener);
    const storage = await thread.#opened.promise;
    return { thread, storage };
  }

  /** Resolves when the thread is over: undefined after a shutdown, else why. Never rejects. */
  get ended(): Promise<RaftError | undefined> {
    return this.#ended.promise;
  }

  async start(bootstrap: BootstrapOptions | undefined): Promise<void> {
    await this.#ask({ type: 'start', bootstrap });
  }

  async restart(bootstrap: BootstrapOptions): Promise<void> {
    await this.#ask({ type: 'restart', bootstrap });
  }

  async discard(): Promise<OpenedStorage> {
    return (await this.#ask({ type: 'discard' })) as OpenedStorage;
  }

  async standing(): Promise<Standing> {
    return (await this.#ask({ type: 'standing' })) as Standing;
  }

  /** Everything worth showing of the node. */
  async report(): Promise<NodeReport> {
    return (await this.#ask({ type: 'report' })) as NodeReport;
  }

  async identify(id: NodeId, limitMs: number): Promise<IdentifyAnswer | undefined> {
    return (await this.#ask({ type: 'identify', id, limitMs })) as IdentifyAnswer | undefined;
  }

  async ask(contact: NodeId): Promise<JoinAnswer | undefined> {
    return (await this.#ask({ type: 'ask', contact })) as JoinAnswer | undefined;
  }

  async propose(command: Uint8Array): Promise<Uint8Array> {
    return (await this.#ask({ type: 'propose', command })) as Uint8Array;
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    return (await this.#ask({ type: 'read', key })) as Uint8Array | undefined;
  }

  async confirm(): Promise<void> {
    await this.#ask({ type: 'confirm' });
  }

  async confirmVoters(voters: readonly Member[]): Promise<void> {
    await this.#ask({ type: 'confirmVoters', voters });
  }

  /** Whether somebody else leads now. `stopped` acknowledges at once that nothing acts on the lease. */
  async transfer({ stopped }: { readonly stopped: boolean }): Promise<boolean> {
    return (await this.#ask({ type: 'transfer', stopped })) as boolean;
  }

  stopped(term: number): void {
    this.#send({ type: 'stopped', term });
  }

  setReplicas(replicas: WantedReplicas): void {
    this.#send({ type: 'replicas', replicas });
  }

  /** Leaves the cluster for good; false when that was not possible within the limit. */
  async leave(limitMs: number): Promise<boolean> {
    return (await this.#ask({ type: 'leave', limitMs })) as boolean;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#send({ type: 'shutdown' });
    // A thread that has failed may not get to its end, and would keep the process alive; its storage survives that.
    if ((await this.#ended.promise) !== undefined) await this.#worker.terminate();
  }

  #ask(request: WithoutNumber<ThreadRequest>): Promise<unknown> {
    this.#count += 1;
    const number = this.#count;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      this.#send({ ...request, request: number } as ThreadRequest);
    });
  }

  #send(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  #receive(message: ToMain): void {
    switch (message.type) {
      case 'opened':
        return this.#opened.resolve(message.storage);
      case 'leadership':
        return this.#listener.leadership(message);
      case 'revoke':
        return this.#listener.revoke(message.term);
      case 'view':
        return this.#listener.view(message.view);
      case 'problem':
        return this.#listener.problem(message.message);
      case 'certificates':
        return this.#listener.certificates(message.expiry);
      case 'record':
        return void this.#record(message);
      case 'answer':
        this.#waiting.get(message.request)?.resolve(message.value);
        this.#waiting.delete(message.request);
        return;
      case 'failure':
        this.#waiting.get(message.request)?.reject(raftError(message.error));
        this.#waiting.delete(message.request);
        return;
      case 'fatal':
        return this.#end(raftError(message.error));
    }
  }

  async #record({ request, change }: Extract<ToMain, { type: 'record' }>): Promise<void> {
    try {
      const outcome = await this.#listener.record(change);
      this.#send({ type: 'recorded', request, outcome, error: undefined });
    } catch (error) {
      this.#send({ type: 'recorded', request, outcome: undefined, error: plainError(error) });
    }
  }

  #end(error: RaftError | undefined): void {
    clearInterval(this.#beat);
    const reason = error ?? new RaftError('RAFT_STOPPED', 'the node has stopped');
    this.#opened.reject(reason);
    this.#ended.resolve(error);
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
  }
}

function raftError({ code, message }: PlainError): RaftError {
  return new RaftError((/^(RAFT|STORAGE)_/.test(code) ? code : 'RAFT_STOPPED') as RaftErrorCode, message);
}
