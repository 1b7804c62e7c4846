/**
 * The only renderer of messages, entries, effects, states and trace events: one line each, used by logs, golden traces
 * and the simulator. Lines are for people; nothing parses them.
 *
 * Legend: `n2` node 2, `t3` term 3, `i7` index 7, `7/3` entry 7 of term 3, `r5` lease round 5.
 */
import type { Configuration, Member } from '../configuration.ts';
import { isJoint } from '../configuration.ts';
import type { Effects } from '../core/effect.ts';
import type { PeerStatus, RaftStatus } from '../core/raft-node.ts';
import type { CoreTrace } from '../core/trace.ts';
import type { Entry } from '../entry.ts';
import type { Message } from '../message.ts';
import type { DriverTrace } from './trace-event.ts';

/** `7/3 command 64B`. */
export function describeEntry({ index, term, type, data }: Entry): string {
  return `${index}/${term} ${type} ${data.byteLength}B`;
}

/** `7/3..9/3 (3)`, or `none`. */
export function describeEntries(entries: readonly Entry[]): string {
  const [first] = entries;
  const last = entries.at(-1);
  if (first === undefined || last === undefined) return 'none';
  return `${first.index}/${first.term}..${last.index}/${last.term} (${entries.length})`;
}

/** `{1,2,3} learners {4}`, with `→` between the halves of a joint phase. */
export function describeConfiguration(configuration: Configuration): string {
  const { voters, outgoing, learners, learnersNext, autoLeave } = configuration;
  const halves = isJoint(configuration) ? `${ids(outgoing)}→${ids(voters)}` : ids(voters);
  const parts = [halves];
  if (learners.length > 0) parts.push(`learners ${ids(learners)}`);
  if (learnersNext.length > 0) parts.push(`next learners ${ids(learnersNext)}`);
  if (autoLeave) parts.push('auto');
  return parts.join(' ');
}

/** `n1→n2 append t3 prev 6/3 entries 7/3..9/3 (3) commit 6 r5`. */
export function describeMessage(message: Message): string {
  return `n${message.from}→n${message.to} ${message.type} t${message.term}${messageDetails(message)}`;
}

/** `n1 leader t3 log 1..9 commit 8 applied 8 durable 9 voters {1,2,3}`. */
export function describeStatus(status: RaftStatus): string {
  const { id, role, term, leaderId, firstIndex, lastIndex, commit, applied, durableIndex, configuration } = status;
  const follows = role === 'follower' && leaderId !== 0 ? ` of n${leaderId}` : '';
  const log = `log ${firstIndex}..${lastIndex} commit ${commit} applied ${applied} durable ${durableIndex}`;
  return `n${id} ${role}${follows} t${term} ${log} voters ${describeConfiguration(configuration)}`;
}

/** `n2 replicate match 9 next 10 inflight 0`. */
export function describePeer({ id, state, match, next, inflightMessages, paused }: PeerStatus): string {
  return `n${id} ${state} match ${match} next ${next} inflight ${inflightMessages}${paused ? ' paused' : ''}`;
}

/** One part per effect that is set; `nothing` for an empty record. */
export function describeEffects(effects: Effects): string {
  const parts: string[] = [];
  if (effects.revoke !== null) parts.push(`revoke t${effects.revoke.term}`);
  if (effects.lease !== null) parts.push(`lease t${effects.lease.term} until ${ms(effects.lease.validUntilMs)}`);
  if (effects.hardState !== null) parts.push(`store t${effects.hardState.term} vote ${effects.hardState.vote}`);
  if (effects.truncateFrom > 0) parts.push(`truncate from ${effects.truncateFrom}`);
  if (effects.appendFrom > 0) parts.push(`append ${effects.appendFrom}..${effects.appendTo}`);
  if (effects.snapshotInstall !== null) parts.push(`install i${effects.snapshotInstall.index}`);
  if (effects.applyTo > 0) parts.push(`apply to ${effects.applyTo}`);
  if (effects.sendNow.length > 0) parts.push(`send ${effects.sendNow.length}`);
  if (effects.sendAfterPersist.length > 0) parts.push(`then send ${effects.sendAfterPersist.length}`);
  if (effects.needEntries.length > 0)
    parts.push(`read for ${effects.needEntries.map(({ peer }) => `n${peer}`).join(' ')}`);
  if (effects.readStates.length > 0) parts.push(`answer ${effects.readStates.length} reads`);
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}

/** What a trace event says, without node and time. */
export function describeTrace(event: CoreTrace | DriverTrace): string {
  switch (event.type) {
    case 'role':
      return `becomes ${event.role} t${event.term}: ${event.reason}`;
    case 'leader':
      return `follows n${event.leaderId} t${event.term}`;
    case 'suspect':
      return `suspects n${event.leaderId}, promise lasts ${ms(event.promiseLeftMs)} more`;
    case 'vote':
    case 'preVote':
      return `${event.granted ? 'grants' : 'refuses'} ${event.type} to n${event.candidate} t${event.term}: ${event.reason}`;
    case 'revoke':
      return `revokes t${event.term}: ${event.reason}`;
    case 'lease':
      return `holds a lease t${event.term} until ${ms(event.validUntilMs)}`;
    case 'configuration':
      return `configuration i${event.index} ${describeConfiguration(event.configuration)}`;
    case 'timing':
      return `timing i${event.index} election ${ms(event.timing.electionTimeoutMs)} heartbeat ${ms(event.timing.heartbeatMs)}`;
    case 'truncate':
      return `truncates ${event.from}..${event.lastIndex}`;
    case 'snapshotSent':
      return `sends snapshot i${event.index} to n${event.peer}`;
    case 'restore':
      return `restores snapshot ${event.index}/${event.term}`;
    case 'transfer':
      return `hand-over to n${event.target}: ${event.step}`;
    case 'ignored':
      return `ignores ${event.message} of n${event.from}: ${event.reason}`;
    case 'started':
    case 'stopped':
    case 'lateTick':
    case 'storageRetry':
    case 'persisted':
    case 'snapshotCreated':
    case 'snapshotTransfer':
    case 'refused':
      return describeDriverTrace(event);
  }
}

function describeDriverTrace(event: DriverTrace): string {
  switch (event.type) {
    case 'started':
      return `starts ${event.uuid} last ${event.lastIndex} commit ${event.commit}`;
    case 'stopped':
      return `stops: ${event.reason}`;
    case 'lateTick':
      return `tick ${ms(event.lateMs)} late`;
    case 'storageRetry':
      return `storage retries in ${ms(event.delayMs)}: ${event.reason}`;
    case 'persisted':
      return `stored to ${event.lastIndex} (${event.entryCount}) in ${ms(event.tookMs)}`;
    case 'snapshotCreated':
      return `made snapshot i${event.index} ${event.sizeBytes}B in ${ms(event.tookMs)}`;
    case 'snapshotTransfer':
      return `snapshot i${event.index} to n${event.peer}: ${event.outcome}`;
    case 'refused':
      return `refuses n${event.from}: ${event.reason}`;
  }
}

function messageDetails(message: Message): string {
  switch (message.type) {
    case 'append':
      return ` prev ${message.prevIndex}/${message.prevTerm} entries ${describeEntries(message.entries)} commit ${message.commit} r${message.round}`;
    case 'appendAccepted':
      return ` match ${message.matchIndex} r${message.round}`;
    case 'appendRejected':
      return ` rejected ${message.rejectedIndex} hint ${message.hintIndex}/${message.hintTerm} r${message.round}`;
    case 'heartbeat':
      return ` commit ${message.commit} successor ${message.successor} r${message.round}`;
    case 'heartbeatResponse':
      return ` r${message.round}`;
    case 'preVoteRequest':
      return ` last ${message.lastIndex}/${message.lastTerm}`;
    case 'voteRequest':
      return ` last ${message.lastIndex}/${message.lastTerm}${message.transfer ? ' transfer' : ''}`;
    case 'preVoteResponse':
      return message.granted
        ? ' granted'
        : ` refused${message.remainingMs > 0 ? ` for ${ms(message.remainingMs)}` : ''}`;
    case 'voteResponse':
      return message.granted ? ' granted' : ' refused';
    case 'snapshot':
      return ` ${message.snapshot.index}/${message.snapshot.term} ${describeConfiguration(message.snapshot.configuration)}`;
    case 'timeoutNow':
    case 'goodbye':
      return '';
  }
}

function ids(members: readonly Member[]): string {
  return `{${members.map(({ id }) => id).join(',')}}`;
}

function ms(value: number): string {
  return `${Math.round(value)}ms`;
}
