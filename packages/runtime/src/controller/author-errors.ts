/**
 * Errors that authors throw to steer the queue. Any other throw means: run again after the backoff.
 */

import { type Duration, parseDuration } from './duration.ts';

/** Run again after a delay of the author's choice; the failure count of the key stays as it is. */
export class RequeueError extends Error {
  override readonly name = 'RequeueError';
  readonly afterMs: number;

  constructor(message: string, options: { readonly after: Duration; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.afterMs = parseDuration(options.after, 'RequeueError');
  }
}

/** Nothing will help until the object changes: no retry until the next event. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}
