/**
 * The leader's care for the membership: looks every half second, makes one change at a time, and keeps the cluster's record in
 * step: the voters to come before a change, the voters there are after it, and every 30 s whatever a person deleted or edited.
 * Without the record (API server away) membership stands still; elections never need it.
 */
import {
  type Clock,
  type Configuration,
  type ConfigurationChange,
  isRaftError,
  type Member,
  type RaftDriver,
  RaftError,
  type RaftStatus,
} from '@k8sop/raft-core';
import type { RecordOutcome, VotersChange } from './genesis-record.ts';
import { monotonicClock } from './monotonic-clock.ts';
import { heirOfUnwanted, type MembershipView, planMembership, voterTarget } from './membership-plan.ts';

/**
 * Where the voters are recorded. Resolves once the record says so (undefined: none is kept), and rejects when it cannot, or when
 * `confirmVoters` rejects, which it must ask before it writes.
 */
export type MembershipRecord = (change: VotersChange) => Promise<RecordOutcome | undefined>;

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
  /** @default the consensus clock */
  readonly clock?: Clock;
}

const intervalMs = 500;
/** How long a record that a person deleted or edited may stay so. */
const recordIntervalMs = 30_000;
const liveWithinMs = 2_000;
const repeatProblemMs = 60_000;

/**
 * Resolves once a quorum, asked after the call, still follows this node as leader with exactly these voters in force.
 * @throws `RAFT_NOT_LEADER`.
 */
export async function confirmVoters(
  driver: Pick<RaftDriver, 'readIndex' | 'status'>,
  voters: readonly Member[],
): Promise<void> {
  await driver.readIndex({ byQuorum: true });
  const status = driver.status();
  const { configuration, leaderId } = status;
  const unchanged =
    configuration.outgoing.length === 0 && JSON.stringify(configuration.voters) === JSON.stringify(voters);
  if (!leads(status) || !unchanged) {
    throw new RaftError('RAFT_NOT_LEADER', 'the voters to be recorded are those of the past', { leaderId });
  }
}

export class MembershipLoop {
  readonly #options: MembershipLoopOptions;
  readonly #clock: Clock;
  #cancelTimer: (() => void) | undefined;
  #stopped = false;
  /** Changes run one after the other, whoever asks for them. */
  #turn: Promise<unknown> = Promise.resolve();
  #looking = false;
  #settled = '';
  #checking = false;
  #checkAtMs = 0;
  #warned = '';
  #told = { problem: '', atMs: 0 };

  constructor(options: MembershipLoopOptions) {
    this.#options = options;
    this.#clock = options.clock ?? monotonicClock;
  }

  start(): void {
    this.#cancelTimer = this.#clock.setTimer(intervalMs, () => {
      this.start();
      void this.#look();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer?.();
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

  async #look(): Promise<void> {
    const { driver } = this.#options;
    const status = driver.status();
    if (!leads(status)) {
      this.#checkAtMs = 0; // a new leader looks at once
      return;
    }
    void this.#checkRecord();
    if (this.#looking) return;
    this.#looking = true;
    try {
      await this.#care(status);
    } catch (error) {
      this.#tellUnlessExpected(error);
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
    const isJoint = configuration.outgoing.length > 0; // the driver refuses
    if (!isJoint && JSON.stringify(after) !== JSON.stringify(configuration.voters))
      await this.#record(configuration.voters, after);
    await driver.changeConfiguration(change);
    await this.#settle(driver.status().configuration);
  }

  /** Beside the looks, which must not wait for an API server that is away; in its turn, so that no change is under way. */
  async #checkRecord(): Promise<void> {
    const nowMs = this.#clock.nowMs();
    if (this.#checking || nowMs < this.#checkAtMs) return;
    this.#checking = true;
    this.#checkAtMs = nowMs + recordIntervalMs;
    const check = this.#turn.then(() => this.#putRight());
    this.#turn = check.catch(() => {}); // told below
    try {
      await check;
    } catch (error) {
      this.#tellUnlessExpected(error);
    } finally {
      this.#checking = false;
    }
  }

  async #putRight(): Promise<void> {
    const status = this.#options.driver.status();
    const { voters, outgoing } = status.configuration;
    if (!leads(status) || outgoing.length > 0) return;
    const before = this.#settled;
    const outcome = await this.#record(voters, null);
    this.#settled = JSON.stringify(voters);
    if (outcome === 'changed' && before === this.#settled)
      this.#options.problem(
        'the cluster record did not name the voters there are, and has been put right: who edited its ConfigMap?',
      );
  }

  #tellUnlessExpected(error: unknown): void {
    const expected =
      isRaftError(error) && /NOT_LEADER|CHANGE_REFUSED|TRANSFER_REFUSED|DROPPED|STOPPED|UNKNOWN/.test(error.code);
    if (!expected && !this.#stopped) this.#tell(`membership: ${(error as Error).message}`);
  }

  /** The same sentence once a minute: a record that cannot be written is tried twice a second. */
  #tell(problem: string): void {
    const nowMs = this.#clock.nowMs();
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
    await this.#record(configuration.voters, null);
    this.#settled = voters;
  }

  async #record(
    voters: readonly Member[],
    pendingVoters: readonly Member[] | null,
  ): Promise<RecordOutcome | undefined> {
    const { driver, record, problem } = this.#options;
    const { clusterId, generation } = driver.identity;
    const { id, uuid } = driver.status();
    const outcome = await record({ clusterId, generation, leader: { id, uuid }, voters, pendingVoters });
    if (outcome === 'created')
      problem('the cluster record was missing, and has been written again: who deleted its ConfigMap?');
    return outcome;
  }
}

/** A leader that knows its membership. */
function leads({ role, revoked, applied, configurationIndex }: RaftStatus): boolean {
  return role === 'leader' && !revoked && applied >= configurationIndex;
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
