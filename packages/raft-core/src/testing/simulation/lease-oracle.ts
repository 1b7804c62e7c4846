/**
 * Leases in real time: S12 lease intervals of different tokens are disjoint, S14 tokens rise in the order of their
 * first grants, and a published lease is covered by the promises of a quorum of members, by id and uuid.
 *
 * A lease ends at its time, when its holder dies, or when the holder's reconcilers have stopped; not at the revocation
 * itself. A machine whose clock stood still is exempt: there the fence oracle takes over, which sees each write with
 * its token and must find late ones marked.
 */
import type { Configuration, Member } from '../../configuration.ts';
import type { NodeId, Term } from '../../ids.ts';
import { quorum } from './safety-oracle.ts';
import { hold } from './simulation-failure.ts';

/** One token's interval. */
export interface LeaseInterval {
  readonly term: Term;
  readonly holder: string;
  /** Real time; only grows, until `end`. */
  untilMs: number;
  ended: boolean;
  /** The holder's clock stood still meanwhile. */
  frozen: boolean;
}

/** A lease as it is published. */
export interface PublishedLease {
  readonly term: Term;
  readonly id: NodeId;
  readonly uuid: string;
  readonly nowMs: number;
  /** Real time. */
  readonly untilMs: number;
  /** Memberships under one of which the lease was computed. */
  readonly configurations: readonly Configuration[];
  /** The holder's clock stood still in this term. */
  readonly frozen: boolean;
}

export class LeaseOracle {
  readonly #intervals: LeaseInterval[] = [];
  readonly #promises = new Map<string, { term: Term; untilMs: number }>();
  #newestToken: Term = 0;
  #newestWrite: Term = 0;

  /** A follower took a leader's message: until when it refuses others, in real time. */
  promised(uuid: string, term: Term, untilMs: number): void {
    const known = this.#promises.get(uuid);
    if (known !== undefined && known.term === term) known.untilMs = Math.max(known.untilMs, untilMs);
    else this.#promises.set(uuid, { term, untilMs });
  }

  /** Returns the interval; `fresh` when this is the token's first grant, `lapsed` when it had run out before. */
  published(lease: PublishedLease): { interval: LeaseInterval; fresh: boolean; lapsed: boolean } {
    const { term, uuid, nowMs, untilMs } = lease;
    const known = this.#intervals.find((interval) => interval.term === term);
    const fresh = known === undefined;
    const interval = known ?? { term, holder: uuid, untilMs: 0, ended: false, frozen: false };
    if (fresh) {
      const inOrder = term > this.#newestToken || lease.frozen;
      hold(inOrder, 'S14', () => `token ${term} is granted after ${this.#newestToken}`);
      this.#newestToken = Math.max(this.#newestToken, term);
      this.#intervals.push(interval);
      if (this.#intervals.length > 16) this.#intervals.shift();
    }
    hold(interval.holder === uuid, 'S1', () => `${interval.holder} and ${uuid} hold token ${term}`);
    if (lease.frozen) interval.frozen = true;
    const lapsed = !fresh && interval.untilMs < nowMs;
    interval.untilMs = Math.max(interval.untilMs, untilMs);
    this.#assertDisjoint(interval, nowMs);
    if (!interval.frozen) this.#assertPromised(lease);
    return { interval, fresh, lapsed };
  }

  /** The holder acts on its token, as far as it knows rightfully. True when the write came late and was noticed. */
  write(interval: LeaseInterval): boolean {
    const { term, holder, frozen } = interval;
    const late = term < this.#newestWrite;
    hold(!late || frozen, 'S12', () => `${holder} writes with token ${term} after ${this.#newestWrite}`);
    this.#newestWrite = Math.max(this.#newestWrite, term);
    return late;
  }

  #assertDisjoint(interval: LeaseInterval, nowMs: number): void {
    for (const other of this.#intervals) {
      if (other === interval || other.ended || other.untilMs <= nowMs || other.frozen || interval.frozen) continue;
      hold(false, 'S12', () => {
        const left = (other.untilMs - nowMs).toFixed(1);
        return `token ${interval.term} of ${interval.holder} is live, token ${other.term} of ${other.holder} for ${left} ms more`;
      });
    }
  }

  #assertPromised({ term, id, uuid, untilMs, configurations }: PublishedLease): void {
    const covers = (member: Member): boolean => {
      if (member.id === id && member.uuid === uuid) return true;
      const promise = this.#promises.get(member.uuid);
      return promise !== undefined && promise.term === term && promise.untilMs >= untilMs - 0.001;
    };
    const covered = configurations.some((configuration) => quorum(configuration, covers));
    hold(covered, 'S12', () => `lease of ${uuid} in term ${term} rests on no quorum's promises`);
  }
}
