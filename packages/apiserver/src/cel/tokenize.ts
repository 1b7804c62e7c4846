/**
 * Splits the text of an expression into tokens.
 *
 * @see https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax
 */
import type { CelIssue } from './cel-error.ts';
import { CelUint, type CelValue } from './cel-value.ts';
import { readEscapes } from './string-literal.ts';

export interface Token {
  readonly kind: 'identifier' | 'literal' | 'symbol' | 'end';
  /** The token as written; '<EOF>' at the end. */
  readonly text: string;
  readonly at: number;
  /** Literals only. */
  readonly value?: CelValue;
}

/** Words that can't be identifiers. */
export const reservedWords: ReadonlySet<string> = new Set(
  (
    'as break const continue else false for function if import in let loop package namespace null return true var ' +
    'void while'
  ).split(' '),
);

const symbols = /^(?:&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()[\]{}])/;
const spaces = /^(?:[ \t\n\r\f]+|\/\/[^\n]*)+/;
const numbers =
  /^(?:0x[0-9a-fA-F]+[uU]?|(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)|\d+[uU]?)/;
const identifiers = /^[A-Za-z_]\w*/;
const strings =
  /^(?:[bB]?[rR]|[rR][bB])(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\r\n]*"|'[^'\r\n]*')|^[bB]?(?:"""(?:\\[\s\S]|[^\\])*?"""|'''(?:\\[\s\S]|[^\\])*?'''|"(?:\\[^\r\n]|[^"\\\r\n])*"|'(?:\\[^\r\n]|[^'\\\r\n])*')/;

const largest = 2n ** 63n;

/** Nobody reads more problems of one text than this. */
const maxIssues = 20;

/** Every token and, last, the end; problems of the text go to `issues`. */
export function tokenize(source: string, issues: CelIssue[]): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at += spaces.exec(source.slice(at))?.[0].length ?? 0;
    if (at >= source.length || issues.length >= maxIssues) break;
    const token = nextToken(source, at, issues);
    if (token === undefined) {
      issues.push({ at, message: `Syntax error: token recognition error at: '${source.slice(at, at + 1)}'` });
      at += 1;
    } else {
      tokens.push(token);
      at += token.text.length;
    }
  }
  return [...tokens, { kind: 'end', text: '<EOF>', at: source.length }];
}

function nextToken(source: string, at: number, issues: CelIssue[]): Token | undefined {
  const rest = source.slice(at, at + 110_000);
  const string = strings.exec(rest)?.[0];
  if (string !== undefined) return { kind: 'literal', text: string, at, value: readString(string, at, issues) };
  const number = numbers.exec(rest)?.[0];
  if (number !== undefined) return { kind: 'literal', text: number, at, value: readNumber(number, at, issues) };
  const identifier = identifiers.exec(rest)?.[0];
  if (identifier !== undefined) return wordToken(identifier, at);
  const symbol = symbols.exec(rest)?.[0];
  return symbol === undefined ? undefined : { kind: 'symbol', text: symbol, at };
}

function wordToken(word: string, at: number): Token {
  if (word === 'true' || word === 'false') return { kind: 'literal', text: word, at, value: word === 'true' };
  if (word === 'null') return { kind: 'literal', text: word, at, value: null };
  return { kind: word === 'in' ? 'symbol' : 'identifier', text: word, at };
}

function readNumber(text: string, at: number, issues: CelIssue[]): CelValue {
  if (/[.]/.test(text) || (/[eE]/.test(text) && !text.startsWith('0x'))) {
    const value = Number(text);
    if (!Number.isFinite(value)) issues.push({ at, message: 'invalid double literal' });
    return value;
  }
  if (/u$/i.test(text)) {
    const value = BigInt(text.slice(0, -1));
    if (value >= 2n * largest) issues.push({ at, message: 'invalid uint literal' });
    return new CelUint(value);
  }
  const value = BigInt(text);
  // one more than the largest may still get a minus sign; the parser looks at it again
  if (value > largest) issues.push({ at, message: 'invalid int literal' });
  return value;
}

function readString(text: string, at: number, issues: CelIssue[]): CelValue {
  const prefix = /^[bBrR]*/.exec(text)?.[0].toLowerCase() ?? '';
  const body = text.slice(prefix.length);
  const quote = /^("""|'''|"|')/.exec(body)?.[0].length ?? 1;
  const inner = body.slice(quote, body.length - quote);
  const isBytes = prefix.includes('b');
  const content = prefix.includes('r') ? inner : readEscapes(inner, isBytes);
  if (content === undefined) {
    issues.push({ at, message: `Syntax error: invalid escape sequence in ${text}` });
    return '';
  }
  if (!isBytes) return content;
  return prefix.includes('r') ? Buffer.from(content, 'utf8') : Buffer.from(content, 'latin1');
}
