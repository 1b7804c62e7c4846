/**
 * Tracing hooks: `diagnostics_channel.tracingChannel` names a subscriber listens to. Free while nobody
 * does. Each context object lives from `start` to `asyncEnd`.
 */
import { tracingChannel, type TracingChannel } from 'node:diagnostics_channel';

/** One page of a list. */
export interface ListTrace {
  readonly resource: string;
  readonly namespace: string | undefined;
}

/** One watch connection, from the request to its end. */
export type WatchTrace = ListTrace & { readonly resourceVersion: string };

/** One apply, whether anything is sent or not. */
export interface ApplyTrace {
  readonly controller: string;
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string;
}

export const listChannel: TracingChannel<ListTrace> = tracingChannel('k8sop:list');
export const watchChannel: TracingChannel<WatchTrace> = tracingChannel('k8sop:watch');
export const applyChannel: TracingChannel<ApplyTrace> = tracingChannel('k8sop:apply');
