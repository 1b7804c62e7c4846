/**
 * Regular expressions written for Go (RE2), as CRD schemas have them, in JavaScript. RE2 is nearly a subset: inline
 * flags, POSIX classes and the anchors `\A` and `\z` are translated.
 */

const posixClasses: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: '0-9A-Za-z',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`{-~',
  xdigit: '0-9A-Fa-f',
  word: '0-9A-Za-z_',
  cntrl: '\\x00-\\x1f\\x7f',
  graph: '!-~',
  print: ' -~',
};

/** `undefined` when the text is no regular expression. */
export function compilePattern(pattern: string): RegExp | undefined {
  const inline = /^\(\?([imsU]+)\)/.exec(pattern);
  const flags = (inline?.[1] ?? '').replaceAll('U', '');
  const source = pattern
    .slice(inline?.[0].length ?? 0)
    .replaceAll(/\[:(\^?)(\w+):\]/g, (whole, _not, name: string) => posixClasses[name] ?? whole)
    .replaceAll('\\A', '^')
    .replaceAll('\\z', '$')
    .replaceAll('(?P<', '(?<');
  return tryCompile(source, `${flags}u`) ?? tryCompile(source, flags);
}

function tryCompile(source: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(source, flags);
  } catch {
    return undefined;
  }
}
