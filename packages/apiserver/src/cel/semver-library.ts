/**
 * Semantic versions in rules.
 *
 * @see https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-semver-library
 */
import { CelError } from './cel-error.ts';
import { CelOpaque } from './cel-value.ts';
import { LibraryBuilder, traversal } from './overload.ts';

export const semverLibrary: LibraryBuilder = new LibraryBuilder();

const semverType = 'kubernetes.Semver';

interface Semver {
  readonly numbers: readonly [number, number, number];
  readonly prerelease: readonly string[];
}

const semverPattern =
  /^(0|[1-9]\d{0,15})\.(0|[1-9]\d{0,15})\.(0|[1-9]\d{0,15})(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?$/;

function parseSemver(text: string, normalize: boolean): Semver | undefined {
  const match = semverPattern.exec(normalize ? normalized(text) : text);
  if (match === null) return undefined;
  const prerelease = match[4] === undefined ? [] : match[4].split('.');
  if (prerelease.some((part) => part === '' || /^0\d+$/.test(part))) return undefined;
  return { numbers: [Number(match[1]), Number(match[2]), Number(match[3])], prerelease };
}

/** Without `v`, with all three numbers, without leading zeros. */
function normalized(text: string): string {
  const [, core = '', rest = ''] = /^v?([\d.]*)(.*)$/s.exec(text) ?? [];
  const numbers = core.split('.').map((part) => part.replace(/^0+(?=\d)/, ''));
  while (numbers.length < 3 && core !== '') numbers.push('0');
  return numbers.join('.') + rest;
}

function semverOf(text: string, normalize: boolean): CelOpaque {
  const version = parseSemver(text, normalize);
  if (version === undefined) throw new CelError(`Invalid Semantic Version: ${text}`);
  return new CelOpaque(semverType, `${version.numbers.join('.')}-${version.prerelease.join('.')}`, version);
}

function compareSemver(a: CelOpaque, b: CelOpaque): number {
  const [left, right] = [a.content as Semver, b.content as Semver];
  for (const index of [0, 1, 2] as const) {
    const order = left.numbers[index] - right.numbers[index];
    if (order !== 0) return Math.sign(order);
  }
  if (left.prerelease.length === 0 || right.prerelease.length === 0) {
    return (
      Math.sign(right.prerelease.length - left.prerelease.length) *
      (left.prerelease.length === right.prerelease.length ? 0 : 1)
    );
  }
  return comparePrerelease(left.prerelease, right.prerelease);
}

function comparePrerelease(left: readonly string[], right: readonly string[]): number {
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [a, b] = [left[i], right[i]];
    if (a === b) continue;
    if (a === undefined) return -1;
    if (b === undefined) return 1;
    const [numericA, numericB] = [/^\d+$/.test(a), /^\d+$/.test(b)];
    if (numericA && numericB) return Number(a) < Number(b) ? -1 : 1;
    if (numericA !== numericB) return numericA ? -1 : 1;
    return a < b ? -1 : 1;
  }
  return 0;
}

const numbersOf = (value: CelOpaque): Semver['numbers'] => (value.content as Semver).numbers;

semverLibrary
  .define(`semver(string): ${semverType}`, (text: string) => semverOf(text, false), { cost: traversal(0) })
  .define(`semver(string, bool): ${semverType}`, semverOf, { cost: traversal(0) })
  .define('isSemver(string): bool', (text: string) => parseSemver(text, false) !== undefined, { cost: traversal(0) })
  .define(
    'isSemver(string, bool): bool',
    (text: string, normalize: boolean) => parseSemver(text, normalize) !== undefined,
    {
      cost: traversal(0),
    },
  )
  .define(`[${semverType}].major(): int`, (value: CelOpaque) => BigInt(numbersOf(value)[0]))
  .define(`[${semverType}].minor(): int`, (value: CelOpaque) => BigInt(numbersOf(value)[1]))
  .define(`[${semverType}].patch(): int`, (value: CelOpaque) => BigInt(numbersOf(value)[2]))
  .define(`[${semverType}].compareTo(${semverType}): int`, (a: CelOpaque, b: CelOpaque) => BigInt(compareSemver(a, b)))
  .define(`[${semverType}].isGreaterThan(${semverType}): bool`, (a: CelOpaque, b: CelOpaque) => compareSemver(a, b) > 0)
  .define(`[${semverType}].isLessThan(${semverType}): bool`, (a: CelOpaque, b: CelOpaque) => compareSemver(a, b) < 0);
