/** What peers say in scripted tests: one builder per message, everything defaulted to a three-node cluster in term 2. */
import type { Entry } from '../../src/entry.ts';
import type {
  AppendAccepted,
  AppendRequest,
  Heartbeat,
  HeartbeatResponse,
  Message,
  PreVoteRequest,
  PreVoteResponse,
  SnapshotOffer,
  VoteRequest,
} from '../../src/message.ts';
import { scriptedUuid, type ScriptedCluster } from '../../src/testing/index.ts';

/** A command of one byte. */
export function entry(index: number, term: number): Entry {
  return { index, term, type: 'command', data: Uint8Array.of(index % 256) };
}

/** Commands `from` to `to` of one term. */
export function entries(from: number, to: number, term: number): Entry[] {
  return Array.from({ length: to - from + 1 }, (_, i) => entry(from + i, term));
}

const toTwo = { from: 1, to: 2, term: 2 } as const;
const toOne = { from: 2, to: 1, term: 2 } as const;

export function append(rest: Partial<AppendRequest> = {}): AppendRequest {
  return {
    type: 'append',
    ...toTwo,
    prevIndex: 1,
    prevTerm: 1,
    entries: [],
    commit: 0,
    round: 1,
    promiseMs: 150,
    ...rest,
  };
}

export function heartbeat(rest: Partial<Heartbeat> = {}): Heartbeat {
  return { type: 'heartbeat', ...toTwo, commit: 0, round: 1, promiseMs: 150, successor: 0, ...rest };
}

export function voteRequest(rest: Partial<VoteRequest> = {}): VoteRequest {
  return { type: 'voteRequest', ...toTwo, lastIndex: 9, lastTerm: 2, transfer: false, ...rest };
}

export function preVoteRequest(rest: Partial<PreVoteRequest> = {}): PreVoteRequest {
  return { type: 'preVoteRequest', ...toTwo, lastIndex: 9, lastTerm: 2, commit: 0, commitTerm: 0, ...rest };
}

export function preVoteResponse(rest: Partial<PreVoteResponse> = {}): PreVoteResponse {
  return { type: 'preVoteResponse', ...toOne, granted: true, remainingMs: 0, commit: 0, commitTerm: 0, ...rest };
}

export function accepted(rest: Partial<AppendAccepted> = {}): AppendAccepted {
  return { type: 'appendAccepted', ...toOne, matchIndex: 1, round: 1, ...rest };
}

export function heartbeatResponse(rest: Partial<HeartbeatResponse> = {}): HeartbeatResponse {
  return { type: 'heartbeatResponse', ...toOne, round: 1, lateMs: 0, ...rest };
}

/** A snapshot of the receiver's own configuration. */
export function snapshotOffer(
  script: ScriptedCluster,
  last: { readonly index: number; readonly term: number },
  rest: Partial<SnapshotOffer> = {},
): SnapshotOffer {
  const { configuration } = script.status(rest.to ?? 2);
  const snapshot = { ...last, configuration, timing: null, sizeBytes: 1, checksum: last.index };
  return { type: 'snapshot', ...toTwo, snapshot, round: 1, promiseMs: 150, ...rest };
}

/** Delivers a message past the network. */
export function receive(
  script: ScriptedCluster,
  message: Message,
  senderUuid: string = scriptedUuid(message.from),
): void {
  script.step(message.to, { type: 'message', message, senderUuid });
}

/** Messages of one type that were said and that nobody got yet. */
export function said<T extends Message['type']>(script: ScriptedCluster, type: T): Extract<Message, { type: T }>[] {
  return script.network.filter((message): message is Extract<Message, { type: T }> => message.type === type);
}

/** Matches appends to one node. */
export function appendsTo(id: number): (message: Message) => boolean {
  return ({ type, to }) => type === 'append' && to === id;
}

/** Matches appends that carry an entry behind `index`. */
export function appendsBeyond(index: number): (message: Message) => boolean {
  return (message) => message.type === 'append' && message.entries.some((carried) => carried.index > index);
}

/** Matches appends of one term. */
export function appendsOfTerm(of: number): (message: Message) => boolean {
  return ({ type, term }) => type === 'append' && term === of;
}

/** Drops what `drops` names; tells `note` about each message of the type on its way. */
export function noting(
  type: Message['type'],
  note: () => void,
  drops: (message: Message) => boolean = () => false,
): (message: Message) => boolean {
  return (message) => {
    if (message.type === type) note();
    return drops(message);
  };
}

/** Acts until the condition holds; true when it does. The bound makes a wrong core fail instead of hang. */
export function until(holds: () => boolean, act: () => void): boolean {
  for (let i = 0; i < 3000; i++) {
    if (holds()) return true;
    act();
  }
  return false;
}

/** Matches messages from or to the named nodes. */
export function touching(...ids: readonly number[]): (message: Message) => boolean {
  return ({ from, to }) => ids.includes(from) || ids.includes(to);
}

/** Node 1 leads voters 1 to 3 in term 2; entry 2 is its own and committed everywhere. */
export function settled(script: ScriptedCluster): ScriptedCluster {
  script.elect(1);
  script.run(4);
  return script;
}
