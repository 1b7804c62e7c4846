/** Kubernetes quantities (`100m`, `1Gi`, `1e3`) compared by value, exactly. */

const QUANTITY = /^([+-]?)(\d+)?(?:\.(\d*))?(?:(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)|[eE]([+-]?\d+))?$/;
const DECIMAL_EXPONENT: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY_POWER: Readonly<Record<string, bigint>> = { Ki: 1n, Mi: 2n, Gi: 3n, Ti: 4n, Pi: 5n, Ei: 6n };
/** Values are held in units of 10⁻¹²: finer than the API's nano. */
const SCALE_DIGITS = 12;
/** Longer numbers are no quantities anyone means; they are compared as text. */
const MAX_CHARS = 40;
const MAX_EXPONENT = 40;

/** Whether both are quantities of equal value; numbers count as their decimal text. */
export function sameQuantity(a: unknown, b: unknown): boolean {
  const left = quantityValue(a);
  return left !== undefined && left === quantityValue(b);
}

function quantityValue(input: unknown): bigint | undefined {
  if (typeof input !== 'string' && typeof input !== 'number') {
    return undefined;
  }
  const text = String(input).trim();
  const match = text.length > MAX_CHARS ? null : QUANTITY.exec(text);
  if (match === null || (match[2] === undefined && (match[3] ?? '') === '')) {
    return undefined;
  }
  const [, sign, whole = '0', fraction = '', suffix = '', exponent = '0'] = match;
  const shift = (DECIMAL_EXPONENT[suffix] ?? 0) + Number(exponent) + SCALE_DIGITS - fraction.length;
  if (Math.abs(shift) > MAX_EXPONENT) {
    return undefined;
  }
  const binary = 1024n ** (BINARY_POWER[suffix] ?? 0n);
  const digits = BigInt(whole + fraction) * binary;
  const value = shift >= 0 ? digits * 10n ** BigInt(shift) : roundUp(digits, 10n ** BigInt(-shift));
  return sign === '-' ? -value : value;
}

/** The API rounds what is too fine away from zero. */
function roundUp(digits: bigint, divisor: bigint): bigint {
  return (digits + divisor - 1n) / divisor;
}
