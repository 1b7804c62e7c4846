/**
 * When a failed request is sent again. A pure table; `HttpKubeClient` classifies failures and waits.
 *
 * | Failure                          | repeatable request            | other write                    |
 * |----------------------------------|-------------------------------|--------------------------------|
 * | 429, or 503 with Retry-After     | wait as told, ≤ 30 s          | same                           |
 * | nothing was sent                 | 100 ms × 2ⁿ                   | same                           |
 * | reset, timeout, 502, 504         | 100 ms × 2ⁿ                   | `WRITE_OUTCOME_UNKNOWN`        |
 * | 503 without Retry-After          | 100 ms × 2ⁿ                   | `StatusError`                  |
 * | any other status                 | `StatusError`                 | `StatusError`                  |
 */

/** Attempts of one call, the first included. */
const MAX_ATTEMPTS = 5;
const BASE_DELAY_MS = 100;
const MAX_WAIT_MS = 30_000;
/** 429 without Retry-After. */
const DEFAULT_WAIT_MS = 1_000;

/**
 * `read` and `repeatable` (apply, guarded patches and deletes) may run twice without harm; `once`
 * (create, unguarded patches and deletes) may not.
 */
export type Repeatability = 'read' | 'repeatable' | 'once';

export type RequestFailure =
  | { readonly type: 'status'; readonly code: number; readonly retryAfterMs: number | undefined }
  /** Failed before a byte of the request left: connection refused, TLS refused, name not found. */
  | { readonly type: 'not-sent' }
  /** Sent, but no complete answer came back. */
  | { readonly type: 'lost' };

export type RetryDecision =
  | { readonly type: 'retry'; readonly delayMs: number }
  | { readonly type: 'throw'; readonly as: 'status' | 'unreachable' | 'outcome-unknown' };

/** `attempt` counts from 1. */
export function decideRetry(failure: RequestFailure, attempt: number, repeatability: Repeatability): RetryDecision {
  const exhausted = attempt >= MAX_ATTEMPTS;
  const backoff: RetryDecision = { type: 'retry', delayMs: BASE_DELAY_MS * 2 ** (attempt - 1) };
  switch (failure.type) {
    case 'not-sent':
      return exhausted ? { type: 'throw', as: 'unreachable' } : backoff;
    case 'lost':
      if (repeatability === 'once') {
        return { type: 'throw', as: 'outcome-unknown' };
      }
      return exhausted ? { type: 'throw', as: repeatability === 'read' ? 'unreachable' : 'outcome-unknown' } : backoff;
    case 'status':
      return decideByStatus(failure, { exhausted, backoff, repeatability });
  }
}

function decideByStatus(
  failure: { readonly code: number; readonly retryAfterMs: number | undefined },
  context: { readonly exhausted: boolean; readonly backoff: RetryDecision; readonly repeatability: Repeatability },
): RetryDecision {
  const { exhausted, backoff, repeatability } = context;
  const asStatus: RetryDecision = { type: 'throw', as: 'status' };
  const told = failure.code === 429 || (failure.code === 503 && failure.retryAfterMs !== undefined);
  if (told) {
    const waitMs = Math.min(failure.retryAfterMs ?? DEFAULT_WAIT_MS, MAX_WAIT_MS);
    return exhausted ? asStatus : { type: 'retry', delayMs: waitMs };
  }
  if (failure.code === 502 || failure.code === 504) {
    if (repeatability === 'once') {
      return { type: 'throw', as: 'outcome-unknown' };
    }
    return exhausted ? asStatus : backoff;
  }
  if (failure.code === 503 && repeatability !== 'once') {
    return exhausted ? asStatus : backoff;
  }
  return asStatus;
}

/** `Retry-After` in seconds or as an HTTP date; `undefined` when absent or unreadable. */
export function parseRetryAfter(header: string | undefined, wallMs: number): number | undefined {
  if (header === undefined) {
    return undefined;
  }
  if (/^\d+$/.test(header)) {
    return Number(header) * 1_000;
  }
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - wallMs);
}
