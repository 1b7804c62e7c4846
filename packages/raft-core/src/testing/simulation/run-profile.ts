/** What kind of run a seed stands for: size, clocks, and which faults occur how often (swarm testing). */
import type { Prng } from '../../core/prng.ts';

/** Faults that the nemesis starts now and then. */
export const nemesisNames = [
  'partition',
  'oneWayPartition',
  'connectionLoss',
  'crash',
  'boundaryCrash',
  'pause',
  'clockFreeze',
  'transfer',
  'wipe',
  'timingChange',
  'diskStall',
  'sigterm',
] as const;

export type NemesisName = (typeof nemesisNames)[number];

export interface RunProfile {
  /** Ids 1 to this may take part. */
  readonly nodeCount: number;
  /** Ids 1 to this found the cluster. */
  readonly founderCount: number;
  readonly clockRates: readonly number[];
  /** Per node, the configured election timeout; unequal in a rollout. */
  readonly electionTimeoutsMs: readonly number[];
  readonly nemeses: readonly NemesisName[];
  readonly nemesisEveryMs: number;
  /** 0: membership is left alone. */
  readonly membershipEveryMs: number;
  readonly dropRate: number;
  readonly duplicateRate: number;
  readonly delayRate: number;
  readonly maxDelayMs: number;
  /** Messages of one link keep their order, as on a stream. */
  readonly ordered: boolean;
  readonly latencyMs: number;
  readonly syncMs: number;
  readonly applyMs: number;
  readonly stopMs: number;
  readonly clientCount: number;
  readonly thinkMs: number;
  readonly snapshotEntries: number;
  readonly trailingEntries: number;
  readonly maxInflightMessages: number;
}

/** The profile of a seed. */
export function drawProfile(random: Prng): RunProfile {
  const pick = <T>(values: readonly T[]): T => values[random.below(values.length)] as T;
  const chance = (percent: number): boolean => random.below(100) < percent;
  const nodeCount = 3 + random.below(5);
  const skewed = chance(80);
  const mixed = chance(20);
  const rate = (): number => (skewed ? pick([0.95, 1.05, 0.95 + random.below(1001) / 10_000]) : 1);
  const base = pick([150, 150, 150, 200]);
  const noisy = chance(70);
  return {
    nodeCount,
    founderCount: Math.min(nodeCount, pick([1, 3, 3, 3, 4, 5])),
    clockRates: Array.from({ length: nodeCount }, rate),
    electionTimeoutsMs: Array.from({ length: nodeCount }, () => (mixed ? pick([150, 200, 300]) : base)),
    nemeses: nemesisNames.filter(() => chance(55)),
    nemesisEveryMs: pick([150, 400, 1000, 2500]),
    membershipEveryMs: pick([0, 300, 1000, 2500]),
    dropRate: noisy ? pick([0, 0.005, 0.02, 0.1]) : 0,
    duplicateRate: noisy ? pick([0, 0.005, 0.05]) : 0,
    delayRate: noisy ? pick([0, 0.01, 0.05]) : 0,
    maxDelayMs: pick([20, 100, 400, 2000]),
    ordered: chance(50),
    latencyMs: pick([0, 1, 2, 5]),
    syncMs: pick([0, 1, 3, 10, 80]),
    applyMs: pick([0, 0, 1, 20]),
    stopMs: pick([0, 5, 50, 400]),
    clientCount: 1 + random.below(4),
    thinkMs: pick([20, 50, 150, 400]),
    snapshotEntries: pick([10, 40, 150, 1000]),
    trailingEntries: pick([0, 5, 50]),
    maxInflightMessages: pick([1, 4, 64]),
  };
}
