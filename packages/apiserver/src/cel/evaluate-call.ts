/** Calls of library functions: directly where one overload fits, by the arguments' values where several do. */
import { noSuchOverload } from './cel-error.ts';
import type { CelType } from './cel-type.ts';
import { type CelValue, isCelList, isCelMap, sizeOf, typeNameOf } from './cel-value.ts';
import type { Step, StepCompiler } from './step.ts';
import type { Call } from './expression.ts';
import type { Overload, Sizes } from './overload.ts';

export function compileCall(node: Call, compiler: StepCompiler): Step {
  const resolved = compiler.checked.calls.get(node);
  const overloads = resolved?.overloads ?? [];
  const steps = (resolved?.args ?? []).map((argument) => compiler.compile(argument));
  const [only] = overloads;
  // arguments of a dynamic type are only known at run time, even where one overload could fit
  const certain =
    overloads.length === 1 &&
    (resolved?.args ?? []).every((argument) => isCertain(compiler.checked.types.get(argument)));
  return (scope) => {
    const args = steps.map((step) => step(scope));
    const overload = certain ? only : overloads.find((candidate) => takes(candidate, args));
    if (overload === undefined) throw noSuchOverload();
    scope.meter.spend(overload.cost === undefined ? 1 : overload.cost(new ActualSizes(args)));
    return overload.call(args, scope.meter);
  };
}

function isCertain(type: CelType | undefined): boolean {
  if (type === undefined || type.kind === 'dyn' || type.kind === 'error' || type.kind === 'null') return false;
  if (type.kind === 'list') return isCertain(type.item);
  if (type.kind === 'optional') return isCertain(type.value);
  return type.kind !== 'map' || (isCertain(type.key) && isCertain(type.value));
}

function takes({ params }: Overload, args: readonly CelValue[]): boolean {
  return params.length === args.length && params.every((param, index) => isOf(args[index] as CelValue, param));
}

/** Whether a value has a type. Of lists and maps only the kind is looked at, and the first item's type. */
function isOf(value: CelValue, type: CelType): boolean {
  switch (type.kind) {
    case 'dyn':
    case 'error':
    case 'param':
      return true;
    case 'list': {
      if (value === null || !isCelList(value)) return false;
      // a list of lists may hold other items, too: they are what flattening leaves alone
      if (type.item.kind === 'list') return true;
      const [first] = value;
      return first === undefined || isOf(first, type.item);
    }
    case 'map':
    case 'object':
      return value !== null && isCelMap(value);
    case 'optional':
      return typeNameOf(value) === 'optional_type';
    case 'opaque':
      return typeNameOf(value) === type.name;
    case 'null':
      return value === null;
    case 'timestamp':
      return typeNameOf(value) === 'google.protobuf.Timestamp';
    case 'duration':
      return typeNameOf(value) === 'google.protobuf.Duration';
    case 'bool':
    case 'int':
    case 'uint':
    case 'double':
    case 'string':
    case 'bytes':
    case 'type':
      return typeNameOf(value) === type.kind;
  }
}

class ActualSizes implements Sizes {
  readonly #args: readonly CelValue[];

  constructor(args: readonly CelValue[]) {
    this.#args = args;
  }

  size(index: number): number {
    return sizeOf(this.#args[index] ?? null);
  }

  /** The mean length, so that size times item is the length of all. */
  item(index: number): number {
    const list = this.#args[index] ?? null;
    if (list === null || !isCelList(list) || list.length === 0) return 0;
    const total = list.reduce((sum: number, item) => sum + (typeof item === 'string' ? sizeOf(item) : 0), 0);
    return total / list.length;
  }
}
