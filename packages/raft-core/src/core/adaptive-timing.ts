/**
 * Slow machines: when a voter's ticks run late too often, the leader doubles the cluster's timeouts by a log entry;
 * after a calm time it halves them again, never below what was configured. No node changes timing alone.
 */
import { encodeTiming, type Timing } from '../entry.ts';
import { appendOwn } from './log-append.ts';
import { isVotingId } from './peers.ts';
import type { RaftState } from './raft-state.ts';

/** A window of 60 s; 30 calm windows restore; doubling ends at 1,000 ms; late means later than a heartbeat. */
const rules = { windowMs: 60_000, calmWindows: 30, capMs: 1000, minSamples: 100, latePerSample: 0.01 } as const;

/** Counts one tick lateness of a member. */
export function noteLateness(
  state: RaftState,
  progress: { sampleCount: number; lateCount: number },
  lateMs: number,
): void {
  progress.sampleCount += 1;
  if (lateMs > state.timing.heartbeatMs) progress.lateCount += 1;
}

/** One leader tick; at the end of a window decides about new timing. */
export function tickAdaptiveTiming(state: RaftState, lateMs: number): void {
  const own = state.progress.get(state.id);
  if (own !== undefined) noteLateness(state, own, lateMs);
  state.latenessTicks += 1;
  if (state.latenessTicks * state.options.tickMs < rules.windowMs) return;
  state.latenessTicks = 0;
  const late = takeWindow(state);
  state.calmWindows = late ? 0 : state.calmWindows + 1;
  const next = late ? doubled(state.timing) : state.calmWindows >= rules.calmWindows ? halved(state) : undefined;
  if (next === undefined || !state.options.adaptiveTiming || state.transfer !== null) return;
  state.calmWindows = 0;
  appendOwn(state, 'timing', encodeTiming(next));
}

/** True when a voter's 99th percentile was above a heartbeat; resets the window. */
function takeWindow(state: RaftState): boolean {
  let late = false;
  for (const progress of state.progress.values()) {
    const enough = progress.sampleCount >= rules.minSamples && isVotingId(state, progress.id);
    if (enough && progress.lateCount > progress.sampleCount * rules.latePerSample) late = true;
    progress.sampleCount = 0;
    progress.lateCount = 0;
  }
  return late;
}

function doubled(timing: Timing): Timing | undefined {
  const electionTimeoutMs = Math.min(rules.capMs, timing.electionTimeoutMs * 2);
  if (electionTimeoutMs <= timing.electionTimeoutMs) return undefined;
  const factor = electionTimeoutMs / timing.electionTimeoutMs;
  return { electionTimeoutMs, heartbeatMs: Math.floor(timing.heartbeatMs * factor) };
}

function halved({ timing, options }: RaftState): Timing | undefined {
  if (timing.electionTimeoutMs <= options.electionTimeoutMs) return undefined;
  const electionTimeoutMs = Math.max(options.electionTimeoutMs, Math.ceil(timing.electionTimeoutMs / 2));
  const heartbeatMs = Math.max(options.heartbeatMs, Math.floor(timing.heartbeatMs / 2));
  return { electionTimeoutMs, heartbeatMs: Math.min(heartbeatMs, Math.floor(electionTimeoutMs / 4)) };
}
