/**
 * Has a cluster lost so many of its voters for good that it can never elect again? Pure: it sees the cluster's record and what
 * nodes said about themselves.
 *
 * A voter is lost when its ordinal answers as an empty storage of another uuid: one pod per ordinal means that the voter's
 * memory, or disk, is gone. Silence proves nothing. The cluster is lost when, of the recorded voters and of those that a
 * pending change would leave, fewer than a majority can remain, and nobody who is reachable has lately heard of a leader. Both
 * must hold for twice the vote promise, which is longer than any lease.
 */
import type { Member, NodeId } from '@k8sop/raft-core';
import type { GenesisRecord } from './genesis-record.ts';

/** What one node said when asked who it is. */
export interface SelfDescription {
  readonly id: NodeId;
  readonly uuid: string;
  /** Empty string while it belongs to none. */
  readonly clusterId: string;
  readonly generation: number;
  /** No cluster, no vote, no entry. */
  readonly empty: boolean;
  /** 0: unknown. */
  readonly leaderId: NodeId;
  /** Milliseconds since it heard of a leader; -1 for never. */
  readonly leaderSeenMsAgo: number;
  /** Its vote promise. */
  readonly promiseMs: number;
}

/** - `alive`: nothing is proven. - `suspected`: lost, not for long enough yet. - `lost`: found the next generation. */
export interface LossVerdict {
  readonly type: 'alive' | 'suspected' | 'lost';
  /** One sentence, for readiness and logs. */
  readonly why: string;
}

export interface LossFacts {
  /** By the id that was asked; a node that did not answer is absent. */
  readonly answers: ReadonlyMap<NodeId, SelfDescription>;
  /** For how long every round of answers before this one said the same. */
  readonly heldMs: number;
  /** Our own vote promise. */
  readonly promiseMs: number;
}

/** @see `begin-node.ts` for who may found a cluster in the first place. */
export function lostMajority(record: GenesisRecord, { answers, heldMs, promiseMs }: LossFacts): LossVerdict {
  const others = [...answers.values()];
  const newer = others.find((answer) => isOf(record, answer) && answer.generation > record.generation);
  if (newer !== undefined) return alive(`${newer.id - 1} is of generation ${newer.generation} already`);
  const longestPromiseMs = Math.max(promiseMs, ...others.map((answer) => answer.promiseMs));
  const led = others.find((answer) => isOf(record, answer) && hearsLeader(answer, longestPromiseMs));
  if (led !== undefined) return alive(`${led.id - 1} has a leader: ${led.leaderId - 1}`);
  for (const voters of [record.voters, record.pendingVoters]) {
    if (voters !== null && !isLost(voters, answers)) return alive(describe(voters, answers));
  }
  const why = describe(record.voters, answers);
  return { type: heldMs >= 2 * longestPromiseMs ? 'lost' : 'suspected', why };
}

/** Nobody is known to be lost unless it says so itself. */
export function isVoterLost(voter: Member, answer: SelfDescription | undefined): boolean {
  return answer !== undefined && answer.id === voter.id && answer.empty && answer.uuid !== voter.uuid;
}

/** Fewer remain than must agree. Without voters nothing is said. */
function isLost(voters: readonly Member[], answers: LossFacts['answers']): boolean {
  const lost = voters.filter((voter) => isVoterLost(voter, answers.get(voter.id))).length;
  const needed = Math.floor(voters.length / 2) + 1;
  return voters.length > 0 && voters.length - lost < needed;
}

function isOf({ clusterId }: GenesisRecord, answer: SelfDescription): boolean {
  return answer.clusterId === clusterId;
}

function hearsLeader({ leaderId, leaderSeenMsAgo }: SelfDescription, withinMs: number): boolean {
  return leaderId !== 0 && leaderSeenMsAgo >= 0 && leaderSeenMsAgo < withinMs;
}

function describe(voters: readonly Member[], answers: LossFacts['answers']): string {
  const ordinals = (members: readonly Member[]): string => members.map(({ id }) => id - 1).join(', ') || 'none';
  const lost = voters.filter((voter) => isVoterLost(voter, answers.get(voter.id)));
  const silent = voters.filter(({ id }) => !answers.has(id));
  return `of the voters ${ordinals(voters)}, lost: ${ordinals(lost)}; silent: ${ordinals(silent)}`;
}

function alive(why: string): LossVerdict {
  return { type: 'alive', why };
}
