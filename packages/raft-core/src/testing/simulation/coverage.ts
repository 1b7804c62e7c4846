/** What a batch of runs must have seen to be worth anything: each nemesis, each named situation. */

/** Names of faults and situations; the gate is closed while one of them has count 0. */
export const coverageNames = [
  'drop',
  'duplicate',
  'delay',
  'reorder',
  'partition',
  'oneWayPartition',
  'connectionLoss',
  'crash',
  'crashHardStateLost',
  'crashHardStateKept',
  'crashBetweenHardStateAndEntries',
  'crashEntriesLost',
  'crashEntriesKept',
  'crashDurableUnreported',
  'crashInstallLost',
  'crashInstallKept',
  'crashSnapshotUncompacted',
  'commitHintLost',
  'restart',
  'pause',
  'clockFreeze',
  'clockSkew',
  'transfer',
  'addLearner',
  'promote',
  'remove',
  'replace',
  'wipe',
  'explicitJoint',
  'timingChange',
  'mixedTiming',
  'diskStall',
  'sigterm',
  'leaderCrashWithUncommittedTail',
  'leaderInMinority',
  'leaderInMajority',
  'lapseWithoutLoss',
  'interruptedJoint',
  'snapshotInstall',
  'snapshotResumed',
  'truncation',
  'staleCompletion',
  'entriesFromStorage',
  'duplicateCommand',
  'leaseRead',
  'quorumRead',
  'leaderRemoved',
  'h1TransferAfterStop',
  'h2SuspectKeepsPromise',
  'h3StartRefusal',
  'h4LeaseAfterApply',
  'h5LateWriteFlagged',
  'h8ExLeaderRefuses',
  'h9JointLease',
  'h10PromiseLengthChanged',
  'h11OldRoundAnswered',
  'h12RemovedLeaderRevokes',
] as const;

export type CoverageName = (typeof coverageNames)[number];

/** How often each was seen. */
export type Coverage = Record<CoverageName, number>;

/** All zero. */
export function emptyCoverage(): Coverage {
  return Object.fromEntries(coverageNames.map((name) => [name, 0])) as Coverage;
}

/** Adds `from` into `into`. */
export function addCoverage(into: Coverage, from: Coverage): void {
  for (const name of coverageNames) into[name] += from[name];
}

/** What only a real driver can show: the simulator's own loop has no such part. */
const driverOnly: ReadonlySet<CoverageName> = new Set(['snapshotResumed']);

/** Names never seen; empty when the gate is open. */
export function uncovered(coverage: Coverage, mode: 'core' | 'driver'): readonly CoverageName[] {
  return coverageNames.filter((name) => coverage[name] === 0 && (mode === 'driver' || !driverOnly.has(name)));
}
