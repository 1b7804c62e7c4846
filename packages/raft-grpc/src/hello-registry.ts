/**
 * Which hellos were accepted, so that two processes on copies of one disk are told apart. Bounded: the identities heard
 * longest ago are forgotten first.
 */
import { cloneProblem, type Hello, helloProblem, RaftError } from '@k8sop/raft-core';

const maxIdentities = 256;

export class HelloRegistry {
  readonly #seen = new Map<string, Hello>();

  /** @throws `RAFT_WRONG_CLUSTER` with the rule that the hello breaks; `RAFT_STORAGE_CLONED` for a copy's. */
  accept(own: Hello, theirs: Hello): Hello {
    this.assertCurrent(theirs);
    const problem = helloProblem(own, theirs, undefined);
    if (problem !== undefined) throw new RaftError('RAFT_WRONG_CLUSTER', problem);
    this.#seen.delete(theirs.uuid);
    this.#seen.set(theirs.uuid, theirs);
    if (this.#seen.size > maxIdentities) {
      for (const oldest of this.#seen.keys()) {
        this.#seen.delete(oldest);
        break;
      }
    }
    return theirs;
  }

  /**
   * Of an accepted hello, for as long as its stream lives: a process on a copy, started more often, takes its place.
   * @throws `RAFT_STORAGE_CLONED`.
   */
  assertCurrent(theirs: Hello): void {
    const seen = this.#seen.get(theirs.uuid);
    if (seen === theirs) return;
    const problem = cloneProblem(theirs, seen);
    if (problem !== undefined) throw new RaftError('RAFT_STORAGE_CLONED', problem);
  }
}

/** True when a peer should be told again: what it checks, or what its core uses, has changed. */
export function helloChanged(a: Hello, b: Hello): boolean {
  return a.clusterId !== b.clusterId || a.generation !== b.generation || a.promiseMs !== b.promiseMs;
}
