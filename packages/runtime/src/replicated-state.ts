/**
 * Port: a small replicated map for operators. Reads and writes are linearizable; the operator
 * package implements it on Raft. Keys are strings, values bytes, at most 1 MiB together.
 */

export interface ReplicatedState {
  /** Latest committed value; `undefined` when the key is absent. @throws `REPLICATION_UNAVAILABLE` off the leader. */
  get(key: string, options: { readonly signal: AbortSignal }): Promise<Uint8Array | undefined>;
  /** Resolves once applied on a quorum. @throws `REPLICATION_UNAVAILABLE` off the leader. */
  put(key: string, value: Uint8Array, options: { readonly signal: AbortSignal }): Promise<void>;
  /**
   * Sets `value` (`undefined` deletes) if the key's value equals `expected` (`undefined` = absent).
   * Resolves `false`, changing nothing, when it does not.
   */
  cas(
    key: string,
    expected: Uint8Array | undefined,
    value: Uint8Array | undefined,
    options: { readonly signal: AbortSignal },
  ): Promise<boolean>;
}
