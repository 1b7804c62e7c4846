/**
 * The default logger: JSON lines on stdout through pino.
 */

import type { LogFields, Logger } from '@k8sop/runtime';
import { pino, type Logger as Pino } from 'pino';

/** Wraps a pino logger, such as one with the author's own transports. */
export function pinoLogger(logger: Pino): Logger {
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
    child: (fields: LogFields) => pinoLogger(logger.child(fields)),
  };
}

/** Writes lines of `level` and above to stdout; times are ISO 8601, levels are words. */
export function openDefaultLogger(level: string): Logger {
  return pinoLogger(
    pino({
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    }),
  );
}
