import { describe, expect, it } from 'vitest';
import { type Duration, seconds } from './duration.ts';
import { type FileMode, fileMode } from './file-mode.ts';

describe('durations', () => {
  it.each([
    [0, 0],
    [10, 10],
    ['10s', 10],
    ['5m', 300],
    ['1h', 3600],
    ['1.5h', 5400],
  ] as const)('%s is %i seconds', (duration, expected) => {
    expect(seconds(duration)).toBe(expected);
  });

  it.each([1.5, '0.5s', '10', '10ms', 'soon', Number.NaN])('refuses %s', (duration) => {
    expect(() => seconds(duration as Duration)).toThrow(/whole number of seconds/);
  });
});

describe('file modes', () => {
  it.each([
    [420, 420],
    ['0644', 420],
    ['0400', 256],
    ['0777', 511],
    [0, 0],
  ] as const)('%s is %i', (mode, expected) => {
    expect(fileMode(mode)).toBe(expected);
  });

  it.each([512, -1, 1.5, '644', '0888', '01000'])('refuses %s', (mode) => {
    expect(() => fileMode(mode as FileMode)).toThrow(/is not a file mode/);
  });
});
