/**
 * The most an expression can cost, given how large its schema lets values become. Kubernetes refuses definitions whose rules
 * could cost too much.
 *
 * @see https://kubernetes.io/docs/reference/using-api/cel/#resource-constraints
 */
import type { CelType } from './cel-type.ts';
import { sizeOf } from './cel-value.ts';
import type { CheckedExpression } from './check-expression.ts';
import type { Call, Expression, Fold } from './expression.ts';
import { foldCosts } from './fold-cost.ts';
import type { Overload, Sizes } from './overload.ts';

/** Infinity stands for costs beyond counting. */
export function estimateCost(checked: CheckedExpression): number {
  return new Estimator(checked).cost(checked.root);
}

class Estimator {
  readonly #checked: CheckedExpression;
  readonly #costs = new Map<Expression, number>();
  readonly #sizes = new Map<Expression, number>();

  constructor(checked: CheckedExpression) {
    this.#checked = checked;
  }

  cost(node: Expression): number {
    let cost = this.#costs.get(node);
    if (cost === undefined) this.#costs.set(node, (cost = this.#estimate(node)));
    return cost;
  }

  #estimate(node: Expression): number {
    switch (node.kind) {
      case 'literal':
        return 0;
      case 'identifier':
        return 1;
      case 'select':
        return this.cost(node.operand) + (node.mode === 'presence' ? 0 : 1);
      case 'call':
        return this.#callCost(node);
      case 'list':
        return node.items.reduce((sum, { value }) => sum + this.cost(value), 10);
      case 'map':
        return node.entries.reduce((sum, { key, value }) => sum + this.cost(key) + this.cost(value), 30);
      case 'fold':
        return this.#foldCost(node);
      case 'optionalMap':
        return this.cost(node.target) + this.cost(node.body) + 2;
    }
  }

  #foldCost(node: Fold): number {
    const { base, perElement } = foldCosts(node);
    const parts = [node.condition, node.result].map((part) => (part === undefined ? 0 : this.cost(part)));
    return (
      this.cost(node.range) +
      base +
      times(
        this.size(node.range),
        parts.reduce((a, b) => a + b, perElement),
      )
    );
  }

  #callCost(node: Call): number {
    const { name, args } = node;
    if (name === '_?_:_') {
      const [condition, left, right] = args.map((argument) => this.cost(argument)) as [number, number, number];
      return condition + Math.max(left, right);
    }
    const resolved = this.#checked.calls.get(node);
    const operands = resolved?.args ?? args;
    const sum = operands.reduce((total, argument) => total + this.cost(argument), 0);
    if (name === '_&&_' || name === '_||_') return sum;
    if (resolved === undefined) return sum + 1;
    const sizes = this.#sizesOf(operands);
    return sum + Math.max(...resolved.overloads.map((overload) => priceOf(overload, sizes)));
  }

  #sizesOf(operands: readonly Expression[]): Sizes {
    return {
      size: (index) => this.size(operands[index] as Expression),
      item: (index) => this.#itemSize(operands[index] as Expression),
    };
  }

  /** The most characters, items or entries; Infinity when nothing is known. */
  size(node: Expression): number {
    let size = this.#sizes.get(node);
    if (size === undefined) this.#sizes.set(node, (size = this.#estimateSize(node)));
    return size;
  }

  #estimateSize(node: Expression): number {
    switch (node.kind) {
      case 'literal':
        return sizeOf(node.value);
      case 'list':
        return node.items.length;
      case 'map':
        return node.entries.length;
      case 'fold':
        return ['all', 'exists', 'existsOne'].includes(node.macro) ? 1 : this.size(node.range);
      case 'call':
        return this.#callSize(node);
      case 'identifier':
      case 'select':
      case 'optionalMap':
        return this.#typeSize(node);
    }
  }

  #callSize(node: Call): number {
    if (node.name === '_?_:_') return Math.max(...node.args.slice(1).map((branch) => this.size(branch)));
    const resolved = this.#checked.calls.get(node);
    if (resolved === undefined) return this.#typeSize(node);
    const sizes = this.#sizesOf(resolved.args);
    const known = resolved.overloads.flatMap(({ resultSize }) => (resultSize === undefined ? [] : [resultSize(sizes)]));
    return known.length === 0 ? this.#typeSize(node) : Math.max(...known);
  }

  #typeSize(node: Expression): number {
    return sizeOfType(this.#checked.types.get(node));
  }

  #itemSize(node: Expression): number {
    if (node.kind === 'list') return Math.max(0, ...node.items.map(({ value }) => this.size(value)));
    if (node.kind === 'fold' && node.result !== undefined) return this.size(node.result);
    const type = this.#checked.types.get(node);
    if (type?.kind !== 'list') return 0;
    return type.item.kind === 'string' || type.item.kind === 'bytes' ? sizeOfType(type.item) : 0;
  }
}

function sizeOfType(type: CelType | undefined): number {
  if (type === undefined || !unbounded.has(type.kind)) return type === undefined ? Number.POSITIVE_INFINITY : 1;
  return ('maxSize' in type ? type.maxSize : undefined) ?? Number.POSITIVE_INFINITY;
}

/** Kinds whose values can be of any size. */
const unbounded: ReadonlySet<CelType['kind']> = new Set([
  'string',
  'bytes',
  'dyn',
  'list',
  'map',
  'optional',
  'opaque',
]);

function priceOf({ cost }: Overload, sizes: Sizes): number {
  const price = cost === undefined ? 1 : cost(sizes);
  // zero times infinity: an empty text cannot be expensive
  return Number.isNaN(price) ? 0 : price;
}

function times(count: number, cost: number): number {
  return count === 0 || cost === 0 ? 0 : count * cost;
}
