/**
 * The order of API version names: stable before beta before alpha, newer before older, all others last by name.
 *
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#version-priority
 */

interface ParsedVersion {
  readonly major: number;
  /** 2 stable, 1 beta, 0 alpha. */
  readonly stability: number;
  readonly minor: number;
}

/** Negative when `a` has the higher priority, as `Array.sort` wants it. */
export function compareVersionPriority(a: string, b: string): number {
  const [left, right] = [parse(a), parse(b)];
  if (left === undefined || right === undefined) {
    if (left !== undefined) return -1;
    if (right !== undefined) return 1;
    return a < b ? -1 : a > b ? 1 : 0;
  }
  return right.stability - left.stability || right.major - left.major || right.minor - left.minor;
}

function parse(version: string): ParsedVersion | undefined {
  const match = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/.exec(version);
  if (match === null) return undefined;
  const [, major, stage, minor] = match;
  const stability = stage === undefined ? 2 : stage === 'beta' ? 1 : 0;
  return { major: Number(major), stability, minor: Number(minor ?? 0) };
}
