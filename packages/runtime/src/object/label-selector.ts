/**
 * Label selectors in the API's text form: `a=b`, `a==b`, `a!=b`, `a in (x,y)`, `a notin (x,y)`, `a`,
 * `!a`, joined by commas.
 */
import { RuntimeError } from '../errors.ts';

export type LabelMatcher = (labels: Readonly<Record<string, string>>) => boolean;

const REQUIREMENT =
  /^\s*(?:(?<absent>![^\s=!(),]+)|(?<key>[^\s=!(),]+)\s*(?:(?<set>in|notin)\s*\((?<values>[^()]*)\)|(?<op>==?|!=)\s*(?<value>[^\s=!(),]*))?)\s*(?:,|$)/;

/** @throws RuntimeError `OPTION_INVALID` quoting the part that cannot be read. */
export function parseLabelSelector(text: string): LabelMatcher {
  const requirements: LabelMatcher[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const match = REQUIREMENT.exec(rest);
    if (match?.groups === undefined) {
      throw new RuntimeError(
        'OPTION_INVALID',
        `label selector "${text}" cannot be read at "${rest}"; write for example "app=web,tier in (a,b)"`,
      );
    }
    requirements.push(requirement(match.groups));
    rest = rest.slice(match[0].length).trim();
  }
  return (labels) => requirements.every((matches) => matches(labels));
}

function requirement(groups: Readonly<Record<string, string | undefined>>): LabelMatcher {
  const { absent, key = '', set, values = '', op, value = '' } = groups;
  if (absent !== undefined) {
    const name = absent.slice(1);
    return (labels) => labels[name] === undefined;
  }
  if (set !== undefined) {
    const listed = new Set(values.split(',').map((entry) => entry.trim()));
    return set === 'in'
      ? (labels) => labels[key] !== undefined && listed.has(labels[key])
      : (labels) => labels[key] === undefined || !listed.has(labels[key]);
  }
  if (op === undefined) {
    return (labels) => labels[key] !== undefined;
  }
  return op === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
}
