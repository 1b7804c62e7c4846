/**
 * Kubernetes quantities in rules.
 *
 * @see https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-quantity-library
 */
import {
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
  quantityProblem,
} from '../schema/quantity.ts';
import { CelError } from './cel-error.ts';
import { CelOpaque } from './cel-value.ts';
import { LibraryBuilder, traversal } from './overload.ts';

export const quantityLibrary: LibraryBuilder = new LibraryBuilder();

const type = 'kubernetes.Quantity';

function quantityOf(text: string): CelOpaque {
  const quantity = parseQuantity(text);
  if (quantity === undefined) throw new CelError(quantityProblem);
  return wrap(quantity);
}

function wrap(quantity: Quantity): CelOpaque {
  return new CelOpaque(type, formatQuantity({ ...quantity, form: 'decimal-si' }), quantity);
}

function content(value: CelOpaque): Quantity {
  return value.content as Quantity;
}

function sum(a: Quantity, b: Quantity, sign: bigint): CelOpaque {
  const exponent = Math.min(a.exponent, b.exponent);
  const scaled = (quantity: Quantity): bigint => quantity.amount * 10n ** BigInt(quantity.exponent - exponent);
  return wrap({ amount: scaled(a) + sign * scaled(b), exponent, form: a.form });
}

const whole = (amount: bigint): Quantity => ({ amount, exponent: 0, form: 'decimal-si' });

/** `undefined` where the quantity is no 64-bit integer. */
function integerOf({ amount, exponent }: Quantity): bigint | undefined {
  const divisor = exponent < 0 ? 10n ** BigInt(-exponent) : 1n;
  if (amount % divisor !== 0n) return undefined;
  const value = (amount / divisor) * (exponent > 0 ? 10n ** BigInt(exponent) : 1n);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

quantityLibrary
  .define(`quantity(string): ${type}`, quantityOf, { cost: traversal(0) })
  .define('isQuantity(string): bool', (text: string) => parseQuantity(text) !== undefined, { cost: traversal(0) })
  .define(`[${type}].sign(): int`, (a: CelOpaque) => BigInt(compareQuantities(content(a), whole(0n))))
  .define(`[${type}].isInteger(): bool`, (a: CelOpaque) => integerOf(content(a)) !== undefined)
  .define(`[${type}].asInteger(): int`, (a: CelOpaque) => {
    const value = integerOf(content(a));
    if (value === undefined) throw new CelError('cannot convert value to integer');
    return value;
  })
  .define(`[${type}].asApproximateFloat(): double`, (a: CelOpaque) => {
    const { amount, exponent } = content(a);
    return Number(`${amount}e${exponent}`);
  })
  .define(
    `[${type}].isGreaterThan(${type}): bool`,
    (a: CelOpaque, b: CelOpaque) => compareQuantities(content(a), content(b)) > 0,
  )
  .define(
    `[${type}].isLessThan(${type}): bool`,
    (a: CelOpaque, b: CelOpaque) => compareQuantities(content(a), content(b)) < 0,
  )
  .define(`[${type}].compareTo(${type}): int`, (a: CelOpaque, b: CelOpaque) =>
    BigInt(compareQuantities(content(a), content(b))),
  )
  .define(`[${type}].add(${type}): ${type}`, (a: CelOpaque, b: CelOpaque) => sum(content(a), content(b), 1n))
  .define(`[${type}].add(int): ${type}`, (a: CelOpaque, b: bigint) => sum(content(a), whole(b), 1n))
  .define(`[${type}].sub(${type}): ${type}`, (a: CelOpaque, b: CelOpaque) => sum(content(a), content(b), -1n))
  .define(`[${type}].sub(int): ${type}`, (a: CelOpaque, b: bigint) => sum(content(a), whole(b), -1n));
