/** The structured trace vocabulary of a whole node: the core's facts plus the driver's. */
import type { CoreTrace } from '../core/trace.ts';
import type { LogIndex, NodeId } from '../ids.ts';

/** Facts the driver adds. */
export type DriverTrace =
  | { readonly type: 'started'; readonly uuid: string; readonly lastIndex: LogIndex; readonly commit: LogIndex }
  | { readonly type: 'stopped'; readonly reason: string }
  | { readonly type: 'lateTick'; readonly lateMs: number }
  | { readonly type: 'storageRetry'; readonly reason: string; readonly delayMs: number }
  | { readonly type: 'persisted'; readonly lastIndex: LogIndex; readonly entryCount: number; readonly tookMs: number }
  | { readonly type: 'snapshotCreated'; readonly index: LogIndex; readonly sizeBytes: number; readonly tookMs: number }
  | { readonly type: 'snapshotTransfer'; readonly peer: NodeId; readonly index: LogIndex; readonly outcome: string }
  | { readonly type: 'refused'; readonly from: NodeId; readonly reason: string };

/** One fact, with the node it is about and that node's monotonic time. */
export type TraceEvent = (CoreTrace | DriverTrace) & { readonly node: NodeId; readonly atMs: number };
