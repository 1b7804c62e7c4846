/** A node as `k8sop-raft status` shows it: who leads, under which token, and who the members are. Ordinals, not ids. */
import { ordinalOf, type NodeId, type RaftStatus, type Role, type StoreIdentity } from '@k8sop/raft-core';
import type { RaftSettings } from './raft-settings.ts';

export interface MemberReport {
  readonly ordinal: number;
  /** Of its storage. */
  readonly uuid: string;
  readonly role: 'voter' | 'learner';
  /** Last entry that it is known to hold. Only the leader knows it of others. */
  readonly match?: number;
  /** Milliseconds since the leader heard from it; -1 for never. Only the leader knows it. */
  readonly seenMsAgo?: number;
}

export interface NodeReport {
  readonly clusterName: string;
  /** Empty string while the node belongs to none. */
  readonly clusterId: string;
  readonly generation: number;
  readonly ordinal: number;
  readonly uuid: string;
  /** Directory of the log, or 'memory'. */
  readonly storage: string;
  readonly role: Role;
  readonly term: number;
  /** Ordinal of the leader, null while none is known. */
  readonly leader: number | null;
  /** Milliseconds left of the lease; null on a node that does not hold it. */
  readonly leaseMs: number | null;
  readonly commit: number;
  readonly applied: number;
  readonly lastIndex: number;
  readonly snapshotIndex: number;
  readonly electionTimeoutMs: number;
  readonly heartbeatMs: number;
  readonly members: readonly MemberReport[];
}

/** With what readiness says. */
export interface ElectionReport extends NodeReport {
  readonly health: { readonly ok: boolean; readonly detail?: string };
}

export function nodeReport(
  settings: Pick<RaftSettings, 'clusterName' | 'dataDir'>,
  status: RaftStatus,
  { clusterId, generation }: StoreIdentity,
  leaseMs: number,
): NodeReport {
  const { id, uuid, role, term, leaderId, commit, applied, lastIndex, snapshotIndex, timing } = status;
  return {
    clusterName: settings.clusterName,
    clusterId,
    generation,
    ordinal: ordinalOf(id),
    uuid,
    storage: settings.dataDir ?? 'memory',
    role,
    term,
    leader: leaderId === 0 ? null : ordinalOf(leaderId),
    leaseMs: leaseMs > 0 ? Math.round(leaseMs) : null,
    commit,
    applied,
    lastIndex,
    snapshotIndex,
    electionTimeoutMs: timing.electionTimeoutMs,
    heartbeatMs: timing.heartbeatMs,
    members: membersOf(status),
  };
}

function membersOf({ id, lastIndex, configuration, peers }: RaftStatus): readonly MemberReport[] {
  const known = (member: NodeId): Partial<MemberReport> => {
    if (member === id) return { match: lastIndex, seenMsAgo: 0 };
    const peer = peers.find((other) => other.id === member);
    return peer === undefined ? {} : { match: peer.match, seenMsAgo: Math.round(peer.seenMsAgo) };
  };
  const as = (role: MemberReport['role'], members: RaftStatus['configuration']['voters']): MemberReport[] =>
    members.map((member) => ({ ordinal: ordinalOf(member.id), uuid: member.uuid, role, ...known(member.id) }));
  const { voters, learners } = configuration;
  return [...as('voter', voters), ...as('learner', learners)].sort((a, b) => a.ordinal - b.ordinal);
}
