import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { rehearseRuns } from './run-rehearsal.ts';

const signal = new AbortController().signal;

describe('a rehearsal of runs', () => {
  it('reconciles every object, then stops', async () => {
    expect(await rehearseRuns(20, { signal })).toBe(20);
  });

  it('plays nothing under a signal that has aborted', async () => {
    expect(await rehearseRuns(20, { signal: AbortSignal.abort() })).toBe(0);
  });

  it.each(['tracing:k8sop:reconcile:start', 'tracing:k8sop:apply:error', 'undici:request:create'])(
    'stays out of what those see who listen to %s',
    async (name) => {
      const seen: unknown[] = [];
      const listener = (message: unknown): void => void seen.push(message);
      subscribe(name, listener);
      expect(await rehearseRuns(20, { signal })).toBe(0);
      unsubscribe(name, listener);
      expect(seen).toEqual([]);
    },
  );
});
