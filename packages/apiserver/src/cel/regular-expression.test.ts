import { describe, expect, it } from 'vitest';
import { compileExpression } from './regular-expression.ts';

describe('regular expressions', () => {
  it.each([
    ['^[a-z]([-a-z0-9]*[a-z0-9])?$', 'web-1', true],
    ['^\\d{1,3}(\\.\\d{1,3}){3}$', '10.0.0.1', true],
    ['(?i)^ABC$', 'abc', true],
    ['^[[:alpha:]]+\\z', 'abc1', false],
    ['(?P<year>\\d{4})', '2024', true],
    ['\\p{Greek}', 'λ', true],
  ])('%s on %s: %s', (pattern, text, fits) => {
    const compiled = compileExpression(pattern) as Extract<ReturnType<typeof compileExpression>, { ok: true }>;
    expect(compiled.ok).toBe(true);
    expect(compiled.expression.test(text)).toBe(fits);
  });

  it.each([
    ['(', 'missing closing )'],
    ['(?=a)', 'invalid'],
    ['(a)\\1', 'invalid escape sequence'],
    ['a{1000}'.repeat(100), 'expression too large'],
    [`(${'abcdefghij'.repeat(10)}){900}`, 'expression too large'],
    ['x'.repeat(30_000), 'expression too large'],
    ['((a{100}){100}){100}', 'invalid repeat count'],
  ])('%s is refused', (pattern, problem) => {
    expect(compileExpression(pattern)).toEqual({ ok: false, problem: expect.stringContaining(problem) });
  });

  it('tells what a new pattern weighs, and nothing of a known one', () => {
    const weights: number[] = [];
    compileExpression('^(ab){50}c{2,7}[x-z]{3}$', (weight) => weights.push(weight));
    compileExpression('^(ab){50}c{2,7}[x-z]{3}$', (weight) => weights.push(weight));
    expect(weights).toEqual([24 + 3 * 50 + 7 + 3]);
  });
});
