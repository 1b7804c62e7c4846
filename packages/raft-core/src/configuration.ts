/**
 * Cluster membership: who votes, who only learns, and the joint form between two memberships (Raft §6).
 *
 * A member is a pair `(id, uuid)`: the id is the pod's, the uuid its disk's. A wiped disk is another member, so
 * its old votes and acknowledgements can never be counted for the new one.
 */
import { isNodeId, type NodeId } from './ids.ts';

/** One member. `uuid` is 1 to 64 characters of `[0-9A-Za-z._-]`, drawn once per storage. */
export interface Member {
  readonly id: NodeId;
  readonly uuid: string;
}

/**
 * A complete membership. Lists are sorted by id, each id occurs once per list.
 *
 * While `outgoing` is non-empty the configuration is *joint*: elections, commits, check-quorum, leases and reads
 * need a majority of `voters` and a majority of `outgoing`. Learners receive entries and never count.
 */
export interface Configuration {
  readonly voters: readonly Member[];
  /** The voters being replaced; empty unless joint. */
  readonly outgoing: readonly Member[];
  /** Never also in `voters` or `outgoing`. */
  readonly learners: readonly Member[];
  /** Members of `outgoing` that become learners when the joint phase ends. */
  readonly learnersNext: readonly Member[];
  /** Joint only: the leader leaves the joint phase by itself once it is applied. */
  readonly autoLeave: boolean;
}

/** Nobody: the state of an empty disk, which can neither campaign nor count anybody. */
export const emptyConfiguration: Configuration = {
  voters: [],
  outgoing: [],
  learners: [],
  learnersNext: [],
  autoLeave: false,
};

/** One step of a membership change. */
export type ChangeStep =
  /** Adds a voter, or promotes the learner with this id and uuid. */
  | { readonly type: 'addVoter'; readonly member: Member }
  /** Adds a learner, demotes the voter with this id, or replaces a member whose uuid differs (wiped disk). */
  | { readonly type: 'addLearner'; readonly member: Member }
  | { readonly type: 'remove'; readonly id: NodeId };

/**
 * A requested change.
 *
 * - `auto`: single-step when at most one voter changes, else joint with automatic leave.
 * - `implicit`: joint, left automatically. `explicit`: joint, left by a `leave` change.
 * - `leave`: ends a joint phase; `steps` must be empty.
 */
export interface ConfigurationChange {
  readonly transition: 'auto' | 'implicit' | 'explicit' | 'leave';
  readonly steps: readonly ChangeStep[];
}

/** True while two voter sets must agree. */
export function isJoint(configuration: Configuration): boolean {
  return configuration.outgoing.length > 0;
}

/** The member with this id in any role; voters first. */
export function memberOf(configuration: Configuration, id: NodeId): Member | undefined {
  const { voters, outgoing, learners, learnersNext } = configuration;
  return find(voters, id) ?? find(outgoing, id) ?? find(learners, id) ?? find(learnersNext, id);
}

/** True when the pair is a voter of either half. */
export function isVoter(configuration: Configuration, id: NodeId, uuid: string): boolean {
  return find(configuration.voters, id)?.uuid === uuid || find(configuration.outgoing, id)?.uuid === uuid;
}

/** True when the pair is a learner now. */
export function isLearner(configuration: Configuration, id: NodeId, uuid: string): boolean {
  return find(configuration.learners, id)?.uuid === uuid;
}

/** True for a uuid this package can store: 1 to 64 characters of `[0-9A-Za-z._-]`. */
export function isUuid(value: string): boolean {
  return /^[0-9A-Za-z._-]{1,64}$/.test(value);
}

/** Equal membership, order ignored because lists are sorted. */
export function equalConfigurations(a: Configuration, b: Configuration): boolean {
  return (
    a.autoLeave === b.autoLeave &&
    equalMembers(a.voters, b.voters) &&
    equalMembers(a.outgoing, b.outgoing) &&
    equalMembers(a.learners, b.learners) &&
    equalMembers(a.learnersNext, b.learnersNext)
  );
}

/** The simple configuration with these members, sorted; the usual argument of `bootstrap`. */
export function configurationOf(voters: readonly Member[], learners: readonly Member[] = []): Configuration {
  return { ...emptyConfiguration, voters: sortedById(voters), learners: sortedById(learners) };
}

/** Members by ascending id. */
export function sortedById(members: readonly Member[]): readonly Member[] {
  return [...members].sort((a, b) => a.id - b.id);
}

/** Which rule a configuration breaks, or undefined when it is sound. */
export function configurationProblem(configuration: Configuration): string | undefined {
  const { voters, outgoing, learners, learnersNext, autoLeave } = configuration;
  for (const list of [voters, outgoing, learners, learnersNext]) {
    const problem = listProblem(list);
    if (problem !== undefined) return problem;
  }
  const voting = new Set([...voters, ...outgoing].map((member) => member.id));
  if (learners.some((member) => voting.has(member.id))) return 'a learner is also a voter';
  if (outgoing.some(({ id, uuid }) => (find(voters, id)?.uuid ?? uuid) !== uuid)) {
    return 'a voter has one uuid in the old half and another in the new';
  }
  const old = new Set(outgoing.map((member) => member.id));
  if (learnersNext.some((member) => !old.has(member.id))) return 'a next learner is not an outgoing voter';
  if (outgoing.length === 0 && autoLeave) return 'autoLeave without a joint phase';
  if (outgoing.length > 0 && voters.length === 0) return 'a joint configuration without incoming voters';
  return undefined;
}

/** Format 1: `1, autoLeave`, then four lists of `count, (id, uuid length, uuid)`; counts and ids are varints. */
export function encodeConfiguration(configuration: Configuration): Uint8Array {
  const bytes: number[] = [1, configuration.autoLeave ? 1 : 0];
  for (const list of listsOf(configuration)) {
    putVarint(bytes, list.length);
    for (const { id, uuid } of list) {
      putVarint(bytes, id);
      bytes.push(uuid.length);
      for (let i = 0; i < uuid.length; i++) bytes.push(uuid.charCodeAt(i));
    }
  }
  return Uint8Array.from(bytes);
}

/** Reverse of `encodeConfiguration`; undefined when the bytes are not a sound configuration. */
export function decodeConfiguration(data: Uint8Array): Configuration | undefined {
  if (data[0] !== 1 || data[1] === undefined || data[1] > 1) return undefined;
  const cursor = { data, at: 2 };
  const lists: Member[][] = [];
  for (let i = 0; i < 4; i++) {
    const list = takeMembers(cursor);
    if (list === undefined) return undefined;
    lists.push(list);
  }
  if (cursor.at !== data.byteLength) return undefined;
  const [voters = [], outgoing = [], learners = [], learnersNext = []] = lists;
  const configuration = { voters, outgoing, learners, learnersNext, autoLeave: data[1] === 1 };
  return configurationProblem(configuration) === undefined ? configuration : undefined;
}

interface Cursor {
  readonly data: Uint8Array;
  at: number;
}

function listsOf(configuration: Configuration): readonly (readonly Member[])[] {
  return [configuration.voters, configuration.outgoing, configuration.learners, configuration.learnersNext];
}

function find(members: readonly Member[], id: NodeId): Member | undefined {
  for (const member of members) if (member.id === id) return member;
  return undefined;
}

function equalMembers(a: readonly Member[], b: readonly Member[]): boolean {
  return a.length === b.length && a.every((member, i) => member.id === b[i]?.id && member.uuid === b[i]?.uuid);
}

function listProblem(members: readonly Member[]): string | undefined {
  let last = 0;
  for (const { id, uuid } of members) {
    if (!isNodeId(id)) return `member id ${id} is not a safe integer ≥ 1`;
    if (id <= last) return `member ids are not ascending at ${id}`;
    if (!isUuid(uuid)) return `uuid of member ${id} is not 1 to 64 characters of [0-9A-Za-z._-]`;
    last = id;
  }
  return undefined;
}

function putVarint(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}

function takeVarint(cursor: Cursor): number | undefined {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < 8; i++) {
    const byte = cursor.data[cursor.at];
    if (byte === undefined) return undefined;
    cursor.at += 1;
    value += (byte % 128) * scale;
    if (byte < 128) return Number.isSafeInteger(value) ? value : undefined;
    scale *= 128;
  }
  return undefined;
}

function takeMembers(cursor: Cursor): Member[] | undefined {
  const count = takeVarint(cursor);
  if (count === undefined || count > cursor.data.byteLength) return undefined;
  const members: Member[] = [];
  for (let i = 0; i < count; i++) {
    const id = takeVarint(cursor);
    const length = cursor.data[cursor.at];
    if (id === undefined || length === undefined) return undefined;
    const end = cursor.at + 1 + length;
    if (end > cursor.data.byteLength) return undefined;
    members.push({ id, uuid: String.fromCharCode(...cursor.data.subarray(cursor.at + 1, end)) });
    cursor.at = end;
  }
  return members;
}
