/**
 * Infers the type of every part of an expression and chooses the overloads of its calls. Problems are collected, worded as
 * cel-go words them.
 */
import { CelCompileError, type CelIssue } from './cel-error.ts';
import {
  accepts,
  type Bindings,
  boolType,
  type CelType,
  dynType,
  errorType,
  formatType,
  intType,
  joinTypes,
  substitute,
} from './cel-type.ts';
import { CelUint } from './cel-value.ts';
import type { Call, Expression, Fold, ListLiteral, Literal, MapLiteral, OptionalMap, Select } from './expression.ts';
import { isFunction, overloadsOf } from './libraries.ts';
import { literalProblem } from './literal-arguments.ts';
import type { Overload } from './overload.ts';
import { reservedWords } from './tokenize.ts';

/** A checked call: the overloads its arguments may meet at run time, and the arguments, receiver first. */
export interface ResolvedCall {
  readonly overloads: readonly Overload[];
  readonly args: readonly Expression[];
}

export interface CheckedExpression {
  readonly root: Expression;
  readonly types: ReadonlyMap<Expression, CelType>;
  readonly calls: ReadonlyMap<Expression, ResolvedCall>;
  /** The variables that the expression mentions. */
  readonly variables: ReadonlySet<string>;
}

/** @throws CelCompileError */
export function checkExpression(
  source: string,
  root: Expression,
  variables: ReadonlyMap<string, CelType>,
): CheckedExpression {
  const checker = new Checker(variables);
  checker.check(root);
  if (checker.issues.length > 0) {
    throw new CelCompileError(
      source,
      checker.issues.toSorted((a, b) => a.at - b.at),
    );
  }
  return { root, types: checker.types, calls: checker.calls, variables: checker.used };
}

class Checker {
  readonly issues: CelIssue[] = [];
  readonly types = new Map<Expression, CelType>();
  readonly calls = new Map<Expression, ResolvedCall>();
  readonly used = new Set<string>();
  readonly #globals: ReadonlyMap<string, CelType>;
  readonly #locals: [string, CelType][] = [];

  constructor(globals: ReadonlyMap<string, CelType>) {
    this.#globals = globals;
  }

  check(node: Expression): CelType {
    // the list of a sortBy stands in two places
    const type = this.types.get(node) ?? this.#infer(node);
    this.types.set(node, type);
    return type;
  }

  #infer(node: Expression): CelType {
    switch (node.kind) {
      case 'literal':
        return literalType(node);
      case 'identifier':
        return this.#variable(node.name) ?? this.#undeclared(node.name, node.at);
      case 'select':
        return this.#select(node);
      case 'call':
        return this.#call(node);
      case 'list':
        return this.#list(node);
      case 'map':
        return this.#map(node);
      case 'fold':
        return this.#fold(node);
      case 'optionalMap':
        return this.#optionalMap(node);
    }
  }

  #fail(at: number, message: string): CelType {
    this.issues.push({ at, message });
    return errorType;
  }

  #undeclared(name: string, at: number): CelType {
    if (typeNames.has(name)) return { kind: 'type' };
    return this.#fail(at, `undeclared reference to '${name}' (in container '')`);
  }

  #variable(name: string): CelType | undefined {
    const local = this.#locals.findLast(([known]) => known === name);
    if (local !== undefined) return local[1];
    const global = this.#globals.get(name);
    if (global !== undefined) this.used.add(name);
    return global;
  }

  #select(node: Select): CelType {
    if (this.#isTypeName(node)) return { kind: 'type' };
    const operand = this.check(node.operand);
    const base = operand.kind === 'optional' ? operand.value : operand;
    const field = this.#fieldType(node, base);
    if (node.mode === 'presence') return boolType;
    const optional = node.mode === 'optional' || operand.kind === 'optional';
    return optional && field.kind !== 'error' ? { kind: 'optional', value: field } : field;
  }

  /** `net.IP` and the like, unless `net` is a variable. */
  #isTypeName({ operand, field }: Select): boolean {
    const names = selectedNames(operand);
    const [root] = names;
    if (root === undefined || !typeNames.has([...names, field].join('.'))) return false;
    return this.#variable(root) === undefined;
  }

  #fieldType({ field, at }: Select, type: CelType): CelType {
    if (type.kind === 'dyn' || type.kind === 'error') return type;
    if (type.kind === 'map') return type.value;
    if (type.kind !== 'object') return this.#fail(at, `type '${formatType(type)}' does not support field selection`);
    return type.fields.get(fieldName(type, field)) ?? this.#fail(at, `undefined field '${field}'`);
  }

  #call(node: Call): CelType {
    if (node.name === '_[_]' || node.name === '_[?_]') return this.#index(node);
    if (node.name === '_?_:_') return this.#conditional(node);
    if (node.name === '_&&_' || node.name === '_||_') return this.#logic(node);
    const qualified = this.#qualifiedName(node);
    const isMember = node.target !== undefined && qualified === undefined;
    const name = qualified ?? node.name;
    const args = isMember && node.target !== undefined ? [node.target, ...node.args] : node.args;
    const candidates = overloadsOf(name, isMember);
    const types = args.map((argument) => (name === 'format' ? this.#mixed(argument) : this.check(argument)));
    if (candidates.length === 0 && !isFunction(name)) return this.#undeclared(name, node.at);
    return this.#resolve(node, name, isMember, candidates, args, types);
  }

  /** The arguments of `format` may be of several types. */
  #mixed(node: Expression): CelType {
    if (node.kind !== 'list') return this.check(node);
    for (const { value, optional } of node.items) this.#element(value, optional);
    const type: CelType = { kind: 'list', item: dynType };
    this.types.set(node, type);
    return type;
  }

  /** `sets.contains(…)` is a function of that name, unless `sets` is a variable. */
  #qualifiedName({ name, target }: Call): string | undefined {
    if (target?.kind !== 'identifier' || this.#variable(target.name) !== undefined) return undefined;
    const qualified = `${target.name}.${name}`;
    return overloadsOf(qualified, false).length > 0 ? qualified : undefined;
  }

  #resolve(
    node: Expression,
    name: string,
    isMember: boolean,
    candidates: readonly Overload[],
    args: readonly Expression[],
    types: readonly CelType[],
  ): CelType {
    if (types.some(({ kind }) => kind === 'error')) return errorType;
    const fitting = candidates.flatMap((overload) => {
      const bindings: Bindings = new Map();
      const fits =
        overload.params.length === types.length &&
        overload.params.every((param, index) => accepts(param, types[index] as CelType, bindings));
      return fits ? [{ overload, result: substitute(overload.result, bindings) }] : [];
    });
    const [first] = fitting;
    if (first === undefined) return this.#noOverload(node.at, name, isMember, types);
    this.calls.set(node, { overloads: fitting.map(({ overload }) => overload), args });
    const unsound = literalProblem(name, args);
    if (unsound !== undefined) return this.#fail(unsound.at, unsound.message);
    const same = fitting.every(({ result }) => formatType(result) === formatType(first.result));
    return same ? first.result : dynType;
  }

  #noOverload(at: number, name: string, isMember: boolean, types: readonly CelType[]): CelType {
    const shown = types.map((type) => formatType(type));
    const call = isMember ? `${shown[0]}.(${shown.slice(1).join(', ')})` : `(${shown.join(', ')})`;
    return this.#fail(at, `found no matching overload for '${name}' applied to '${call}'`);
  }

  #logic(node: Call): CelType {
    const types = node.args.map((argument) => this.check(argument));
    if (types.some(({ kind }) => kind === 'error')) return errorType;
    const fits = types.every((type) => accepts(boolType, type, new Map()));
    return fits ? boolType : this.#noOverload(node.at, node.name, false, types);
  }

  #conditional(node: Call): CelType {
    const [condition, left, right] = node.args.map((argument) => this.check(argument)) as [CelType, CelType, CelType];
    if ([condition, left, right].some(({ kind }) => kind === 'error')) return errorType;
    const joined = accepts(boolType, condition, new Map()) ? joinTypes(left, right) : undefined;
    return joined ?? this.#noOverload(node.at, node.name, false, [condition, left, right]);
  }

  #index(node: Call): CelType {
    const [operand, index] = node.args.map((argument) => this.check(argument)) as [CelType, CelType];
    const base = operand.kind === 'optional' ? operand.value : operand;
    const optional = operand.kind === 'optional' || node.name === '_[?_]';
    if (base.kind === 'error' || index.kind === 'error') return errorType;
    const found = elementType(base, index);
    if (found === undefined) return this.#noOverload(node.at, node.name, false, [operand, index]);
    return optional ? { kind: 'optional', value: found } : found;
  }

  #list(node: ListLiteral): CelType {
    let item: CelType | undefined;
    for (const { value, optional } of node.items) {
      const type = this.#element(value, optional);
      item = this.#join(item, type, value.at);
    }
    return { kind: 'list', item: item ?? dynType };
  }

  #map(node: MapLiteral): CelType {
    let key: CelType | undefined;
    let value: CelType | undefined;
    for (const entry of node.entries) {
      key = this.#join(key, this.check(entry.key), entry.key.at);
      value = this.#join(value, this.#element(entry.value, entry.optional), entry.value.at);
    }
    return { kind: 'map', key: key ?? dynType, value: value ?? dynType };
  }

  #element(value: Expression, optional: boolean): CelType {
    const type = this.check(value);
    if (!optional || type.kind === 'error' || type.kind === 'dyn') return type;
    if (type.kind === 'optional') return type.value;
    return this.#fail(value.at, `expected type 'optional_type(${formatType(type)})' but found '${formatType(type)}'`);
  }

  #join(known: CelType | undefined, next: CelType, at: number): CelType {
    if (known === undefined) return next;
    const joined = joinTypes(known, next);
    if (joined !== undefined) return joined;
    return this.#fail(at, `expected type '${formatType(known)}' but found '${formatType(next)}'`);
  }

  #fold(node: Fold): CelType {
    const range = this.check(node.range);
    const elements = this.#elementTypes(range, node);
    const isList = range.kind === 'list';
    const depth = this.#locals.length;
    node.variables.forEach((name, index) => {
      const single = isList ? elements.value : elements.key;
      this.#locals.push([name, node.variables.length === 1 ? single : index === 0 ? elements.key : elements.value]);
    });
    if (node.condition !== undefined) this.#predicate(node.condition, node);
    const result = node.result === undefined ? errorType : this.check(node.result);
    this.#locals.length = depth;
    return foldType(node, range, elements, result);
  }

  #elementTypes(range: CelType, node: Fold): { key: CelType; value: CelType } {
    if (range.kind === 'list') return { key: intType, value: range.item };
    if (range.kind === 'map') return range;
    if (range.kind === 'dyn' || range.kind === 'error') return { key: range, value: range };
    const message = `expression of type '${formatType(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`;
    this.#fail(node.range.at, message);
    return { key: errorType, value: errorType };
  }

  #predicate(condition: Expression, node: Fold): void {
    const type = this.check(condition);
    if (type.kind === 'error' || accepts(boolType, type, new Map())) return;
    const operator = { all: '_&&_', exists: '_||_' }[node.macro as string];
    if (operator === undefined)
      this.#fail(
        node.at,
        `found no matching overload for '_?_:_' applied to '(${formatType(type)}, list(dyn), list(dyn))'`,
      );
    else this.#noOverload(node.at, operator, false, [boolType, type]);
  }

  #optionalMap(node: OptionalMap): CelType {
    const target = this.check(node.target);
    if (target.kind !== 'optional' && target.kind !== 'dyn' && target.kind !== 'error') {
      return this.#noOverload(node.at, 'hasValue', true, [target]);
    }
    this.#locals.push([node.variable, target.kind === 'optional' ? target.value : target]);
    const body = this.check(node.body);
    this.#locals.pop();
    if (!node.flat) return { kind: 'optional', value: body };
    if (body.kind === 'optional' || body.kind === 'dyn' || body.kind === 'error') return body;
    return this.#noOverload(node.at, '_?_:_', false, [boolType, body, { kind: 'optional', value: dynType }]);
  }
}

function foldType(node: Fold, range: CelType, elements: { key: CelType; value: CelType }, result: CelType): CelType {
  switch (node.macro) {
    case 'all':
    case 'exists':
    case 'existsOne':
      return boolType;
    case 'filter':
      return { kind: 'list', item: range.kind === 'list' ? elements.value : elements.key };
    case 'map':
    case 'transformList':
      return { kind: 'list', item: result };
    case 'transformMap':
      return { kind: 'map', key: elements.key, value: result };
    case 'transformMapEntry':
      return result.kind === 'map' ? result : { kind: 'map', key: dynType, value: dynType };
  }
}

/** Names of types that are values when they stand alone, as in `type(x) == string`. */
const typeNames: ReadonlySet<string> = new Set(
  (
    'bool int uint double string bytes list map null_type type optional_type google.protobuf.Timestamp ' +
    'google.protobuf.Duration net.IP net.CIDR kubernetes.URL kubernetes.Quantity kubernetes.Semver kubernetes.NamedFormat'
  ).split(' '),
);

/** The names of `a.b.c`, none for anything else. */
export function selectedNames(node: Expression): string[] {
  if (node.kind === 'identifier') return [node.name];
  if (node.kind !== 'select' || node.mode !== 'value') return [];
  const names = selectedNames(node.operand);
  return names.length === 0 ? [] : [...names, node.field];
}

/** The field of an object that a rule names: a reserved word may stand for its escaped form. */
export function fieldName(type: CelType | undefined, field: string): string {
  return type?.kind === 'object' && reservedWords.has(field) ? `__${field}__` : field;
}

function literalType({ value }: Literal): CelType {
  if (value === null) return { kind: 'null' };
  if (typeof value === 'boolean') return boolType;
  if (typeof value === 'bigint') return intType;
  if (typeof value === 'number') return { kind: 'double' };
  if (typeof value === 'string') return { kind: 'string' };
  return { kind: value instanceof CelUint ? 'uint' : 'bytes' };
}

const indexKinds = new Set(['int', 'uint', 'double', 'dyn']);

function elementType(base: CelType, index: CelType): CelType | undefined {
  if (base.kind === 'dyn') return dynType;
  if (base.kind === 'list') return indexKinds.has(index.kind) ? base.item : undefined;
  if (base.kind === 'map') return accepts(base.key, index, new Map()) ? base.value : undefined;
  return undefined;
}
