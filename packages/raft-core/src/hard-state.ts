/** The three numbers that must survive a crash before a vote, an acknowledgement or an entry of `term` may count. */
import type { NodeId, Term } from './ids.ts';

/** Raft Figure 2's persistent state besides the log, plus the longest promise. Replaced as a whole. */
export interface HardState {
  readonly term: Term;
  /** Whom this node voted for in `term`; 0 for nobody. */
  readonly vote: NodeId;
  /** Longest vote promise ever acknowledged, in milliseconds; never falls. A restarted node honours it again. */
  readonly promiseMs: number;
}

/** The hard state of an empty disk. */
export const emptyHardState: HardState = { term: 0, vote: 0, promiseMs: 0 };
