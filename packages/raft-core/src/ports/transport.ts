/**
 * Messages between nodes. The network may lose, duplicate, delay and reorder; a transport adds identity (hello),
 * three independent streams per peer and bounded queues.
 *
 * **Identity.** Both ends of every connection exchange a `Hello` first and check it with `helloProblem`. Every
 * delivered message carries the uuid attested by that hello, and `message.from` equals the hello's id; a transport
 * closes the connection otherwise.
 *
 * **Bounds.** Per peer a bounded outbox: a newer heartbeat replaces a queued one, overflowing appends are dropped and
 * reported by `peerUnreachable`, votes and vote answers are never dropped while a stream lives.
 *
 * **Errors.** Malformed frames reset their stream and never reach the handler.
 */
import type { Member } from '../configuration.ts';
import type { Hello, PeerIdentity } from '../hello.ts';
import type { LogIndex, NodeId, Term } from '../ids.ts';
import type { Message, SnapshotOffer } from '../message.ts';
import type { SnapshotSink, SnapshotSource, WaitOptions } from './log-store.ts';

/** Where a peer listens. */
export interface PeerAddress {
  readonly host: string;
  readonly port: number;
}

export interface Transport extends AsyncDisposable {
  /** Starts listening and delivering. Called once; before it, nothing is delivered and nothing is sent. */
  start(handler: TransportHandler, options: WaitOptions): Promise<void>;

  /**
   * Queues messages for their `to` nodes, in order per (peer, class). Returns at once, never throws and never calls
   * the handler before it returned. The messages belong to the transport afterwards; the array does not.
   */
  send(messages: readonly Message[]): void;

  /**
   * Streams a snapshot to `offer.to` and resolves when the receiver has it durably and its core was told; resumes
   * where the receiver left off. Reads from `source`, at most two chunks unacknowledged. One transfer per peer.
   * @throws `RAFT_PEER_UNREACHABLE`, `RAFT_SNAPSHOT_MISMATCH`, or the signal's reason.
   */
  sendSnapshot(offer: SnapshotOffer, source: SnapshotSource, options: WaitOptions): Promise<void>;

  /**
   * The peers to keep connections to (self excluded). Idempotent; peers left out are disconnected after their
   * queued messages are sent or given up. Addresses come from the adapter's own discovery.
   */
  setPeers(peers: readonly NodeId[]): void;

  /** Asks a node who it is; answered by any node at any time, members or not. @throws `RAFT_PEER_UNREACHABLE`. */
  identify(to: NodeId, options: WaitOptions): Promise<IdentifyAnswer>;

  /** Asks a node to make `member` a learner, or to remove it. @throws `RAFT_PEER_UNREACHABLE`. */
  join(to: NodeId, request: JoinRequest, options: WaitOptions): Promise<JoinAnswer>;
}

/** What the driver offers to its transport. Calls never throw unless stated; the core is never re-entered. */
export interface TransportHandler {
  /** The hello to present now; changes when the node joins a cluster or timing changes. */
  hello(): Hello;
  /** A peer's hello was accepted. Called before its first message. */
  peerConnected(hello: Hello): void;
  /** One message, attested by the sender's hello. */
  receive(message: Message, sender: PeerIdentity): void;
  /** A stream to or from the peer broke, a connect failed, or its outbox overflowed. */
  peerUnreachable(id: NodeId, reason: string): void;
  /**
   * A snapshot is coming in. Resolves with the sink to write to, at `sink.sizeBytes`. After the last chunk the
   * transport calls `sink.finish()`, then `receive(offer)`, then answers the sender; on a broken stream it disposes
   * the sink. Rejects with a `RaftError` to refuse.
   */
  receiveSnapshot(offer: SnapshotOffer, sender: PeerIdentity): Promise<SnapshotSink>;
  identify(): IdentifyAnswer;
  join(request: JoinRequest): Promise<JoinAnswer>;
}

/** A node's answer to "who are you". */
export interface IdentifyAnswer {
  readonly hello: Hello;
  /** No cluster, no log, no vote: this storage has nothing to lose. */
  readonly empty: boolean;
  readonly term: Term;
  /** 0 when unknown. */
  readonly leaderId: NodeId;
  /** Milliseconds since this node last heard from a leader (0 as leader); -1 for never. */
  readonly leaderSeenMsAgo: number;
  readonly lastIndex: LogIndex;
  readonly commit: LogIndex;
}

export interface JoinRequest {
  /** Cluster the asker wants to join; empty string to take whatever the leader belongs to. */
  readonly clusterId: string;
  readonly member: Member;
  /** The member asks to be removed for good instead. @default false */
  readonly leave?: boolean;
}

/**
 * - `joined`: member of `clusterId`. - `left`: no member any more. - `notLeader`: ask `leaderId` (0: unknown).
 * - `refused`: `reason` says why.
 */
export type JoinAnswer =
  | { readonly type: 'joined'; readonly clusterId: string; readonly generation: number }
  | { readonly type: 'left' }
  | { readonly type: 'notLeader'; readonly leaderId: NodeId }
  | { readonly type: 'refused'; readonly reason: string };

/** Size of a snapshot chunk on the wire: 64 KiB. */
export const snapshotChunkBytes: number = 64 * 1024;
