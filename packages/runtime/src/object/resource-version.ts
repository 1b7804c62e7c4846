/**
 * Order of resource versions: decimal numbers of any length. Versions of one kind are comparable;
 * anything that is no decimal number (some aggregated APIs) is not.
 */

const DECIMAL = /^(?:0|[1-9]\d*)$/;

export function isComparableVersion(version: string | undefined): version is string {
  return version !== undefined && DECIMAL.test(version);
}

/** Negative, zero or positive as `a` is older than, equal to or newer than `b`. Both must be comparable. */
export function compareVersions(a: string, b: string): number {
  if (a.length !== b.length) {
    return a.length - b.length;
  }
  return a < b ? -1 : Number(a > b);
}

/** Whether `a` is newer than `b`; `false` when that cannot be known. An absent `b` is older than all. */
export function isNewerVersion(a: string | undefined, b: string | undefined): boolean {
  if (!isComparableVersion(a)) {
    return false;
  }
  return b === undefined || b === '' || (isComparableVersion(b) && compareVersions(a, b) > 0);
}
