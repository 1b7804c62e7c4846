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

export class ClusterManager {
  readonly #node: Pick<RaftNode, 'driver' | 'setReplicas'>;

  constructor(node: Pick<RaftNode, 'driver' | 'setReplicas'>) {
    this.#node = node;
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
    await this.#node.driver.changeConfiguration({
      transition: 'auto',
      steps: [{ type: 'addLearner', member: { id: nodeIdOf(ordinal), uuid } }],
    });
  }

  /** Removes a member for good. @throws `RAFT_NOT_LEADER`; `RAFT_CHANGE_REFUSED` for the leader itself, which leaves instead. */
  async remove(ordinal: number): Promise<void> {
    const id = nodeIdOf(ordinal);
    if (id === this.#status.id) {
      throw new RaftError(
        'RAFT_CHANGE_REFUSED',
        `${ordinal} leads: call leave() first, then remove it on the new leader`,
      );
    }
    await this.#node.driver.changeConfiguration({ transition: 'auto', steps: [{ type: 'remove', id }] });
  }

  /** Gives leadership away, so that another leader can remove this node. Nothing to do for a follower. */
  leave(): void {
    if (this.#status.role === 'leader') this.#node.driver.transferLeadership();
  }

  /** Members with an ordinal of `count` or more leave while this node leads; undefined: nobody does. */
  followReplicas(count: number | undefined): void {
    this.#node.setReplicas(count);
  }

  get #status(): RaftStatus {
    return this.#node.driver.status();
  }
}
