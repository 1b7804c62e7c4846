/** Checks every message before it may touch state: a peer, a bug or a bad decoder can send anything. */
import { configurationProblem, decodeConfiguration } from '../configuration.ts';
import { decodeTiming, entryTypes, maxEntryBytes, type Entry } from '../entry.ts';
import { isCount, isNodeId } from '../ids.ts';
import { isMessageType, type AppendRequest, type Message } from '../message.ts';
import type { SnapshotRef } from '../snapshot.ts';

/** Longest vote promise a message may ask for: ten minutes. */
const maxPromiseMs = 600_000;

/** Which rule the message breaks, or undefined when it is well-formed. Never throws. */
export function messageProblem(message: Message): string | undefined {
  if (!isMessageType(message.type)) return `unknown message type ${String((message as { type: unknown }).type)}`;
  if (!isNodeId(message.from) || !isNodeId(message.to)) return `ids ${message.from} → ${message.to} are malformed`;
  if (!isCount(message.term) || message.term === 0) return `term ${message.term} is malformed`;
  switch (message.type) {
    case 'append':
      return appendProblem(message);
    case 'heartbeat':
      return (
        countsProblem({ commit: message.commit, round: message.round, successor: message.successor }) ??
        promiseProblem(message.promiseMs)
      );
    case 'snapshot':
      return (
        snapshotProblem(message.snapshot, message.term) ??
        countsProblem({ round: message.round }) ??
        promiseProblem(message.promiseMs)
      );
    case 'preVoteRequest':
      return countsProblem({
        lastIndex: message.lastIndex,
        lastTerm: message.lastTerm,
        commit: message.commit,
        commitTerm: message.commitTerm,
      });
    case 'voteRequest':
      return countsProblem({ lastIndex: message.lastIndex, lastTerm: message.lastTerm });
    case 'appendAccepted':
      return countsProblem({ matchIndex: message.matchIndex, round: message.round });
    case 'appendRejected':
      return rejectionProblem(message);
    case 'heartbeatResponse':
      return countsProblem({ round: message.round }) ?? millisecondsProblem(message.lateMs);
    case 'preVoteResponse':
      return (
        countsProblem({ commit: message.commit, commitTerm: message.commitTerm }) ??
        millisecondsProblem(message.remainingMs)
      );
    case 'voteResponse':
    case 'timeoutNow':
    case 'goodbye':
      return undefined;
  }
}

/** Which rule a block of entries after (`prevIndex`, `prevTerm`) breaks. */
export function entriesProblem(
  entries: readonly Entry[],
  after: { readonly prevIndex: number; readonly prevTerm: number; readonly maxTerm: number },
): string | undefined {
  let index = after.prevIndex;
  let term = after.prevTerm;
  for (const entry of entries) {
    index += 1;
    if (entry.index !== index) return `entry ${entry.index} where ${index} belongs`;
    if (entry.term !== term && !(isCount(entry.term) && entry.term > term && entry.term <= after.maxTerm)) {
      return `entry ${index} has term ${entry.term} after ${term}, sender is in ${after.maxTerm}`;
    }
    term = entry.term;
    if (!entryTypes.includes(entry.type)) return `entry ${index} has unknown type ${String(entry.type)}`;
    if (!(entry.data instanceof Uint8Array)) return `entry ${index} has no bytes`;
    if (entry.data.byteLength > maxEntryBytes)
      return `entry ${index} has ${entry.data.byteLength} B, limit ${maxEntryBytes} B`;
    if (!isDecodable(entry)) return `entry ${index} is no ${entry.type}`;
  }
  return undefined;
}

/** Entries that the core reads itself must decode before they enter the log. */
function isDecodable(entry: Entry): boolean {
  if (entry.type === 'configuration') return decodeConfiguration(entry.data) !== undefined;
  return entry.type !== 'timing' || decodeTiming(entry.data) !== undefined;
}

function appendProblem(message: AppendRequest): string | undefined {
  const { prevIndex, prevTerm, commit, round, entries, term } = message;
  const counts = countsProblem({ prevIndex, prevTerm, commit, round }) ?? promiseProblem(message.promiseMs);
  if (counts !== undefined) return counts;
  if (prevTerm > term) return `previous term ${prevTerm} is above the sender's ${term}`;
  if (!Array.isArray(entries)) return 'entries are missing';
  return entriesProblem(entries, { prevIndex, prevTerm, maxTerm: term });
}

function rejectionProblem(message: {
  rejectedIndex: number;
  hintIndex: number;
  hintTerm: number;
  round: number;
}): string | undefined {
  const { rejectedIndex, hintIndex, hintTerm, round } = message;
  return countsProblem({ rejectedIndex, hintIndex, hintTerm, round });
}

function snapshotProblem(snapshot: SnapshotRef, term: number): string | undefined {
  if (typeof snapshot !== 'object' || snapshot === null) return 'snapshot reference is missing';
  const { index, checksum, sizeBytes } = snapshot;
  const counts = countsProblem({ index, snapshotTerm: snapshot.term, sizeBytes, checksum });
  if (counts !== undefined) return counts;
  if (index === 0 || snapshot.term === 0) return 'a snapshot needs an entry to stand for';
  if (snapshot.term > term) return `snapshot term ${snapshot.term} is above the sender's ${term}`;
  return configurationProblem(snapshot.configuration);
}

function countsProblem(counts: Readonly<Record<string, number>>): string | undefined {
  for (const name in counts) if (!isCount(counts[name] as number)) return `${name} ${counts[name]} is malformed`;
  return undefined;
}

function promiseProblem(promiseMs: number): string | undefined {
  return promiseMs >= 1 && promiseMs <= maxPromiseMs ? undefined : `promise of ${promiseMs} ms is out of range`;
}

function millisecondsProblem(ms: number): string | undefined {
  return Number.isFinite(ms) && ms >= 0 ? undefined : `${ms} ms is malformed`;
}
