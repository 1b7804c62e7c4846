/**
 * Which messages may leave at once and which wait for storage (O4, O5, H3).
 *
 * Held back are: any message whose term is not durable, a granted vote before the vote is, an acknowledgement before
 * its entries or the promise it renews are. Pre-votes are answered from memory and promise nothing. A leader's own
 * messages never wait: its term was durable before it won (O6, I5).
 *
 * A vote request goes out while the candidate's own vote is being stored, which saves one sync per election. A candidate that
 * crashes in between comes back in an older term and may vote for another: it never counted its own vote, so there are not
 * two votes. Those that were given it stay true as long as the log that it named survives the crash.
 */
import type { Message } from '../message.ts';
import { isHardStateDurable, type RaftState } from './raft-state.ts';

/** Queues a message for the next drain, or holds it back until storage caught up. */
export function send(state: RaftState, message: Message): void {
  if (mustWait(state, message)) state.held.push(message);
  else state.ready.push(message);
}

/** Drops what rests on entries from `index` on: a snapshot takes their place and they will never be durable. */
export function dropHeldFrom(state: RaftState, index: number): void {
  if (state.held.length === 0) return;
  state.held = state.held.filter((message) => message.type !== 'appendAccepted' || message.matchIndex < index);
}

function mustWait(state: RaftState, message: Message): boolean {
  switch (message.type) {
    case 'preVoteRequest':
      return false;
    case 'preVoteResponse':
      return !message.granted && message.term > state.durable.term;
    case 'appendAccepted':
      return message.matchIndex > state.durableIndex || !isHardStateDurable(state);
    case 'voteRequest':
      return message.lastIndex > state.durableIndex;
    case 'voteResponse':
    case 'appendRejected':
    case 'heartbeatResponse':
      return !isHardStateDurable(state);
    case 'append':
    case 'heartbeat':
    case 'snapshot':
    case 'timeoutNow':
    case 'goodbye':
      return false;
  }
}
