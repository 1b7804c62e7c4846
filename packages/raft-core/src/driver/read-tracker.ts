/** Linearizable reads on their way: first an index from the core, then the state machine must have applied it. */
import { RaftError } from '../errors.ts';
import type { LogIndex, NodeId } from '../ids.ts';

interface Pending {
  index: LogIndex | null;
  readonly resolve: (index: LogIndex) => void;
  readonly reject: (reason: unknown) => void;
  readonly unlisten: () => void;
}

export class ReadTracker {
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;

  /** A request id and the promise of its index, settled once that index is applied. */
  begin(signal: AbortSignal | undefined): { readonly requestId: number; readonly done: Promise<LogIndex> } {
    const requestId = this.#nextId++;
    const done = new Promise<LogIndex>((resolve, reject) => {
      const abort = (): void => this.#take(requestId)?.reject(signal?.reason);
      signal?.addEventListener('abort', abort, { once: true });
      const unlisten = (): void => signal?.removeEventListener('abort', abort);
      this.#pending.set(requestId, { index: null, resolve, reject, unlisten });
    });
    return { requestId, done };
  }

  /** The core refused the request. */
  refuse(requestId: number, reason: unknown): void {
    this.#take(requestId)?.reject(reason);
  }

  indexKnown(requestId: number, index: LogIndex, applied: LogIndex): void {
    const pending = this.#pending.get(requestId);
    if (pending === undefined) return;
    pending.index = index;
    if (index <= applied) this.#take(requestId)?.resolve(index);
  }

  applied(applied: LogIndex): void {
    for (const [requestId, { index }] of this.#pending) {
      if (index !== null && index <= applied) this.#take(requestId)?.resolve(index);
    }
  }

  /** Reads that have no index yet can get none from this node any more. */
  leadershipLost(leaderId: NodeId): void {
    for (const [requestId, { index }] of this.#pending) {
      if (index !== null) continue;
      this.#take(requestId)?.reject(
        new RaftError('RAFT_NOT_LEADER', 'leadership was lost during a read', { leaderId }),
      );
    }
  }

  stop(cause: unknown): void {
    for (const requestId of this.#pending.keys()) {
      this.#take(requestId)?.reject(new RaftError('RAFT_STOPPED', 'the node stopped during a read', { cause }));
    }
  }

  #take(requestId: number): Pending | undefined {
    const pending = this.#pending.get(requestId);
    if (pending === undefined) return undefined;
    this.#pending.delete(requestId);
    pending.unlisten();
    return pending;
  }
}
