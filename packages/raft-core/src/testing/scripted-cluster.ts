/**
 * A cluster of cores that moves only when told to, step by step: for tests that tell a story.
 *
 * Each node's effects wait in an outbox until `process`, its storage until `persist`, its apply until `apply`; messages
 * lie in one network list until delivered or dropped. `settle` does all of it until nothing moves. Invariants are
 * checked after every step.
 */
import {
  configurationOf,
  encodeConfiguration,
  type Configuration,
  type ConfigurationChange,
} from '../configuration.ts';
import type { CoreTrace } from '../core/trace.ts';
import type { RaftCoreOptions, StoredLog } from '../core/core-options.ts';
import { createEffects, type Effects, type PersistToken } from '../core/effect.ts';
import type { RaftEvent } from '../core/event.ts';
import { createRaftCore, type RaftCore, type RaftStatus } from '../core/raft-node.ts';
import type { Entry, Timing } from '../entry.ts';
import { isRaftError } from '../errors.ts';
import type { HardState } from '../hard-state.ts';
import type { LogIndex, NodeId } from '../ids.ts';
import { invariant } from '../invariant.ts';
import type { Message } from '../message.ts';
import type { SnapshotRef } from '../snapshot.ts';

/** How a cluster starts. */
export interface ScriptOptions {
  readonly voters: readonly NodeId[];
  readonly learners?: readonly NodeId[];
  readonly core?: Partial<Omit<RaftCoreOptions, 'id' | 'uuid' | 'stored' | 'nowMs'>>;
  readonly onTrace?: (node: NodeId, event: CoreTrace, nowMs: number) => void;
}

/** A storage part handed out and not yet durable. */
interface PendingPart {
  readonly hardState: HardState | null;
  readonly truncateFrom: LogIndex;
  readonly entries: readonly Entry[];
  readonly messages: readonly Message[];
  readonly token: PersistToken;
}

/** One node: its core, its disk, and what its last drains asked for. */
export class ScriptedNode {
  readonly id: NodeId;
  readonly uuid: string;
  core: RaftCore;
  /** Durable state; survives `restart`. */
  hardState: HardState;
  disk: Entry[];
  diskFirst: LogIndex = 1;
  snapshot: SnapshotRef | null = null;
  /** The storage part in flight. */
  part: PendingPart | null = null;
  applyTo: LogIndex = 0;
  install: SnapshotRef | null = null;
  /** Everything the node was told to act on, newest last. */
  readonly leases: { readonly term: number; readonly validUntilMs: number }[] = [];
  readonly revoked: number[] = [];
  readonly reads: { readonly requestId: number; readonly index: LogIndex }[] = [];
  /** Applied command entries in order. */
  readonly applied: Entry[] = [];

  constructor(id: NodeId, uuid: string, start: { core: RaftCore; hardState: HardState; disk: Entry[] }) {
    this.id = id;
    this.uuid = uuid;
    this.core = start.core;
    this.hardState = start.hardState;
    this.disk = start.disk;
  }

  /** Index and term of every entry in memory, as `index/term`. */
  get log(): readonly string[] {
    const { firstIndex, lastIndex } = this.core.status();
    if (lastIndex < firstIndex) return [];
    return this.core.entries(firstIndex, lastIndex).map((entry) => `${entry.index}/${entry.term}`);
  }
}

/** Uuid of a scripted node. */
export function scriptedUuid(id: NodeId): string {
  return `uuid-${id}`;
}

export class ScriptedCluster {
  readonly #options: ScriptOptions;
  readonly #nodes = new Map<NodeId, ScriptedNode>();
  readonly #effects: Effects = createEffects();
  /** Messages under way, oldest first. Tests may look, deliver and drop. */
  network: Message[] = [];
  nowMs = 0;
  /** Delivered messages that their receiver refused, oldest first. */
  readonly refusals: string[] = [];

  constructor(options: ScriptOptions) {
    this.#options = options;
    const member = (id: NodeId): { id: NodeId; uuid: string } => ({ id, uuid: scriptedUuid(id) });
    const configuration = configurationOf(options.voters.map(member), (options.learners ?? []).map(member));
    for (const id of [...options.voters, ...(options.learners ?? [])]) this.#addNode(id, configuration);
    this.settle();
  }

  node(id: NodeId): ScriptedNode {
    const node = this.#nodes.get(id);
    invariant(node !== undefined, 'the script names a node it has', { id });
    return node;
  }

  get nodes(): readonly ScriptedNode[] {
    return [...this.#nodes.values()];
  }

  status(id: NodeId): RaftStatus {
    return this.node(id).core.status();
  }

  /** Who leads in the highest term; 0 for nobody. */
  get leader(): NodeId {
    const leaders = this.nodes.filter(({ core }) => core.role === 'leader').sort((a, b) => b.core.term - a.core.term);
    return leaders[0]?.id ?? 0;
  }

  /** A node with an empty disk, member of nothing. */
  addEmpty(id: NodeId, uuid: string = scriptedUuid(id)): ScriptedNode {
    return this.#start(id, uuid, { term: 0, vote: 0, promiseMs: 0 }, []);
  }

  /** Any event; what it refuses is thrown. */
  step(id: NodeId, event: RaftEvent): void {
    this.node(id).core.step(event, this.nowMs);
  }

  /** Time passes, nothing else does. */
  advance(ms: number): void {
    this.nowMs += ms;
  }

  /** Time and ticks pass on the named nodes (default: all), without processing. */
  tick(count = 1, ids: readonly NodeId[] = [...this.#nodes.keys()]): void {
    for (let i = 0; i < count; i++) {
      this.nowMs += 10;
      for (const id of ids) this.step(id, { type: 'tick', lateMs: 0 });
    }
  }

  /** Ticks with everything settled after each one. */
  run(ticks: number, ids: readonly NodeId[] = [...this.#nodes.keys()]): void {
    for (let i = 0; i < ticks; i++) {
      this.tick(1, ids);
      this.settle();
    }
  }

  /** Lets a node campaign, after promises have run out. */
  campaign(id: NodeId): void {
    this.step(id, { type: 'campaign' });
  }

  /** Campaigns and settles; the usual beginning. */
  elect(id: NodeId): void {
    this.advance(2 * this.node(id).core.timing.electionTimeoutMs);
    this.campaign(id);
    this.settle();
  }

  propose(id: NodeId, ...commands: readonly Uint8Array[]): void {
    this.step(id, { type: 'propose', commands });
  }

  proposeTiming(id: NodeId, timing: Timing): void {
    this.step(id, { type: 'proposeTiming', timing });
  }

  change(id: NodeId, change: ConfigurationChange, checks: 'enforced' | 'skipped' = 'skipped'): void {
    this.step(id, { type: 'confChange', change, checks });
  }

  transfer(id: NodeId, target: NodeId): void {
    this.step(id, { type: 'transfer', target });
  }

  setElectionWait(id: NodeId, ticks: number): void {
    this.node(id).core.setElectionWait(ticks);
  }

  /** Drains a node once; its messages join the network, storage and apply wait. False: nothing was due. */
  process(id: NodeId): boolean {
    const node = this.node(id);
    const out = this.#effects;
    if (!node.core.drain(out)) return false;
    if (out.revoke !== null) node.revoked.push(out.revoke.term);
    if (out.lease !== null) node.leases.push(out.lease);
    node.reads.push(...out.readStates);
    this.network.push(...out.sendNow);
    if (out.persistToken !== null) this.#takePart(node, out, out.persistToken);
    if (out.applyTo > 0) node.applyTo = out.applyTo;
    if (out.snapshotInstall !== null) node.install = out.snapshotInstall;
    for (const { peer, from } of out.needEntries) {
      const entries = node.disk.filter((entry) => entry.index >= from);
      const complete = entries[0]?.index === from;
      this.step(id, { type: 'entriesLoaded', peer, from, entries: complete ? entries : [] });
    }
    return true;
  }

  /** The storage part in flight becomes durable; its messages join the network. */
  persist(id: NodeId): void {
    const node = this.node(id);
    const { part } = node;
    if (part === null) return;
    node.part = null;
    writePart(node, part);
    this.network.push(...part.messages);
    this.step(id, { type: 'persisted', token: part.token });
  }

  /** What was handed out to apply is applied; a snapshot to install is installed. */
  apply(id: NodeId): void {
    const node = this.node(id);
    if (node.applyTo > 0) {
      const entries = node.core.entries(node.core.applied + 1, node.applyTo);
      node.applied.push(...entries.filter((entry) => entry.type === 'command'));
      const index = node.applyTo;
      node.applyTo = 0;
      this.step(id, { type: 'applied', index });
    }
    if (node.install !== null) this.#install(node, node.install);
  }

  /** Delivers the messages that match, in order; default all. Messages they cause stay in the network. */
  deliver(matches: (message: Message) => boolean = () => true): number {
    const due = this.network.filter(matches);
    this.network = this.network.filter((message) => !due.includes(message));
    for (const message of due) {
      const receiver = this.#nodes.get(message.to);
      const senderUuid = this.#nodes.get(message.from)?.uuid ?? scriptedUuid(message.from);
      if (receiver !== undefined) this.#receive(receiver, message, senderUuid);
      if (message.type === 'snapshot') this.step(message.from, { type: 'snapshotSent', peer: message.to });
    }
    return due.length;
  }

  /** As a driver does: a refused message changes nothing and is noted. */
  #receive({ core }: ScriptedNode, message: Message, senderUuid: string): void {
    try {
      core.step({ type: 'message', message, senderUuid }, this.nowMs);
    } catch (error) {
      if (!isRaftError(error, 'RAFT_INVALID_INPUT')) throw error;
      this.refusals.push(error.message);
    }
  }

  /** Drops the messages that match; the sender of a dropped snapshot is told, as by a transport. */
  drop(matches: (message: Message) => boolean = () => true): number {
    const lost = this.network.filter(matches);
    this.network = this.network.filter((message) => !lost.includes(message));
    for (const { type, from, to } of lost)
      if (type === 'snapshot') this.step(from, { type: 'snapshotFailed', peer: to });
    return lost.length;
  }

  /** Processes, stores, applies and delivers until nothing moves; messages that `drops` names are lost. */
  settle(drops: (message: Message) => boolean = () => false): void {
    for (let pass = 0; pass < 10_000; pass++) {
      let moved = false;
      for (const { id, part, applyTo, install } of this.nodes) {
        while (this.process(id)) moved = true;
        if (part !== null || applyTo > 0 || install !== null || this.node(id).part !== null) moved = true;
        this.persist(id);
        this.apply(id);
      }
      this.drop(drops);
      if (this.deliver() > 0) moved = true;
      if (!moved) return;
    }
    invariant(false, 'a script settles');
  }

  /** A snapshot at the node's applied index; storage keeps entries from `firstIndex` on. */
  compact(id: NodeId, firstIndex: LogIndex = this.node(id).core.applied + 1): SnapshotRef {
    const node = this.node(id);
    const { applied, configuration } = node.core;
    const last = node.disk.find((entry) => entry.index === applied);
    invariant(last !== undefined, 'the script compacts what it has', { applied });
    const snapshot = { index: applied, term: last.term, configuration, timing: null, sizeBytes: 1, checksum: applied };
    node.snapshot = snapshot;
    node.disk = node.disk.filter((entry) => entry.index >= firstIndex);
    node.diskFirst = firstIndex;
    this.step(id, { type: 'snapshotReady', snapshot, firstIndex });
    return snapshot;
  }

  /** The process dies and starts again from its disk; what was not persisted is lost. Commit hint is lost as well. */
  restart(id: NodeId): void {
    const old = this.node(id);
    const { hardState, disk, snapshot } = old;
    const applied = (snapshot?.index ?? 0) + 1;
    const entries = disk.filter((entry) => entry.index >= applied);
    const stored = { hardState, snapshot, entries, firstIndex: old.diskFirst, commit: snapshot?.index ?? 0 };
    const node = new ScriptedNode(id, old.uuid, { core: this.#core(id, old.uuid, stored), hardState, disk });
    node.snapshot = snapshot;
    node.diskFirst = old.diskFirst;
    this.#nodes.set(id, node);
  }

  #addNode(id: NodeId, configuration: Configuration): void {
    const entry: Entry = { index: 1, term: 1, type: 'configuration', data: encodeConfiguration(configuration) };
    this.#start(id, scriptedUuid(id), { term: 1, vote: 0, promiseMs: 0 }, [entry]);
  }

  #start(id: NodeId, uuid: string, hardState: HardState, disk: Entry[]): ScriptedNode {
    const core = this.#core(id, uuid, { hardState, snapshot: null, entries: disk, firstIndex: 1, commit: 0 });
    const node = new ScriptedNode(id, uuid, { core, hardState, disk });
    this.#nodes.set(id, node);
    return node;
  }

  #core(id: NodeId, uuid: string, stored: StoredLog): RaftCore {
    const { core, onTrace } = this.#options;
    const trace = (event: CoreTrace): void => onTrace?.(id, event, this.nowMs);
    return createRaftCore({ seed: 1, ...core, checkState: true, id, uuid, nowMs: this.nowMs, stored, trace });
  }

  #takePart(node: ScriptedNode, out: Effects, token: PersistToken): void {
    invariant(node.part === null, 'O8 one storage part in flight', { node: node.id });
    const entries = out.appendFrom > 0 ? node.core.entries(out.appendFrom, out.appendTo) : [];
    const { hardState, truncateFrom, sendAfterPersist: messages } = out;
    node.part = { hardState, truncateFrom, entries, messages, token };
  }

  #install(node: ScriptedNode, snapshot: SnapshotRef): void {
    node.install = null;
    node.snapshot = snapshot;
    node.disk = [];
    node.diskFirst = snapshot.index + 1;
    this.step(node.id, { type: 'snapshotReady', snapshot, firstIndex: snapshot.index + 1 });
  }
}

function writePart(node: ScriptedNode, { hardState, truncateFrom, entries }: PendingPart): void {
  if (hardState !== null) node.hardState = hardState;
  if (truncateFrom > 0) node.disk = node.disk.filter((entry) => entry.index < truncateFrom);
  for (const entry of entries) {
    const last = node.disk.at(-1)?.index ?? node.diskFirst - 1;
    invariant(entry.index === last + 1, 'O3 stored entries are contiguous', { last, index: entry.index });
    invariant(entry.term <= node.hardState.term, 'O2 hard state is stored first', { term: entry.term });
    node.disk.push(entry);
  }
}
