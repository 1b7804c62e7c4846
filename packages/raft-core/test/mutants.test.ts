/** The table of mutants fits the sources and the tests; that each one falls is shown by `npm run mutants`. */
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mutated } from '../mutants/sandbox.ts';
import { mutants } from '../mutants/table.ts';

const root = resolve(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(resolve(root, file), 'utf8');

const titles = globSync('{src,test}/**/*.test.ts', { cwd: root })
  .map(read)
  .flatMap((text) => [...text.matchAll(/(['"`])([^\n]*?)\1/g)].map((match) => match[2] ?? ''));

/** Rows of the design that the core and its driver answer for. */
const pitfalls = [
  'committing older terms by counting',
  'double vote; vote used before persistence',
  'wrong up-to-date rule; commit beyond last new entry or match',
  'truncating on a stale append; keeping conflicts',
  'completion of a truncated write; entries durable before their term',
  'half a joint quorum',
  'second pending change; campaign with one unapplied',
  'single-step change before own-term commit',
  'removed leader counts itself; removed node inflates terms',
  'learner refuses a needed vote, campaigns, is promoted behind',
  'snapshot rewinds log or membership',
  'stuck in probe or snapshot state; window leak',
  'unbounded growth in partition',
  'stuck pre-candidate with higher term',
  'read before own-term commit or after loss',
  'transfer to absent, lagging or demoted target',
  'restart re-applies or loses applied entries',
  'wiped disk votes as old self, or re-bootstraps',
  'hidden non-determinism',
  'stall starts election',
  'command lost or applied twice',
  'id 0 treated as none',
  'wedged main, stalled disk keep leadership',
];
const numbered = (letter: string, numbers: readonly number[]): string[] => numbers.map((n) => `${letter}${n}`);
const ordering = numbered('O', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
const holes = numbered('H', [1, 2, 3, 4, 8, 9, 10, 11, 12, 13]);

describe('mutants', () => {
  it.each(mutants)('$rule: $name: its text stands exactly once in $file', (mutant) => {
    const text = read(`src/${mutant.file}`);
    expect(mutated(mutant, text)).not.toBe(text);
  });

  it('have names of their own', () => {
    const names = mutants.map(({ rule, name }) => `${rule}: ${name}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(mutants)('$rule: $name: the test that it must fall to exists', ({ test: [file, name] }) => {
    expect(read(file)).toContain(name);
  });

  it('break every rule of the ordering contract and every lease hole', () => {
    const rules = new Set(mutants.map(({ rule }) => rule));
    expect([...ordering, ...holes].filter((rule) => !rules.has(rule))).toEqual([]);
  });
});

describe('rules', () => {
  it.each([...ordering, ...holes])('%s has a test of that name', (rule) => {
    expect(titles.filter((title) => new RegExp(`\\b${rule}\\b`).test(title))).not.toEqual([]);
  });

  it.each(pitfalls)('pitfall "%s" has a test of that name', (pitfall) => {
    expect(titles).toContainEqual(expect.stringContaining(pitfall));
  });
});
