/** The options of `customResource` as plain JavaScript can pass them: what is missing, misspelled or of another type. */
import type { Problem } from '../builder-error.ts';
import { closest } from '../schema/closest.ts';
import type { CrdProblemCode } from './crd-problem.ts';
import { showValue } from './show-value.ts';

const versionOptions = 'spec status description columns scale selectableFields validations served deprecated'.split(
  ' ',
);
const resourceOptions = [
  ...versionOptions,
  ...'group version kind plural singular shortNames categories scope labels annotations conversion versions'.split(' '),
];

/** Problems of `options`; an empty list means the definition can be assembled. */
export function checkOptions(options: unknown): Problem[] {
  const problems: Problem[] = [];
  const report = (code: CrdProblemCode, path: string, message: string): void =>
    void problems.push({ code, path, message });
  if (typeof options !== 'object' || options === null) {
    report('CRD_NAME', '', 'pass an object with group, version, kind and spec');
    return problems;
  }
  const given = options as Readonly<Record<string, unknown>>;
  for (const name of ['group', 'version', 'kind']) {
    if (typeof given[name] === 'string' && given[name] !== '') continue;
    report('CRD_NAME', name, `${showValue(given[name])} is no ${name}; it is required text`);
  }
  const { scope, versions } = given;
  if (scope !== undefined && scope !== 'Namespaced' && scope !== 'Cluster') {
    report('CRD_KEYWORD', 'scope', `${showValue(scope)} must be 'Namespaced' or 'Cluster'`);
  }
  reportUnknown(given, resourceOptions, '', report);
  for (const [name, other] of Object.entries((versions ?? {}) as object)) {
    if (typeof other === 'object' && other !== null) reportUnknown(other, versionOptions, `versions.${name}.`, report);
    else report('CRD_VERSION', `versions.${name}`, `${showValue(other)} is no version; write { spec }`);
  }
  return problems;
}

function reportUnknown(
  options: object,
  known: readonly string[],
  prefix: string,
  report: (code: CrdProblemCode, path: string, message: string) => void,
): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || known.includes(name)) continue;
    const near = closest(name, known);
    const fix = near === undefined ? `the options are ${known.join(', ')}` : `did you mean ${near}?`;
    report('CRD_KEYWORD', `${prefix}${name}`, `is no option; ${fix}`);
  }
}
