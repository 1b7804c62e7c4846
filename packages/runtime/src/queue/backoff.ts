/**
 * The delay after a failed run, per key, with jitter.
 *
 * The first failure waits 200 ms, each further one twice as long, up to a cap. A step is taken at most once per
 * deadline: runs that events cause during the wait neither lengthen it nor use up steps.
 */

import { jitter, type Random } from '../random.ts';

/** Delay after the first failure, in milliseconds; also the shortest distance of event runs while a key fails. */
export const BASE_BACKOFF_MS = 200;

/** Share of the delay by which it is randomly shortened or lengthened. */
export const BACKOFF_JITTER = 0.2;

/** What is remembered about a failing key. */
export interface BackoffState {
  /** Steps taken; the n-th waits `200 ms × 2ⁿ⁻¹`. */
  readonly failures: number;
  /** When the pending retry is due, in clock milliseconds. */
  readonly deadlineMs: number;
  /** When the last failed run ended, in clock milliseconds. */
  readonly failedAtMs: number;
}

export interface BackoffOptions {
  /** Longest delay in milliseconds, before jitter. */
  readonly capMs: number;
  readonly random: Random;
}

/**
 * The state after a failure at `nowMs`. Before the pending deadline only `failedAtMs` moves, so a storm of events
 * cannot burn the steps.
 */
export function afterFailure(
  state: BackoffState | undefined,
  nowMs: number,
  { capMs, random }: BackoffOptions,
): BackoffState {
  if (state !== undefined && nowMs < state.deadlineMs) return { ...state, failedAtMs: nowMs };
  const failures = (state?.failures ?? 0) + 1;
  const delayMs = Math.min(capMs, BASE_BACKOFF_MS * 2 ** Math.min(failures - 1, 40));
  return { failures, deadlineMs: nowMs + jitter(random, delayMs, BACKOFF_JITTER), failedAtMs: nowMs };
}

/** When an event may run a failing key: at once, but 200 ms after the last failure at the earliest. */
export function eventReadyAtMs(state: BackoffState | undefined, nowMs: number): number {
  return state === undefined ? nowMs : Math.max(nowMs, state.failedAtMs + BASE_BACKOFF_MS);
}
