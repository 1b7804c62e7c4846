/**
 * Regular expressions as Kubernetes means them: RE2 syntax, matched in time linear in the text, so that neither a CRD's
 * `pattern` nor a rule can keep the server busy. The engine is loaded with the first expression.
 */
import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';

const load = createRequire(import.meta.url);
let engine: typeof RE2JS | undefined;

/** The compiled expression, or RE2's complaint about it. */
export type CompiledExpression =
  | { readonly ok: true; readonly expression: RE2JS }
  | { readonly ok: false; readonly problem: string };

/** Repetitions are written out in the compiled program: a short pattern can be a large one. */
const maxWeight = 20_000;

const compiled = new Map<string, CompiledExpression>();
const maxCompiledWeight = 100_000;
let compiledWeight = 0;

/**
 * @param pay Hears the weight of a pattern that isn't compiled yet, about its number of characters with repetitions written
 * out, before the work is done.
 */
export function compileExpression(pattern: string, pay?: (weight: number) => void): CompiledExpression {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  const weight = weightOf(pattern);
  if (weight > maxWeight) return { ok: false, problem: 'error parsing regexp: expression too large' };
  pay?.(weight);
  if (compiledWeight + weight > maxCompiledWeight) {
    compiled.clear();
    compiledWeight = 0;
  }
  const result = compile(pattern);
  compiled.set(pattern, result);
  compiledWeight += weight;
  return result;
}

/** About as many characters as the pattern has once repetitions are written out. Each repetition counts as often as what it repeats is long; RE2 itself bounds repetitions of repetitions. */
export function weightOf(pattern: string): number {
  let weight = pattern.length;
  const open: number[] = [];
  let atom = 1;
  for (const token of pattern.matchAll(
    /\\[\s\S]|\[\^?\]?(?:\\[\s\S]|\[:\w+:\]|[^\]\\])*\]|\{\d+(?:,(\d*))?\}|[\s\S]/g,
  )) {
    const [text] = token;
    if (text === '(') open.push(token.index);
    const start = text === ')' ? open.pop() : undefined;
    if (/^\{\d/.test(text)) weight += atom * Math.max(...(text.match(/\d+/g) ?? []).map(Number));
    else atom = start === undefined ? 1 : token.index - start;
  }
  return weight;
}

function compile(pattern: string): CompiledExpression {
  engine ??= (load('re2js') as { RE2JS: typeof RE2JS }).RE2JS;
  try {
    return { ok: true, expression: engine.compile(pattern) };
  } catch (error) {
    return { ok: false, problem: (error as Error).message };
  }
}
