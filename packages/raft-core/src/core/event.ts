/**
 * Everything that can happen to the core. Each event says who raises it and what it assumes; a wrong event throws
 * `RaftError` and changes nothing.
 */
import type { ConfigurationChange } from '../configuration.ts';
import type { Entry, Timing } from '../entry.ts';
import type { LogIndex, NodeId, Term } from '../ids.ts';
import type { Message } from '../message.ts';
import type { SnapshotRef } from '../snapshot.ts';
import type { PersistToken } from './effect.ts';

export type RaftEvent =
  /** One tick of `tickMs` passed; never replayed after a stall. `lateMs`: how late it came (0 when on time). */
  | { readonly type: 'tick'; readonly lateMs: number }
  /** Try to become leader now; starts with a pre-vote and still honours promises. Ignored by non-voters. */
  | { readonly type: 'campaign' }
  /** A peer's message; `senderUuid` is attested by the transport's hello. */
  | { readonly type: 'message'; readonly message: Message; readonly senderUuid: string }
  /**
   * Commands to append as one block, in order. All or none enter the log; they get consecutive indexes that start
   * at `lastIndex + 1` as of before the step.
   * @throws `RAFT_NOT_LEADER`, `RAFT_PROPOSAL_DROPPED`, `RAFT_ENTRY_TOO_LARGE`.
   */
  | { readonly type: 'propose'; readonly commands: readonly Uint8Array[] }
  /** Change cluster-wide timing. @throws as `propose`. */
  | { readonly type: 'proposeTiming'; readonly timing: Timing }
  /**
   * Change membership. `checks: 'enforced'` also requires that a promoted learner has caught up and that a live
   * majority remains; `'skipped'` keeps only the rules of consensus itself.
   * @throws `RAFT_NOT_LEADER`, `RAFT_CHANGE_REFUSED`.
   */
  | { readonly type: 'confChange'; readonly change: ConfigurationChange; readonly checks: 'enforced' | 'skipped' }
  /**
   * Ask for an index that a linearizable read must have applied; answered in `Effects.readStates`. Unanswered ones
   * are void when the role or term changes. `requestId` is the caller's.
   * @throws `RAFT_NOT_LEADER`; `RAFT_PROPOSAL_DROPPED` when too many wait.
   */
  /** `byQuorum`: answered by a round that begins now, even while the lease is held. */
  | { readonly type: 'readIndex'; readonly requestId: number; readonly byQuorum?: boolean }
  /**
   * Hand leadership to `target`, 0 for the best-matched live voter. Revokes the lease for the rest of the term;
   * without success within two election timeouts the node says Goodbye and steps down.
   * @throws `RAFT_NOT_LEADER`, `RAFT_TRANSFER_REFUSED`.
   */
  | { readonly type: 'transfer'; readonly target: NodeId }
  /** Acknowledges `Effects.revoke`: nothing acts on the lease of `term` any more. */
  | { readonly type: 'reconcilerStopped'; readonly term: Term }
  /** Forget who leads `term` (etcd's forget-leader). Promises stay. Ignored by leaders and for other terms. */
  | { readonly type: 'forgetLeader'; readonly term: Term }
  /** A stream to the peer broke or overflowed: a follower suspects its leader, a leader probes its follower. */
  | { readonly type: 'peerUnreachable'; readonly peer: NodeId }
  /** The storage part of the drain with this token is durable. */
  | { readonly type: 'persisted'; readonly token: PersistToken }
  /** Entries up to `index` are applied; configurations and timings among them are in force now. */
  | { readonly type: 'applied'; readonly index: LogIndex }
  /**
   * Answers an `EntryRequest`: entries read from storage, beginning with `from`; at least two when there are. An empty
   * array: they are compacted away.
   */
  | {
      readonly type: 'entriesLoaded';
      readonly peer: NodeId;
      readonly from: LogIndex;
      readonly entries: readonly Entry[];
    }
  /**
   * A snapshot is durable in the local storage: an own one (entries below `firstIndex` are gone), or the one of
   * `Effects.snapshotInstall`, in which case storage and state machine now equal it and `firstIndex` is index + 1.
   */
  | { readonly type: 'snapshotReady'; readonly snapshot: SnapshotRef; readonly firstIndex: LogIndex }
  /** A snapshot reached the peer's storage. */
  | { readonly type: 'snapshotSent'; readonly peer: NodeId }
  /** Sending a snapshot failed; the peer is probed and asked again. */
  | { readonly type: 'snapshotFailed'; readonly peer: NodeId };

export type RaftEventType = RaftEvent['type'];
