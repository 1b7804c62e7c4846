import { tracingChannel } from 'node:diagnostics_channel';
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

  it('stays out of the traces of those who listen', async () => {
    const seen: unknown[] = [];
    const listener = (message: unknown): void => void seen.push(message);
    const channel = tracingChannel('k8sop:reconcile');
    channel.start.subscribe(listener);
    expect(await rehearseRuns(20, { signal })).toBe(0);
    channel.start.unsubscribe(listener);
    expect(seen).toEqual([]);
  });
});
