/** After the state machine applied entries: configurations and timings among them come into force. */
import { decodeConfiguration } from '../configuration.ts';
import { decodeTiming, entryTypeCode } from '../entry.ts';
import type { LogIndex } from '../ids.ts';
import { invariant } from '../invariant.ts';
import { applyConfiguration } from './conf-change.ts';
import { setTiming, trace, type RaftState } from './raft-state.ts';

const commandCode = entryTypeCode('command');

/** Entries up to `index` are applied; `index` was handed out. Older reports change nothing. */
export function takeApplied(state: RaftState, index: LogIndex): void {
  if (index <= state.applied) return;
  const from = state.applied + 1;
  state.applied = index;
  for (let at = from; at <= index; at++) {
    if (state.log.typeCodeAt(at) !== commandCode) applyEntry(state, at);
  }
  const { trailingEntries } = state.options;
  state.log.trimData(Math.min(state.applied, state.durableIndex) - trailingEntries);
}

/** How far the next apply may go: committed, durable, within the byte limit. 0: nothing new. */
export function nextApply(state: RaftState): LogIndex {
  const { log, applied, options } = state;
  if (state.installing !== null || state.applyingTo !== applied) return 0;
  const limit = Math.min(state.commit, state.durableIndex);
  return limit > applied ? log.lastWithin(applied + 1, limit, options.maxApplyBytes) : 0;
}

function applyEntry(state: RaftState, index: LogIndex): void {
  const { log } = state;
  const type = log.typeAt(index);
  if (type === 'configuration') {
    const configuration = decodeConfiguration(log.dataAt(index));
    invariant(configuration !== undefined, 'a configuration entry decodes', { index });
    applyConfiguration(state, configuration, index);
  } else if (type === 'timing') {
    const timing = decodeTiming(log.dataAt(index));
    invariant(timing !== undefined, 'a timing entry decodes', { index });
    setTiming(state, timing);
    state.timingChanged = true;
    trace(state, { type: 'timing', index, timing });
  }
}
