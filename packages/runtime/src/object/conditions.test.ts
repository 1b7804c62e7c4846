import { describe, expect, it } from 'vitest';
import { formatMicroTime, formatTime, mergeConditions, type StoredCondition } from './conditions.ts';

const ready: StoredCondition = {
  type: 'Ready',
  status: 'True',
  reason: 'Done',
  message: '',
  lastTransitionTime: '2026-01-01T00:00:00Z',
  observedGeneration: 1,
};
const options = { now: '2026-06-01T00:00:00Z', observedGeneration: 2 };

describe('mergeConditions', () => {
  it('keeps the transition time while the status stays', () => {
    const merged = mergeConditions([ready], [{ type: 'Ready', status: 'True', reason: 'Still' }], options);
    expect(merged).toEqual([{ ...ready, reason: 'Still', observedGeneration: 2 }]);
  });

  it('moves the transition time when the status flips', () => {
    const [merged] = mergeConditions([ready], [{ type: 'Ready', status: 'False', reason: 'Broken' }], options);
    expect(merged?.lastTransitionTime).toBe('2026-06-01T00:00:00Z');
  });

  it('leaves other types alone, in their order, and appends new ones', () => {
    const other = { ...ready, type: 'Other' };
    const merged = mergeConditions([other, ready], [{ type: 'New', status: 'Unknown', reason: 'R' }], options);
    expect(merged.map(({ type }) => type)).toEqual(['Other', 'Ready', 'New']);
    expect(merged.slice(0, 2)).toEqual([other, ready]);
  });

  it('changes nothing the second time', () => {
    const change = [{ type: 'Ready', status: 'False', reason: 'Broken', message: 'm' }] as const;
    const once = mergeConditions([ready], change, options);
    expect(mergeConditions(once, change, { ...options, now: '2027-01-01T00:00:00Z' })).toEqual(once);
  });
});

describe('times', () => {
  it('metav1.Time has whole seconds, MicroTime exactly six fraction digits', () => {
    const wallMs = Date.UTC(2026, 0, 1, 12, 0, 0, 7) + 0.25;
    expect(formatTime(wallMs)).toBe('2026-01-01T12:00:00Z');
    expect(formatMicroTime(wallMs)).toBe('2026-01-01T12:00:00.007250Z');
  });
});
