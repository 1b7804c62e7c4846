/** File modes: the API takes decimal numbers, people think in octal. */
import { BuilderError } from '../builder-error.ts';

/** A number as the API takes it (`420`), or octal text (`'0644'`). */
export type FileMode = number | `0${number}`;

/**
 * The mode as a number from 0 to 511 (octal 0777).
 * @throws BuilderError with code `RANGE` for anything else.
 */
export function fileMode(mode: FileMode): number {
  const value = typeof mode === 'number' ? mode : /^0[0-7]{1,4}$/.test(mode) ? Number.parseInt(mode, 8) : Number.NaN;
  if (Number.isInteger(value) && value >= 0 && value <= 0o777) return value;
  const message = `${JSON.stringify(mode)} is not a file mode; write a number from 0 to 511 or octal text such as '0644'`;
  throw new BuilderError('file mode', [{ code: 'RANGE', path: '', message }]);
}
