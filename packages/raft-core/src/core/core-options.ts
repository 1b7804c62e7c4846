/** Options of the reducer: defaults, ranges and relations in one resolver. */
import { isUuid } from '../configuration.ts';
import type { Entry, Timing } from '../entry.ts';
import { RaftError } from '../errors.ts';
import type { HardState } from '../hard-state.ts';
import { isNodeId, type LogIndex, type NodeId } from '../ids.ts';
import type { SnapshotRef } from '../snapshot.ts';
import type { TraceSink } from './trace.ts';

/** What storage held at start; the core reads storage never again by itself. */
export interface StoredLog {
  readonly hardState: HardState;
  readonly snapshot: SnapshotRef | null;
  /** All entries after the snapshot (after index 0 without one), contiguous. */
  readonly entries: readonly Entry[];
  /** First entry storage holds; may lie below `entries[0]`. */
  readonly firstIndex: LogIndex;
  /** Commit hint; may lag. */
  readonly commit: LogIndex;
}

export interface RaftCoreOptions {
  readonly id: NodeId;
  readonly uuid: string;
  readonly stored: StoredLog;
  /** Time of the first step's clock, in milliseconds. A node with a past refuses votes for one promise from here. */
  readonly nowMs: number;
  /** Seed of the election timeouts; a non-negative safe integer. Equal seeds and events give equal runs. */
  readonly seed: number;
  /**
   * Vote promise and minimal election timeout in milliseconds: 100 to 10,000, a multiple of `tickMs`. The wait before
   * a campaign is drawn from one to two of these. Lower: faster failover, more false alarms. @default 150
   */
  readonly electionTimeoutMs?: number;
  /** Heartbeat interval in milliseconds: at least two ticks, at most a quarter of the election timeout. @default 30 */
  readonly heartbeatMs?: number;
  /** Length of a tick in milliseconds; the caller steps `tick` this often. @default 10 */
  readonly tickMs?: number;
  /** Bound on every clock's rate error against real time, 0 to 0.2. @default 0.05 */
  readonly clockRateError?: number;
  /** Safety margin taken off every lease, in milliseconds; at least 0. @default 15 */
  readonly leaseMarginMs?: number;
  /** Data bytes of one append message (a single larger entry still goes). @default 65536 */
  readonly maxMessageBytes?: number;
  /** Appends in flight per follower; `maxInflightBytes` also applies. @default 64 */
  readonly maxInflightMessages?: number;
  /** Bytes in flight per follower. @default 1048576 */
  readonly maxInflightBytes?: number;
  /** Uncommitted data a leader accepts before it refuses proposals. @default 67108864 */
  readonly maxUncommittedBytes?: number;
  /** Data of one apply. @default 4194304 */
  readonly maxApplyBytes?: number;
  /** Applied entries kept in memory for slow followers. @default 5000 */
  readonly trailingEntries?: number;
  /** Linearizable reads that may wait at once. @default 10000 */
  readonly maxPendingReads?: number;
  /** Double timeouts cluster-wide when a voter's ticks run late, restore them when calm. @default true */
  readonly adaptiveTiming?: boolean;
  /** Assert the invariants of `raft-state.ts` after each step; for tests and simulation. @default false */
  readonly checkState?: boolean;
  readonly trace?: TraceSink;
}

/** All options filled in. */
export type ResolvedCoreOptions = Required<Omit<RaftCoreOptions, 'trace' | 'stored' | 'nowMs'>> & {
  readonly trace: TraceSink | undefined;
};

/** Fills in defaults and checks ranges. @throws `RAFT_INVALID_OPTION` naming the option and the fix. */
export function resolveCoreOptions(options: RaftCoreOptions): ResolvedCoreOptions {
  const resolved: ResolvedCoreOptions = {
    id: options.id,
    uuid: options.uuid,
    seed: options.seed,
    electionTimeoutMs: options.electionTimeoutMs ?? 150,
    heartbeatMs: options.heartbeatMs ?? 30,
    tickMs: options.tickMs ?? 10,
    clockRateError: options.clockRateError ?? 0.05,
    leaseMarginMs: options.leaseMarginMs ?? 15,
    maxMessageBytes: options.maxMessageBytes ?? 64 * 1024,
    maxInflightMessages: options.maxInflightMessages ?? 64,
    maxInflightBytes: options.maxInflightBytes ?? 1024 * 1024,
    maxUncommittedBytes: options.maxUncommittedBytes ?? 64 * 1024 * 1024,
    maxApplyBytes: options.maxApplyBytes ?? 4 * 1024 * 1024,
    trailingEntries: options.trailingEntries ?? 5000,
    maxPendingReads: options.maxPendingReads ?? 10_000,
    adaptiveTiming: options.adaptiveTiming ?? true,
    checkState: options.checkState ?? false,
    trace: options.trace,
  };
  assertIdentity(resolved);
  assertRanges(resolved);
  assertTiming(resolved, resolved.tickMs);
  return Object.freeze(resolved);
}

/** Which relation the timing breaks, or undefined. Used for options and for proposed timings alike. */
export function timingProblem(timing: Timing, tickMs: number): string | undefined {
  const { electionTimeoutMs, heartbeatMs } = timing;
  if (!(electionTimeoutMs >= 100 && electionTimeoutMs <= 10_000)) {
    return `electionTimeoutMs ${electionTimeoutMs} is outside 100 to 10,000`;
  }
  if (!Number.isInteger(electionTimeoutMs / tickMs)) {
    return `electionTimeoutMs ${electionTimeoutMs} is no multiple of tickMs ${tickMs}`;
  }
  if (!(heartbeatMs >= 2 * tickMs)) return `heartbeatMs ${heartbeatMs} is below two ticks (${2 * tickMs} ms): raise it`;
  if (heartbeatMs * 4 > electionTimeoutMs) {
    return `heartbeatMs ${heartbeatMs} exceeds a quarter of electionTimeoutMs ${electionTimeoutMs}: lower it`;
  }
  return undefined;
}

function fail(problem: string): never {
  throw new RaftError('RAFT_INVALID_OPTION', problem);
}

function assertIdentity({ id, uuid, seed }: ResolvedCoreOptions): void {
  if (!isNodeId(id)) fail(`id ${id} is not a safe integer ≥ 1; use ordinal + 1`);
  if (!isUuid(uuid)) fail('uuid must be 1 to 64 characters of [0-9A-Za-z._-]');
  if (!Number.isSafeInteger(seed) || seed < 0) fail(`seed ${seed} is not a non-negative safe integer`);
}

function assertRanges(options: ResolvedCoreOptions): void {
  const atLeastOne: readonly (keyof ResolvedCoreOptions)[] = [
    'maxMessageBytes',
    'maxInflightMessages',
    'maxInflightBytes',
    'maxUncommittedBytes',
    'maxApplyBytes',
    'maxPendingReads',
  ];
  for (const name of atLeastOne) {
    const value = options[name];
    if (!Number.isSafeInteger(value) || (value as number) < 1) fail(`${name} ${String(value)} is not an integer ≥ 1`);
  }
  if (!Number.isSafeInteger(options.trailingEntries) || options.trailingEntries < 0) {
    fail(`trailingEntries ${options.trailingEntries} is not an integer ≥ 0`);
  }
  if (!(options.clockRateError >= 0 && options.clockRateError <= 0.2)) {
    fail(`clockRateError ${options.clockRateError} is outside 0 to 0.2`);
  }
  if (!(options.leaseMarginMs >= 0)) fail(`leaseMarginMs ${options.leaseMarginMs} is negative`);
}

function assertTiming(options: ResolvedCoreOptions, tickMs: number): void {
  if (!(tickMs >= 1 && tickMs <= 1000)) fail(`tickMs ${tickMs} is outside 1 to 1,000`);
  const problem = timingProblem(options, tickMs);
  if (problem !== undefined) fail(problem);
}
