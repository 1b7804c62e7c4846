/**
 * Turns a checked expression into a function. Every step pays the meter, by Kubernetes' prices.
 *
 * @see https://github.com/google/cel-spec/blob/master/doc/langdef.md#evaluation
 */
import { mapKey } from './cel-equality.ts';
import { CelError, noSuchOverload } from './cel-error.ts';
import {
  type CelKey,
  type CelList,
  type CelMap,
  CelOptional,
  CelTypeName,
  type CelValue,
  isCelList,
  isCelMap,
  typeNameOf,
} from './cel-value.ts';
import { type CheckedExpression, fieldName, selectedNames } from './check-expression.ts';
import type { CostMeter } from './cost-meter.ts';
import { compileCall } from './evaluate-call.ts';
import { compileFold } from './evaluate-fold.ts';
import type { Call, Expression, ListLiteral, MapLiteral, OptionalMap, Select } from './expression.ts';
import { type Step, type StepCompiler, truth } from './step.ts';

/** @returns a function of the variables' values. @throws (the function) CelError, CelCostError */
export function compileSteps(
  checked: CheckedExpression,
): (variables: ReadonlyMap<string, CelValue>, meter: CostMeter) => CelValue {
  const step = new Compiler(checked).compile(checked.root);
  return (variables, meter) => step({ meter, variables, locals: [] });
}

class Compiler implements StepCompiler {
  readonly checked: CheckedExpression;
  readonly #locals: string[] = [];

  constructor(checked: CheckedExpression) {
    this.checked = checked;
  }

  withVariables<T>(names: readonly string[], build: (slots: readonly number[]) => T): T {
    const depth = this.#locals.length;
    const slots = names.map((name) => this.#locals.push(name) - 1);
    const result = build(slots);
    this.#locals.length = depth;
    return result;
  }

  compile(node: Expression): Step {
    switch (node.kind) {
      case 'literal': {
        const { value } = node;
        return () => value;
      }
      case 'identifier':
        return this.#variable(node.name);
      case 'select':
        return this.#select(node);
      case 'call':
        return this.#call(node);
      case 'list':
        return this.#list(node);
      case 'map':
        return this.#map(node);
      case 'fold':
        return compileFold(node, this);
      case 'optionalMap':
        return this.#optionalMap(node);
    }
  }

  #variable(name: string): Step {
    const slot = this.#locals.lastIndexOf(name);
    if (slot !== -1) {
      return ({ meter, locals }) => {
        meter.spend(1);
        return locals[slot] as CelValue;
      };
    }
    const type = new CelTypeName(name);
    return ({ meter, variables }) => {
      meter.spend(1);
      return variables.get(name) ?? (variables.has(name) ? null : type);
    };
  }

  #select(node: Select): Step {
    if (this.checked.types.get(node)?.kind === 'type') return this.#variable(selectedNames(node).join('.'));
    const operand = this.compile(node.operand);
    const { mode } = node;
    const field = fieldName(this.checked.types.get(node.operand), node.field);
    if (mode === 'presence') {
      return (scope) => {
        const value = operand(scope);
        const found = fieldOf(value, field);
        return value instanceof CelOptional ? found !== CelOptional.none : found !== undefined;
      };
    }
    return (scope) => {
      const value = operand(scope);
      scope.meter.spend(1);
      const found = fieldOf(value, field);
      if (value instanceof CelOptional) return found ?? CelOptional.none;
      if (mode === 'optional') return found === undefined ? CelOptional.none : new CelOptional(found);
      if (found === undefined) throw new CelError(`no such key: ${field}`);
      return found;
    };
  }

  #call(node: Call): Step {
    const { name, args } = node;
    if (name === '_&&_' || name === '_||_') return this.#logic(node, name === '_||_');
    if (name === '_?_:_') {
      const [condition, left, right] = args.map((argument) => this.compile(argument)) as [Step, Step, Step];
      return (scope) => (truth(condition(scope)) ? left(scope) : right(scope));
    }
    if (name === '_[_]' || name === '_[?_]') return this.#index(node);
    return compileCall(node, this);
  }

  /** Either operand alone may decide; only if it doesn't, an error of the other counts. */
  #logic({ args }: Call, decisive: boolean): Step {
    const [left, right] = args.map((argument) => this.compile(argument)) as [Step, Step];
    return (scope) => {
      let problem: CelError | undefined;
      try {
        if (truth(left(scope)) === decisive) return decisive;
      } catch (error) {
        if (!(error instanceof CelError)) throw error;
        problem = error;
      }
      if (truth(right(scope)) === decisive) return decisive;
      if (problem !== undefined) throw problem;
      return !decisive;
    };
  }

  #index({ name, args }: Call): Step {
    const [operand, index] = args.map((argument) => this.compile(argument)) as [Step, Step];
    return (scope) => {
      const value = operand(scope);
      const at = index(scope);
      scope.meter.spend(1);
      if (value instanceof CelOptional) {
        const inner = value.value === undefined ? undefined : elementAt(value.value, at);
        return inner === undefined ? CelOptional.none : new CelOptional(inner);
      }
      const found = elementAt(value, at);
      if (name === '_[?_]') return found === undefined ? CelOptional.none : new CelOptional(found);
      if (found !== undefined) return found;
      throw new CelError(isCelMap(value) ? `no such key: ${shownKey(at)}` : `index out of bounds: ${shownKey(at)}`);
    };
  }

  #list(node: ListLiteral): Step {
    const { items } = node;
    const constant = constantOf(node);
    if (constant !== undefined) return () => constant;
    const steps = items.map(({ value, optional }) => ({ step: this.compile(value), optional }));
    return (scope) => {
      const list: CelValue[] = [];
      for (const { step, optional } of steps) {
        const value = step(scope);
        if (!optional) list.push(value);
        else if (value instanceof CelOptional && value.value !== undefined) list.push(value.value);
      }
      scope.meter.spend(10);
      return list;
    };
  }

  #map({ entries }: MapLiteral): Step {
    const steps = entries.map(
      ({ key, value, optional }) => [this.compile(key), this.compile(value), optional] as const,
    );
    return (scope) => {
      const map = new Map<CelKey, CelValue>();
      for (const [keyStep, valueStep, optional] of steps) {
        const key = mapKey(keyStep(scope));
        if (key === undefined) throw new CelError('unsupported key type');
        if (map.has(key)) throw new CelError(`Failed with repeated key [${String(key)}]`);
        const value = valueStep(scope);
        if (!optional) map.set(key, value);
        else if (value instanceof CelOptional && value.value !== undefined) map.set(key, value.value);
      }
      scope.meter.spend(30);
      return map;
    };
  }

  #optionalMap({ target, variable, body, flat }: OptionalMap): Step {
    const targetStep = this.compile(target);
    return this.withVariables([variable], ([slot = 0]) => {
      const bodyStep = this.compile(body);
      return (scope) => {
        const optional = targetStep(scope);
        if (!(optional instanceof CelOptional)) throw noSuchOverload();
        if (optional.value === undefined) return CelOptional.none;
        scope.locals[slot] = optional.value;
        const result = bodyStep(scope);
        return flat ? result : new CelOptional(result);
      };
    });
  }
}

/** The value of a literal or of a list of literals, which costs nothing to evaluate. */
function constantOf(node: Expression): CelValue | undefined {
  if (node.kind === 'literal') return node.value;
  if (node.kind !== 'list') return undefined;
  const values = node.items.map(({ value, optional }) => (optional ? undefined : constantOf(value)));
  return values.some((value) => value === undefined) ? undefined : (values as CelValue[]);
}

/** `undefined` when there is no such field; of an optional, an optional. */
function fieldOf(value: CelValue, field: string): CelValue | undefined {
  if (value instanceof CelOptional) {
    const inner = value.value === undefined ? undefined : fieldOf(value.value, field);
    return inner === undefined ? CelOptional.none : new CelOptional(inner);
  }
  if (value !== null && typeof value === 'object' && isCelMap(value)) return value.get(field);
  throw noSuchOverload();
}

/** A key or index in messages. */
function shownKey(value: CelValue): string {
  return String(mapKey(value) ?? typeNameOf(value));
}

function elementAt(value: CelValue, at: CelValue): CelValue | undefined {
  if (value === null || typeof value !== 'object') throw noSuchOverload();
  const key = mapKey(at);
  if (isCelMap(value)) return key === undefined ? undefined : (value as CelMap).get(key);
  if (!isCelList(value) || typeof key !== 'bigint') throw noSuchOverload();
  return key < 0n || key >= BigInt(value.length) ? undefined : (value as CelList)[Number(key)];
}
