/**
 * Kubernetes quantities (`500m`, `1.5Gi`, `1e3`): parsing and the canonical form in which a server stores them. Exact:
 * values are integers scaled by a power of ten, never floating-point numbers.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */

/** value = `amount` × 10^`exponent`; `form` is the suffix family it was written in. */
export interface Quantity {
  readonly amount: bigint;
  readonly exponent: number;
  readonly form: 'decimal-si' | 'binary-si' | 'decimal-exponent';
}

const decimalSuffixes: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const suffixOfExponent = new Map(Object.entries(decimalSuffixes).map(([suffix, exponent]) => [exponent, suffix]));
const binarySuffixes: readonly string[] = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** The smallest unit a quantity can hold is a billionth; finer values are rounded away from zero. */
const finestExponent = -9;

/** What a server answers for text that is no quantity. */
export const quantityProblem =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/** `undefined` when the text is no quantity. */
export function parseQuantity(text: string): Quantity | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,3}))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', suffix = '', power] = match;
  if (whole === '' && fraction === '') return undefined;
  const digits = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n);
  const exponent = -fraction.length;
  if (power !== undefined)
    return roundUp({ amount: digits, exponent: exponent + Number(power), form: 'decimal-exponent' });
  if (suffix.endsWith('i')) {
    return roundUp({ amount: digits * 1024n ** BigInt(binarySuffixes.indexOf(suffix)), exponent, form: 'binary-si' });
  }
  return roundUp({ amount: digits, exponent: exponent + (decimalSuffixes[suffix] ?? 0), form: 'decimal-si' });
}

/** The canonical text: no fraction, the largest suffix that leaves an integer. */
export function formatQuantity(quantity: Quantity): string {
  if (quantity.amount === 0n) return '0';
  if (quantity.form === 'binary-si' && !isSmall(quantity)) return formatBinary(integerValue(quantity));
  return formatDecimal(quantity);
}

/** `undefined` when the text is no quantity. */
export function canonicalQuantity(text: string): string | undefined {
  const quantity = parseQuantity(text);
  return quantity === undefined ? undefined : formatQuantity(quantity);
}

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  const exponent = Math.min(a.exponent, b.exponent);
  const left = a.amount * 10n ** BigInt(a.exponent - exponent);
  const right = b.amount * 10n ** BigInt(b.exponent - exponent);
  return left < right ? -1 : left > right ? 1 : 0;
}

function roundUp(quantity: Quantity): Quantity {
  if (quantity.exponent >= finestExponent) return quantity;
  return {
    ...quantity,
    amount: divideUp(quantity.amount, finestExponent - quantity.exponent),
    exponent: finestExponent,
  };
}

/** Divides by 10^power, away from zero. */
function divideUp(amount: bigint, power: number): bigint {
  const divisor = 10n ** BigInt(power);
  const quotient = amount / divisor;
  if (amount % divisor === 0n) return quotient;
  return amount < 0n ? quotient - 1n : quotient + 1n;
}

function integerValue({ amount, exponent }: Quantity): bigint {
  return exponent >= 0 ? amount * 10n ** BigInt(exponent) : divideUp(amount, -exponent);
}

/** Between -1024 and 1024 binary suffixes say nothing, and a fraction would be lost. */
function isSmall(quantity: Quantity): boolean {
  const limit = { amount: 1024n, exponent: 0, form: 'decimal-si' } as const;
  const absolute = { ...quantity, amount: quantity.amount < 0n ? -quantity.amount : quantity.amount };
  return compareQuantities(absolute, limit) < 0;
}

function formatBinary(value: bigint): string {
  let suffix = 0;
  let amount = value;
  while (suffix < binarySuffixes.length - 1 && amount % 1024n === 0n) {
    amount /= 1024n;
    suffix++;
  }
  return `${amount}${binarySuffixes[suffix]}`;
}

function formatDecimal(quantity: Quantity): string {
  let { amount, exponent } = quantity;
  while (amount % 10n === 0n) {
    amount /= 10n;
    exponent++;
  }
  const remainder = ((exponent % 3) + 3) % 3;
  amount *= 10n ** BigInt(remainder);
  exponent -= remainder;
  if (exponent > 18 && quantity.form === 'decimal-si') {
    amount *= 10n ** BigInt(exponent - 18);
    exponent = 18;
  }
  if (quantity.form === 'decimal-exponent') return exponent === 0 ? `${amount}` : `${amount}e${exponent}`;
  return `${amount}${suffixOfExponent.get(exponent) ?? ''}`;
}
