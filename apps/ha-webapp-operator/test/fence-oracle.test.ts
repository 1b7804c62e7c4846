import { describe, expect, it } from 'vitest';
import { type FencedWrite, FenceOracle } from '../harness/fence-oracle.ts';

const write = (cluster: string, term: number): FencedWrite => ({
  atMs: 0,
  fence: `${cluster}.00000001.${String(term).padStart(12, '0')}`,
  verb: 'patch',
  resource: 'deployments.apps',
  name: 'a',
  code: 200,
});

function judged(...writes: readonly FencedWrite[]): FenceOracle {
  const oracle = new FenceOracle();
  for (const each of writes) oracle.see(each);
  return oracle;
}

describe('the fence oracle', () => {
  it('lets terms follow one another', () => {
    expect(judged(write('c', 1), write('c', 1), write('c', 3)).overlaps).toEqual([]);
  });

  it('counts each write that follows one of a higher term', () => {
    const oracle = judged(write('c', 1), write('c', 3), write('c', 1), write('c', 2), write('c', 3));
    expect(oracle.overlaps.map(({ late }) => late.fence)).toEqual([write('c', 1).fence, write('c', 2).fence]);
  });

  it('does not compare clusters, but shows that there are two', () => {
    const oracle = judged(write('c', 9), write('d', 1));
    expect(oracle.overlaps).toEqual([]);
    expect(oracle.clusterIds).toEqual(['c', 'd']);
  });

  it('refuses what is no stamp', () => {
    expect(() => judged({ ...write('c', 1), fence: 'c.1.1' })).toThrow('"c.1.1" is no stamp');
  });
});
