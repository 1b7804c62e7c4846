import { describe, expect, it } from 'vitest';
import { canonicalTimestamp, timestampProblem } from './timestamp.ts';

describe('timestamps', () => {
  it.each([
    ['2024-01-31T10:00:00Z', 'date-time', '2024-01-31T10:00:00Z'],
    ['2024-01-31T10:00:00.75Z', 'date-time', '2024-01-31T10:00:00Z'],
    ['2024-01-31T10:00:00+02:00', 'date-time', '2024-01-31T08:00:00Z'],
    ['2024-01-31T10:00:00.123456Z', 'date-time-micro', '2024-01-31T10:00:00.123456Z'],
  ] as const)('%s as %s is stored as %s', (text, format, stored) => {
    expect(canonicalTimestamp(text, format)).toBe(stored);
  });

  it.each([
    ['2024-02-30T10:00:00Z', 'date-time'],
    ['2024-01-31 10:00:00Z', 'date-time'],
    ['noon', 'date-time'],
    ['2024-01-31T10:00:00+25:00', 'date-time'],
    ['2024-01-31T10:00:00Z', 'date-time-micro'],
  ] as const)('%s is no %s', (text, format) => {
    expect(canonicalTimestamp(text, format)).toBeUndefined();
  });

  it.each([
    ['yesterday', 'cannot parse "yesterday" as "2006"'],
    ['2024-1-31', 'cannot parse "1-31" as "01"'],
    ['2024-01-31T10:00:00', 'cannot parse "" as "Z07:00"'],
  ])('the complaint about %s names the misfit', (text, complaint) => {
    expect(timestampProblem(text, 'date-time')).toBe(
      `parsing time "${text}" as "2006-01-02T15:04:05Z07:00": ${complaint}`,
    );
  });
});
