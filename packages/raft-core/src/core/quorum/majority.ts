/** Majority arithmetic over one or two voter sets. Pure: ids in, numbers out. */
import type { NodeId } from '../../ids.ts';

/** Outcome of counting votes. */
export type Tally = 'won' | 'lost' | 'pending';

/** Smallest number of voters that is a majority of `count`. */
export function majoritySize(count: number): number {
  return Math.floor(count / 2) + 1;
}

/**
 * Largest value that a majority of `ids` has reached, given each one's value. An empty set agrees to everything
 * (`Infinity`), so that it never restricts a joint decision.
 */
export function majorityValue(ids: readonly NodeId[], valueOf: (id: NodeId) => number): number {
  const count = ids.length;
  if (count === 0) return Number.POSITIVE_INFINITY;
  if (count === 1) return valueOf(ids[0] as NodeId);
  const sorted: number[] = [];
  for (const id of ids) insertDescending(sorted, valueOf(id));
  return sorted[majoritySize(count) - 1] as number;
}

/** Largest value reached by a majority of both sets. With both empty: nothing is agreed, 0. */
export function jointValue(
  incoming: readonly NodeId[],
  outgoing: readonly NodeId[],
  valueOf: (id: NodeId) => number,
): number {
  const value = Math.min(majorityValue(incoming, valueOf), majorityValue(outgoing, valueOf));
  return value === Number.POSITIVE_INFINITY ? 0 : value;
}

/** Counts votes of one set; an empty set has won. `voteOf` gives undefined while a vote is missing. */
export function majorityTally(ids: readonly NodeId[], voteOf: (id: NodeId) => boolean | undefined): Tally {
  let granted = 0;
  let missing = 0;
  for (const id of ids) {
    const vote = voteOf(id);
    if (vote === undefined) missing += 1;
    else if (vote) granted += 1;
  }
  const needed = ids.length === 0 ? 0 : majoritySize(ids.length);
  if (granted >= needed) return 'won';
  return granted + missing >= needed ? 'pending' : 'lost';
}

/** Counts votes of a joint configuration: both sets must be won; either one lost loses. No voters at all: lost. */
export function jointTally(
  incoming: readonly NodeId[],
  outgoing: readonly NodeId[],
  voteOf: (id: NodeId) => boolean | undefined,
): Tally {
  if (incoming.length === 0 && outgoing.length === 0) return 'lost';
  const first = majorityTally(incoming, voteOf);
  const second = majorityTally(outgoing, voteOf);
  if (first === 'lost' || second === 'lost') return 'lost';
  return first === 'won' && second === 'won' ? 'won' : 'pending';
}

function insertDescending(sorted: number[], value: number): void {
  let at = sorted.length;
  while (at > 0 && (sorted[at - 1] as number) < value) at -= 1;
  sorted.splice(at, 0, value);
}
