/** Durations: whole seconds as in the API, or text with a unit. */
import { BuilderError } from '../builder-error.ts';

/** Seconds as a number, or `'10s'`, `'5m'`, `'1h'`. Whole seconds only. */
export type Duration = number | `${number}${'s' | 'm' | 'h'}`;

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/**
 * Seconds of a duration.
 * @throws BuilderError with code `DURATION` for text without a unit and for fractions of a second.
 */
export function seconds(duration: Duration): number {
  const [, digits, unit = 's'] = /^(-?\d+(?:\.\d+)?)([smh])?$/.exec(String(duration)) ?? [];
  const value = Number(digits) * (unitSeconds[unit] ?? Number.NaN);
  if (Number.isInteger(value) && (typeof duration === 'number' || /[smh]$/.test(duration))) return value;
  const message = `"${duration}" is not a whole number of seconds; write 10, '10s', '5m' or '1h'`;
  throw new BuilderError('duration', [{ code: 'DURATION', path: '', message }]);
}
