/**
 * Proposals on their way: (index, term) → promise.
 *
 * - *Committed*: an entry of that index and term is applied. - *Dropped*: another term's entry is applied there.
 * - *Unknown*: leadership was lost and a grace time passed, a snapshot jumped over it, or the node stopped.
 */
import { RaftError } from '../errors.ts';
import type { LogIndex, Term } from '../ids.ts';

/** A committed and applied command. */
export interface ProposalResult {
  readonly index: LogIndex;
  readonly term: Term;
  /** The state machine's answer. */
  readonly result: Uint8Array;
}

interface Pending {
  readonly term: Term;
  readonly resolve: (result: ProposalResult) => void;
  readonly reject: (reason: unknown) => void;
  readonly unlisten: () => void;
}

export class ProposalTracker {
  readonly #pending = new Map<LogIndex, Pending>();
  #deadlineMs = 0;

  get count(): number {
    return this.#pending.size;
  }

  /** Waits for the entry's fate. An abort rejects with the signal's reason; the entry may still commit. */
  wait(index: LogIndex, term: Term, signal: AbortSignal | undefined): Promise<ProposalResult> {
    return new Promise((resolve, reject) => {
      const abort = (): void => this.#take(index)?.reject(signal?.reason);
      signal?.addEventListener('abort', abort, { once: true });
      const unlisten = (): void => signal?.removeEventListener('abort', abort);
      this.#take(index)?.reject(unknown(index, 'replaced in the log'));
      this.#pending.set(index, { term, resolve, reject, unlisten });
    });
  }

  /** An entry was applied; `answer` is a result, or the error the proposer gets. */
  applied(index: LogIndex, term: Term, answer: Uint8Array | RaftError): void {
    const pending = this.#take(index);
    if (pending === undefined) return;
    if (pending.term !== term) {
      pending.reject(
        new RaftError('RAFT_PROPOSAL_DROPPED', `entry ${index} of term ${term} took the proposal's place`),
      );
    } else if (answer instanceof RaftError) {
      pending.reject(answer);
    } else {
      pending.resolve({ index, term, result: answer });
    }
  }

  /** Leadership was lost: what is not decided by `deadlineMs` is unknown. */
  leadershipLost(deadlineMs: number): void {
    if (this.#pending.size > 0) this.#deadlineMs = deadlineMs;
  }

  /** Gives up on what leadership loss left undecided for too long. Proposals of the term led now (0: none) go on. */
  expire(nowMs: number, ledTerm: Term): void {
    if (this.#deadlineMs === 0 || nowMs < this.#deadlineMs) return;
    this.#deadlineMs = 0;
    for (const [index, { term }] of this.#pending) {
      if (term !== ledTerm) this.#take(index)?.reject(unknown(index, 'leadership was lost'));
    }
  }

  /** A snapshot replaced the log up to `index`. */
  skipped(index: LogIndex): void {
    for (const at of this.#pending.keys()) {
      if (at <= index) this.#take(at)?.reject(unknown(at, 'a snapshot replaced the log'));
    }
  }

  /** The node stops: everything is unknown. */
  stop(cause: unknown): void {
    for (const index of this.#pending.keys()) this.#take(index)?.reject(unknown(index, 'the node stopped', cause));
  }

  #take(index: LogIndex): Pending | undefined {
    const pending = this.#pending.get(index);
    if (pending === undefined) return undefined;
    this.#pending.delete(index);
    pending.unlisten();
    return pending;
  }
}

function unknown(index: LogIndex, why: string, cause?: unknown): RaftError {
  return new RaftError('RAFT_OUTCOME_UNKNOWN', `proposal at ${index}: ${why}; it may still commit`, { cause });
}
