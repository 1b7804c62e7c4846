/** What the compiled parts of an expression are: functions of the scope that they're evaluated in. */
import { noSuchOverload } from './cel-error.ts';
import type { CelValue } from './cel-value.ts';
import type { CheckedExpression } from './check-expression.ts';
import type { CostMeter } from './cost-meter.ts';
import type { Expression } from './expression.ts';

/** What an expression sees while it's evaluated. */
export interface Scope {
  readonly meter: CostMeter;
  readonly variables: ReadonlyMap<string, CelValue>;
  /** Values of macro variables, by slot. */
  readonly locals: CelValue[];
}

export type Step = (scope: Scope) => CelValue;

/** Compiles parts of an expression; macros declare variables for theirs. */
export interface StepCompiler {
  readonly checked: CheckedExpression;
  compile(node: Expression): Step;
  /** Compiles `node` where `names` are variables; their values go into the slots handed to `build`. */
  withVariables<T>(names: readonly string[], build: (slots: readonly number[]) => T): T;
}

/** A condition's value. @throws CelError when it's no boolean, which only dynamic values can be. */
export function truth(value: CelValue): boolean {
  if (typeof value !== 'boolean') throw noSuchOverload();
  return value;
}
