/**
 * Named formats in rules: `format.dns1123Label().validate(x)`.
 *
 * @see https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-format-library
 */
import { dns1035Label, dns1123Label, dns1123Subdomain, labelValueRule, qualifiedName } from '../schema/name-rules.ts';
import { hasFormat } from '../schema/string-formats.ts';
import { CelOpaque, CelOptional, type CelValue } from './cel-value.ts';
import { LibraryBuilder, traversal } from './overload.ts';

export const formatLibrary: LibraryBuilder = new LibraryBuilder();

const formatType = 'kubernetes.NamedFormat';
type FormatRule = (text: string) => readonly string[];

const wellKnown = (format: string): FormatRule => {
  return (text) => (hasFormat(text, format) ? [] : [`must be a valid ${format}`]);
};

const formats: Readonly<Record<string, FormatRule>> = {
  dns1123Label,
  dns1123Subdomain,
  dns1035Label,
  qualifiedName,
  labelValue: labelValueRule,
  dns1123LabelPrefix: (text) => dns1123Label(text.replace(/-$/, 'a')),
  dns1123SubdomainPrefix: (text) => dns1123Subdomain(text.replace(/-$/, 'a')),
  dns1035LabelPrefix: (text) => dns1035Label(text.replace(/-$/, 'a')),
  uri: wellKnown('uri'),
  uuid: wellKnown('uuid'),
  byte: wellKnown('byte'),
  date: wellKnown('date'),
  datetime: wellKnown('datetime'),
};

function formatOf(name: string): CelOpaque {
  return new CelOpaque(formatType, name, formats[name]);
}

for (const name of Object.keys(formats)) {
  formatLibrary.define(`format.${name}(): ${formatType}`, () => formatOf(name));
}
formatLibrary
  .define(`format.named(string): optional(${formatType})`, (name: string) =>
    Object.hasOwn(formats, name) ? new CelOptional(formatOf(name)) : CelOptional.none,
  )
  .define(
    `[${formatType}].validate(string): optional(list(string))`,
    (format: CelOpaque, text: string): CelValue => {
      const problems = (format.content as FormatRule)(text);
      return problems.length === 0 ? CelOptional.none : new CelOptional(problems);
    },
    { cost: traversal(1) },
  );
