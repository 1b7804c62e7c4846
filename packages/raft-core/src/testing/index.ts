/** Tools for tests of ports and of code that embeds a node; not for production. */
export { ManualClock } from './manual-clock.ts';
