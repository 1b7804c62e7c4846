/**
 * YAML output: block style, two spaces, quoted wherever any YAML parser could read a scalar as something else.
 *
 * A scalar is plain only if it matches a conservative pattern and is not reserved by YAML 1.1 or 1.2; multi-line text
 * is a literal block; everything else is a JSON string, which every YAML parser reads.
 */

const plain = /^[A-Za-z/](?:[A-Za-z0-9_./-]|:(?=[A-Za-z0-9]))*$/;

/** Words that YAML 1.1 or 1.2 reads as booleans, null or numbers. */
const reserved = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

/** YAML takes keys of up to 1024 characters on the line of their value; longer ones are written as `? key`. */
const maxImplicitKey = 1000;

/** One YAML document of `value`, ending in a newline. `value` must be plain JSON. */
export function toYaml(value: unknown): string {
  if (isBlock(value)) return `${block(value, 0).join('\n')}\n`;
  return `${typeof value === 'string' ? scalar(value) : JSON.stringify(value)}\n`;
}

/** Documents separated by `---`, without a separator before the first. */
export function toYamlDocuments(values: readonly unknown[]): string {
  return values.map(toYaml).join('---\n');
}

type Bag = Readonly<Record<string, unknown>>;

/** True for lists and maps that are written as indented lines; empty ones are `[]` and `{}`. */
function isBlock(value: unknown): value is readonly unknown[] | Bag {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function block(value: readonly unknown[] | Bag, indent: number): string[] {
  return Array.isArray(value) ? list(value, indent) : map(value as Bag, indent);
}

function map(value: Bag, indent: number): string[] {
  const lines: string[] = [];
  for (const [key, field] of Object.entries(value)) {
    if (field === undefined) continue;
    const text = scalar(key);
    if (text.length > maxImplicitKey) lines.push(`${' '.repeat(indent)}? ${text}`);
    const start = `${' '.repeat(indent)}${text.length > maxImplicitKey ? '' : text}:`;
    if (isBlock(field)) lines.push(start, ...block(field, indent + 2));
    else push(lines, `${start} `, scalarLines(field, indent + 2));
  }
  return lines;
}

function list(values: readonly unknown[], indent: number): string[] {
  const lines: string[] = [];
  for (const value of values) {
    const start = `${' '.repeat(indent)}- `;
    if (isBlock(value)) {
      const [first = '', ...rest] = block(value, indent + 2);
      lines.push(start + first.slice(indent + 2), ...rest);
    } else push(lines, start, scalarLines(value ?? null, indent + 2));
  }
  return lines;
}

function push(lines: string[], start: string, [first = '', ...rest]: readonly string[]): void {
  lines.push(start + first, ...rest);
}

/** Lines of a scalar: the first follows its key, the others are complete. */
function scalarLines(value: unknown, indent: number): string[] {
  if (typeof value !== 'string') return [JSON.stringify(value ?? null)];
  if (value.includes('\n') && isLiteral(value)) return literal(value, indent);
  return [scalar(value)];
}

/** Also for keys, which are never literal blocks. */
function scalar(text: string): string {
  return plain.test(text) && !reserved.test(text) ? text : quoted(text);
}

/** A JSON string with every character escaped that YAML does not take as printable. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** True if every character may stand in a literal block, and the text is not mere whitespace. */
function isLiteral(text: string): boolean {
  return (
    !/[^\n\t\u0020-\u007e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/u.test(stripAstral(text)) &&
    !/^[ \t]+$/m.test(text) &&
    /\S/.test(text)
  );
}

function stripAstral(text: string): string {
  return text.replace(/[\u{10000}-\u{10ffff}]/gu, '');
}

/** A literal block; the indentation indicator is needed where the first line with text begins with a space. */
function literal(text: string, indent: number): string[] {
  const trailing = /\n*$/.exec(text)?.[0].length ?? 0;
  const chomp = trailing === 0 ? '-' : trailing === 1 ? '' : '+';
  const body = trailing === 0 ? text : text.slice(0, -1);
  const indicator = /^\n*[ \t]/.test(text) || text.startsWith('\n') ? '2' : '';
  const lines = body.split('\n').map((line) => (line === '' ? '' : `${' '.repeat(indent)}${line}`));
  return [`|${indicator}${chomp}`, ...lines];
}
