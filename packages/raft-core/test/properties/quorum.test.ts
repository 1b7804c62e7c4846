import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jointTally, jointValue, majorityTally, majorityValue } from '../../src/core/quorum/majority.ts';

const numRuns = 50_000;

/** Literal reading of "a majority holds it": try every index. */
function naiveValue(ids: readonly number[], values: ReadonlyMap<number, number>): number {
  let best = ids.length === 0 ? Number.POSITIVE_INFINITY : 0;
  for (const candidate of values.values()) {
    const holders = ids.filter((id) => (values.get(id) ?? 0) >= candidate).length;
    if (holders * 2 > ids.length) best = Math.max(best, candidate);
  }
  return best;
}

/** Tries every completion of the missing votes. */
function naiveTally(ids: readonly number[], votes: ReadonlyMap<number, boolean>): string {
  const granted = ids.filter((id) => votes.get(id) === true).length;
  const refused = ids.filter((id) => votes.get(id) === false).length;
  const wins = (count: number): boolean => ids.length === 0 || count * 2 > ids.length;
  if (wins(granted)) return 'won';
  return wins(ids.length - refused) ? 'pending' : 'lost';
}

function valuesOf(known: ReadonlyMap<number, number>): (id: number) => number {
  return (id) => known.get(id) ?? 0;
}

/** Nobody agrees to nothing. */
function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

function worst(halves: readonly string[], voterCount: number): string | undefined {
  return voterCount === 0 ? 'lost' : ['lost', 'pending', 'won'].find((outcome) => halves.includes(outcome));
}

const ids = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 7 });
const values = fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 12 })));
const votes = fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.boolean()));

describe('quorums against naive sets (half a joint quorum)', () => {
  it('majority and joint values: commit, lease round, read round', { timeout: 240_000 }, () => {
    fc.assert(
      fc.property(ids, ids, values, (incoming, outgoing, pairs) => {
        const known = new Map(pairs);
        const valueOf = valuesOf(known);
        const expected = [naiveValue(incoming, known), naiveValue(outgoing, known)] as const;
        expect(majorityValue(incoming, valueOf)).toBe(expected[0]);
        expect(jointValue(incoming, outgoing, valueOf)).toBe(finite(Math.min(...expected)));
      }),
      { numRuns },
    );
  });

  it('majority and joint votes: election and check-quorum', { timeout: 240_000 }, () => {
    fc.assert(
      fc.property(ids, ids, votes, (incoming, outgoing, pairs) => {
        const known = new Map(pairs);
        const halves = [naiveTally(incoming, known), naiveTally(outgoing, known)];
        expect(majorityTally(incoming, (id) => known.get(id))).toBe(halves[0]);
        expect(jointTally(incoming, outgoing, (id) => known.get(id))).toBe(
          worst(halves, incoming.length + outgoing.length),
        );
      }),
      { numRuns },
    );
  });
});
