/** Helpers for tests of operators: a clock that moves only when told, and repeatable randomness. */
export { seededRandom } from '../random.ts';
export { ManualClock } from './manual-clock.ts';
