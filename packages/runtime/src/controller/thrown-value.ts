/**
 * What a handler threw, as an Error. JavaScript lets code throw anything, and everything that judges, counts or logs a
 * failure may then rely on an Error that can be read.
 */
import { types } from 'node:util';

/** `thrown` when it is an Error, otherwise a TypeError that says what was thrown. Never throws. */
export function asError(thrown: unknown): Error {
  return types.isNativeError(thrown) ? thrown : new TypeError(`the handler threw ${shown(thrown)}, which is no Error`);
}

/** Objects may hold anything, so only their message is shown. */
function shown(thrown: unknown): string {
  if (typeof thrown === 'string') return JSON.stringify(thrown);
  if (typeof thrown !== 'object' || thrown === null) return String(thrown);
  try {
    const { message } = thrown as { readonly message?: unknown };
    return typeof message === 'string' ? `an object with the message ${JSON.stringify(message)}` : 'an object';
  } catch {
    return 'an object that cannot be read';
  }
}
