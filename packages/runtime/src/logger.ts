/**
 * Port: structured logs. Messages are constant sentences; everything that varies is a field, so a
 * log can be searched by message. A pino logger satisfies it through the operator package's adapter.
 */

/** Lower-case field names; values must be JSON. `err` holds an Error. Never credentials. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to every line. */
  child(fields: LogFields): Logger;
}

/** Drops everything. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
};
