/**
 * Parses an expression by recursive descent.
 *
 * Guarantees: text and nesting are bounded, so that no expression can exhaust the stack; long chains of `&&` and `||`
 * become balanced trees and don't count as nesting.
 */
import { CelCompileError, type CelIssue } from './cel-error.ts';
import type { Expression } from './expression.ts';
import { expandMacro } from './macros.ts';
import { reservedWords, type Token, tokenize } from './tokenize.ts';

const maxCharacters = 100_000;
const maxDepth = 250;

const afterValue =
  "'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER";
const valueTokens = `{${afterValue}}`;
const argumentTokens = `{${afterValue.replace("'(', ", "'(', ')', ")}}`;

/** @throws CelCompileError */
export function parseExpression(source: string): Expression {
  const issues: CelIssue[] = [];
  if (source.length > maxCharacters) {
    const message = `expression code point size exceeds limit: size: ${source.length}, limit ${maxCharacters}`;
    throw new CelCompileError('', [{ at: 0, message }]);
  }
  const tokens = tokenize(source, issues);
  if (issues.length > 0) throw new CelCompileError(source, issues);
  try {
    const expression = new ExpressionParser(tokens, issues).parse();
    if (issues.length === 0) return expression;
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    issues.push(error.issue);
  }
  throw new CelCompileError(source, issues);
}

class SyntaxProblem extends Error {
  readonly issue: CelIssue;
  constructor(at: number, message: string) {
    super(message);
    this.issue = { at, message };
  }
}

const relations = new Set(['<', '<=', '>', '>=', '==', '!=', 'in']);

class ExpressionParser {
  readonly #tokens: readonly Token[];
  readonly #issues: CelIssue[];
  readonly #depths = new WeakMap<Expression, number>();
  #next = 0;
  #nesting = 0;

  constructor(tokens: readonly Token[], issues: CelIssue[]) {
    this.#tokens = tokens;
    this.#issues = issues;
  }

  parse(): Expression {
    const expression = this.#expression();
    const token = this.#peek();
    if (token.kind !== 'end') throw this.#mismatch(token, '<EOF>');
    return expression;
  }

  #expression(): Expression {
    if (++this.#nesting > maxDepth) throw this.#tooDeep(this.#peek().at);
    const condition = this.#either();
    const token = this.#peek();
    if (!this.#take('?')) {
      this.#nesting -= 1;
      return condition;
    }
    const whenTrue = this.#either();
    this.#expect(':');
    const whenFalse = this.#expression();
    this.#nesting -= 1;
    return this.#call('_?_:_', token.at, [condition, whenTrue, whenFalse]);
  }

  #either(): Expression {
    return this.#balanced('||', '_||_', () => this.#both());
  }

  #both(): Expression {
    return this.#balanced('&&', '_&&_', () => this.#relation());
  }

  #balanced(symbol: string, name: string, operand: () => Expression): Expression {
    const operands = [operand()];
    const places: number[] = [];
    for (let at = this.#peek().at; this.#take(symbol); at = this.#peek().at) {
      places.push(at);
      operands.push(operand());
    }
    const build = (low: number, high: number): Expression => {
      if (low === high) return operands[low] as Expression;
      const middle = (low + high) >> 1;
      return this.#call(name, places[middle] ?? 0, [build(low, middle), build(middle + 1, high)]);
    };
    return build(0, operands.length - 1);
  }

  #relation(): Expression {
    return this.#chain(relations, () => this.#sum());
  }

  #sum(): Expression {
    return this.#chain(new Set(['+', '-']), () => this.#product());
  }

  #product(): Expression {
    return this.#chain(new Set(['*', '/', '%']), () => this.#unary());
  }

  #chain(operators: ReadonlySet<string>, operand: () => Expression): Expression {
    let left = operand();
    for (;;) {
      const token = this.#peek();
      if (token.kind !== 'symbol' || !operators.has(token.text)) return left;
      this.#next += 1;
      left = this.#call(token.text === 'in' ? '@in' : `_${token.text}_`, token.at, [left, operand()]);
    }
  }

  #unary(): Expression {
    const token = this.#peek();
    const sign = token.kind === 'symbol' && (token.text === '!' || token.text === '-') ? token.text : undefined;
    if (sign === undefined) return this.#member();
    const following = this.#tokens[this.#next + 1];
    if (sign === '-' && isNumber(following)) return this.#member();
    let count = 0;
    while (this.#take(sign)) count += 1;
    const operand = this.#member();
    return count % 2 === 0 ? operand : this.#call(sign === '!' ? '!_' : '-_', token.at, [operand]);
  }

  #member(): Expression {
    let value = this.#primary();
    for (;;) {
      const token = this.#peek();
      if (this.#take('.')) value = this.#afterDot(value, token.at);
      else if (this.#take('[')) {
        const name = this.#take('?') ? '_[?_]' : '_[_]';
        const index = this.#expression();
        this.#expect(']');
        value = this.#call(name, token.at, [value, index]);
      } else return value;
    }
  }

  #afterDot(operand: Expression, at: number): Expression {
    const optional = this.#take('?');
    const field = this.#identifier();
    const open = this.#peek();
    if (!optional && this.#take('(')) return this.#invoke(field.text, operand, this.#arguments(), open.at);
    const node = { kind: 'select', operand, field: field.text, mode: optional ? 'optional' : 'value', at } as const;
    return this.#bounded(node, [operand]);
  }

  #primary(): Expression {
    const token = this.#peek();
    if (token.kind === 'literal') {
      this.#next += 1;
      return this.#literal(token, token.at);
    }
    if (token.kind === 'identifier' || token.text === '.') return this.#name();
    if (token.kind === 'symbol') {
      if (token.text === '-' && isNumber(this.#tokens[this.#next + 1])) return this.#negative(token.at);
      if (this.#take('(')) {
        const inner = this.#expression();
        this.#expect(')');
        return inner;
      }
      if (this.#take('[')) return this.#list(token.at);
      if (this.#take('{')) return this.#map(token.at);
    }
    throw this.#mismatch(token, this.#tokens[this.#next - 1]?.text === '(' ? argumentTokens : valueTokens);
  }

  #literal({ value }: Token, at: number): Expression {
    if (value === 2n ** 63n) this.#issues.push({ at, message: 'invalid int literal' });
    return { kind: 'literal', value: value ?? null, at };
  }

  #negative(at: number): Expression {
    const { value } = this.#tokens[this.#next + 1] as Token;
    this.#next += 2;
    if (typeof value === 'bigint' || typeof value === 'number') return { kind: 'literal', value: -value, at };
    this.#issues.push({ at, message: 'invalid uint literal' });
    return { kind: 'literal', value: null, at };
  }

  #name(): Expression {
    this.#take('.');
    const token = this.#identifier();
    const open = this.#peek();
    if (this.#take('(')) return this.#invoke(token.text, undefined, this.#arguments(), open.at);
    if (reservedWords.has(token.text)) {
      throw new SyntaxProblem(token.at, `reserved identifier: ${token.text}`);
    }
    return { kind: 'identifier', name: token.text, at: token.at };
  }

  #identifier(): Token {
    const token = this.#peek();
    if (token.kind !== 'identifier') throw this.#mismatch(token, 'IDENTIFIER');
    this.#next += 1;
    return token;
  }

  #arguments(): Expression[] {
    const args: Expression[] = [];
    if (this.#take(')')) return args;
    do args.push(this.#expression());
    while (this.#take(','));
    this.#expect(')');
    return args;
  }

  #list(at: number): Expression {
    const items: { value: Expression; optional: boolean }[] = [];
    while (!this.#take(']')) {
      const optional = this.#take('?');
      items.push({ value: this.#expression(), optional });
      if (this.#take(',')) continue;
      this.#expect(']');
      break;
    }
    return this.#bounded(
      { kind: 'list', items, at },
      items.map(({ value }) => value),
    );
  }

  #map(at: number): Expression {
    const entries: { key: Expression; value: Expression; optional: boolean; at: number }[] = [];
    while (!this.#take('}')) {
      const optional = this.#take('?');
      const key = this.#expression();
      const colon = this.#peek().at;
      this.#expect(':');
      entries.push({ key, value: this.#expression(), optional, at: colon });
      if (this.#take(',')) continue;
      this.#expect('}');
      break;
    }
    return this.#bounded(
      { kind: 'map', entries, at },
      entries.flatMap(({ key, value }) => [key, value]),
    );
  }

  #invoke(name: string, target: Expression | undefined, args: readonly Expression[], at: number): Expression {
    const parts = target === undefined ? args : [target, ...args];
    const macro = expandMacro({ name, target, args, at }, this.#issues);
    return this.#bounded(macro ?? { kind: 'call', name, target, args, at }, parts);
  }

  #call(name: string, at: number, args: readonly Expression[]): Expression {
    return this.#bounded({ kind: 'call', name, target: undefined, args, at }, args);
  }

  #bounded(node: Expression, parts: readonly Expression[]): Expression {
    const depth = 1 + parts.reduce((deepest, part) => Math.max(deepest, this.#depths.get(part) ?? 1), 0);
    if (depth > maxDepth) throw this.#tooDeep(node.at);
    this.#depths.set(node, depth);
    return node;
  }

  #tooDeep(at: number): SyntaxProblem {
    return new SyntaxProblem(at, `expression recursion limit exceeded: ${maxDepth}`);
  }

  #peek(): Token {
    return this.#tokens[this.#next] as Token;
  }

  #take(symbol: string): boolean {
    const token = this.#peek();
    if (token.kind !== 'symbol' || token.text !== symbol) return false;
    this.#next += 1;
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#take(symbol)) throw this.#mismatch(this.#peek(), `'${symbol}'`);
  }

  #mismatch(token: Token, expected: string): SyntaxProblem {
    return new SyntaxProblem(token.at, `Syntax error: mismatched input '${token.text}' expecting ${expected}`);
  }
}

function isNumber(token: Token | undefined): boolean {
  return token?.kind === 'literal' && (typeof token.value === 'number' || typeof token.value === 'bigint');
}
