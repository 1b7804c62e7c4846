/** Says what is wrong with a JSON text in the words of Go's decoder, which clients of Kubernetes know. */

/** The caller knows that `text` isn't valid JSON. */
export function describeJsonError(text: string): string {
  const scanner = new Scanner(text);
  const problem = scanner.value('looking for beginning of value') ?? scanner.trailing();
  return problem ?? 'unexpected end of JSON input';
}

/** Less than Go's 10,000, which would not fit this scanner's stack. */
const maxDepth = 2_000;

const endOfInput = 'unexpected end of JSON input';

class Scanner {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  trailing(): string | undefined {
    this.#skipSpace();
    return this.#at < this.#text.length ? this.#unexpected('after top-level value') : undefined;
  }

  value(context: string): string | undefined {
    this.#skipSpace();
    const char = this.#text[this.#at];
    if (char === undefined) return endOfInput;
    if (++this.#depth > maxDepth) return 'exceeded max depth';
    try {
      if (char === '{') return this.#object();
      if (char === '[') return this.#array();
      if (char === '"') return this.#string();
      if (char === '-' || (char >= '0' && char <= '9')) return this.#number();
      for (const word of ['true', 'false', 'null']) if (char === word[0]) return this.#literal(word);
      return this.#unexpected(context);
    } finally {
      this.#depth--;
    }
  }

  #object(): string | undefined {
    this.#at++;
    this.#skipSpace();
    if (this.#text[this.#at] === '}') return this.#done();
    for (;;) {
      this.#skipSpace();
      const quote = this.#text[this.#at];
      if (quote === undefined) return endOfInput;
      if (quote !== '"') return this.#unexpected('looking for beginning of object key string');
      const key = this.#string();
      if (key !== undefined) return key;
      this.#skipSpace();
      if (this.#text[this.#at] === undefined) return endOfInput;
      if (this.#text[this.#at] !== ':') return this.#unexpected('after object key');
      this.#at++;
      const value = this.value('looking for beginning of value');
      if (value !== undefined) return value;
      const follower = this.#follower('}', 'after object key:value pair');
      if (follower !== 'more') return follower;
    }
  }

  #array(): string | undefined {
    this.#at++;
    this.#skipSpace();
    if (this.#text[this.#at] === ']') return this.#done();
    for (;;) {
      const value = this.value('looking for beginning of value');
      if (value !== undefined) return value;
      const follower = this.#follower(']', 'after array element');
      if (follower !== 'more') return follower;
    }
  }

  #follower(close: string, context: string): string | undefined {
    this.#skipSpace();
    const char = this.#text[this.#at];
    if (char === undefined) return endOfInput;
    if (char !== ',' && char !== close) return this.#unexpected(context);
    this.#at++;
    return char === ',' ? 'more' : undefined;
  }

  #string(): string | undefined {
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const char = this.#text.charAt(this.#at);
      if (char === '"') return this.#done();
      if (char < ' ') return this.#unexpected('in string literal');
      if (char !== '\\') continue;
      this.#at++;
      const escaped = this.#text[this.#at];
      if (escaped === undefined) return endOfInput;
      if (!'"\\/bfnrtu'.includes(escaped)) return this.#unexpected('in string escape code');
    }
    return endOfInput;
  }

  #number(): string | undefined {
    const match = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/.exec(this.#text.slice(this.#at));
    if (match === null) {
      this.#at++;
      return this.#at >= this.#text.length ? endOfInput : this.#unexpected('in numeric literal');
    }
    this.#at += match[0].length;
    return undefined;
  }

  #literal(word: string): string | undefined {
    for (const letter of word) {
      if (this.#at >= this.#text.length) return endOfInput;
      if (this.#text[this.#at] !== letter) return this.#unexpected(`in literal ${word} (expecting '${letter}')`);
      this.#at++;
    }
    return undefined;
  }

  #done(): undefined {
    this.#at++;
    return undefined;
  }

  #skipSpace(): void {
    while (' \t\r\n'.includes(this.#text[this.#at] ?? 'x')) this.#at++;
  }

  #unexpected(context: string): string {
    const char = this.#text.charAt(this.#at);
    const shown = char === "'" ? "'\\''" : char === '"' ? `'"'` : `'${JSON.stringify(char).slice(1, -1)}'`;
    return `invalid character ${shown} ${context}`;
  }
}
