/**
 * Node ids, terms and log indexes: plain numbers with checked ranges.
 *
 * All three are safe integers, so that they compare with `<` and never become `bigint` or floating point
 * approximations. Adapters check them when they decode; the core checks every message again.
 */

/** A member's number inside the cluster: pod ordinal + 1. 0 means "no node" and is never a member. */
export type NodeId = number;

/** Election term, counted from 1. 0 means "before the first term". */
export type Term = number;

/** Position in the log, counted from 1. 0 means "before the first entry". */
export type LogIndex = number;

/** "No node": no vote, no leader, no successor. */
export const noNode: NodeId = 0;

/** True for an id a member can have: a safe integer ≥ 1. */
export function isNodeId(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}

/** True for a term or index, 0 included: a safe integer ≥ 0. */
export function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** Member id of the pod with this ordinal: `nodeIdOf(0)` is 1. */
export function nodeIdOf(ordinal: number): NodeId {
  return ordinal + 1;
}

/** Pod ordinal of a member id: `ordinalOf(1)` is 0. */
export function ordinalOf(id: NodeId): number {
  return id - 1;
}
