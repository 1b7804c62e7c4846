import { describe, expect, it } from 'vitest';
import { ReplicaJudge } from './wanted-replicas.ts';

/** Readings [seconds, replicas] and what is kept after each. */
function keptAfter(readings: readonly (readonly [number, number])[]): readonly (number | undefined)[] {
  const judge = new ReplicaJudge();
  return readings.map(([seconds, count]) => judge.read(count, seconds * 1_000).kept);
}

describe('the number of replicas to keep', () => {
  it.each([
    { why: 'the first reading of a process proves nothing yet', readings: [[0, 3]], kept: [undefined] },
    {
      why: 'ten seconds later it does',
      readings: [
        [0, 3],
        [5, 3],
        [10, 3],
      ],
      kept: [undefined, undefined, 3],
    },
    {
      why: 'a raised number counts at once',
      readings: [
        [0, 3],
        [10, 3],
        [15, 5],
      ],
      kept: [undefined, 3, 5],
    },
    {
      why: 'a lowered number counts when it was read twice, ten seconds apart',
      readings: [
        [0, 5],
        [10, 5],
        [15, 3],
        [20, 3],
        [25, 3],
      ],
      kept: [undefined, 5, 5, 5, 3],
    },
    {
      why: 'a slip that is corrected removes nobody',
      readings: [
        [0, 5],
        [10, 5],
        [15, 1],
        [20, 5],
        [25, 1],
        [30, 5],
      ],
      kept: [undefined, 5, 5, 5, 5, 5],
    },
    {
      why: 'of several lowered numbers the highest counts',
      readings: [
        [0, 5],
        [10, 5],
        [15, 3],
        [20, 1],
        [25, 1],
        [30, 1],
        [35, 1],
      ],
      kept: [undefined, 5, 5, 5, 3, 3, 1],
    },
  ] as const)('$why', ({ readings, kept }) => {
    expect(keptAfter(readings)).toEqual(kept);
  });

  it('lets in at once whoever the newest reading wants', () => {
    const judge = new ReplicaJudge();
    expect(judge.read(3, 0).admitted).toBe(3);
    expect(judge.read(5, 1).admitted).toBe(5);
    expect(judge.read(3, 2).admitted).toBe(3);
  });
});
