/** Text in double quotes, escaped as CEL's literals are. */
const escapes: Readonly<Record<string, string>> = {
  '\u0007': String.raw`\a`,
  '\b': String.raw`\b`,
  '\f': String.raw`\f`,
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
  '\t': String.raw`\t`,
  '\v': String.raw`\v`,
  '\\': String.raw`\\`,
  '"': String.raw`\"`,
};

export function quoteText(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what it escapes
  return `"${text.toWellFormed().replaceAll(/[\u0007-\r\\"]/g, (character) => escapes[character] ?? character)}"`;
}
