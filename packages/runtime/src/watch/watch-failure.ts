/** Sorts the errors of list and watch requests into what the state machine distinguishes. */
import { isRuntimeError } from '../errors.ts';
import { isStatusError } from '../client/status-error.ts';
import type { WatchFailure } from './watch-state.ts';

export function classifyWatchError(error: unknown): WatchFailure {
  if (isStatusError(error)) {
    return classifyStatus(error.code, { message: error.message, waitMs: error.retryAfterMs });
  }
  if (isRuntimeError(error, 'STREAM_CORRUPT')) {
    return { type: 'other', reason: 'stream-corrupt' };
  }
  if (isRuntimeError(error, 'API_UNREACHABLE')) {
    return { type: 'other', reason: 'unreachable' };
  }
  return { type: 'other', reason: 'connection-lost' };
}

/** A refused request, or the status inside an `ERROR` event. */
export function classifyStatus(
  code: number,
  details: { readonly message: string; readonly waitMs?: number | undefined },
): WatchFailure {
  switch (code) {
    case 410:
      return { type: 'expired' };
    case 403:
      return { type: 'denied', message: details.message };
    case 404:
      return { type: 'absent', message: details.message };
    default:
      return {
        type: 'other',
        reason: `http-${code}`,
        ...(details.waitMs === undefined ? {} : { waitMs: details.waitMs }),
      };
  }
}
