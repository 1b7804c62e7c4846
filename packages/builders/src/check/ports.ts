/** Port numbers and names. */
import type { Report } from '../builder-error.ts';
import { checkName, portName } from './names.ts';

/** Reports `PORT` unless `port` is 1–65535 or, where names are allowed, a port name. */
export function checkPort(port: number | string | undefined, path: string, report: Report): void {
  if (typeof port === 'string' && !/^\d+$/.test(port)) checkName(port, portName, path, report, 'PORT');
  else checkPortNumber(Number(port), path, report);
}

/** Reports `PORT` unless `port` is a whole number from 1 to 65535. */
export function checkPortNumber(port: number | undefined, path: string, report: Report): void {
  if (port === undefined || !Number.isInteger(port) || port < 1 || port > 65_535) {
    report('PORT', path, `${port} must be a whole number from 1 to 65535`);
  }
}
