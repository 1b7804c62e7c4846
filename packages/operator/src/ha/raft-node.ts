/**
 * One consensus node, whole: storage, transport, discovery, driver, and the leader's care for the membership. Runs in the
 * consensus thread; `RaftNodeManager` runs it in the caller's.
 *
 * It opens its storage first and says what it found; only then the caller decides how the node begins.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { HeadlessServiceDiscovery, podDnsName } from '@k8sop/discovery-dns';
import {
  type BootstrapOptions,
  type ConfigurationChange,
  type IdentifyAnswer,
  isRaftError,
  type JoinAnswer,
  type JoinRequest,
  type LeadershipListener,
  type LogStore,
  type Member,
  type NodeId,
  openMemoryLogStore,
  ordinalOf,
  type PeerDiscovery,
  RaftError,
  type RaftDriver,
  type RaftStatus,
  startRaftDriver,
  type StateMachine,
  type StoreIdentity,
  type TraceEvent,
} from '@k8sop/raft-core';
import { type CertificateExpiry, GrpcTransport } from '@k8sop/raft-grpc';
import { openLevelLogStore, setAsideDataDirectory } from '@k8sop/raft-level';
import { confirmVoters, MembershipLoop, type MembershipRecord, type WantedReplicas } from './membership-loop.ts';
import { monotonicClock } from './monotonic-clock.ts';
import type { Standing } from './participation.ts';
import { Presence } from './presence.ts';
import type { RaftSettings } from './raft-settings.ts';
import { staticDiscovery } from './static-discovery.ts';

/** What the storage held when it was opened. */
export interface OpenedStorage {
  readonly identity: StoreIdentity;
  readonly id: NodeId;
  /** No cluster, no vote, no entry. */
  readonly empty: boolean;
  /** Where a damaged directory's files were put; undefined when it was sound. */
  readonly setAside: string | undefined;
}

export interface RaftNodePorts {
  readonly stateMachine: StateMachine;
  readonly leadership: LeadershipListener;
  /** Told of what needs a person. */
  readonly problem: (message: string) => void;
  /** Told when the certificates in use end, at the start and after each change. */
  readonly certificates?: (expiry: CertificateExpiry) => void;
  /** The node has ended by itself and cannot take part any more. Called once per start. */
  readonly failed: (error: Error) => void;
  readonly trace?: (event: TraceEvent) => void;
  /** Keeps the cluster's record beside its membership. */
  readonly record: MembershipRecord;
}

export class RaftNode implements AsyncDisposable {
  readonly #settings: RaftSettings;
  readonly #ports: RaftNodePorts;
  /** Who we are is the process, not the transport: peers would take a second one for a copy of the directory. */
  readonly #bootId: string = randomUUID();
  #store: LogStore;
  #storage: OpenedStorage;
  #cloned = false;
  /** When a full disk was last told of. */
  #toldFullMs = Number.NEGATIVE_INFINITY;
  #initialState: readonly Uint8Array[] | undefined;
  #transport: GrpcTransport | undefined;
  #driver: RaftDriver | undefined;
  #membership: MembershipLoop | undefined;
  #presence = new Presence();
  #replicas: WantedReplicas = { admitted: undefined, kept: undefined };

  private constructor(settings: RaftSettings, ports: RaftNodePorts, store: LogStore, storage: OpenedStorage) {
    this.#settings = settings;
    this.#ports = ports;
    this.#store = store;
    this.#storage = storage;
  }

  /** @throws `STORAGE_*`: in use, not writable, newer format, or (with `onCorruptStorage: 'stop'`) damaged. */
  static async open(settings: RaftSettings, ports: RaftNodePorts): Promise<RaftNode> {
    const { store, setAside } = await openStore(settings);
    return new RaftNode(settings, ports, store, await describeStorage(store, settings, setAside));
  }

  /** Once a minute while it lasts: nothing is acknowledged meanwhile. */
  #storageIsFull({ message }: Error): void {
    const nowMs = monotonicClock.nowMs();
    if (nowMs - this.#toldFullMs < 60_000) return;
    this.#toldFullMs = nowMs;
    this.#ports.problem(message);
  }

  /** What the storage held when it was opened. */
  get storage(): OpenedStorage {
    return this.#storage;
  }

  /** Listens and takes part. With `bootstrap` an empty storage founds the cluster. */
  async start(bootstrap: BootstrapOptions | undefined): Promise<void> {
    const { id, port, host, tls, electionTimeoutMs, heartbeatMs, maxVoters } = this.#settings;
    const { stateMachine, leadership, problem, certificates, trace, record } = this.#ports;
    this.#initialState ??= await imageOf(stateMachine);
    this.#transport = new GrpcTransport({
      discovery: discoveryFor(this.#settings),
      port,
      ...(host === undefined ? {} : { host }),
      tls,
      ...(tls.mode === 'disabled' ? {} : { peerName: (peer: NodeId) => podDnsName(this.#settings, ordinalOf(peer)) }),
      onProblem: problem,
      ...(certificates === undefined ? {} : { onCertificates: certificates }),
      onCloned: (error) => this.#standDown(error),
    });
    this.#presence = new Presence();
    const driver = await startRaftDriver({
      id,
      store: this.#store,
      transport: this.#presence.watch(this.#transport),
      stateMachine,
      clock: monotonicClock,
      seed: randomInt(2 ** 47),
      bootId: this.#bootId,
      electionTimeoutMs,
      heartbeatMs,
      leadership,
      joinProblem: (request) => this.#joinProblem(request),
      onStorageFull: (error) => this.#storageIsFull(error),
      changeMembership: (change) => this.changeMembership(change),
      ...(trace === undefined ? {} : { tracer: { trace } }),
      ...(bootstrap === undefined ? {} : { bootstrap }),
    });
    this.#driver = driver;
    this.#membership = new MembershipLoop({ driver, maxVoters, record, problem, replicas: () => this.#replicas });
    this.#membership.start();
    void driver.closed.then(() => {
      const { failure } = driver;
      if (failure === undefined) return;
      const stopped = new RaftError('RAFT_STOPPED', 'the node has failed', { cause: failure });
      this.#ports.failed(failure instanceof Error ? failure : stopped);
    });
  }

  /** Somebody votes in our name, from a copy of our storage: this process must neither vote nor lead any more (H13). */
  #standDown({ message }: RaftError): void {
    if (this.#cloned) return;
    this.#cloned = true;
    const { dataDir = 'memory' } = this.#settings;
    const error = new RaftError(
      'RAFT_STORAGE_CLONED',
      `data directory ${dataDir}: another process runs on a copy of it (${message}). Stop one of the two. If this is the copy, ` +
        `give this node an empty directory; if it is the original, start it again once the other has stopped`,
    );
    this.#ports.failed(error);
    void this.#stop();
  }

  /** The running driver. @throws `RAFT_STOPPED` before `start`. */
  get driver(): RaftDriver {
    if (this.#driver === undefined) throw new RaftError('RAFT_STOPPED', 'the node was not started');
    return this.#driver;
  }

  get port(): number {
    return this.#transport?.port ?? 0;
  }

  /** Undefined before `start`. */
  status(): RaftStatus | undefined {
    return this.#driver?.status();
  }

  /** @throws `RAFT_STOPPED` before `start`. */
  standing(): Standing {
    const { id, uuid, configuration, leaderId, leaderSeenMsAgo } = this.driver.status();
    const { clusterId, generation } = this.driver.identity;
    const { voters, learners } = configuration;
    const member = [...voters, ...learners].some((other) => other.id === id && other.uuid === uuid);
    return { clusterId, generation, member, leaderId, leaderSeenMsAgo };
  }

  /** Wanted replicas, as the StatefulSet says. */
  setReplicas(replicas: WantedReplicas): void {
    this.#replicas = replicas;
  }

  /** Who a node says it is. Undefined: it does not answer within `limitMs`. */
  async identify(to: NodeId, limitMs: number, signal: AbortSignal): Promise<IdentifyAnswer | undefined> {
    if (this.#transport === undefined) throw new RaftError('RAFT_STOPPED', 'the node was not started');
    const limit = AbortSignal.timeout(limitMs);
    try {
      return await this.#transport.identify(to, { signal: AbortSignal.any([signal, limit]) });
    } catch (error) {
      signal.throwIfAborted();
      if (limit.aborted) return undefined;
      return await unlessAway(Promise.reject(error));
    }
  }

  /** Ends what `start` began, and founds a cluster on the storage, which must be empty still. @throws as `start`. */
  async restart(bootstrap: BootstrapOptions): Promise<void> {
    await this.#stop();
    await this.start(bootstrap);
  }

  /**
   * Forgets the cluster: the node ends, its state is as in the beginning, and an empty storage is opened under a new uuid. A
   * data directory is set aside, not deleted. `start` may follow. @throws `STORAGE_*`.
   */
  async discard(): Promise<OpenedStorage> {
    const { dataDir } = this.#settings;
    await this.#stop();
    await this.#store[Symbol.asyncDispose]();
    const setAside = dataDir === undefined ? undefined : await setAsideDataDirectory(dataDir);
    const { store } = await openStore(this.#settings);
    this.#store = store;
    this.#storage = await describeStorage(store, this.#settings, setAside);
    await this.#ports.stateMachine.restore(Readable.from(this.#initialState ?? []), never);
    return this.#storage;
  }

  /** @throws as the function of that name. */
  async confirmVoters(voters: readonly Member[]): Promise<void> {
    await confirmVoters(this.driver, voters);
  }

  /** Makes one membership change as leader. @throws as `MembershipLoop.change`. */
  async changeMembership(change: ConfigurationChange): Promise<void> {
    if (this.#membership === undefined) throw new RaftError('RAFT_STOPPED', 'the node was not started');
    await this.#membership.change(change);
  }

  /**
   * Hands leadership over; resolves once somebody else leads, or with false when nobody takes it within four election timeouts,
   * at once when no other voter is connected: replicas that all stop at the same time do not wait for each other.
   * @param stopped nothing acts on the lease any more, so nobody need be asked.
   */
  async handOver({ stopped }: { readonly stopped: boolean }): Promise<boolean> {
    const { driver } = this;
    const { role, term, timing } = driver.status();
    if (role !== 'leader') return true;
    const limitAtMs = monotonicClock.nowMs() + 4 * timing.electionTimeoutMs;
    await this.#changeMade(limitAtMs);
    for (let target: NodeId = 0; monotonicClock.nowMs() < limitAtMs; ) {
      const { role: now, leaderId } = driver.status();
      if (now !== 'leader' && leaderId !== 0) return true;
      const heir = now === 'leader' ? this.#heir() : undefined;
      if (heir === undefined && (now === 'leader' || this.#isAlone())) return false;
      if (heir !== undefined && (target === 0 || this.#presence.isAway(target))) {
        if (!this.#transfer(heir)) return false;
        target = heir;
        if (stopped) driver.reconcilerStopped(term);
      }
      await sleep(5);
    }
    return false;
  }

  /** Of the other voters that are connected and were heard from lately, whoever holds most. Undefined: there is none. */
  #heir(): NodeId | undefined {
    const { id: self, configuration, peers, timing } = this.driver.status();
    const voters = new Set(configuration.voters.map((voter) => voter.id).filter((voter) => voter !== self));
    const isHere = ({ id, seenMsAgo }: RaftStatus['peers'][number]): boolean =>
      voters.has(id) && !this.#presence.isAway(id) && seenMsAgo >= 0 && seenMsAgo <= 2 * timing.electionTimeoutMs;
    return peers.filter(isHere).sort((a, b) => b.match - a.match || a.id - b.id)[0]?.id;
  }

  #isAlone(): boolean {
    const { configuration, id } = this.driver.status();
    return configuration.voters.every((voter) => voter.id === id || this.#presence.isAway(voter.id));
  }

  #transfer(target: NodeId): boolean {
    try {
      this.driver.transferLeadership(target);
      return true;
    } catch (error) {
      if (isRaftError(error, 'RAFT_TRANSFER_REFUSED') || isRaftError(error, 'RAFT_NOT_LEADER')) return false;
      throw error;
    }
  }

  /**
   * Waits until a change of voters under way is complete and enough of the others know that it is. A leader that goes before may
   * take along the vote, or the knowledge, without which nobody can be elected.
   */
  async #changeMade(limitAtMs: number): Promise<void> {
    const until = async (done: (status: RaftStatus) => boolean): Promise<void> => {
      for (;;) {
        const status = this.driver.status();
        if (status.role !== 'leader' || done(status) || monotonicClock.nowMs() >= limitAtMs) return;
        if (this.#isAlone()) return;
        await sleep(5);
      }
    };
    await until(({ configuration }) => configuration.outgoing.length === 0);
    await until(({ configuration, configurationIndex, peers }) => {
      const knows = new Set(peers.filter((peer) => peer.knownCommit >= configurationIndex).map(({ id }) => id));
      return (
        configuration.voters.filter(({ id }) => knows.has(id)).length >= Math.floor(configuration.voters.length / 2)
      );
    });
  }

  /**
   * Leaves the cluster for good: leadership is given away, then the leader removes this node, which should be stopped then.
   * @throws `RAFT_CHANGE_REFUSED` with the last reason when that was not possible within `limitMs`.
   */
  async leave(limitMs: number, signal: AbortSignal): Promise<void> {
    const limitAtMs = monotonicClock.nowMs() + limitMs;
    let reason = 'no leader is known';
    while (monotonicClock.nowMs() < limitAtMs) {
      signal.throwIfAborted();
      const { role, leaderId } = this.driver.status();
      const answer = role === 'leader' ? undefined : await this.#askToLeave(leaderId, signal);
      if (answer?.type === 'left') return;
      if (answer?.type === 'refused') reason = answer.reason;
      if (role === 'leader') reason = this.#giveLeadershipAway() ?? reason;
      await sleep(20, undefined, { signal });
    }
    throw new RaftError('RAFT_CHANGE_REFUSED', `the node could not leave within ${limitMs} ms: ${reason}`);
  }

  async #askToLeave(leaderId: NodeId, signal: AbortSignal): Promise<JoinAnswer | undefined> {
    if (leaderId === 0) return undefined;
    return await unlessAway(this.driver.leave(leaderId, { signal }));
  }

  /** Begins it. @returns why not. */
  #giveLeadershipAway(): string | undefined {
    try {
      this.driver.transferLeadership();
      return undefined;
    } catch (error) {
      if (isRaftError(error, 'RAFT_TRANSFER_REFUSED') || isRaftError(error, 'RAFT_NOT_LEADER')) return error.message;
      throw error;
    }
  }

  /** Asks one node to admit this one. Undefined: it does not answer. */
  async ask(contact: NodeId, signal: AbortSignal): Promise<JoinAnswer | undefined> {
    return await unlessAway(this.driver.join(contact, { signal }), (message) => this.#ports.problem(message));
  }

  /** Asks the contacts in turn, following the leader that they name, until one admits this node. */
  async join(contacts: readonly NodeId[], signal: AbortSignal): Promise<void> {
    let next: NodeId | undefined;
    for (let attempt = 0; !signal.aborted; attempt++) {
      const contact = next ?? contacts[attempt % contacts.length];
      next = undefined;
      if (contact === undefined) throw new RaftError('RAFT_INVALID_OPTION', 'there is nobody to join');
      const answer = await this.ask(contact, signal);
      if (answer?.type === 'joined') return;
      if (answer?.type === 'notLeader' && answer.leaderId !== 0 && answer.leaderId !== this.#settings.id)
        next = answer.leaderId;
      if (answer?.type === 'refused') this.#ports.problem(`node ${contact} does not admit us: ${answer.reason}`);
      if (next === undefined) await sleep(Math.min(2_000, 100 * (attempt + 1)), undefined, { signal }).catch(() => {}); // aborted: the loop ends
    }
    throw signal.reason;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
    await this.#store[Symbol.asyncDispose]();
  }

  async #stop(): Promise<void> {
    this.#membership?.stop();
    await this.#driver?.[Symbol.asyncDispose]();
    await this.#transport?.[Symbol.asyncDispose]();
    this.#membership = undefined;
    this.#driver = undefined;
    this.#transport = undefined;
  }

  #joinProblem({ member }: JoinRequest): string | undefined {
    const { admitted } = this.#replicas;
    if (admitted !== undefined && member.id > admitted)
      return `ordinal ${ordinalOf(member.id)} is not among the ${admitted} wanted replicas`;
    const twin = this.driver.status().peers.find(({ id, uuid }) => id === member.id && uuid !== member.uuid);
    const isLive = twin !== undefined && twin.seenMsAgo >= 0 && twin.seenMsAgo < twinLiveMs;
    if (!isLive && member.id !== this.#settings.id) return undefined;
    return (
      `ordinal ${ordinalOf(member.id)} is in use by a process with another storage (${twin?.uuid ?? this.driver.status().uuid}): ` +
      `do two pods have one name or nodeId? A replaced disk is let in ${twinLiveMs} ms after its predecessor fell silent`
    );
  }
}

/** A member heard from this recently is not replaced by another one with its ordinal. */
const twinLiveMs = 1_000;
/** Undefined instead of a failure that means: not this peer, not now. */
async function unlessAway<T>(answer: Promise<T>, problem?: (message: string) => void): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isRaftError(error, 'RAFT_PEER_UNREACHABLE')) return undefined;
    if (!isRaftError(error, 'RAFT_PEER_UNTRUSTED') && !isRaftError(error, 'RAFT_WRONG_CLUSTER')) throw error;
    problem?.(error.message); // passes once somebody has changed what it names
    return undefined;
  }
}

const never = { signal: new AbortController().signal };

async function describeStorage(
  store: LogStore,
  { id }: RaftSettings,
  setAside: string | undefined,
): Promise<OpenedStorage> {
  const { identity, hardState, lastIndex } = await store.load(never);
  const empty = identity.clusterId === '' && hardState.term === 0 && lastIndex === 0;
  return { identity, id, empty, setAside };
}

async function imageOf(stateMachine: StateMachine): Promise<readonly Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stateMachine.snapshot(never)) chunks.push(Uint8Array.from(chunk));
  return chunks;
}

function discoveryFor(settings: RaftSettings): PeerDiscovery {
  return settings.peers === undefined ? new HeadlessServiceDiscovery(settings) : staticDiscovery(settings.peers);
}

async function openStore(settings: RaftSettings): Promise<{ store: LogStore; setAside: string | undefined }> {
  const { dataDir: directory, onCorruptStorage } = settings;
  if (directory === undefined) return { store: openMemoryLogStore({ uuid: randomUUID() }), setAside: undefined };
  try {
    return { store: await openLevelLogStore({ directory }), setAside: undefined };
  } catch (error) {
    if (!isRaftError(error, 'STORAGE_CORRUPT') || onCorruptStorage === 'stop') throw error;
    const setAside = await setAsideDataDirectory(directory);
    return { store: await openLevelLogStore({ directory }), setAside };
  }
}
