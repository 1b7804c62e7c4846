/**
 * From how a run ended to what the queue does next. Pure apart from jitter.
 */

import { isRuntimeError, RuntimeError } from '../errors.ts';
import type { QueueOutcome } from '../queue/work-queue.ts';
import { jitter, type Random } from '../random.ts';
import type { Action } from './action.ts';
import { RequeueError, TerminalError } from './author-errors.ts';

/** The safety net behind `Action.awaitChange()`. */
export const RESYNC_MS = 36_000_000;
/** Initial lists and resyncs let events pass. */
export const BACKGROUND_PRIORITY = -100;
const JITTER = 0.1;

/** The label `result` of `controller_runtime_reconcile_total`. */
export type ReconcileResult = 'success' | 'error' | 'requeue' | 'requeue_after';

export interface RunOutcome {
  readonly queue: QueueOutcome;
  readonly result: ReconcileResult;
}

export interface OutcomeOptions {
  readonly random: Random;
  /** Delay after a handler that returned nothing. */
  readonly requeueAfterMs: number;
}

/**
 * The outcome of a handler that returned.
 * @throws RuntimeError `OPTION_INVALID` for what is no `Action`, as a handler in JavaScript may return.
 */
export function outcomeOfAction(action: Action | void, { random, requeueAfterMs }: OutcomeOptions): RunOutcome {
  if (action === undefined) {
    const afterMs = jitter(random, requeueAfterMs, JITTER);
    const trigger = { reason: 'requeue' } as const;
    return { result: 'success', queue: { type: 'again', afterMs, trigger, priority: BACKGROUND_PRIORITY } };
  }
  checkAction(action);
  switch (action.type) {
    case 'requeue': {
      const afterMs = action.exact ? action.afterMs : jitter(random, action.afterMs, JITTER);
      return {
        result: action.afterMs === 0 ? 'requeue' : 'requeue_after',
        queue: { type: 'again', afterMs, trigger: { reason: 'requeue' } },
      };
    }
    case 'awaitChange': {
      const afterMs = jitter(random, RESYNC_MS, JITTER);
      const trigger = { reason: 'resync' } as const;
      return { result: 'success', queue: { type: 'again', afterMs, trigger, priority: BACKGROUND_PRIORITY } };
    }
  }
}

/** @throws RuntimeError `OPTION_INVALID` for what is neither an `Action` nor nothing. */
export function checkAction(action: Action | void): void {
  if (action === undefined) return;
  const { type, afterMs } = Object(action) as { readonly type?: unknown; readonly afterMs?: unknown };
  const isDelay = typeof afterMs === 'number' && Number.isFinite(afterMs) && afterMs >= 0;
  if (type === 'awaitChange' || (type === 'requeue' && isDelay)) return;
  const other =
    action === null ? 'null' : typeof action === 'object' ? 'an object that is no Action' : `a ${typeof action}`;
  const shown = type === 'requeue' ? `an Action with a delay of ${String(afterMs)} ms` : other;
  throw new RuntimeError(
    'OPTION_INVALID',
    `the handler returned ${shown}; return Action.requeue('5m'), Action.awaitChange() or nothing`,
  );
}

/** The outcome of a run that threw. */
export function outcomeOfError(error: unknown): RunOutcome {
  if (error instanceof TerminalError) return { result: 'error', queue: { type: 'settled' } };
  if (error instanceof RequeueError) {
    const { afterMs } = error;
    return {
      result: 'requeue_after',
      queue: { type: 'again', afterMs, trigger: { reason: 'requeue' }, keepFailures: true },
    };
  }
  if (isRuntimeError(error, 'LEADERSHIP_LOST') || isRuntimeError(error, 'SHUTTING_DOWN')) {
    return {
      result: 'requeue',
      queue: { type: 'again', afterMs: 0, trigger: { reason: 'retry' }, keepFailures: true },
    };
  }
  return { result: 'error', queue: { type: 'failed' } };
}

/** A mistake in the program rather than a state of the world. */
export function isPanic(error: unknown): boolean {
  return (
    !(error instanceof Error) ||
    error instanceof TypeError ||
    error instanceof ReferenceError ||
    error instanceof RangeError
  );
}
