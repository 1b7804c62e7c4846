/** A leader's proposals: all of a block enter the log, or none does and the error says why. */
import { encodeTiming, maxEntryBytes, type Timing } from '../entry.ts';
import { RaftError } from '../errors.ts';
import { timingProblem } from './core-options.ts';
import { appendOwn } from './log-append.ts';
import type { RaftState } from './raft-state.ts';

/** @throws `RAFT_NOT_LEADER` with the leader's id when known. */
export function assertLeader(state: RaftState): void {
  if (state.role === 'leader') return;
  const known = state.leaderId === 0 ? 'no leader is known' : `${state.leaderId} leads`;
  throw new RaftError('RAFT_NOT_LEADER', `node ${state.id} does not lead term ${state.term}: ${known}`, {
    leaderId: state.leaderId,
  });
}

/** Appends commands. @throws `RAFT_PROPOSAL_DROPPED`, `RAFT_ENTRY_TOO_LARGE`, `RAFT_INVALID_INPUT`. */
export function propose(state: RaftState, commands: readonly Uint8Array[]): void {
  let sizeBytes = 0;
  for (const command of commands) sizeBytes += checkedSize(command);
  if (commands.length === 0) throw new RaftError('RAFT_INVALID_INPUT', 'a proposal needs at least one command');
  assertRoom(state, sizeBytes);
  for (const command of commands) appendOwn(state, 'command', command);
}

/** Appends cluster-wide timing. @throws as `propose`. */
export function proposeTiming(state: RaftState, timing: Timing): void {
  const problem = timingProblem(timing, state.options.tickMs);
  if (problem !== undefined) throw new RaftError('RAFT_INVALID_INPUT', `timing refused: ${problem}`);
  const data = encodeTiming(timing);
  assertRoom(state, data.byteLength);
  appendOwn(state, 'timing', data);
}

function checkedSize(command: Uint8Array): number {
  if (!(command instanceof Uint8Array)) throw new RaftError('RAFT_INVALID_INPUT', 'a command must be a Uint8Array');
  const sizeBytes = command.byteLength;
  if (sizeBytes <= maxEntryBytes) return sizeBytes;
  throw new RaftError(
    'RAFT_ENTRY_TOO_LARGE',
    `command of ${sizeBytes} B exceeds maxEntryBytes (${maxEntryBytes} B); split it`,
  );
}

/** An idle leader takes any block, so that a block larger than the limit is not refused for ever. */
function assertRoom(state: RaftState, sizeBytes: number): void {
  if (state.transfer !== null) {
    throw new RaftError('RAFT_PROPOSAL_DROPPED', 'leadership is being handed over; retry at the next leader', {
      leaderId: state.transfer.target,
    });
  }
  const { maxUncommittedBytes } = state.options;
  if (state.uncommittedBytes === 0 || state.uncommittedBytes + sizeBytes <= maxUncommittedBytes) return;
  throw new RaftError(
    'RAFT_PROPOSAL_DROPPED',
    `proposal of ${sizeBytes} B exceeds maxUncommittedBytes (${state.uncommittedBytes} of ${maxUncommittedBytes} B pending); retry later`,
  );
}
