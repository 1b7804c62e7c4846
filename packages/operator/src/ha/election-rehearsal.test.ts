import { describe, expect, it } from 'vitest';
import { rehearseElections } from './election-rehearsal.ts';

describe('a rehearsal of elections', () => {
  it('hands leadership over as often as asked', async () => {
    expect(await rehearseElections(5, new AbortController())).toBe(5);
  });

  it('ends with its signal, before anybody leads', async () => {
    const stop = new AbortController();
    const rehearsed = rehearseElections(1_000_000, stop);
    stop.abort();
    expect(await rehearsed).toBe(0);
  });
});
