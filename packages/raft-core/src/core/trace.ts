/** What the core tells about itself: facts worth a log line or a metric, none of which anybody must act on. */
import type { Configuration } from '../configuration.ts';
import type { Timing } from '../entry.ts';
import type { LogIndex, NodeId, Term } from '../ids.ts';
import type { MessageType } from '../message.ts';

/** Roles a node can have; a node that is no voter stays `follower`. */
export type Role = 'follower' | 'preCandidate' | 'candidate' | 'leader';

export type CoreTrace =
  | { readonly type: 'role'; readonly role: Role; readonly term: Term; readonly reason: string }
  | { readonly type: 'leader'; readonly leaderId: NodeId; readonly term: Term }
  | { readonly type: 'suspect'; readonly leaderId: NodeId; readonly promiseLeftMs: number }
  | {
      readonly type: 'vote';
      readonly candidate: NodeId;
      readonly term: Term;
      readonly granted: boolean;
      readonly reason: string;
    }
  | {
      readonly type: 'preVote';
      readonly candidate: NodeId;
      readonly term: Term;
      readonly granted: boolean;
      readonly reason: string;
    }
  | { readonly type: 'revoke'; readonly term: Term; readonly reason: string }
  | { readonly type: 'lease'; readonly term: Term; readonly validUntilMs: number }
  | { readonly type: 'configuration'; readonly index: LogIndex; readonly configuration: Configuration }
  | { readonly type: 'timing'; readonly index: LogIndex; readonly timing: Timing }
  | { readonly type: 'truncate'; readonly from: LogIndex; readonly lastIndex: LogIndex }
  | { readonly type: 'snapshotSent'; readonly peer: NodeId; readonly index: LogIndex }
  | { readonly type: 'restore'; readonly index: LogIndex; readonly term: Term }
  | { readonly type: 'transfer'; readonly target: NodeId; readonly step: 'begin' | 'timeoutNow' | 'giveUp' }
  | { readonly type: 'ignored'; readonly message: MessageType; readonly from: NodeId; readonly reason: string };

/** Receives trace events synchronously. */
export type TraceSink = (event: CoreTrace) => void;
