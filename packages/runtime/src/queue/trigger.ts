/**
 * Why a key is in the queue. Handed to the author as `ctx.triggers`, so that a log line can say what woke a reconcile.
 */

/** What put the key into the queue. */
export type TriggerReason =
  | 'initial' // the object was there when the controller started or became leader
  | 'created'
  | 'updated'
  | 'deleted' // the object carries a deletion timestamp, or is gone
  | 'owned' // a child changed
  | 'watched' // an object of a `watches` kind changed
  | 'requeue' // the last run asked for it, or `requeueAfter` passed
  | 'retry' // the last run failed
  | 'resync'; // the safety net behind `Action.awaitChange()`

/** One cause of a run. `kind` and `name` identify the object that changed, when an object did. */
export interface Trigger {
  readonly reason: TriggerReason;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** At most this many causes are kept per run: a burst of child events must not grow memory. */
export const MAX_TRIGGERS = 16;

/** Appends `added` unless an equal cause is present or the list is full. */
export function mergeTriggers(present: readonly Trigger[], added: readonly Trigger[]): readonly Trigger[] {
  let merged = present;
  for (const trigger of added) {
    if (merged.length >= MAX_TRIGGERS) break;
    if (!merged.some((other) => sameTrigger(other, trigger))) merged = [...merged, trigger];
  }
  return merged;
}

function sameTrigger(a: Trigger, b: Trigger): boolean {
  return a.reason === b.reason && a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;
}
