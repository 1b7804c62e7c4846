/** How an expression can fail: when it's compiled, when it's evaluated, and when it costs too much. */

/** A problem of the expression's text, at a UTF-16 index of it. */
export interface CelIssue {
  readonly at: number;
  readonly message: string;
}

/** The expression can't be compiled. The message shows every issue with its line, as cel-go prints them. */
export class CelCompileError extends Error {
  constructor(source: string, issues: readonly CelIssue[]) {
    super(issues.map((issue) => describeIssue(source, issue)).join('\n'));
    this.name = 'CelCompileError';
  }
}

/** Evaluation failed: `no such key: a`, `division by zero`. Logical operators may absorb it. */
export class CelError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CelError';
  }
}

/** Evaluation was stopped because it cost more than allowed. Nothing absorbs it. */
export class CelCostError extends Error {
  constructor() {
    super('operation cancelled: actual cost limit exceeded');
    this.name = 'CelCostError';
  }
}

export function noSuchOverload(): CelError {
  return new CelError('no such overload');
}

function describeIssue(source: string, { at, message }: CelIssue): string {
  const before = source.slice(0, at);
  const lineStart = before.lastIndexOf('\n') + 1;
  const lineEnd = source.indexOf('\n', at);
  const line = source.slice(lineStart, lineEnd === -1 ? source.length : lineEnd);
  const column = Array.from(source.slice(lineStart, at)).length;
  const row = before.split('\n').length;
  return `ERROR: <input>:${row}:${column + 1}: ${message}\n | ${line}\n | ${'.'.repeat(column)}^`;
}
