/**
 * What a reconcile answers: when it wants to run again.
 */

import { type Duration, parseDuration } from './duration.ts';

/** The result of a handler. A handler that returns nothing runs again after `requeueAfter`. */
export type Action =
  | { readonly type: 'requeue'; readonly afterMs: number; readonly exact: boolean }
  | { readonly type: 'awaitChange' };

export interface RequeueOptions {
  /** Without it the delay varies by ±10 %, so that objects created together do not stay in step. @default false */
  readonly exact?: boolean;
}

/** Constructors of `Action`. */
export const Action: {
  /** Run again after `after`, or earlier when something changes. */
  requeue(after: Duration, options?: RequeueOptions): Action;
  /** Run again when something changes, and after 10 hours (±10 %) as a safety net. */
  awaitChange(): Action;
} = {
  requeue: (after, options) => ({
    type: 'requeue',
    afterMs: parseDuration(after, 'Action.requeue()'),
    exact: options?.exact ?? false,
  }),
  awaitChange: () => ({ type: 'awaitChange' }),
};
