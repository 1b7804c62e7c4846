import { describe, expect, it } from 'vitest';
import { scheduleProblem } from './cron.ts';

describe('cron schedules', () => {
  it.each(['* * * * *', '0 0 * * 0', '*/15 0-6/2 1,15 jan-mar MON-FRI', '5/10 * ? * *', '@hourly', '@every 1h30m'])(
    'accepts %s',
    (schedule) => {
      expect(scheduleProblem(schedule)).toBeUndefined();
    },
  );

  it.each([
    ['61 * * * *', 'minute must be 0-59'],
    ['* 24 * * *', 'hour must be 0-23'],
    ['* * 0 * *', 'day of month must be 1-31'],
    ['* * * foo *', 'month must be 1-12'],
    ['* * * * 7', 'day of week must be 0-6'],
    ['30-10 * * * *', 'minute range 30-10 runs backwards'],
    ['*/0 * * * *', 'minute step must be at least 1'],
    ['1-2-3 * * * *', 'minute "1-2-3" is not a value, range, list or step'],
    ['* * * *', 'five fields are needed, found 4'],
    ['', 'five fields are needed, found 0'],
    ['0 0 * * * *', 'five fields are needed, found 6'],
    ['TZ=UTC 0 0 * * *', 'a time zone does not belong here; call .timeZone()'],
  ])('refuses %j: %s', (schedule, problem) => {
    expect(scheduleProblem(schedule)).toBe(problem);
  });

  it('names the macros there are', () => {
    expect(scheduleProblem('@reboot')).toMatch(/@yearly.*@hourly/);
  });
});
