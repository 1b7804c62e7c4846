/**
 * The membership of a cluster. Members join by themselves and become voters when they have caught up; it shrinks by an explicit
 * removal or with the wanted replicas, never because somebody does not answer.
 */
import { nodeIdOf, ordinalOf, RaftError, type RaftStatus } from '@k8sop/raft-core';
import type { RaftNode } from './ha/raft-node.ts';

export interface ClusterMember {
  readonly ordinal: number;
  /** Of its storage: a wiped disk is another member. */
  readonly uuid: string;
  readonly role: 'voter' | 'learner';
}

type ManagedNode = Pick<RaftNode, 'driver' | 'setReplicas' | 'changeMembership' | 'leave'>;

const leaveLimitMs = 10_000;

export class ClusterManager {
  readonly #node: ManagedNode;
  readonly #onLeave: () => void;

  /** @param onLeave called before the node leaves: from then on it must not ask to be let in again. */
  constructor(node: ManagedNode, onLeave: () => void = () => {}) {
    this.#node = node;
    this.#onLeave = onLeave;
  }

  /** As this node knows it, by ordinal. */
  members(): readonly ClusterMember[] {
    const { voters, learners } = this.#status.configuration;
    const as = (role: ClusterMember['role']) => (member: { id: number; uuid: string }) => ({
      ordinal: ordinalOf(member.id),
      uuid: member.uuid,
      role,
    });
    return [...voters.map(as('voter')), ...learners.map(as('learner'))].sort((a, b) => a.ordinal - b.ordinal);
  }

  /** Admits a node as learner, as its own request to join would. @throws `RAFT_NOT_LEADER`, `RAFT_CHANGE_REFUSED`. */
  async add(ordinal: number, uuid: string): Promise<void> {
    await this.#node.changeMembership({
      transition: 'auto',
      steps: [{ type: 'addLearner', member: { id: nodeIdOf(ordinal), uuid } }],
    });
  }

  /**
   * Removes a member. Stop its node first, or tell `followReplicas`: one that still runs asks to be let in again.
   * @throws `RAFT_NOT_LEADER`; `RAFT_CHANGE_REFUSED` for the leader itself, which leaves instead.
   */
  async remove(ordinal: number): Promise<void> {
    const id = nodeIdOf(ordinal);
    if (id === this.#status.id) {
      throw new RaftError(
        'RAFT_CHANGE_REFUSED',
        `${ordinal} leads: call leave() first, then remove it on the new leader`,
      );
    }
    await this.#node.changeMembership({ transition: 'auto', steps: [{ type: 'remove', id }] });
  }

  /**
   * Removes this node from its cluster for good: gives leadership away first, and resolves once the new leader has removed it.
   * Shut the node down afterwards. @throws `RAFT_CHANGE_REFUSED` when the others would have no live majority, or nobody can lead.
   */
  async leave({ signal = new AbortController().signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.#onLeave();
    await this.#node.leave(leaveLimitMs, signal);
  }

  /** Members with an ordinal of `count` or more leave while this node leads; undefined: nobody does. */
  followReplicas(count: number | undefined): void {
    this.#node.setReplicas({ admitted: count, kept: count });
  }

  get #status(): RaftStatus {
    return this.#node.driver.status();
  }
}
