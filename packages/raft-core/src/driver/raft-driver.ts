/**
 * The one effects loop of a node: events in, effects out, each executed in the order the core demands.
 *
 * Synchronous work (sending, leases) happens inside the loop; storage, apply and snapshots run beside it, one of each
 * kind at a time, and come back as events. Writes to the store are serialised (O8). Any failure of storage or state
 * machine, and any broken invariant, stops the node: it never runs on with doubtful state.
 */
import { isVoter, type ChangeStep, type Configuration, type ConfigurationChange } from '../configuration.ts';
import { createEffects, type Effects, type EntryRequest } from '../core/effect.ts';
import type { RaftEvent } from '../core/event.ts';
import type { RaftCore, RaftStatus } from '../core/raft-node.ts';
import type { Timing } from '../entry.ts';
import { isRaftError, RaftError } from '../errors.ts';
import { protocolVersions, strangerAdvice, type Hello, type PeerIdentity } from '../hello.ts';
import type { LogIndex, NodeId, Term } from '../ids.ts';
import type { DriverTrace } from '../inspect/trace-event.ts';
import type { Message, SnapshotOffer } from '../message.ts';
import type { SnapshotSink, StoredState, StoreIdentity } from '../ports/log-store.ts';
import type { IdentifyAnswer, JoinAnswer, JoinRequest, TransportHandler } from '../ports/transport.ts';
import type { SnapshotRef } from '../snapshot.ts';
import type { ApplyLoop } from './apply-loop.ts';
import { ChangeTracker } from './change-tracker.ts';
import { encodeEnvelope, type Session } from './command-envelope.ts';
import type { DriverLimits, RaftDriverOptions } from './driver-options.ts';
import { OrderingAudit } from './ordering-audit.ts';
import { persist, retryWhenFull, storagePart } from './persist-effects.ts';
import type { ProposalResult, ProposalTracker } from './proposal-tracker.ts';
import { ReadTracker } from './read-tracker.ts';
import { SnapshotMaker } from './snapshot-maker.ts';
import { startTicks } from './tick-source.ts';

/** What a caller may wait with. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** Parts `startRaftDriver` puts together. */
export interface DriverParts {
  readonly options: RaftDriverOptions;
  readonly limits: DriverLimits;
  readonly core: RaftCore;
  readonly stored: StoredState;
  readonly proposals: ProposalTracker;
  readonly applyLoop: ApplyLoop;
  readonly controller: AbortController;
}

/** A running node. Made by `startRaftDriver`. */
export class RaftDriver implements AsyncDisposable {
  readonly #options: RaftDriverOptions;
  readonly #limits: DriverLimits;
  readonly #core: RaftCore;
  readonly #proposals: ProposalTracker;
  readonly #reads = new ReadTracker();
  readonly #changes = new ChangeTracker();
  readonly #applyLoop: ApplyLoop;
  readonly #snapshots: SnapshotMaker;
  /** Asserts the ordering contract; null outside tests and simulation. */
  readonly #audit: OrderingAudit | null;
  readonly #controller: AbortController;
  readonly #running = new Set<Promise<void>>();
  readonly #peers = new Set<NodeId>();
  readonly #transfers = new Set<NodeId>();
  #configuration: Configuration | null = null;
  #identity: StoreIdentity;
  #effects: Effects = createEffects();
  #scheduled = false;
  #pumping = false;
  #writes: Promise<void> = Promise.resolve();
  #ledTerm: Term = 0;
  #announced = '';
  #revoked: Term = 0;
  #stopTicks: () => void = () => {};
  #stopped = false;
  #failure: unknown = undefined;
  #resolveClosed: () => void = () => {};
  /** Resolves once the node has stopped, for whatever reason; `failure` tells which. Never rejects. */
  readonly closed: Promise<void>;

  constructor({ options, limits, core, stored, proposals, applyLoop, controller }: DriverParts) {
    this.#audit = auditOf(options, stored);
    this.#options = watched(options, this.#audit);
    this.#limits = limits;
    this.#core = core;
    this.#proposals = proposals;
    this.#applyLoop = applyLoop;
    this.#controller = controller;
    this.#identity = stored.identity;
    this.#snapshots = new SnapshotMaker(limits);
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  /** Why the node stopped by itself; undefined while it runs or after an ordinary dispose. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Starts transport and ticks; called once by `startRaftDriver`. */
  async start(): Promise<void> {
    const { transport, clock, signal } = this.#options;
    signal?.addEventListener('abort', () => this.#background(this[Symbol.asyncDispose]()), { once: true });
    await transport.start(this.#handler(), { signal: this.#controller.signal });
    this.#noteRole();
    const { lastIndex, commit, uuid } = this.#core;
    this.#trace({ type: 'started', uuid, lastIndex, commit });
    this.#stopTicks = startTicks({
      clock,
      tickMs: this.#options.tickMs ?? 10,
      lateAfterMs: () => this.#core.timing.heartbeatMs,
      onTick: (lateMs) => this.#tick(lateMs),
    });
    this.#pump();
  }

  /**
   * Proposes a command and resolves once it is committed and applied here.
   *
   * With a session the command is applied once however often it is proposed; a repeated one gets the first answer.
   * @throws `RAFT_NOT_LEADER`, `RAFT_PROPOSAL_DROPPED`, `RAFT_ENTRY_TOO_LARGE`: never entered the log.
   * @throws `RAFT_OUTCOME_UNKNOWN`, the signal's reason: may still commit. `RAFT_SESSION_EXPIRED`, `RAFT_STOPPED`.
   */
  async propose(
    command: Uint8Array,
    options: CallOptions & { readonly session?: Session } = {},
  ): Promise<ProposalResult> {
    options.signal?.throwIfAborted();
    this.#assertRunning();
    const { maxPendingProposals } = this.#limits;
    if (this.#proposals.count >= maxPendingProposals) {
      throw new RaftError('RAFT_PROPOSAL_DROPPED', `${maxPendingProposals} proposals wait already; retry later`);
    }
    this.#request({ type: 'propose', commands: [encodeEnvelope(command, options.session ?? null)] });
    return await this.#outcome(options.signal);
  }

  /**
   * An index that everything committed before the call is at or below, applied here: reading the state machine now is
   * linearizable. A held lease answers at once; with `byQuorum` a round that begins now has to, which shows that this node leads
   * even where clocks cannot be trusted. @throws `RAFT_NOT_LEADER`, `RAFT_STOPPED`, the signal's reason.
   */
  async readIndex(options: CallOptions & { readonly byQuorum?: boolean } = {}): Promise<LogIndex> {
    options.signal?.throwIfAborted();
    this.#assertRunning();
    const { requestId, done } = this.#reads.begin(options.signal);
    try {
      this.#request({ type: 'readIndex', requestId, ...(options.byQuorum === true ? { byQuorum: true } : {}) });
    } catch (error) {
      this.#reads.refuse(requestId, error);
    }
    return await done;
  }

  /**
   * Changes membership. Resolves once the change is applied here, an automatic joint phase is left, and a majority of the
   * members knows it: from then on a removed member may be stopped. A leader that removes itself cannot tell who knows and
   * resolves when it is out.
   * @throws as `propose`, and `RAFT_CHANGE_REFUSED`. `RAFT_OUTCOME_UNKNOWN` also when leadership is lost meanwhile.
   */
  async changeConfiguration(
    change: ConfigurationChange,
    options: CallOptions & { readonly checks?: 'enforced' | 'skipped' } = {},
  ): Promise<ProposalResult> {
    options.signal?.throwIfAborted();
    this.#assertRunning();
    this.#request({ type: 'confChange', change, checks: options.checks ?? 'enforced' });
    const result = await this.#outcome(options.signal);
    await this.#untilKnown(result.index, options.signal);
    return result;
  }

  /** Changes cluster-wide timing; resolves once it is in force here. @throws as `propose`. */
  async changeTiming(timing: Timing, options: CallOptions = {}): Promise<ProposalResult> {
    options.signal?.throwIfAborted();
    this.#assertRunning();
    this.#request({ type: 'proposeTiming', timing });
    return await this.#outcome(options.signal);
  }

  /**
   * Begins to hand leadership over: revokes, waits for `reconcilerStopped` or lapse, then lets `target` (0: the best
   * one) campaign. Returns at once; watch `status` for the outcome. @throws `RAFT_NOT_LEADER`, `RAFT_TRANSFER_REFUSED`.
   */
  transferLeadership(target: NodeId = 0): void {
    this.#assertRunning();
    this.#request({ type: 'transfer', target });
  }

  /** Nothing acts on the revoked leadership of `term` any more. */
  reconcilerStopped(term: Term): void {
    if (!this.#stopped) this.#input({ type: 'reconcilerStopped', term });
  }

  /** Campaigns as soon as promises allow; a hint, ignored by non-voters. */
  campaign(): void {
    if (!this.#stopped) this.#input({ type: 'campaign' });
  }

  /**
   * Asks `contact` to admit this node and remembers the cluster's identity. A leader's address may be answered:
   * follow it. Only for a node without cluster, or with the one asked for.
   * @throws `RAFT_PEER_UNREACHABLE`, `RAFT_STOPPED`, `STORAGE_*`.
   */
  async join(contact: NodeId, options: CallOptions = {}): Promise<JoinAnswer> {
    this.#assertRunning();
    const { transport, id } = this.#options;
    const signal = options.signal ?? this.#controller.signal;
    this.#know(contact);
    const request = { clusterId: this.#identity.clusterId, member: { id, uuid: this.#core.uuid } };
    const answer = await transport.join(contact, request, { signal });
    if (answer.type === 'joined') await this.#saveCluster(answer.clusterId, answer.generation);
    return answer;
  }

  /**
   * Asks `contact` to remove this node for good. A leader's address may be answered: follow it. `left` once that is so; the
   * node does not notice by itself and should be stopped. @throws `RAFT_PEER_UNREACHABLE`, `RAFT_STOPPED`.
   */
  async leave(contact: NodeId, options: CallOptions = {}): Promise<JoinAnswer> {
    this.#assertRunning();
    const { transport, id } = this.#options;
    const signal = options.signal ?? this.#controller.signal;
    const member = { id, uuid: this.#core.uuid };
    return await transport.join(contact, { clusterId: this.#identity.clusterId, member, leave: true }, { signal });
  }

  status(): RaftStatus {
    return this.#core.status();
  }

  /** The storage's identity; its cluster is known from bootstrap or join on. */
  get identity(): StoreIdentity {
    return this.#identity;
  }

  /** Stops ticking, sending and storing; waits for what runs. Undecided proposals are unknown. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop('disposed');
    await Promise.allSettled(this.#running);
    this.#resolveClosed();
  }

  #assertRunning(): void {
    if (this.#stopped) throw new RaftError('RAFT_STOPPED', 'the node has stopped', { cause: this.#failure });
  }

  /** The outcome of the entry the last step appended. */
  #outcome(signal: AbortSignal | undefined): Promise<ProposalResult> {
    return this.#proposals.wait(this.#core.lastIndex, this.#core.term, signal);
  }

  /** Waits until a majority of the members knows the change at `index`; proposers are answered before the core applies it. */
  async #untilKnown(index: LogIndex, signal: AbortSignal | undefined): Promise<void> {
    this.#assertRunning();
    const known = this.#changes.wait(index, signal);
    this.#noteChanges();
    await known;
  }

  #noteChanges(): void {
    if (!this.#changes.isWaiting || this.#core.applied < this.#changes.lastIndex) return;
    const { configuration, uuid, role } = this.#core;
    const isOut = !isVoter(configuration, this.#options.id, uuid);
    if (isOut || this.#core.isConfigurationKnown()) this.#changes.known();
    else if (role !== 'leader') this.#changes.lost('leadership was lost');
  }

  /** A caller's event: refusals go to the caller. Effects are drained soon, so that calls of one turn share a batch. */
  #request(event: RaftEvent): void {
    this.#step(event);
    this.#schedule();
  }

  /** The node's own event: effects are drained now. */
  #input(event: RaftEvent): void {
    if (this.#stopped) return;
    try {
      this.#step(event);
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#pump();
  }

  #step(event: RaftEvent): void {
    try {
      this.#core.step(event, this.#options.clock.nowMs());
    } catch (error) {
      if (!isRaftError(error)) this.#fail(error);
      throw error;
    }
    this.#noteRole();
    this.#noteChanges();
  }

  #tick(lateMs: number): void {
    if (lateMs > this.#core.timing.heartbeatMs) this.#trace({ type: 'lateTick', lateMs });
    this.#proposals.expire(this.#options.clock.nowMs(), this.#ledTerm);
    this.#input({ type: 'tick', lateMs });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#background(
      Promise.resolve().then(() => {
        this.#scheduled = false;
        this.#pump();
      }),
    );
  }

  #pump(): void {
    if (this.#pumping || this.#stopped) return;
    this.#pumping = true;
    try {
      while (!this.#stopped && this.#core.drain(this.#effects)) this.#execute(this.#effects);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#pumping = false;
    }
  }

  #execute(effects: Effects): void {
    const { leadership } = this.#options;
    this.#audit?.drained(effects);
    if (effects.revoke !== null) this.#revoke(effects.revoke.term);
    if (effects.lease !== null) leadership?.lease(effects.lease);
    if (effects.sendNow.length > 0) this.#send(effects.sendNow);
    if (effects.persistToken !== null) this.#persist(effects);
    if (effects.snapshotInstall !== null) this.#install(effects.snapshotInstall);
    if (effects.applyTo > 0) this.#apply(effects.applyTo);
    for (const request of effects.needEntries) this.#background(this.#load(request));
    for (const { requestId, index } of effects.readStates) this.#reads.indexKnown(requestId, index, this.#core.applied);
  }

  /** O1: takes effect here, before the same drain's messages. */
  #revoke(term: Term): void {
    this.#revoked = term;
    const { leadership } = this.#options;
    if (leadership !== undefined) leadership.revoke(term);
    else this.#core.step({ type: 'reconcilerStopped', term }, this.#options.clock.nowMs());
    this.#audit?.revoked(term);
  }

  #noteRole(): void {
    const { role, term, leaderId } = this.#core;
    const leads = role === 'leader';
    if (this.#ledTerm !== 0 && !(leads && term === this.#ledTerm)) {
      this.#proposals.leadershipLost(this.#options.clock.nowMs() + this.#limits.outcomeWaitMs);
      this.#reads.leadershipLost(leaderId);
    }
    this.#ledTerm = leads ? term : 0;
    if (this.#core.configuration !== this.#configuration) this.#notePeers();
    const announced = `${role} ${term} ${leaderId}`;
    if (announced === this.#announced) return;
    this.#announced = announced;
    this.#options.leadership?.changed?.({ role, term, leaderId });
  }

  /** Connections follow the membership; whoever we have to answer besides is added by `#know`. */
  #notePeers(): void {
    this.#configuration = this.#core.configuration;
    const { voters, outgoing, learners, learnersNext } = this.#configuration;
    this.#peers.clear();
    for (const { id } of [...voters, ...outgoing, ...learners, ...learnersNext]) this.#peers.add(id);
    this.#peers.delete(this.#options.id);
    if (this.#core.leaderId !== 0 && this.#core.leaderId !== this.#options.id) this.#peers.add(this.#core.leaderId);
    this.#options.transport.setPeers([...this.#peers]);
  }

  #know(id: NodeId): void {
    if (this.#peers.has(id) || this.#peers.size >= 64) return;
    this.#peers.add(id);
    this.#options.transport.setPeers([...this.#peers]);
  }

  #send(messages: readonly Message[]): void {
    const plain: Message[] = [];
    for (const message of messages) {
      this.#know(message.to);
      if (message.type === 'snapshot') this.#background(this.#sendSnapshot(message));
      else plain.push(message);
    }
    if (plain.length > 0) this.#options.transport.send(plain);
  }

  #persist(effects: Effects): void {
    const { store, clock, transport } = this.#options;
    const part = storagePart(effects, this.#core.commit, (from, to) => this.#core.entries(from, to));
    const messages = effects.sendAfterPersist;
    const token = effects.persistToken;
    const startedMs = clock.nowMs();
    this.#write(async () => {
      await persist(part, store, this.#retrying());
      if (this.#stopped || token === null) return;
      this.#trace({
        type: 'persisted',
        lastIndex: token.lastIndex,
        entryCount: part.entries.length,
        tookMs: clock.nowMs() - startedMs,
      });
      this.#audit?.persisted(token);
      if (messages.length > 0) transport.send(messages.filter((message) => this.#isPlain(message)));
      this.#input({ type: 'persisted', token });
    });
  }

  #isPlain(message: Message): boolean {
    this.#know(message.to);
    return message.type !== 'snapshot';
  }

  #apply(to: LogIndex): void {
    const entries = this.#core.entries(this.#core.applied + 1, to);
    this.#audit?.applying(entries);
    this.#run(async () => {
      await this.#applyLoop.apply(entries, this.#wait());
      if (this.#stopped) return;
      this.#snapshots.note(entries);
      this.#audit?.applied(to);
      this.#input({ type: 'applied', index: to });
      this.#reads.applied(this.#core.applied);
      this.#snapshotWhenDue();
    });
  }

  /** O10: reference durable and log dropped, then the state machine, then the core. */
  #install(snapshot: SnapshotRef): void {
    const { store } = this.#options;
    this.#write(async () => {
      await retryWhenFull(() => store.installSnapshot(snapshot, this.#wait()), this.#retrying());
      const source = await store.openSnapshot(snapshot, this.#wait());
      this.#audit?.restoring(snapshot.index);
      try {
        await this.#applyLoop.restore(source, this.#wait());
      } finally {
        await source[Symbol.asyncDispose]();
      }
      if (this.#stopped) return;
      this.#snapshots.installed(snapshot);
      this.#proposals.skipped(snapshot.index);
      this.#input({ type: 'snapshotReady', snapshot, firstIndex: snapshot.index + 1 });
      this.#reads.applied(this.#core.applied);
    });
  }

  /** The image is fixed now, before anything else is applied; writing it takes its time beside the loop. */
  #snapshotWhenDue(): void {
    const { store, clock } = this.#options;
    const { configuration, timing, applied } = this.#core;
    const meta = this.#snapshots.begin({
      index: applied,
      configuration,
      timing: this.#core.status().timingChanged ? timing : null,
    });
    if (meta === null) return;
    const image = this.#applyLoop.image(this.#wait());
    const startedMs = clock.nowMs();
    this.#run(async () => {
      const snapshot = await this.#snapshots.write(meta, image, store, this.#wait());
      if (snapshot === null) return;
      this.#trace({
        type: 'snapshotCreated',
        index: snapshot.index,
        sizeBytes: snapshot.sizeBytes,
        tookMs: clock.nowMs() - startedMs,
      });
      this.#write(() => this.#compact(snapshot));
    });
  }

  async #compact(snapshot: SnapshotRef): Promise<void> {
    const { snapshotIndex, storeFirst, installing } = this.#core.status();
    if (this.#stopped || installing || snapshotIndex >= snapshot.index) return;
    const firstIndex = Math.max(storeFirst, snapshot.index + 1 - this.#limits.trailingEntries);
    await retryWhenFull(() => this.#options.store.compact(firstIndex, this.#wait()), this.#retrying());
    this.#input({ type: 'snapshotReady', snapshot, firstIndex });
  }

  async #load({ peer, from, maxBytes }: EntryRequest): Promise<void> {
    const { store } = this.#options;
    try {
      const first = await store.read({ from, to: from, maxBytes }, this.#wait());
      const to = Math.min(this.#core.status().durableIndex, from + 1024);
      const rest = to > from ? await store.read({ from: from + 1, to, maxBytes }, this.#wait()) : [];
      this.#input({ type: 'entriesLoaded', peer, from, entries: [...first, ...rest] });
    } catch (error) {
      if (!isRaftError(error, 'STORAGE_OUT_OF_RANGE')) this.#fail(error);
      this.#input({ type: 'entriesLoaded', peer, from, entries: [] });
    }
  }

  async #sendSnapshot(offer: SnapshotOffer): Promise<void> {
    const { store, transport } = this.#options;
    const { to: peer, snapshot } = offer;
    if (this.#transfers.has(peer)) return;
    this.#transfers.add(peer);
    let outcome = 'sent';
    try {
      const source = await store.openSnapshot(snapshot, this.#wait());
      try {
        await transport.sendSnapshot(offer, source, this.#wait());
      } finally {
        await source[Symbol.asyncDispose]();
      }
    } catch (error) {
      outcome = error instanceof Error ? error.message : String(error);
    }
    this.#transfers.delete(peer);
    this.#trace({ type: 'snapshotTransfer', peer, index: snapshot.index, outcome });
    this.#input({ type: outcome === 'sent' ? 'snapshotSent' : 'snapshotFailed', peer });
  }

  #handler(): TransportHandler {
    return {
      hello: () => this.#hello(),
      peerConnected: () => {},
      receive: (message, sender) => this.#receive(message, sender),
      peerUnreachable: (peer) => this.#input({ type: 'peerUnreachable', peer }),
      receiveSnapshot: (offer, sender) => this.#receiveSnapshot(offer, sender),
      identify: () => this.#identify(),
      join: (request) => this.#admit(request),
    };
  }

  #receive(message: Message, sender: PeerIdentity): void {
    if (this.#stopped) return;
    const problem = this.#senderProblem(sender);
    if (problem !== undefined) {
      this.#trace({ type: 'refused', from: message.from, reason: problem });
      return;
    }
    try {
      this.#step({ type: 'message', message, senderUuid: sender.uuid });
    } catch (error) {
      if (isRaftError(error, 'RAFT_INVALID_INPUT')) {
        this.#trace({ type: 'refused', from: sender.id, reason: error.message });
        return;
      }
      this.#fail(error);
      return;
    }
    this.#schedule();
  }

  /** A node without cluster takes part in nothing but Join and Identify. */
  #senderProblem({ clusterId, generation }: PeerIdentity): string | undefined {
    const own = this.#identity;
    if (own.clusterId === '') return 'this node belongs to no cluster yet';
    if (clusterId !== own.clusterId) return `it belongs to cluster ${clusterId}, not ${own.clusterId}`;
    return generation === own.generation ? undefined : `it is of generation ${generation}, not ${own.generation}`;
  }

  async #receiveSnapshot(offer: SnapshotOffer, sender: PeerIdentity): Promise<SnapshotSink> {
    this.#assertRunning();
    const problem = this.#senderProblem(sender);
    if (problem !== undefined) throw new RaftError('RAFT_WRONG_CLUSTER', `snapshot refused: ${problem}`);
    if (offer.term < this.#core.term) {
      throw new RaftError(
        'RAFT_INVALID_INPUT',
        `snapshot refused: term ${offer.term} is over, it is ${this.#core.term}`,
      );
    }
    return await this.#options.store.receiveSnapshot(offer.snapshot, this.#wait());
  }

  #hello(): Hello {
    const { clusterId, generation, startCount } = this.#identity;
    const { id, bootId } = this.#options;
    return {
      protocolMin: protocolVersions.min,
      protocolMax: protocolVersions.max,
      clusterId,
      generation,
      id,
      uuid: this.#core.uuid,
      startCount,
      bootId,
      promiseMs: this.#core.timing.electionTimeoutMs,
    };
  }

  #identify(): IdentifyAnswer {
    const { term, leaderId, leaderSeenMsAgo, lastIndex, commit } = this.#core.status();
    const empty = this.#identity.clusterId === '' && term === 0 && lastIndex === 0;
    return { hello: this.#hello(), empty, term, leaderId, leaderSeenMsAgo, lastIndex, commit };
  }

  async #admit(request: JoinRequest): Promise<JoinAnswer> {
    const { clusterId, generation } = this.#identity;
    if (this.#core.role !== 'leader') return { type: 'notLeader', leaderId: this.#core.leaderId };
    if (request.clusterId !== '' && request.clusterId !== clusterId) {
      return { type: 'refused', reason: `this is cluster ${clusterId}, not ${request.clusterId}: ${strangerAdvice}` };
    }
    const { member, leave = false } = request;
    if (leave) return await this.#dismiss(member);
    const problem = this.#options.joinProblem?.(request);
    if (problem !== undefined) return { type: 'refused', reason: problem };
    if (this.#core.status().peers.some((peer) => peer.id === member.id && peer.uuid === member.uuid)) {
      return { type: 'joined', clusterId, generation };
    }
    const refusal = await this.#change({ type: 'addLearner', member });
    return refusal ?? { type: 'joined', clusterId, generation };
  }

  /** Only the very member that asks, never its successor under the same id. */
  async #dismiss({ id, uuid }: JoinRequest['member']): Promise<JoinAnswer> {
    const { voters, learners } = this.#core.configuration;
    const present = [...voters, ...learners].some((member) => member.id === id && member.uuid === uuid);
    if (!present) return { type: 'left' };
    return (await this.#change({ type: 'remove', id })) ?? { type: 'left' };
  }

  /** One step asked for by another node. @returns why not, or undefined once it is in force. */
  async #change(step: ChangeStep): Promise<JoinAnswer | undefined> {
    const { changeMembership = (change) => this.changeConfiguration(change) } = this.#options;
    try {
      await changeMembership({ transition: 'auto', steps: [step] });
      return undefined;
    } catch (error) {
      return { type: 'refused', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  async #saveCluster(clusterId: string, generation: number): Promise<void> {
    if (this.#identity.clusterId === clusterId && this.#identity.generation === generation) return;
    if (this.#identity.clusterId !== '') {
      throw new RaftError(
        'RAFT_WRONG_CLUSTER',
        `this storage belongs to ${this.#identity.clusterId}, not ${clusterId}`,
      );
    }
    await new Promise<void>((resolve, reject) => {
      this.#write(async () => {
        await this.#options.store.saveCluster({ clusterId, generation }, this.#wait()).then(resolve, reject);
      });
    });
    this.#identity = { ...this.#identity, clusterId, generation };
  }

  #wait(): { readonly signal: AbortSignal } {
    return { signal: this.#controller.signal };
  }

  #retrying(): Parameters<typeof persist>[2] {
    const onRetry = (error: Error, delayMs: number): void => {
      this.#trace({ type: 'storageRetry', reason: error.message, delayMs });
      this.#options.onStorageFull?.(error);
    };
    return { signal: this.#controller.signal, clock: this.#options.clock, onRetry };
  }

  /** One store write at a time (O8). */
  #write(work: () => Promise<void>): void {
    const next = this.#writes.then(() => (this.#stopped ? undefined : work()));
    this.#writes = next.catch(() => {});
    this.#background(next);
  }

  #run(work: () => Promise<void>): void {
    this.#background(work());
  }

  /** Keeps a promise until it settles; its failure is the node's. */
  #background(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#running.delete(tracked);
      });
    this.#running.add(tracked);
  }

  #fail(error: unknown): void {
    if (this.#stopped) return;
    this.#failure = error;
    this.#stop(error instanceof Error ? error.message : String(error));
    this.#resolveClosed();
  }

  #stop(reason: string): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#stopTicks();
    if (this.#ledTerm !== 0 && this.#revoked !== this.#ledTerm) this.#options.leadership?.revoke(this.#ledTerm);
    this.#controller.abort(new RaftError('RAFT_STOPPED', `the node has stopped: ${reason}`, { cause: this.#failure }));
    this.#proposals.stop(this.#failure);
    this.#reads.stop(this.#failure);
    this.#changes.lost('the node stopped', this.#failure);
    this.#trace({ type: 'stopped', reason });
  }

  #trace(event: DriverTrace): void {
    const { tracer, id, clock } = this.#options;
    tracer?.trace({ ...event, node: id, atMs: clock.nowMs() });
  }
}

function auditOf(options: RaftDriverOptions, stored: StoredState): OrderingAudit | null {
  const { id, checkState = false, verifyWrites = false } = options;
  return checkState ? new OrderingAudit(id, stored, { verifyWrites }) : null;
}

function watched(options: RaftDriverOptions, audit: OrderingAudit | null): RaftDriverOptions {
  if (audit === null) return options;
  const { store, transport } = options;
  return { ...options, store: audit.watchStore(store), transport: audit.watchTransport(transport) };
}
