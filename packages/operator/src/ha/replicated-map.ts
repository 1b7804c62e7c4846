/** `ctx.replicated` on Raft: linearizable, acknowledged once a quorum has it on disk (memory storage: in memory). */
import { isRaftError } from '@k8sop/raft-core';
import { type ReplicatedState, RuntimeError } from '@k8sop/runtime';
import { encodeCommand, type KvCommand, kvResult } from './kv-command.ts';
import type { RaftThread } from './raft-thread.ts';

/** Key and value together: 1 MiB less what the log adds. */
const maxEntryBytes = 1024 * 1024 - 1024;

export class ReplicatedMap implements ReplicatedState {
  readonly #thread: () => Pick<RaftThread, 'propose' | 'read'>;

  constructor(thread: () => Pick<RaftThread, 'propose' | 'read'>) {
    this.#thread = thread;
  }

  async get(key: string, { signal }: { readonly signal: AbortSignal }): Promise<Uint8Array | undefined> {
    return await this.#waitFor(this.#thread().read(key), signal);
  }

  async put(key: string, value: Uint8Array, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    await this.#change({ op: 'put', key, value }, signal);
  }

  async cas(
    key: string,
    expected: Uint8Array | undefined,
    value: Uint8Array | undefined,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<boolean> {
    return (await this.#change({ op: 'cas', key, expected, value }, signal)) === kvResult.applied;
  }

  async #change(command: KvCommand, signal: AbortSignal): Promise<number> {
    const encoded = encodeCommand(command);
    if (encoded.byteLength > maxEntryBytes) {
      throw new RuntimeError(
        'OPTION_INVALID',
        `replicated key ${JSON.stringify(command.key)}: key and value have ${encoded.byteLength} B, at most ${maxEntryBytes} B fit`,
      );
    }
    const [result = kvResult.malformed] = await this.#waitFor(this.#thread().propose(encoded), signal);
    if (result === kvResult.full) {
      throw new RuntimeError(
        'REPLICATION_UNAVAILABLE',
        `replicated key ${JSON.stringify(command.key)}: the replicated state is full; delete keys first`,
      );
    }
    return result;
  }

  async #waitFor<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    try {
      signal.throwIfAborted();
      return await Promise.race([work, promise]);
    } catch (error) {
      if (isRaftError(error))
        throw new RuntimeError('REPLICATION_UNAVAILABLE', `${error.code}: ${error.message}`, { cause: error });
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }
}
