/**
 * Membership changes that are applied here and not yet known to a majority of the new members: until they are, a removed
 * member may still be needed, and whoever asked for the change waits.
 */
import { RaftError } from '../errors.ts';
import type { LogIndex } from '../ids.ts';

interface Pending {
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
  readonly unlisten: () => void;
}

export class ChangeTracker {
  readonly #pending = new Set<Pending>();
  #lastIndex: LogIndex = 0;

  /** True while somebody waits: only then is the core asked. */
  get isWaiting(): boolean {
    return this.#pending.size > 0;
  }

  /** The last change that somebody waits for. */
  get lastIndex(): LogIndex {
    return this.#lastIndex;
  }

  /** Waits until `known`, for the change at `index`. An abort rejects with the signal's reason; the change stays in force. */
  wait(index: LogIndex, signal: AbortSignal | undefined): Promise<void> {
    this.#lastIndex = Math.max(this.#lastIndex, index);
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#pending.delete(pending);
        reject(signal?.reason);
      };
      const unlisten = (): void => signal?.removeEventListener('abort', abort);
      const pending = { resolve, reject, unlisten };
      signal?.addEventListener('abort', abort, { once: true });
      this.#pending.add(pending);
    });
  }

  /** A majority of the members in force knows that they are. */
  known(): void {
    for (const { resolve } of this.#take()) resolve();
  }

  /** Nobody here will learn any more who knows. */
  lost(why: string, cause?: unknown): void {
    const message = `the change is in force, but ${why} before a majority knew: the next leader makes it known`;
    for (const { reject } of this.#take()) reject(new RaftError('RAFT_OUTCOME_UNKNOWN', message, { cause }));
  }

  #take(): readonly Pending[] {
    const all = [...this.#pending];
    this.#pending.clear();
    for (const { unlisten } of all) unlisten();
    return all;
  }
}
