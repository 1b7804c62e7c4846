/** Rules of the tree that no linter knows. Each looks at what git tracks. */
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter((file) => file !== '' && statSync(resolve(root, file), { throwIfNoEntry: false })?.isFile());
const sources = tracked.filter(
  (file) => /^(packages|apps|scripts)\/.*\.(ts|mjs)$/.test(file) && !/\/gen\/|\/golden\//.test(file),
);
const read = (file: string): string => readFileSync(resolve(root, file), 'utf8');

const grabBags = 'utils util common misc shared helpers types interfaces enums constants'.split(' ');
const largestBytes = 400 * 1024;

const isVague = (file: string): boolean =>
  file.split('/').some((part) => grabBags.includes(part.replace(/(\.test)?\.(ts|mjs)$/, '')));

const marks = new RegExp(['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].map((mark) => `\\b${mark}\\b`).join('|'));

const isTest = (file: string): boolean => file.endsWith('.test.ts');
const isSource = (file: string): boolean => /^packages\/[^/]+\/src\//.test(file) && !isTest(file);
const opensWithConcept = (file: string): boolean =>
  /\/\*\*|^\s*\/\/ /m.test(read(file).split('\n').slice(0, 40).join('\n'));

const isLarge = (file: string): boolean =>
  basename(file) !== 'pnpm-lock.yaml' && statSync(resolve(root, file)).size > largestBytes;

const exact = /^(\d+\.\d+\.\d+|workspace:\*|npm:.*@\d+\.\d+\.\d+)$/;
function looseVersions(file: string): string[] {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(read(file)) as Record<string, Record<string, string>>;
  return Object.entries({ ...dependencies, ...devDependencies })
    .filter(([, version]) => !exact.test(version))
    .map(([name, version]) => `${file}: ${name} ${version}`);
}

describe('the tree', () => {
  it('has no file or folder whose name says nothing', () => {
    expect(sources.filter(isVague)).toEqual([]);
  });

  it('holds no unfinished business', () => {
    expect(sources.filter((file) => marks.test(read(file)))).toEqual([]);
  });

  it('runs every test that it has', () => {
    const soft = /\b(it|test|describe)\.(only|todo)\(/;
    expect(sources.filter(isTest).filter((file) => soft.test(read(file)))).toEqual([]);
  });

  it('keeps each file small enough to review', () => {
    expect(tracked.filter(isLarge)).toEqual([]);
  });

  it('opens each source file of a package with its concept', () => {
    expect(sources.filter(isSource).filter((file) => !opensWithConcept(file))).toEqual([]);
  });

  it('pins everything that it runs on', () => {
    expect(tracked.filter((file) => basename(file) === 'package.json').flatMap(looseVersions)).toEqual([]);
  });
});
