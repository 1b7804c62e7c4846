/** Clusters under faults: no rule breaks, everything worth seeing is seen, and equal seeds give equal traces. */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  addCoverage,
  emptyCoverage,
  runDriverSimulation,
  runSimulation,
  uncovered,
  type SimulationResult,
} from '../../src/testing/index.ts';

const coreRuns = { first: 1, count: 200, ticks: 5000 } as const;
const driverRuns = { first: 120, count: 60, ticks: 3000 } as const;

/** Share of operations that clients may give up with unknown outcome. */
const maxUnknownShare = 0.01;

/** Runs a seed; `onLine` receives its trace. */
type Run = (seed: number, ticks: number, onLine: (line: string) => void) => Promise<SimulationResult>;

const settle = async (): Promise<void> => {
  await setImmediate();
};
const overCores: Run = async (seed, ticks, onLine) => runSimulation({ seed, ticks, onLine });
const overDrivers: Run = (seed, ticks, onLine) => runDriverSimulation({ seed, ticks, onLine, settle });

/** SHA-256 of a run's whole trace. */
async function traceHash(run: Run, seed: number, ticks: number): Promise<string> {
  const hash = createHash('sha256');
  await run(seed, ticks, (line) => hash.update(`${line}\n`));
  return hash.digest('hex');
}

describe('simulation of bare cores', () => {
  it(`breaks no rule in ${coreRuns.count} runs and covers every fault and situation`, { timeout: 300_000 }, () => {
    const { first, count, ticks } = coreRuns;
    const coverage = emptyCoverage();
    let operations = 0;
    let unknown = 0;
    for (let seed = first; seed < first + count; seed++) {
      const result = runSimulation({ seed, ticks });
      expect(result.violation, `repeat: npm run sim -- --runs 1 --ticks ${ticks} --seed ${seed}`).toBeNull();
      addCoverage(coverage, result.coverage);
      operations += result.operations;
      unknown += result.unknownOutcomes;
    }
    expect(uncovered(coverage, 'core')).toEqual([]);
    expect(unknown / operations).toBeLessThan(maxUnknownShare);
  });

  it('gives the same trace for the same seed, on every version of Node', async () => {
    expect(await traceHash(overCores, 7, 1000)).toBe(
      '2498fa5663962f29e5fcc71f1d3d0285ddf4fcd610bf3d757f38d0b912b2079d',
    );
  });

  it('gives other traces for other seeds', async () => {
    expect(await traceHash(overCores, 8, 200)).not.toBe(await traceHash(overCores, 9, 200));
  });
});

describe('simulation of drivers', () => {
  it(`breaks no rule in ${driverRuns.count} runs and covers every fault and situation`, {
    timeout: 300_000,
  }, async () => {
    const { first, count, ticks } = driverRuns;
    const coverage = emptyCoverage();
    let operations = 0;
    let unknown = 0;
    for (let seed = first; seed < first + count; seed++) {
      const result = await runDriverSimulation({ seed, ticks, settle });
      expect(result.violation, `repeat: npm run sim -- --driver --runs 1 --ticks ${ticks} --seed ${seed}`).toBeNull();
      addCoverage(coverage, result.coverage);
      operations += result.operations;
      unknown += result.unknownOutcomes;
    }
    expect(uncovered(coverage, 'driver')).toEqual([]);
    expect(unknown / operations).toBeLessThan(maxUnknownShare);
  });

  it('gives the same trace for the same seed, on every version of Node', async () => {
    expect(await traceHash(overDrivers, 7, 1000)).toBe(
      '9ccb5b2e0df7c06ab0f558fe565b67b47f806dd3dd4b662ea645c3e1ad05a722',
    );
  });
});
