/** Literals that can never work: `matches('(')`, `duration('1x')`, `timestamp('noon')`. Refused when a rule is compiled. */
import type { CelIssue } from './cel-error.ts';
import type { Expression } from './expression.ts';
import { compileExpression } from './regular-expression.ts';
import { parseDuration, parseTimestamp } from './time-text.ts';

export function literalProblem(name: string, args: readonly Expression[]): CelIssue | undefined {
  const argument = name === 'matches' ? args[1] : args[0];
  if (argument?.kind !== 'literal' || typeof argument.value !== 'string') return undefined;
  const { value, at } = argument;
  const sound = readers[name]?.(value) ?? true;
  return sound ? undefined : { at, message: `invalid ${name} argument` };
}

const readers: Readonly<Record<string, (text: string) => boolean>> = {
  matches: (text) => compileExpression(text).ok,
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
