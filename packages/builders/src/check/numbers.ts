/** Numbers in range. */
import type { Report } from '../builder-error.ts';

/** Reports `RANGE` unless `value` is undefined or a whole number from `minimum` to `maximum`. */
export function checkWhole(
  value: number | undefined,
  path: string,
  report: Report,
  minimum = 0,
  maximum: number = 2 ** 31 - 1,
): void {
  if (value === undefined || (Number.isInteger(value) && value >= minimum && value <= maximum)) return;
  report('RANGE', path, `${value} must be a whole number from ${minimum} to ${maximum}`);
}
