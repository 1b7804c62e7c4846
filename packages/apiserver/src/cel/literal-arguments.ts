/** Literals that can never work: `matches('(')`, `find('(')`, `duration('1x')`, `timestamp('noon')`. Refused when a rule is compiled. */
import type { CelIssue } from './cel-error.ts';
import type { Expression } from './expression.ts';
import { compileExpression } from './regular-expression.ts';
import { parseDuration, parseTimestamp } from './time-text.ts';

export function literalProblem(name: string, args: readonly Expression[]): CelIssue | undefined {
  const argument = patternReaders.has(name) ? args[1] : args[0];
  if (argument?.kind !== 'literal' || typeof argument.value !== 'string') return undefined;
  const { value, at } = argument;
  const sound = readers[name]?.(value) ?? true;
  return sound ? undefined : { at, message: `invalid ${name} argument` };
}

const patternReaders = new Set(['matches', 'find', 'findAll']);

const readers: Readonly<Record<string, (text: string) => boolean>> = {
  matches: (text) => compileExpression(text).ok,
  find: (text) => compileExpression(text).ok,
  findAll: (text) => compileExpression(text).ok,
  duration: (text) => succeeds(() => parseDuration(text)),
  timestamp: (text) => succeeds(() => parseTimestamp(text)),
};

function succeeds(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}
