/** Escape sequences of string and bytes literals. */

const simple: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '?': '?',
  '"': '"',
  "'": "'",
  '`': '`',
};

const escapes =
  /\\(?:x([0-9a-fA-F]{2})|X([0-9a-fA-F]{2})|([0-3][0-7]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]?))/g;

/**
 * The text that a literal's body stands for, `undefined` when an escape is unknown. The result of a bytes literal has one
 * character per byte.
 */
export function readEscapes(body: string, isBytes: boolean): string | undefined {
  let sound = true;
  const refuse = (): string => {
    sound = false;
    return '';
  };
  const text = (isBytes ? latin1Of(body) : body).replaceAll(
    escapes,
    (_whole, hex?: string, upperHex?: string, octal?: string, short?: string, long?: string, other?: string) => {
      const byte = hex ?? upperHex;
      if (byte !== undefined) return String.fromCharCode(Number.parseInt(byte, 16));
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      const point = short ?? long;
      if (point === undefined) return simple[other ?? ''] ?? refuse();
      const code = Number.parseInt(point, 16);
      if (isBytes || code > 0x10_ffff || (code >= 0xd800 && code <= 0xdfff)) return refuse();
      return String.fromCodePoint(code);
    },
  );
  return sound ? text : undefined;
}

function latin1Of(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
