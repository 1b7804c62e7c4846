/** All functions a rule can call, by name and manner of call. */
import { comparisonLibrary } from './comparison-library.ts';
import { formatLibrary } from './format-library.ts';
import { listExtension } from './list-extension.ts';
import { listLibrary } from './list-library.ts';
import { networkLibrary } from './network-library.ts';
import { numberLibrary } from './number-library.ts';
import { optionalLibrary } from './optional-library.ts';
import type { Overload } from './overload.ts';
import { quantityLibrary } from './quantity-library.ts';
import { semverLibrary } from './semver-library.ts';
import { textLibrary } from './text-library.ts';
import { timeLibrary } from './time-library.ts';

const libraries = [
  comparisonLibrary,
  numberLibrary,
  textLibrary,
  listLibrary,
  listExtension,
  timeLibrary,
  optionalLibrary,
  quantityLibrary,
  networkLibrary,
  formatLibrary,
  semverLibrary,
];

const byName = Map.groupBy(
  libraries.flatMap(({ overloads }) => overloads),
  ({ name, isMember }) => `${isMember ? '.' : ''}${name}`,
);

/** The overloads of a function, or none when there is no such function. */
export function overloadsOf(name: string, isMember: boolean): readonly Overload[] {
  return byName.get(`${isMember ? '.' : ''}${name}`) ?? [];
}

/** The overloads of a name in whichever manner it's called; none for unknown names. */
export function isFunction(name: string): boolean {
  return byName.has(name) || byName.has(`.${name}`);
}
