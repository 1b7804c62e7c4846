/**
 * A node's place in its cluster, from its start to its end: it begins as the record says, joins, founds the next generation
 * when the majority is lost, and leaves a generation that others have given up.
 *
 * While a leader is known nothing is asked of anybody: neither the API server nor peers. All waits are bounded, and an
 * unreachable API server only postpones: nothing is ever founded or given up on a guess.
 */
import {
  type BootstrapOptions,
  configurationOf,
  type IdentifyAnswer,
  type JoinAnswer,
  type NodeId,
  nodeIdOf,
} from '@k8sop/raft-core';
import { type Clock, sleep } from '@k8sop/runtime';
import { beginningOf, decideBeginning, foundingRecord } from './begin-node.ts';
import { foundingVerdict } from './founding-rule.ts';
import { type GenesisRecord, type GenesisRecords, nextGeneration, type StoredRecord } from './genesis-record.ts';
import { lostMajority, type SelfDescription } from './lost-majority.ts';
import type { OpenedStorage } from './raft-node.ts';
import type { RaftSettings } from './raft-settings.ts';
import type { ReplicaSet } from './wanted-replicas.ts';

/** What a node knows of its own place. */
export interface Standing {
  readonly clusterId: string;
  readonly generation: number;
  /** Voter or learner of the newest configuration it has applied. */
  readonly member: boolean;
  readonly leaderId: NodeId;
  /** -1: never. */
  readonly leaderSeenMsAgo: number;
}

/** A node, wherever it runs. Calls fail with `RAFT_STOPPED` once it has ended. */
export interface ParticipatingNode {
  start(bootstrap: BootstrapOptions | undefined): Promise<void>;
  restart(bootstrap: BootstrapOptions): Promise<void>;
  discard(): Promise<OpenedStorage>;
  standing(): Promise<Standing>;
  /** Undefined: no answer within the limit. */
  identify(id: NodeId, limitMs: number): Promise<IdentifyAnswer | undefined>;
  /** Asks one node to admit us. Undefined: no answer. */
  ask(contact: NodeId): Promise<JoinAnswer | undefined>;
}

export interface ParticipationOptions {
  readonly node: ParticipatingNode;
  readonly storage: OpenedStorage;
  readonly records: GenesisRecords;
  readonly settings: Pick<
    RaftSettings,
    'id' | 'electionTimeoutMs' | 'maxVoters' | 'peers' | 'dataDir' | 'clusterName' | 'namespace'
  >;
  /** The StatefulSet as it is now. Undefined: there is none to look at. */
  readonly replicas: (signal: AbortSignal) => Promise<ReplicaSet | undefined>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** What is being waited for, in words; the latest holds. */
  readonly doing: (text: string) => void;
  readonly log: (
    level: 'info' | 'warn' | 'error',
    message: string,
    fields: Readonly<Record<string, string | number>>,
  ) => void;
}

type Look = 'settled' | 'waits' | 'suspects' | 'superseded';

const idleCheckMs = 1_000;
const firstWaitMs = 250;
const lastWaitMs = 2_000;
const identifyLimitMs = 1_000;
const repeatWarningMs = 60_000;
/** Taken for granted where neither a StatefulSet nor a list says how many replicas there are. */
const fewestReplicas = 3;
/** Asked whether there is a cluster, however few replicas are wanted now. */
const mostVoters = 7;
/** Replicas that start together answer within this; whoever waits longer asks less often. */
const promptMs = 10_000;

export class Participation {
  readonly #options: ParticipationOptions;
  readonly #warnedAtMs = new Map<string, number>();
  readonly #joined = Promise.withResolvers<void>();
  #storage: OpenedStorage;
  /** Since when each round of answers has said that the majority is lost. */
  #suspectedAtMs: number | undefined;
  /** Since when each round of answers has shown no cluster, nor a record of one. */
  #unrecordedAtMs: number | undefined;
  /** Since when no leader is known. */
  #leaderlessAtMs: number | undefined;

  constructor(options: ParticipationOptions) {
    this.#options = options;
    this.#storage = options.storage;
    this.#joined.promise.catch(() => {}); // `run` reports it too
  }

  /** Resolves once the node is a member, for the first time. */
  get joined(): Promise<void> {
    return this.#joined.promise;
  }

  /** Until the signal aborts. @throws what makes the node useless: its storage, a broken invariant. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    try {
      while (!signal.aborted) {
        await this.#begin();
        await this.#stay();
        this.#storage = await this.#giveUp();
      }
    } catch (error) {
      this.#joined.reject(error);
      if (!signal.aborted) throw error;
    }
  }

  async #begin(): Promise<void> {
    const { node, records, clock, signal, doing, log, settings } = this.#options;
    const beginning = await decideBeginning({
      storage: this.#storage,
      records,
      signal,
      sleep: (delayMs) => sleep(clock, delayMs, { signal }),
      onRetry: (error, delayMs) => {
        doing(`waits for the cluster's record: ${messageOf(error)}`);
        log('warn', 'raft: waits for the cluster record', { error: messageOf(error), retryMs: delayMs });
      },
    });
    await node.start(beginning.type === 'bootstrap' ? beginning.bootstrap : undefined);
    log('info', 'raft: node runs', { ordinal: settings.id - 1, begins: beginning.type });
    if (beginning.type === 'resume' || beginning.type === 'bootstrap') this.#joined.resolve();
  }

  /** Resolves when this node's generation was given up by others. */
  async #stay(): Promise<void> {
    const { clock, signal, doing, log } = this.#options;
    for (let waitMs = firstWaitMs; ; ) {
      signal.throwIfAborted();
      let look: Look;
      try {
        look = await this.#look();
      } catch (error) {
        signal.throwIfAborted();
        if (isFatal(error)) throw error;
        this.#suspectedAtMs = undefined;
        this.#unrecordedAtMs = undefined; // the leader cannot write it either
        doing(`waits for the cluster's record: ${messageOf(error)}`);
        this.#warn(log, 'raft: cannot look for the cluster', { error: messageOf(error) });
        look = 'waits';
      }
      if (look === 'superseded') return;
      waitMs = look === 'waits' ? Math.min(lastWaitMs, waitMs * 1.5) : firstWaitMs;
      await sleep(clock, look === 'settled' ? idleCheckMs : waitMs, { signal });
    }
  }

  async #look(): Promise<Look> {
    const { node, records, signal, doing, log } = this.#options;
    const standing = await node.standing();
    if (this.#isLed(standing)) return 'settled';
    const stored = await records.read(signal);
    if (stored === undefined && standing.clusterId === '') return await this.#seekUnrecorded();
    this.#unrecordedAtMs = undefined;
    if (stored === undefined) {
      doing(`the cluster's record ConfigMap ${records.name} is gone`);
      this.#warn(log, 'raft: the cluster record is gone', { configMap: records.name });
      return 'waits';
    }
    const { record } = stored;
    if (standing.clusterId !== '' && standing.clusterId !== record.clusterId) {
      doing(`the record is of cluster ${record.clusterId}, this storage of ${standing.clusterId}`);
      this.#warn(log, 'raft: storage and record are of different clusters; give this node an empty directory', {
        storage: standing.clusterId,
        record: record.clusterId,
      });
      return 'waits';
    }
    if (standing.clusterId !== '' && record.generation > standing.generation) return 'superseded';
    return await this.#seek(stored, standing);
  }

  /** True, too, for as long as a cluster is given to elect. */
  #isLed({ member, leaderId, leaderSeenMsAgo, clusterId }: Standing): boolean {
    const { clock, settings } = this.#options;
    const nowMs = clock.nowMs();
    const graceMs = Math.max(2_000, 8 * settings.electionTimeoutMs);
    // A learner that was removed, or is cut off, names its last leader for ever: it never stands for election.
    if (member && leaderId !== 0 && leaderSeenMsAgo < graceMs) {
      this.#leaderlessAtMs = undefined;
      this.#suspectedAtMs = undefined;
      return true;
    }
    this.#leaderlessAtMs ??= nowMs;
    return clusterId !== '' && nowMs - this.#leaderlessAtMs < graceMs;
  }

  /** Somebody whose cluster has lost its record, or the proof that there is nobody. */
  async #seekUnrecorded(): Promise<Look> {
    const { records, settings, clock, replicas, signal, doing, log } = this.#options;
    const { id, maxVoters, dataDir, clusterName, namespace } = settings;
    const nowMs = clock.nowMs();
    const set = await replicas(signal);
    const { wanted, asked } = replicaIds(settings, set);
    const answers = await this.#askAll(asked);
    const verdict = foundingVerdict({
      selfId: id,
      answers,
      replicas: wanted,
      maxVoters,
      heldMs: nowMs - (this.#unrecordedAtMs ?? nowMs),
      onDisk: dataDir !== undefined,
      ageMs: set?.ageMs,
      agreed: await records.isVacant(signal),
    });
    const { why } = verdict;
    if (verdict.type === 'join') {
      this.#unrecordedAtMs = undefined;
      doing(`asks ${why}, to let it in: its record ConfigMap ${records.name} is gone`);
      this.#warn(log, 'raft: the cluster record is gone', { configMap: records.name, members: why });
      return (await this.#join(verdict, answers)) ? 'settled' : 'waits';
    }
    this.#unrecordedAtMs ??= nowMs;
    if (verdict.type === 'found') return await this.#foundFirst(why);
    doing(`there is no record ConfigMap ${records.name} yet; ${why}`);
    if (verdict.type === 'ask') {
      const command = `k8sop-raft recover ${clusterName} --namespace ${namespace}`;
      this.#warn(log, 'raft: no cluster record, and nobody to ask; start the silent replicas, or run the command', {
        why,
        command,
      });
    }
    return nowMs - this.#unrecordedAtMs < promptMs ? 'suspects' : 'waits';
  }

  async #foundFirst(why: string): Promise<Look> {
    const { records, signal, log } = this.#options;
    const created = await records.create(foundingRecord(this.#storage), signal);
    const beginning = created === undefined ? undefined : beginningOf(this.#storage, created.record);
    if (beginning?.type !== 'bootstrap') return 'suspects'; // somebody else was first: read again
    log('info', 'raft: founds the cluster', { why });
    await this.#found(beginning.bootstrap);
    return 'settled';
  }

  /** Somebody who leads, or the proof that nobody can. */
  async #seek(stored: StoredRecord, { clusterId, generation }: Standing): Promise<Look> {
    const { settings, clock, doing } = this.#options;
    const { record } = stored;
    const beginning = clusterId === '' ? beginningOf(this.#storage, record) : undefined;
    if (beginning?.type === 'bootstrap') {
      await this.#found(beginning.bootstrap); // our record was written, and its answer was lost
      return 'settled';
    }
    const startedMs = clock.nowMs();
    const recorded = [...record.voters, ...(record.pendingVoters ?? []), record.founder].map((member) => member.id);
    const answers = await this.#askAll([...recorded, ...(listedIds(settings) ?? [])]);
    if (await this.#join(record, answers)) return 'settled';
    if (clusterId !== '') {
      doing(`no leader of generation ${generation} answers`);
      return 'waits';
    }
    const heldMs = this.#suspectedAtMs === undefined ? 0 : startedMs - this.#suspectedAtMs;
    const verdict = lostMajority(record, { answers, heldMs, promiseMs: settings.electionTimeoutMs });
    doing(`asks to join; ${verdict.why}`);
    if (verdict.type === 'alive') this.#suspectedAtMs = undefined;
    else this.#suspectedAtMs ??= clock.nowMs();
    if (verdict.type === 'lost') return await this.#foundNext(stored, verdict.why);
    return verdict.type === 'suspected' ? 'suspects' : 'waits';
  }

  /** Founds the next generation, if that may be done without asking a person, or a person was asked. */
  async #foundNext(stored: StoredRecord, why: string): Promise<Look> {
    const { records, settings, signal, doing, log } = this.#options;
    const { record } = stored;
    const command = `k8sop-raft recover ${settings.clusterName} --namespace ${settings.namespace}`;
    if (settings.dataDir !== undefined && record.abandon !== record.generation) {
      doing(`the majority is lost (${why}): restore their volumes, or run ${command}`);
      this.#warn(log, 'raft: the majority is lost; restore the volumes, or run the command', { why, command });
      return 'suspects';
    }
    const next = nextGeneration(record, { id: settings.id, uuid: this.#storage.identity.uuid });
    if ((await records.swap(stored, next, signal)) === undefined) return 'suspects'; // somebody else was first: read again
    log('warn', 'raft: the majority is lost; this node founds the next generation', {
      why,
      generation: next.generation,
    });
    const { clusterId, generation, founder } = next;
    await this.#found({ clusterId, generation, configuration: configurationOf([founder]) });
    return 'settled';
  }

  async #found(bootstrap: BootstrapOptions): Promise<void> {
    await this.#options.node.restart(bootstrap);
    this.#joined.resolve();
  }

  async #giveUp(): Promise<OpenedStorage> {
    const { node, log, doing } = this.#options;
    doing('joins the next generation');
    const storage = await node.discard();
    this.#suspectedAtMs = undefined;
    this.#leaderlessAtMs = undefined;
    log('warn', 'raft: this generation was given up; joining the next one as a new member', {
      kept: storage.setAside ?? 'nothing (memory)',
    });
    return storage;
  }

  /** What they say of themselves, and what we would. */
  async #askAll(ids: readonly NodeId[]): Promise<ReadonlyMap<NodeId, SelfDescription>> {
    const { node, settings } = this.#options;
    const { id, electionTimeoutMs } = settings;
    const others = [...new Set(ids)].filter((other) => other !== id);
    const asked = others.map(async (other) => [other, await node.identify(other, identifyLimitMs)] as const);
    const answers = new Map<NodeId, SelfDescription>();
    for (const [other, answer] of await Promise.all(asked)) {
      if (answer !== undefined) answers.set(other, describe(answer));
    }
    const { identity, empty } = this.#storage;
    const { uuid, clusterId, generation } = identity;
    const ours = { id, uuid, clusterId, generation, empty, leaderId: 0, leaderSeenMsAgo: -1 };
    return answers.set(id, { ...ours, promiseMs: electionTimeoutMs });
  }

  /** Asks whoever may lead, as the answers say; then those that follow somebody. */
  async #join(
    { clusterId, generation }: Pick<GenesisRecord, 'clusterId' | 'generation'>,
    answers: ReadonlyMap<NodeId, SelfDescription>,
  ): Promise<boolean> {
    const { node, settings, log } = this.#options;
    const members = [...answers.values()].filter(
      (answer) => answer.clusterId === clusterId && answer.generation === generation,
    );
    const named = members.map(({ leaderId }) => leaderId).filter((leader) => leader !== 0);
    const candidates = new Set([...named, ...members.map(({ id }) => id)]);
    for (const contact of candidates) {
      if (contact === settings.id) continue;
      const answer = await node.ask(contact);
      if (answer?.type === 'joined') {
        this.#joined.resolve();
        return true;
      }
      if (answer?.type === 'notLeader' && answer.leaderId !== 0) candidates.add(answer.leaderId); // still to be visited
      if (answer?.type === 'refused') {
        this.#options.doing(`${contact - 1} does not admit us: ${answer.reason}`);
        this.#warn(log, 'raft: not admitted', { by: contact - 1, reason: answer.reason });
        return false;
      }
    }
    return false;
  }

  /** The same sentence at most once a minute. */
  #warn(log: ParticipationOptions['log'], message: string, fields: Readonly<Record<string, string | number>>): void {
    const nowMs = this.#options.clock.nowMs();
    const last = this.#warnedAtMs.get(message);
    if (last !== undefined && nowMs - last < repeatWarningMs) return;
    this.#warnedAtMs.set(message, nowMs);
    log('warn', message, fields);
  }
}

/** Replicas that there should be, and whoever may know of a cluster. */
function replicaIds(
  settings: Pick<RaftSettings, 'id' | 'peers'>,
  set: ReplicaSet | undefined,
): { readonly wanted: readonly NodeId[]; readonly asked: readonly NodeId[] } {
  const listed = listedIds(settings);
  const likely = listed ?? firstIds(Math.max(fewestReplicas, settings.id));
  const wanted = set === undefined ? [...new Set([...likely, settings.id])] : firstIds(set.replicas);
  return { wanted, asked: [...wanted, ...(listed ?? firstIds(mostVoters))] };
}

function listedIds({ peers }: Pick<RaftSettings, 'peers'>): readonly NodeId[] | undefined {
  return peers === undefined ? undefined : Object.keys(peers).map((ordinal) => nodeIdOf(Number(ordinal)));
}

function firstIds(count: number): readonly NodeId[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

function describe({ hello, empty, leaderId, leaderSeenMsAgo }: IdentifyAnswer): SelfDescription {
  const { id, uuid, clusterId, generation, promiseMs } = hello;
  return { id, uuid, clusterId, generation, empty, leaderId, leaderSeenMsAgo, promiseMs };
}

/** The node's own end, as opposed to an API server or a peer that is away. */
function isFatal(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && (code.startsWith('STORAGE_') || code === 'RAFT_STOPPED');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
