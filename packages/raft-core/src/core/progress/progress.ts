/**
 * What a leader knows of one peer, and how it sends to it.
 *
 * - `probe`: where the logs agree is unknown; one append, then wait for an answer or a heartbeat's.
 * - `replicate`: logs agree up to `match`; appends are pipelined within the window.
 * - `snapshot`: a snapshot is on its way; no appends until it arrived or failed.
 *
 * Rule P1: `match < next`. In `probe`, `next` is what the next append starts with.
 */
import type { LogIndex, NodeId } from '../../ids.ts';
import { CommitKnowledge } from './commit-knowledge.ts';
import type { Inflights } from './inflights.ts';

export type ProgressState = 'probe' | 'replicate' | 'snapshot';

export class Progress {
  readonly id: NodeId;
  readonly uuid: string;
  match: LogIndex = 0;
  next: LogIndex;
  state: ProgressState = 'probe';
  readonly inflights: Inflights;
  /** Probe only: an append is unanswered. */
  probeSent = false;
  /** Snapshot only: index of the snapshot under way. */
  snapshotIndex: LogIndex = 0;
  /** Heard from since the last quorum check. */
  recentActive = false;
  /** When it was last heard from; -1 for never. */
  lastActiveMs = -1;
  /** `match` at the previous heartbeat answer: unchanged means that an append may be lost. */
  matchAtHeartbeat: LogIndex = 0;
  /** Newest lease round this peer acknowledged in this term. */
  ackedRound = 0;
  /** What the peer is known to know of the commit index. */
  readonly commitKnowledge: CommitKnowledge = new CommitKnowledge();
  /** Storage is being read for this peer. */
  loading = false;
  /** Consecutive heartbeat answers with the log caught up: the promotion gate. */
  caughtUpCount = 0;
  /** Tick lateness seen in the current window: answers and late ones. */
  sampleCount = 0;
  lateCount = 0;

  constructor(member: { readonly id: NodeId; readonly uuid: string }, next: LogIndex, inflights: Inflights) {
    this.id = member.id;
    this.uuid = member.uuid;
    this.next = next;
    this.inflights = inflights;
  }

  becomeProbe(): void {
    const after = this.state === 'snapshot' ? Math.max(this.match, this.snapshotIndex) : this.match;
    this.#enter('probe');
    this.next = after + 1;
  }

  becomeReplicate(): void {
    this.#enter('replicate');
    this.next = this.match + 1;
  }

  becomeSnapshot(index: LogIndex): void {
    this.#enter('snapshot');
    this.snapshotIndex = index;
  }

  /** The transfer under way failed: probe from what is acknowledged. */
  failSnapshot(): void {
    this.snapshotIndex = 0;
    this.becomeProbe();
  }

  /** Takes an acknowledgement. True when it is news. */
  maybeUpdate(match: LogIndex): boolean {
    if (match <= this.match) return false;
    this.match = match;
    this.next = Math.max(this.next, match + 1);
    this.probeSent = false;
    return true;
  }

  /** Takes a rejection of an append after `rejected`, with `hint` as the next guess. False when it is stale. */
  maybeDecrement(rejected: LogIndex, hint: LogIndex): boolean {
    if (this.state === 'replicate') {
      if (rejected <= this.match) return false;
      this.next = this.match + 1;
      return true;
    }
    if (this.next - 1 !== rejected) return false;
    this.next = Math.max(Math.min(rejected, hint + 1), this.match + 1);
    this.probeSent = false;
    return true;
  }

  /** True while no append may be sent. */
  get isPaused(): boolean {
    if (this.state === 'probe') return this.probeSent;
    return this.state === 'replicate' ? this.inflights.isFull : true;
  }

  #enter(state: ProgressState): void {
    this.state = state;
    this.probeSent = false;
    this.loading = false;
    if (state !== 'snapshot') this.snapshotIndex = 0;
    this.inflights.reset();
  }
}
