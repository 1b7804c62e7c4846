/**
 * May an empty node found the cluster when there is no record of one? Pure: it sees what nodes said about themselves.
 *
 * A missing record means a new set of replicas, or that somebody deleted it. A cluster that anybody knows of is joined; its leader
 * writes the record again. If so many replicas say that they are empty that the silent ones are too few to elect, there is none,
 * and the node founds. Else it waits, longer than a living leader takes to write the record again; then it founds in memory,
 * where nothing can come back, and in a StatefulSet too young to have lost anything. On disk, a person has to agree.
 */
import type { NodeId } from '@k8sop/raft-core';
import type { SelfDescription } from './lost-majority.ts';
import { voterTarget } from './membership-plan.ts';

export interface FoundingFacts {
  readonly selfId: NodeId;
  /** By the id that was asked, with our own; a node that did not answer is absent. */
  readonly answers: ReadonlyMap<NodeId, SelfDescription>;
  /** Ids of the replicas that there should be. */
  readonly replicas: readonly NodeId[];
  readonly maxVoters: number;
  /** For how long no round of answers has shown a cluster. */
  readonly heldMs: number;
  /** What a silent replica held is still there when it comes back. */
  readonly onDisk: boolean;
  /** Age of the StatefulSet; undefined without one. */
  readonly ageMs: number | undefined;
  /** A person says that there is no cluster left. */
  readonly agreed: boolean;
}

export type FoundingVerdict =
  /** It has members: ask them. */
  | { readonly type: 'join'; readonly clusterId: string; readonly generation: number; readonly why: string }
  | { readonly type: 'found'; readonly why: string }
  | { readonly type: 'wait'; readonly why: string }
  /** Nothing changes until the silent replicas answer, or a person agrees. */
  | { readonly type: 'ask'; readonly why: string };

/** Longer than a leader takes to write a record again that somebody deleted: it looks every 30 s. */
export const recordBackMs = 40_000;
/** A StatefulSet this young is still being started for the first time. */
export const youngMs = 3_600_000;

export function foundingVerdict(facts: FoundingFacts): FoundingVerdict {
  const { selfId, answers, replicas, maxVoters, heldMs, onDisk, ageMs, agreed } = facts;
  const members = [...answers.values()].filter(({ clusterId }) => clusterId !== '');
  const clusters = [...new Set(members.map(({ clusterId }) => clusterId))].sort();
  const [clusterId] = clusters;
  if (clusters.length > 1) return { type: 'ask', why: `there are several clusters: ${clusters.join(', ')}` };
  if (clusterId !== undefined) {
    const generation = Math.max(...members.map((member) => member.generation));
    const why = `${ordinals(members.map(({ id }) => id))} of cluster ${clusterId}, generation ${generation}`;
    return { type: 'join', clusterId, generation, why };
  }
  if (!replicas.includes(selfId)) return { type: 'wait', why: `${selfId - 1} is not among the wanted replicas` };
  const silent = replicas.filter((id) => answers.get(id)?.empty !== true);
  const why = `of the replicas ${ordinals(replicas)}, silent: ${ordinals(silent)}`;
  const needed = Math.floor(voterTarget(replicas.length, maxVoters) / 2) + 1;
  if (agreed || silent.length < needed) return { type: 'found', why };
  if (heldMs < recordBackMs) return { type: 'wait', why };
  const nothingToLose = !onDisk || ageMs === undefined || ageMs < youngMs;
  return { type: nothingToLose ? 'found' : 'ask', why };
}

function ordinals(ids: readonly NodeId[]): string {
  return ids.map((id) => id - 1).join(', ') || 'none';
}
