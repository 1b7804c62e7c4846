import { describe, expect, it } from 'vitest';
import {
  BURST,
  EventSeries,
  MAX_TRACKED,
  REFILL_MS,
  SERIES_PATCH_INTERVAL_MS,
  SERIES_WINDOW_MS,
} from './event-series.ts';

describe('series of equal events', () => {
  it('creates once, counts, and patches at most every 10 s', () => {
    const series = new EventSeries<string>();
    const types = [0, 1, 9_999, SERIES_PATCH_INTERVAL_MS].map((ms) => series.next('uid', 'Normal/Same', ms).type);
    expect(types).toEqual(['create', 'later', 'later', 'patch']);
    expect(series.unwritten().map(({ count }) => count)).toEqual([4]);
  });

  it('starts a new object when the last one is over 6 minutes old', () => {
    const series = new EventSeries<string>();
    series.next('uid', 'Normal/Same', 0);
    expect(series.next('uid', 'Normal/Same', SERIES_WINDOW_MS + 1).type).toBe('create');
  });

  it('allows each object a burst of 25 new events, then one per 5 minutes', () => {
    const series = new EventSeries<string>();
    const types = Array.from({ length: BURST + 1 }, (_, i) => series.next('uid', `Normal/R${i}`, 0).type);
    expect(types.filter((type) => type === 'create')).toHaveLength(BURST);
    expect(types.at(-1)).toBe('drop');
    expect(series.next('other', 'Normal/R', 0).type).toBe('create');
    expect(series.next('uid', 'Normal/later', REFILL_MS).type).toBe('create');
    expect(series.next('uid', 'Normal/too-soon', REFILL_MS).type).toBe('drop');
  });

  it('remembers a bounded number of series', () => {
    const series = new EventSeries<string>();
    for (let i = 0; i < MAX_TRACKED + 100; i++) series.next(`uid-${i}`, 'Normal/R', 0);
    expect(series.size).toBe(MAX_TRACKED);
  });
});
