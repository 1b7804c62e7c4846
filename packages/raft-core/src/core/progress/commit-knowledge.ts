/**
 * What followers know to be committed, as far as the leader can tell: a heartbeat says a commit index, its answer proves
 * that it was heard.
 *
 * A membership counts at a node once the node knows that it is committed; until then the node asks, and counts, members
 * that may be gone. Once a majority of the new membership knows, every majority has a member that does, and pre-votes
 * carry its knowledge to the others: the removed members are needed no more.
 */
import type { LogIndex } from '../../ids.ts';

/** Heartbeats whose commit index is remembered per peer: longer than a leader without answers stays in office. */
const remembered = 16;

/** One peer's heartbeats under way, and the largest commit index it is known to have heard. */
export class CommitKnowledge {
  readonly #rounds: number[] = Array.from({ length: remembered }, () => 0);
  readonly #indexes: LogIndex[] = Array.from({ length: remembered }, () => 0);
  #next = 0;
  known: LogIndex = 0;

  /** A heartbeat of this round tells the peer this commit index. */
  tell(round: number, index: LogIndex): void {
    this.#rounds[this.#next] = round;
    this.#indexes[this.#next] = index;
    this.#next = (this.#next + 1) % remembered;
  }

  /** The peer answered the heartbeat of this very round. */
  heard(round: number): void {
    const at = round === 0 ? -1 : this.#rounds.indexOf(round);
    if (at >= 0) this.known = Math.max(this.known, this.#indexes[at] as LogIndex);
  }
}
