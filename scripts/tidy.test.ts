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

describe('the tree', () => {
  it('has no file or folder whose name says nothing', () => {
    const vague = sources.filter((file) =>
      file.split('/').some((part) => grabBags.includes(part.replace(/(\.test)?\.(ts|mjs)$/, ''))),
    );
    expect(vague).toEqual([]);
  });

  it('holds no unfinished business', () => {
    const marks = new RegExp(['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].map((mark) => `\\b${mark}\\b`).join('|'));
    expect(sources.filter((file) => marks.test(read(file)))).toEqual([]);
  });

  it('runs every test that it has', () => {
    const soft = /\b(it|test|describe)\.(only|todo)\(/;
    expect(sources.filter((file) => file.endsWith('.test.ts') && soft.test(read(file)))).toEqual([]);
  });

  it('keeps each file small enough to review', () => {
    const large = tracked.filter(
      (file) => basename(file) !== 'pnpm-lock.yaml' && statSync(resolve(root, file)).size > largestBytes,
    );
    expect(large).toEqual([]);
  });

  it('opens each source file of a package with its concept', () => {
    const bare = sources.filter(
      (file) =>
        /^packages\/[^/]+\/src\//.test(file) &&
        !file.endsWith('.test.ts') &&
        !/\/\*\*|^\s*\/\/ /m.test(read(file).split('\n').slice(0, 40).join('\n')),
    );
    expect(bare).toEqual([]);
  });

  it('names no version range for what it runs on', () => {
    const loose = tracked
      .filter((file) => basename(file) === 'package.json')
      .flatMap((file) => {
        const { dependencies = {}, devDependencies = {} } = JSON.parse(read(file)) as Record<
          string,
          Record<string, string>
        >;
        return Object.entries({ ...dependencies, ...devDependencies })
          .filter(([, version]) => !/^(\d+\.\d+\.\d+|workspace:\*|npm:.*@\d+\.\d+\.\d+)$/.test(version))
          .map(([name, version]) => `${file}: ${name} ${version}`);
      });
    expect(loose).toEqual([]);
  });
});
