/**
 * What the core wants done: one record, refilled by every `drain`. The driver owes this order:
 *
 * - **O1** `revoke` takes effect before any message of the same drain is sent.
 * - **O2** `hardState` is durable before the entries of the same drain are written.
 * - **O3** `truncateFrom` and the appended range are one atomic, synced batch.
 * - **O4** `sendAfterPersist` leaves after the drain's storage part is durable, `sendNow` any time after O1.
 * - **O8** one storage part in flight: the core hands out no other until `persisted`.
 * - **O9** apply in order, up to `applyTo`, then `applied`.
 * - **O10** `snapshotInstall`: log replaced durably, state machine restored, then `snapshotReady`.
 */
import type { HardState } from '../hard-state.ts';
import type { LogIndex, NodeId, Term } from '../ids.ts';
import type { Message } from '../message.ts';
import type { SnapshotRef } from '../snapshot.ts';

/** Names one storage part. Handed back by `persisted`; compared by value. */
export interface PersistToken {
  readonly term: Term;
  /** Last index that is durable when this part is. */
  readonly lastIndex: LogIndex;
  /** Truncation generation the part was made in; an older one no longer vouches for entries (O7). */
  readonly generation: number;
  /** Counts parts of this process; tells two otherwise equal ones apart. */
  readonly sequence: number;
}

/** Entries that a follower needs and memory no longer holds: read `from` and, if it exists, what follows it. */
export interface EntryRequest {
  readonly peer: NodeId;
  readonly from: LogIndex;
  readonly maxBytes: number;
}

/** A linearizable read may be served once `index` is applied. */
export interface ReadState {
  readonly requestId: number;
  readonly index: LogIndex;
}

export interface Effects {
  /** Leadership of `term` must not be acted on any more; answer with `reconcilerStopped`. */
  revoke: { readonly term: Term } | null;
  hardState: HardState | null;
  /** Discard stored entries from here on; 0: none. */
  truncateFrom: LogIndex;
  /** Entries to store, inclusive, read with `RaftCore.entries`; 0: none. */
  appendFrom: LogIndex;
  appendTo: LogIndex;
  /** Set when anything is to be stored. */
  persistToken: PersistToken | null;
  /** Need nothing stored: leader appends, heartbeats, pre-votes and their answers, vote requests with a log that is. */
  sendNow: Message[];
  /** Rest on this drain’s storage part: votes, append acknowledgements, vote requests that name what it holds. */
  sendAfterPersist: Message[];
  /** Apply entries after the last applied one up to here; 0: nothing new. */
  applyTo: LogIndex;
  /** Replace storage and state machine by this received snapshot. Nothing else is stored or applied meanwhile. */
  snapshotInstall: SnapshotRef | null;
  needEntries: EntryRequest[];
  readStates: ReadState[];
  /** Leadership of `term` may be acted on until then, by the clock that `nowMs` comes from. */
  lease: { readonly term: Term; readonly validUntilMs: number } | null;
}

/** An empty record to drain into; reused by the caller. */
export function createEffects(): Effects {
  return {
    revoke: null,
    hardState: null,
    truncateFrom: 0,
    appendFrom: 0,
    appendTo: 0,
    persistToken: null,
    sendNow: [],
    sendAfterPersist: [],
    applyTo: 0,
    snapshotInstall: null,
    needEntries: [],
    readStates: [],
    lease: null,
  };
}

/** Empties the record. Arrays are replaced, so that one handed to a transport stays intact. */
export function clearEffects(effects: Effects): void {
  effects.revoke = null;
  effects.hardState = null;
  effects.truncateFrom = 0;
  effects.appendFrom = 0;
  effects.appendTo = 0;
  effects.persistToken = null;
  if (effects.sendNow.length > 0) effects.sendNow = [];
  if (effects.sendAfterPersist.length > 0) effects.sendAfterPersist = [];
  effects.applyTo = 0;
  effects.snapshotInstall = null;
  if (effects.needEntries.length > 0) effects.needEntries = [];
  if (effects.readStates.length > 0) effects.readStates = [];
  effects.lease = null;
}
