/**
 * Builders for status conditions: `Condition.ready(true, 'Rolled', 'all replicas are up')`.
 */

import type { ConditionInput, ConditionStatus } from '../object/conditions.ts';

/** A condition to set. `reason` is a CamelCase word, `message` a sentence. */
export type Condition = ConditionInput;

type State = boolean | ConditionStatus;

function statusOf(state: State): ConditionStatus {
  if (typeof state === 'string') return state;
  return state ? 'True' : 'False';
}

/** Constructors of conditions. `true` is `'True'`, `false` is `'False'`; `'Unknown'` is written out. */
export const Condition: {
  ready(state: State, reason: string, message?: string): Condition;
  available(state: State, reason: string, message?: string): Condition;
  progressing(state: State, reason: string, message?: string): Condition;
  custom(type: string, state: State, reason: string, message?: string): Condition;
} = {
  ready: (state, reason, message) => Condition.custom('Ready', state, reason, message),
  available: (state, reason, message) => Condition.custom('Available', state, reason, message),
  progressing: (state, reason, message) => Condition.custom('Progressing', state, reason, message),
  custom: (type, state, reason, message = '') => ({ type, status: statusOf(state), reason, message }),
};
