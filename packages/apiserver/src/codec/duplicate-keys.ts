/** Finds keys that a JSON object states twice, which `JSON.parse` silently merges. The text is valid JSON. */

/** Paths such as `metadata.name` and `spec.items[0].id`, in document order, each once. */
export function findDuplicateKeys(text: string): string[] {
  if (text.length === 0 || (text[0] !== '{' && !text.trimStart().startsWith('{'))) return [];
  const found = new Set<string>();
  const open: Frame[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    const top = open.at(-1);
    if (char === quote) {
      const end = endOfString(text, at);
      if (top?.expectsKey === true) {
        const key = JSON.parse(text.slice(at, end)) as string;
        if (top.keys?.has(key) === true) found.add(join(top.path, key));
        top.keys?.add(key);
        top.key = key;
        top.expectsKey = false;
      }
      at = end - 1;
    } else if (char === openBrace) {
      open.push({ path: pathInside(top), keys: new Set(), key: '', index: 0, expectsKey: true });
    } else if (char === openBracket) {
      open.push({ path: pathInside(top), keys: undefined, key: '', index: 0, expectsKey: false });
    } else if (char === closeBrace || char === closeBracket) {
      open.pop();
    } else if (char === comma && top !== undefined) {
      if (top.keys === undefined) top.index++;
      else top.expectsKey = true;
    }
  }
  return [...found];
}

interface Frame {
  readonly path: string;
  /** `undefined` in lists. */
  readonly keys: Set<string> | undefined;
  key: string;
  index: number;
  expectsKey: boolean;
}

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === backslash) at++;
    else if (char === quote) return at + 1;
  }
  return text.length;
}

function pathInside(frame: Frame | undefined): string {
  if (frame === undefined) return '';
  return frame.keys === undefined ? `${frame.path}[${frame.index}]` : join(frame.path, frame.key);
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
