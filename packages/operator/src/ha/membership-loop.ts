/**
 * The leader's care for the membership: looks every half second, makes one change at a time, and keeps the cluster's record in
 * step: the voters to come before a change, the voters there are after it. Without the record (API server away) membership
 * stands still; elections never need it.
 */
import {
  type Configuration,
  type ConfigurationChange,
  isRaftError,
  type Member,
  type RaftDriver,
  RaftError,
  type RaftStatus,
} from '@k8sop/raft-core';
import type { VotersChange } from './genesis-record.ts';
import { monotonicClock } from './monotonic-clock.ts';
import { heirOfUnwanted, type MembershipView, planMembership, voterTarget } from './membership-plan.ts';

/** Where the voters are recorded. Resolves once the record says so, and rejects when it cannot. */
export type MembershipRecord = (change: VotersChange) => Promise<void>;

/** Wanted replicas, as the StatefulSet says. */
export interface WantedReplicas {
  /** As read last: ordinals below it are let in. Undefined: not known, everybody is. */
  readonly admitted: number | undefined;
  /** Confirmed by a second reading: members at or above it are removed. Undefined: nobody is. */
  readonly kept: number | undefined;
}

export interface MembershipLoopOptions {
  readonly driver: RaftDriver;
  readonly maxVoters: number;
  readonly record: MembershipRecord;
  readonly replicas: () => WantedReplicas;
  readonly problem: (message: string) => void;
}

const intervalMs = 500;
const liveWithinMs = 2_000;
const repeatProblemMs = 60_000;

export class MembershipLoop {
  readonly #options: MembershipLoopOptions;
  #timer: NodeJS.Timeout | undefined;
  /** Changes run one after the other, whoever asks for them. */
  #turn: Promise<unknown> = Promise.resolve();
  #looking = false;
  #settled = '';
  /** Of the configuration that the last look found, and of the one that the last two did. */
  #seenIndex = -1;
  #stableIndex = -1;
  #warned = '';
  #told = { problem: '', atMs: 0 };

  constructor(options: MembershipLoopOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#look(), intervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /**
   * Makes one change, recorded before it is proposed and after it is in force.
   * @throws `RAFT_NOT_LEADER`, `RAFT_CHANGE_REFUSED`; whatever keeps the record from being written.
   */
  change(change: ConfigurationChange): Promise<void> {
    const next = this.#turn.then(() => this.#make(change));
    this.#turn = next.catch(() => {}); // told to whoever asked
    return next;
  }

  /** Two looks in a row have found this configuration: everybody who is connected has heard of it. */
  isStable(configurationIndex: number): boolean {
    return configurationIndex === this.#stableIndex;
  }

  async #look(): Promise<void> {
    const { driver } = this.#options;
    const status = driver.status();
    if (status.configurationIndex === this.#seenIndex) this.#stableIndex = status.configurationIndex;
    this.#seenIndex = status.configurationIndex;
    if (this.#looking) return;
    if (status.role !== 'leader' || status.revoked || status.applied < status.configurationIndex) return;
    this.#looking = true;
    try {
      await this.#care(status);
    } catch (error) {
      const expected =
        isRaftError(error) && /NOT_LEADER|CHANGE_REFUSED|TRANSFER_REFUSED|DROPPED|STOPPED|UNKNOWN/.test(error.code);
      if (!expected) this.#tell(`membership: ${(error as Error).message}`);
    } finally {
      this.#looking = false;
    }
  }

  async #care(status: RaftStatus): Promise<void> {
    const { driver, maxVoters, replicas } = this.#options;
    await this.#settle(status.configuration);
    this.#warnOfEvenNumbers(status.configuration);
    const { admitted, kept } = replicas();
    const view: MembershipView = {
      configuration: status.configuration,
      selfId: status.id,
      peers: status.peers.map(({ id, caughtUp, seenMsAgo }) => ({
        id,
        caughtUp,
        live: seenMsAgo >= 0 && seenMsAgo < liveWithinMs,
      })),
      admitted,
      kept,
      maxVoters,
    };
    const heir = heirOfUnwanted(view);
    if (heir !== undefined) return driver.transferLeadership(heir);
    const planned = planMembership(view);
    if (planned !== undefined) await this.change(planned.change);
  }

  async #make(change: ConfigurationChange): Promise<void> {
    const { driver } = this.#options;
    const { configuration, role, leaderId } = driver.status();
    if (role !== 'leader')
      throw new RaftError('RAFT_NOT_LEADER', 'only the leader changes the membership', { leaderId });
    const after = votersAfter(configuration, change.steps);
    if (JSON.stringify(after) !== JSON.stringify(configuration.voters)) await this.#record('announce', after);
    await driver.changeConfiguration(change);
    await this.#settle(driver.status().configuration);
  }

  /** The same sentence once a minute: a record that cannot be written is tried twice a second. */
  #tell(problem: string): void {
    const nowMs = monotonicClock.nowMs();
    if (problem === this.#told.problem && nowMs - this.#told.atMs < repeatProblemMs) return;
    this.#told = { problem, atMs: nowMs };
    this.#options.problem(problem);
  }

  /** Once per membership: two pods are one that votes and one that stands by. */
  #warnOfEvenNumbers({ voters, learners }: Configuration): void {
    const { problem, maxVoters } = this.#options;
    const count = voters.length + learners.length;
    const ordinals = [...voters, ...learners].map(({ id }) => id - 1).join(', ');
    if (count % 2 === 1 || count > maxVoters || this.#warned === ordinals) return;
    this.#warned = ordinals;
    problem(
      `${count} members (${ordinals}): an even number survives no more failures than ${count - 1}, so ${voterTarget(count, maxVoters)} ` +
        `vote and the others stand by; set spec.replicas to ${count + 1}${count === 2 ? ', or take LeaseElection for two replicas' : ''}`,
    );
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
