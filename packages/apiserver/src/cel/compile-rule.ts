/**
 * One rule of `x-kubernetes-validations`, compiled against the schema that it stands in.
 *
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
 */
import { isJsonObject, type JsonObject } from '../store/kube-object.ts';
import { CelCompileError } from './cel-error.ts';
import type { CelType } from './cel-type.ts';
import type { CelValue } from './cel-value.ts';
import { type CheckedExpression, checkExpression } from './check-expression.ts';
import type { CostMeter } from './cost-meter.ts';
import { estimateCost } from './estimate-cost.ts';
import { compileSteps } from './evaluate.ts';
import { parseExpression } from './parse-expression.ts';

export type Program = (variables: ReadonlyMap<string, CelValue>, meter: CostMeter) => CelValue;

/** A rule as its schema states it. */
export interface RuleText {
  readonly rule: string;
  readonly message: string;
  readonly messageExpression: string;
  readonly reason: string | undefined;
  readonly fieldPath: string;
  readonly optionalOldSelf: boolean | undefined;
}

export type CompiledProgram =
  | { readonly ok: true; readonly program: Program; readonly cost: number; readonly usesOldSelf: boolean }
  | { readonly ok: false; readonly problem: string };

export interface CompiledRule {
  readonly text: RuleText;
  readonly condition: CompiledProgram;
  /** Absent without messageExpression. */
  readonly message: CompiledProgram | undefined;
}

/** The rules written at a schema, not below it. */
export function rulesAt(schema: JsonObject): RuleText[] {
  const rules = schema['x-kubernetes-validations'];
  if (!Array.isArray(rules)) return [];
  return rules.filter((rule) => isJsonObject(rule)).map(readRule);
}

function readRule(rule: JsonObject): RuleText {
  const text = (name: string): string => (typeof rule[name] === 'string' ? rule[name] : '');
  return {
    rule: text('rule'),
    message: text('message'),
    messageExpression: text('messageExpression'),
    reason: typeof rule['reason'] === 'string' ? rule['reason'] : undefined,
    fieldPath: text('fieldPath'),
    optionalOldSelf: typeof rule['optionalOldSelf'] === 'boolean' ? rule['optionalOldSelf'] : undefined,
  };
}

export function compileRule(text: RuleText, self: CelType): CompiledRule {
  const oldSelf: CelType = text.optionalOldSelf === true ? { kind: 'optional', value: self } : self;
  const variables = new Map([
    ['self', self],
    ['oldSelf', oldSelf],
  ]);
  const condition = compileProgram(text.rule, variables, 'bool', '');
  const message =
    text.messageExpression.trim() === ''
      ? undefined
      : compileProgram(text.messageExpression, variables, 'string', 'messageExpression ');
  return { text, condition, message };
}

const wrongResults = {
  bool: 'cel expression must evaluate to a bool',
  string: 'messageExpression must evaluate to a string',
};

function compileProgram(
  source: string,
  variables: ReadonlyMap<string, CelType>,
  result: 'bool' | 'string',
  subject: string,
): CompiledProgram {
  try {
    const checked = checkExpression(source, parseExpression(source), variables);
    if (resultKind(checked) !== result) return { ok: false, problem: wrongResults[result] };
    const usesOldSelf = checked.variables.has('oldSelf');
    return { ok: true, program: compileSteps(checked), cost: estimateCost(checked), usesOldSelf };
  } catch (error) {
    if (!(error instanceof CelCompileError)) throw error;
    return { ok: false, problem: `${subject}compilation failed: ${error.message}` };
  }
}

function resultKind(checked: CheckedExpression): string | undefined {
  return checked.types.get(checked.root)?.kind;
}
