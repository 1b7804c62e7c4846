/**
 * Durations as people write them: `'250ms'`, `'5s'`, `'5m'`, `'10h'`. A bare number does not compile, so nobody has to
 * guess a unit. Inside the runtime everything is a number whose name ends in `Ms`.
 */

import { RuntimeError } from '../errors.ts';

/** A number and its unit. Fractions are allowed (`'1.5h'`), signs are not. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h'}`;

const MS_PER_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;

/**
 * Milliseconds of `duration`; `field` names the call in the error.
 * @throws RuntimeError `OPTION_INVALID` when the text is not a duration.
 */
export function parseDuration(duration: Duration, field: string): number {
  const match = DURATION.exec(duration);
  const unitMs = MS_PER_UNIT[match?.[2] ?? ''];
  if (match === null || unitMs === undefined) {
    throw new RuntimeError(
      'OPTION_INVALID',
      `${field}: ${JSON.stringify(duration)} is not a duration; write a number and ms, s, m or h, as in '5m'`,
    );
  }
  return Number(match[1]) * unitMs;
}
