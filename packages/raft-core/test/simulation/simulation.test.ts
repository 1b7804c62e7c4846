/** Clusters under faults: no rule breaks, everything worth seeing is seen, and equal seeds give equal traces. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { addCoverage, emptyCoverage, runSimulation, uncovered } from '../../src/testing/index.ts';

const firstSeed = 1;
const runCount = 200;
const ticks = 5000;

/** SHA-256 of a run's whole trace. */
function traceHash(seed: number, tickCount: number): string {
  const hash = createHash('sha256');
  runSimulation({ seed, ticks: tickCount, onLine: (line) => hash.update(`${line}\n`) });
  return hash.digest('hex');
}

describe('simulation', () => {
  it(`breaks no rule in seeds ${firstSeed} to ${firstSeed + runCount - 1} and covers every fault and situation`, {
    timeout: 300_000,
  }, () => {
    const coverage = emptyCoverage();
    for (let seed = firstSeed; seed < firstSeed + runCount; seed++) {
      const result = runSimulation({ seed, ticks });
      expect(result.violation, `repeat: npm run sim -- --runs 1 --ticks ${ticks} --seed ${seed}`).toBeNull();
      addCoverage(coverage, result.coverage);
    }
    expect(uncovered(coverage)).toEqual([]);
  });

  it('gives the same trace for the same seed, on every version of Node', () => {
    expect(traceHash(7, 1000)).toBe('1767277345e56d6a752a857584c0e6dfee6438669eebfbaec159e044c54435ba');
  });

  it('gives other traces for other seeds', () => {
    expect(traceHash(8, 200)).not.toBe(traceHash(9, 200));
  });
});
