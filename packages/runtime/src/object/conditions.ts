/** Status conditions: one entry per type, whose transition time moves only when the status flips. */

export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** A condition as a reconcile states it. */
export interface ConditionInput {
  readonly type: string;
  readonly status: ConditionStatus;
  /** CamelCase word for programs; required by the API. */
  readonly reason: string;
  /** A sentence for people. @default '' */
  readonly message?: string;
}

/** A condition as stored (`metav1.Condition`). */
export interface StoredCondition {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number;
}

export interface MergeConditionsOptions {
  /** Current time as RFC 3339 with whole seconds. */
  readonly now: string;
  /** `metadata.generation` of the object the conditions speak about. */
  readonly observedGeneration?: number;
}

/**
 * Merges by type: other types stay as they are and in their place, new types are appended, and
 * `lastTransitionTime` is kept unless `status` differs. Merging the same input twice changes nothing.
 */
export function mergeConditions(
  existing: readonly StoredCondition[],
  changes: readonly ConditionInput[],
  options: MergeConditionsOptions,
): StoredCondition[] {
  const merged = [...existing];
  for (const change of changes) {
    const at = merged.findIndex((condition) => condition.type === change.type);
    const before = at < 0 ? undefined : merged[at];
    const next: StoredCondition = {
      type: change.type,
      status: change.status,
      reason: change.reason,
      message: change.message ?? '',
      lastTransitionTime: before?.status === change.status ? before.lastTransitionTime : options.now,
      ...(options.observedGeneration === undefined ? {} : { observedGeneration: options.observedGeneration }),
    };
    merged.splice(at < 0 ? merged.length : at, at < 0 ? 0 : 1, next);
  }
  return merged;
}

/** RFC 3339 in UTC with whole seconds, as `metav1.Time` is printed. */
export function formatTime(wallMs: number): string {
  return `${new Date(wallMs).toISOString().slice(0, 19)}Z`;
}

/** RFC 3339 with exactly six fraction digits, as `metav1.MicroTime` demands. */
export function formatMicroTime(wallMs: number): string {
  const millis = Math.floor(wallMs);
  const micros = Math.floor((wallMs - millis) * 1000);
  return `${new Date(millis).toISOString().slice(0, 23)}${String(micros).padStart(3, '0')}Z`;
}
