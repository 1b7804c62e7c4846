/** Which calls are macros: their first arguments name variables instead of being evaluated. */
import type { CelIssue } from './cel-error.ts';
import type { Expression, Fold, FoldMacro } from './expression.ts';

interface MacroCall {
  readonly name: string;
  readonly target: Expression | undefined;
  readonly args: readonly Expression[];
  readonly at: number;
}

/** The macro that a call stands for, or `undefined` for an ordinary call. */
export function expandMacro(call: MacroCall, issues: CelIssue[]): Expression | undefined {
  const { name, target, args, at } = call;
  if (target === undefined)
    return name === 'has' && args.length === 1 ? presence(args[0] as Expression, at, issues) : undefined;
  if ((name === 'optMap' || name === 'optFlatMap') && args.length === 2) {
    const [variable, body] = args as [Expression, Expression];
    const names = variableNames([variable], issues);
    if (names === undefined) return { kind: 'literal', value: null, at };
    return { kind: 'optionalMap', flat: name === 'optFlatMap', target, variable: names[0] ?? '', body, at };
  }
  if (name === 'sortBy' && args.length === 2) {
    const keys = expandFold(target, { ...call, name: 'map' }, issues);
    return keys && { kind: 'call', name: '@sortByAssociatedKeys', target, args: [keys], at };
  }
  return expandFold(target, call, issues);
}

function presence(field: Expression, at: number, issues: CelIssue[]): Expression {
  if (field.kind === 'select' && field.mode === 'value') return { ...field, mode: 'presence' };
  issues.push({ at, message: 'invalid argument to has() macro' });
  return { kind: 'literal', value: false, at };
}

/** Macro, number of arguments → number of variables; what follows them is condition and result. */
const folds: Readonly<Record<string, readonly [FoldMacro, number, 'condition' | 'result' | 'both']>> = {
  'all/2': ['all', 1, 'condition'],
  'all/3': ['all', 2, 'condition'],
  'exists/2': ['exists', 1, 'condition'],
  'exists/3': ['exists', 2, 'condition'],
  'exists_one/2': ['existsOne', 1, 'condition'],
  'existsOne/2': ['existsOne', 1, 'condition'],
  'existsOne/3': ['existsOne', 2, 'condition'],
  'map/2': ['map', 1, 'result'],
  'map/3': ['map', 1, 'both'],
  'filter/2': ['filter', 1, 'condition'],
  'transformList/3': ['transformList', 2, 'result'],
  'transformList/4': ['transformList', 2, 'both'],
  'transformMap/3': ['transformMap', 2, 'result'],
  'transformMap/4': ['transformMap', 2, 'both'],
  'transformMapEntry/3': ['transformMapEntry', 2, 'result'],
  'transformMapEntry/4': ['transformMapEntry', 2, 'both'],
};

function expandFold(range: Expression, { name, args, at }: MacroCall, issues: CelIssue[]): Expression | undefined {
  const shape = folds[`${name}/${args.length}`];
  if (shape === undefined) return undefined;
  const [macro, count, rest] = shape;
  const variables = variableNames(args.slice(0, count), issues);
  if (variables === undefined) return { kind: 'literal', value: null, at };
  const [first, second] = args.slice(count);
  const parts = {
    condition: { condition: first, result: undefined },
    result: { condition: undefined, result: first },
    both: { condition: first, result: second },
  }[rest];
  return { kind: 'fold', macro, range, variables, at, ...parts } satisfies Fold;
}

function variableNames(args: readonly Expression[], issues: CelIssue[]): string[] | undefined {
  const names: string[] = [];
  for (const argument of args) {
    if (argument.kind === 'identifier') names.push(argument.name);
    else issues.push({ at: argument.at, message: 'argument must be a simple name' });
  }
  return names.length === args.length ? names : undefined;
}
