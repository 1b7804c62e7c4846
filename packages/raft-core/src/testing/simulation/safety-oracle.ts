/**
 * The safety rules that every run is held against, each checked at the moment it could break:
 * S1 one leader per term; S2 one vote per (uuid, term); S3 log matching; S4 leader completeness; S5 committed entries
 * on a quorum's disks; S6 committed entries immutable; S7 equal applied prefixes; S9 monotone indexes; S10 the effect
 * contract; S11 legal membership steps; S13 only members count. (S8 is asserted by the core after each step and by
 * `assertOrder`; S12 and S14 are the lease oracle's.)
 */
import { decodeConfiguration, isJoint, type Configuration, type Member } from '../../configuration.ts';
import type { RaftCore } from '../../core/raft-node.ts';
import type { Entry } from '../../entry.ts';
import type { LogIndex, NodeId, Term } from '../../ids.ts';
import type { Message } from '../../message.ts';
import { CommittedHistory, sameBytes } from './committed-history.ts';
import type { RegisterMachine } from './register-machine.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import { hold } from './simulation-failure.ts';

interface KnownEntry {
  readonly entry: Entry;
  readonly prevTerm: Term;
}

export class SafetyOracle {
  readonly history: CommittedHistory = new CommittedHistory();
  readonly #known: KnownEntry[][] = [];
  readonly #leaders = new Map<Term, string>();
  readonly #votes = new Map<string, Map<Term, NodeId>>();
  readonly #disks: Map<string, SimulatedDisk>;
  readonly #sentTerms = new Map<string, Term>();
  #proposed: { readonly index: LogIndex; readonly configuration: Configuration }[] = [];

  /** @param disks Every storage there ever was, by uuid. */
  constructor(disks: Map<string, SimulatedDisk>) {
    this.#disks = disks;
  }

  /** S3: an (index, term) names one entry with one predecessor, wherever it is stored. */
  stored(disk: SimulatedDisk, entries: readonly Entry[]): void {
    let prevTerm = disk.termAt((entries[0]?.index ?? 0) - 1);
    for (const entry of entries) {
      if (prevTerm !== undefined) this.#match(disk, entry, prevTerm);
      prevTerm = entry.term;
    }
  }

  /** S2 and O5 at the moment a message leaves; what it says of the log must be true of the disk (O4, H3). */
  sending(disk: SimulatedDisk, message: Message): void {
    const { type, term } = message;
    const durable = disk.hardState.term;
    const early = type === 'voteRequest' && term > durable;
    const proposes = early || type === 'preVoteRequest' || (type === 'preVoteResponse' && message.granted);
    if (!proposes) {
      hold(term <= durable, 'S10', () => `O5: ${type} of term ${term} leaves, durable is ${durable}`);
      const before = this.#sentTerms.get(disk.uuid) ?? 0;
      hold(term >= before, 'S9', () => `${disk.uuid} sends ${type} of term ${term} after ${before}`);
      if (term > before) this.#sentTerms.set(disk.uuid, term);
    }
    if (type === 'voteRequest') {
      if (!early) this.#vote(disk, term, disk.id);
      const held = disk.holds(message.lastIndex, message.lastTerm);
      hold(held, 'S10', () => `O5: ${disk.uuid} asks for votes with ${message.lastIndex}, its disk lacks it`);
    }
    if (type === 'voteResponse' && message.granted) this.#vote(disk, term, message.to);
    if (type === 'appendAccepted') {
      const held = message.matchIndex <= disk.lastIndex;
      hold(held, 'S10', () => `O4: ${disk.uuid} accepts ${message.matchIndex}, its disk ends at ${disk.lastIndex}`);
    }
  }

  /** S1, S4, and that a quorum of members by id and uuid has voted for it (S13, joint halves, O6). */
  leads(core: RaftCore, disk: SimulatedDisk): void {
    const { term, configuration, uuid } = core;
    const other = this.#leaders.get(term);
    hold(other === undefined || other === uuid, 'S1', () => `${other} and ${uuid} both lead term ${term}`);
    this.#leaders.set(term, uuid);
    const own = disk.hardState.term === term && disk.hardState.vote === core.id;
    if (own) this.#vote(disk, term, core.id);
    hold(own, 'S10', () => `O6: ${uuid} leads term ${term} without its own vote on disk`);
    const voted = (member: Member): boolean => this.#votes.get(member.uuid)?.get(term) === core.id;
    hold(quorum(configuration, voted), 'S13', () => `${uuid} leads term ${term} without votes of a quorum`);
    this.#assertComplete(core);
  }

  /** A node's commit index moved from `before`: S6, and for leaders S5. */
  committed(core: RaftCore, before: LogIndex): void {
    const { commit, uuid, term, role } = core;
    hold(commit > before, 'S9', () => `commit of ${uuid} falls from ${before} to ${commit}`);
    for (const entry of core.entries(before + 1, commit)) this.history.take(entry, term, uuid);
    if (role !== 'leader') return;
    const entryTerm = this.history.committed(commit)?.entry.term ?? 0;
    const has = (member: Member): boolean => this.#disks.get(member.uuid)?.holds(commit, entryTerm) === true;
    const done = quorum(core.configuration, has);
    hold(done, 'S5', () => `${uuid} committed ${commit}/${entryTerm} of term ${term} without a quorum's disks`);
  }

  /** S7: the state after an apply equals everybody else's at that index. */
  applied(machine: RegisterMachine, uuid: string): void {
    const known = this.history.committed(machine.index);
    hold(known !== undefined, 'S7', () => `${uuid} applied ${machine.index}, which nobody committed`);
    hold(known.digest === machine.digest, 'S7', () => `state of ${uuid} at ${machine.index} differs`);
  }

  /** S11: a leader adds a configuration only when all earlier ones are applied, and the step is legal. */
  proposed(core: RaftCore, entry: Entry): void {
    const { applied, configuration, uuid, term } = core;
    if (entry.term !== term) return;
    const { index } = entry;
    const pending = core.entries(applied + 1, index).find((other) => other.type === 'configuration');
    hold(pending?.index === index, 'S11', () => `${uuid} proposes a change at ${index}, ${pending?.index} is pending`);
    const next = decodeConfiguration(entry.data);
    hold(next !== undefined, 'S11', () => `${uuid} proposed no configuration at ${index}`);
    hold(isLegalStep(configuration, next), 'S11', () => `${uuid} proposes an illegal step at ${index}`);
  }

  /** A leader appended a configuration: from now on anybody may come to act under it. */
  appended({ index, data }: Entry): void {
    const configuration = decodeConfiguration(data);
    if (configuration !== undefined) this.#proposed.push({ index, configuration });
  }

  /** Configurations proposed at indexes where nothing is committed yet. */
  undecidedConfigurations(): readonly Configuration[] {
    this.#proposed = this.#proposed.filter(({ index }) => index > this.history.lastIndex);
    return this.#proposed.map(({ configuration }) => configuration);
  }

  /** S8 as seen from outside. */
  assertOrder(core: RaftCore, disk: SimulatedDisk): void {
    const snapshot = disk.snapshot?.ref.index ?? 0;
    const { applied, commit, lastIndex, uuid } = core;
    const ordered = disk.firstIndex - 1 <= snapshot && applied <= commit && commit <= lastIndex;
    hold(
      ordered,
      'S8',
      () => `${uuid}: first ${disk.firstIndex}, snapshot ${snapshot}, ${applied}, ${commit}, ${lastIndex}`,
    );
  }

  #match(disk: SimulatedDisk, entry: Entry, prevTerm: Term): void {
    const same = (this.#known[entry.index] ??= []);
    const found = same.find((known) => known.entry.term === entry.term);
    if (found === undefined) {
      same.push({ entry, prevTerm });
      return;
    }
    const equal = found.prevTerm === prevTerm && found.entry.type === entry.type && sameBytes(found.entry, entry);
    hold(equal, 'S3', () => `entry ${entry.index}/${entry.term} of ${disk.uuid} differs from another's`);
  }

  #vote(disk: SimulatedDisk, term: Term, candidate: NodeId): void {
    const { hardState, uuid } = disk;
    const durable = hardState.term > term || (hardState.term === term && hardState.vote === candidate);
    hold(durable, 'S10', () => `O4: vote of ${uuid} for ${candidate} in term ${term} leaves before it is durable`);
    let votes = this.#votes.get(uuid);
    if (votes === undefined) this.#votes.set(uuid, (votes = new Map()));
    const before = votes.get(term);
    hold(
      before === undefined || before === candidate,
      'S2',
      () => `${uuid} votes for ${before} and ${candidate} in ${term}`,
    );
    votes.set(term, candidate);
  }

  #assertComplete(core: RaftCore): void {
    const { term, uuid, lastIndex } = core;
    const { history } = this;
    let needed = history.lastIndex;
    while (needed > 0 && (history.committed(needed)?.commitTerm ?? 0) >= term) needed -= 1;
    hold(
      needed <= lastIndex,
      'S4',
      () => `${uuid} leads term ${term} with log end ${lastIndex}, committed is ${needed}`,
    );
    const { firstIndex } = core.status();
    if (firstIndex > needed) return;
    for (const entry of core.entries(firstIndex, needed)) {
      const known = history.committed(entry.index)?.entry.term;
      hold(
        known === entry.term,
        'S4',
        () => `${uuid} leads term ${term} with ${entry.index}/${entry.term}, not ${known}`,
      );
    }
  }
}

/** A majority of the voters, and of the outgoing ones when joint. */
export function quorum(configuration: Configuration, has: (member: Member) => boolean): boolean {
  return [configuration.voters, configuration.outgoing].every(
    (half) => half.length === 0 || half.filter(has).length * 2 > half.length,
  );
}

/** Single-step: at most one voter differs; into joint: the outgoing half is the old one; out of it: the new one stays. */
function isLegalStep(before: Configuration, after: Configuration): boolean {
  if (isJoint(before)) return !isJoint(after) && sameMembers(before.voters, after.voters);
  if (isJoint(after)) return sameMembers(before.voters, after.outgoing);
  const kept = before.voters.filter((member) => hasMember(after.voters, member)).length;
  return before.voters.length - kept + (after.voters.length - kept) <= 1;
}

function hasMember(members: readonly Member[], { id, uuid }: Member): boolean {
  return members.some((member) => member.id === id && member.uuid === uuid);
}

function sameMembers(a: readonly Member[], b: readonly Member[]): boolean {
  return a.length === b.length && a.every((member) => hasMember(b, member));
}
