import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { codesOf, errorReference, referencePath } from './error-reference.ts';

describe('the error reference', () => {
  it('is what the sources say (npm run fix writes it)', () => {
    expect(readFileSync(referencePath, 'utf8')).toBe(errorReference());
  });

  it('reads a code and its meaning from each line of a union', () => {
    const source = "export type C =\n  | 'A_B' // first: retry\n  | 'C_D'; // second\n";
    expect(codesOf(source)).toEqual([
      { code: 'A_B', meaning: 'first: retry' },
      { code: 'C_D', meaning: 'second' },
    ]);
  });

  it('finds codes in every package', () => {
    expect(errorReference().match(/^\| `/gm)?.length).toBeGreaterThan(70);
  });
});
