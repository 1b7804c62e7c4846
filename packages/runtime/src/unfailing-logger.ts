/**
 * A logger that never throws. Some loggers do for fields they cannot take, such as an Error that is frozen or whose
 * properties throw when read; a line that reports a failure must not become a failure of its own.
 */
import { types } from 'node:util';
import type { LogFields, Logger } from './logger.ts';

type Level = 'debug' | 'info' | 'warn' | 'error';

const UNREADABLE = '[cannot be shown]';

/** Lines that `logger` refuses are written again with their fields as plain data, and dropped when it refuses those too. */
export function unfailingLogger(logger: Logger): Logger {
  return new UnfailingLogger(logger);
}

class UnfailingLogger implements Logger {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  debug(message: string, fields?: LogFields): void {
    this.#write('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#write('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#write('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#write('error', message, fields);
  }

  child(fields: LogFields): Logger {
    try {
      return new UnfailingLogger(this.#logger.child(fields));
    } catch {
      return this;
    }
  }

  #write(level: Level, message: string, fields: LogFields | undefined): void {
    try {
      this.#logger[level](message, fields);
    } catch {
      this.#writePlain(level, message, fields ?? {});
    }
  }

  #writePlain(level: Level, message: string, fields: LogFields): void {
    try {
      const plain = Object.keys(fields).map((name) => [name, readable(() => plainValue(fields[name]))]);
      this.#logger[level](message, Object.fromEntries(plain) as LogFields);
    } catch {
      // there is no better place to tell it
    }
  }
}

function plainValue(value: unknown): unknown {
  if (types.isNativeError(value)) {
    return {
      type: readable(() => value.name),
      message: readable(() => value.message),
      stack: readable(() => value.stack),
    };
  }
  return JSON.parse(JSON.stringify(value) ?? 'null') as unknown;
}

function readable(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return UNREADABLE;
  }
}
