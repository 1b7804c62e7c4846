import { describe, expect, it } from 'vitest';
import { re2Problem } from './re2-pattern.ts';

describe('re2Problem', () => {
  it.each([
    '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
    String.raw`\d+\.\d*|\.\d+`,
    String.raw`^\$\{[^}]*\}$`,
    String.raw`[\]\\\-]+`,
    String.raw`\x41\x{1F600}`,
    String.raw`\p{L}\P{Greek}`,
    String.raw`(?:a|b){1,1000}?`,
    String.raw`\bword\B\s\S\w\W\D\n\t`,
    'a{,3}',
  ])('accepts %s', (pattern) => {
    expect(re2Problem(pattern)).toBeUndefined();
  });

  it.each([
    ['(?=a)', 'look-around'],
    ['(?!a)', 'look-around'],
    ['(?<=a)', 'look-around'],
    ['(?<!a)', 'look-around'],
    ['(?<year>a)', 'group named'],
    [String.raw`(a)\1`, 'back-references'],
    [String.raw`\k<year>`, 'back-references'],
    [String.raw`\u0041`, String.raw`\u is not supported`],
    [String.raw`[\u0041]`, String.raw`\u is not supported`],
    [String.raw`[\b]`, 'inside brackets'],
    [String.raw`\cA`, String.raw`\c means something else`],
    [String.raw`\A`, String.raw`\A means something else`],
    [String.raw`\x4`, 'two hex digits'],
    [String.raw`\p{Script=Greek}`, 'short category'],
    [String.raw`\pL`, 'short category'],
    ['[]', 'at least one character'],
    ['[^]', 'at least one character'],
    ['[[:alpha:]]', 'POSIX'],
    ['a{1001}', '1000 repetitions'],
    ['a{1,2000}', '1000 repetitions'],
    ['a\\', 'ends in a backslash'],
  ])('refuses %s', (pattern, reason) => {
    expect(re2Problem(pattern)).toContain(reason);
  });

  it('takes escaped parentheses and brackets for what they are', () => {
    expect(re2Problem(String.raw`\(?=a`)).toBeUndefined();
    expect(re2Problem('[(?=]')).toBeUndefined();
  });
});
