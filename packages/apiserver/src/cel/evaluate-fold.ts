/** The loops that macros stand for. Prices are those of the comprehensions that cel-go expands them to. */
import { CelError, noSuchOverload } from './cel-error.ts';
import { type CelKey, type CelMap, type CelValue, isCelList, isCelMap } from './cel-value.ts';
import { type Scope, type Step, type StepCompiler, truth } from './step.ts';
import { foldCosts } from './fold-cost.ts';
import type { Fold } from './expression.ts';

interface CompiledFold {
  readonly node: Fold;
  readonly slots: readonly number[];
  readonly condition: Step;
  readonly result: Step;
}

const always: Step = () => true;

export function compileFold(node: Fold, compiler: StepCompiler): Step {
  const range = compiler.compile(node.range);
  return compiler.withVariables(node.variables, (slots) => {
    const condition = node.condition === undefined ? always : compiler.compile(node.condition);
    const result = node.result === undefined ? always : compiler.compile(node.result);
    const run = runners[node.macro];
    const fold = { node, slots, condition, result };
    const { base } = foldCosts(node);
    return (scope) => {
      const elements = range(scope);
      scope.meter.spend(base);
      return run(fold, elements, scope);
    };
  });
}

/** Calls `visit` for each element, with its variables set; stops when it answers `false`. */
function forEach(
  { node, slots }: CompiledFold,
  range: CelValue,
  scope: Scope,
  visit: (element: CelValue) => boolean,
): void {
  const { perElement } = foldCosts(node);
  const [first = 0, second] = slots;
  const step = (key: CelValue, value: CelValue, single: CelValue): boolean => {
    scope.meter.spend(perElement);
    scope.locals[first] = second === undefined ? single : key;
    if (second !== undefined) scope.locals[second] = value;
    return visit(second === undefined ? single : value);
  };
  if (range === null || typeof range !== 'object') throw noSuchOverload();
  if (isCelList(range)) {
    let index = 0n;
    for (const item of range) if (!step(index++, item, item)) return;
  } else if (isCelMap(range)) {
    for (const [key, value] of range) if (!step(key, value, key)) return;
  } else throw noSuchOverload();
}

type Runner = (fold: CompiledFold, range: CelValue, scope: Scope) => CelValue;

/** `all` and `exists`: an element that decides wins over errors of others. */
function quantify(decisive: boolean): Runner {
  return (fold, range, scope) => {
    let problem: CelError | undefined;
    let decided = false;
    forEach(fold, range, scope, () => {
      try {
        decided = truth(fold.condition(scope)) === decisive;
      } catch (error) {
        if (!(error instanceof CelError)) throw error;
        problem ??= error;
      }
      return !decided;
    });
    if (decided) return decisive;
    if (problem !== undefined) throw problem;
    return !decisive;
  };
}

/** Visits the elements that meet the fold's condition. */
function collect(fold: CompiledFold, range: CelValue, scope: Scope, add: (element: CelValue) => void): void {
  forEach(fold, range, scope, (element) => {
    if (truth(fold.condition(scope))) add(element);
    return true;
  });
}

const transformList: Runner = (fold, range, scope) => {
  const list: CelValue[] = [];
  collect(fold, range, scope, () => list.push(fold.result(scope)));
  return list;
};

const runners: Readonly<Record<Fold['macro'], Runner>> = {
  all: quantify(false),
  exists: quantify(true),
  existsOne: (fold, range, scope) => {
    let count = 0;
    collect(fold, range, scope, () => (count += 1));
    return count === 1;
  },
  filter: (fold, range, scope) => {
    const list: CelValue[] = [];
    collect(fold, range, scope, (element) => list.push(element));
    return list;
  },
  map: transformList,
  transformList,
  transformMap: (fold, range, scope) => {
    const map = new Map<CelKey, CelValue>();
    const [key = 0] = fold.slots;
    collect(fold, range, scope, () => map.set(scope.locals[key] as CelKey, fold.result(scope)));
    return map;
  },
  transformMapEntry: (fold, range, scope) => {
    const map = new Map<CelKey, CelValue>();
    collect(fold, range, scope, () => {
      for (const [key, value] of fold.result(scope) as CelMap) map.set(key, value);
    });
    return map;
  },
};
