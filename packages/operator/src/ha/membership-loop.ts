/**
 * The leader's care for the membership: looks every half second, makes one change at a time, and keeps the cluster's record in
 * step: the voters to come before a change, the voters there are after it. Without the record (API server away) membership
 * stands still; elections never need it.
 */
import { type Configuration, isRaftError, type Member, type RaftDriver, type RaftStatus } from '@k8sop/raft-core';
import type { VotersChange } from './genesis-record.ts';
import { planMembership } from './membership-plan.ts';

/** Where the voters are recorded. Resolves once the record says so, and rejects when it cannot. */
export type MembershipRecord = (change: VotersChange) => Promise<void>;

export interface MembershipLoopOptions {
  readonly driver: RaftDriver;
  readonly maxVoters: number;
  readonly record: MembershipRecord;
  readonly replicas: () => number | undefined;
  readonly problem: (message: string) => void;
}

const intervalMs = 500;
const liveWithinMs = 2_000;

export class MembershipLoop {
  readonly #options: MembershipLoopOptions;
  #timer: NodeJS.Timeout | undefined;
  #busy = false;
  #settled = '';

  constructor(options: MembershipLoopOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#look(), intervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const { driver, problem } = this.#options;
    if (this.#busy) return;
    const status = driver.status();
    if (status.role !== 'leader' || status.revoked || status.applied < status.configurationIndex) return;
    this.#busy = true;
    try {
      await this.#care(status);
    } catch (error) {
      const expected = isRaftError(error) && /NOT_LEADER|CHANGE_REFUSED|DROPPED|STOPPED|UNKNOWN/.test(error.code);
      if (!expected) problem(`membership: ${(error as Error).message}`);
    } finally {
      this.#busy = false;
    }
  }

  async #care(status: RaftStatus): Promise<void> {
    const { driver, maxVoters, replicas } = this.#options;
    await this.#settle(status.configuration);
    const planned = planMembership({
      configuration: status.configuration,
      selfId: status.id,
      peers: status.peers.map(({ id, caughtUp, seenMsAgo }) => ({
        id,
        caughtUp,
        live: seenMsAgo >= 0 && seenMsAgo < liveWithinMs,
      })),
      replicas: replicas(),
      leaving: new Set(),
      maxVoters,
    });
    if (planned === undefined) return;
    await this.#record('announce', votersAfter(status.configuration, planned.change.steps));
    await driver.changeConfiguration(planned.change);
    await this.#settle(driver.status().configuration);
  }

  async #settle(configuration: Configuration): Promise<void> {
    if (configuration.outgoing.length > 0) return;
    const voters = JSON.stringify(configuration.voters);
    if (voters === this.#settled) return;
    await this.#record('settle', configuration.voters);
    this.#settled = voters;
  }

  #record(type: VotersChange['type'], voters: readonly Member[]): Promise<void> {
    const { clusterId, generation } = this.#options.driver.identity;
    return this.#options.record({ type, clusterId, generation, voters });
  }
}

type Steps = Parameters<RaftDriver['changeConfiguration']>[0]['steps'];

function votersAfter({ voters }: Configuration, steps: Steps): readonly Member[] {
  const after = new Map(voters.map((member) => [member.id, member]));
  for (const change of steps) {
    if (change.type === 'addVoter') after.set(change.member.id, change.member);
    else after.delete(change.type === 'remove' ? change.id : change.member.id);
  }
  return [...after.values()].sort((a, b) => a.id - b.id);
}
