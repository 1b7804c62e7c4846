/**
 * Kubernetes quantities (`100m`, `1.5Gi`, `2e3`): a compile-time check for literals and exact arithmetic.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
import { BuilderError } from '../builder-error.ts';

/** Suffixes of quantities; exponents (`2e3`) are literals of `${number}`. */
export type QuantitySuffix =
  | ''
  | 'n'
  | 'u'
  | 'm'
  | 'k'
  | 'M'
  | 'G'
  | 'T'
  | 'P'
  | 'E'
  | 'Ki'
  | 'Mi'
  | 'Gi'
  | 'Ti'
  | 'Pi'
  | 'Ei';

/** `Q` itself when it can be a quantity, otherwise a type that says it is not. Plain `string` is checked at run time. */
export type Quantity<Q extends string | number> = Q extends number
  ? Q
  : string extends Q
    ? Q
    : Q extends `${string} ${string}`
      ? `not a Kubernetes quantity: ${Q & string}`
      : Q extends `${number}${QuantitySuffix}`
        ? Q
        : `not a Kubernetes quantity: ${Q & string}`;

const syntax = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;

const decimalPower: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const binaryPower: Readonly<Record<string, bigint>> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };

/** An exact value: `units` × 10^`exponent`. */
interface Exact {
  readonly units: bigint;
  readonly exponent: number;
}

/** Exponents beyond this are refused instead of building numbers of unbounded size. */
const maxExponent = 1000;

/** A parsed quantity: immutable and exact, whatever the suffix. */
export interface ParsedQuantity extends Exact {
  toString(): string;
}

/**
 * Exact arithmetic on quantities.
 *
 *     quantity.compare('1Gi', '1000Mi')   // 1
 *     quantity.add('100m', '0.2')         // '300m'
 */
export const quantity: {
  /** True for text that Kubernetes accepts as a quantity. */
  isValid(text: string): boolean;
  /** @throws BuilderError with code `QUANTITY` for anything that is not a quantity. */
  parse(value: string | number): ParsedQuantity;
  /** Negative, zero or positive as `a` is smaller, equal or larger. */
  compare(a: string | number, b: string | number): -1 | 0 | 1;
  /** Exact sum in the shortest form: binary suffix if both have one, decimal otherwise. */
  add(a: string | number, b: string | number): string;
  /** The shortest text of the same value: integers with the largest suffix that keeps it whole. */
  format(value: string | number, base?: 'decimal' | 'binary'): string;
} = Object.freeze({
  isValid: (text: string) => exactOf(text) !== undefined,
  parse: (value: string | number) =>
    Object.freeze({ ...mustParse(value), toString: () => write(mustParse(value), isBinary(value)) }),
  compare: (a: string | number, b: string | number) => compare(mustParse(a), mustParse(b)),
  add: (a: string | number, b: string | number) => write(add(mustParse(a), mustParse(b)), isBinary(a) && isBinary(b)),
  format: (value: string | number, base?: 'decimal' | 'binary') =>
    write(mustParse(value), base === undefined ? isBinary(value) : base === 'binary'),
});

/** The text of a quantity as it goes into a manifest; numbers become their shortest decimal form. */
export function quantityText(value: string | number): string {
  return String(value);
}

function isBinary(value: string | number): boolean {
  return typeof value === 'string' && value.endsWith('i');
}

function mustParse(value: string | number): Exact {
  const exact = exactOf(String(value));
  if (exact) return exact;
  const message = `"${value}" is not a quantity; write a number with an optional suffix such as 100m, 0.5, 2Gi`;
  throw new BuilderError('quantity', [{ code: 'QUANTITY', path: '', message }]);
}

function exactOf(text: string): Exact | undefined {
  const found = syntax.exec(text);
  if (!found) return undefined;
  const [, sign = '', number = '', suffix = ''] = found;
  const [whole = '', fraction = ''] = number.split('.');
  const digits = BigInt(`${whole}${fraction}` || '0') * (sign === '-' ? -1n : 1n);
  const binary = binaryPower[suffix];
  if (binary !== undefined) return { units: digits << binary, exponent: -fraction.length };
  const power = decimalPower[suffix] ?? (suffix === '' ? 0 : Number(suffix.slice(1)));
  return Math.abs(power) > maxExponent ? undefined : { units: digits, exponent: power - fraction.length };
}

function align(a: Exact, b: Exact): readonly [bigint, bigint, number] {
  const exponent = Math.min(a.exponent, b.exponent);
  const scale = ({ units, exponent: own }: Exact): bigint => units * 10n ** BigInt(own - exponent);
  return [scale(a), scale(b), exponent];
}

function compare(a: Exact, b: Exact): -1 | 0 | 1 {
  const [left, right] = align(a, b);
  return left < right ? -1 : left > right ? 1 : 0;
}

function add(a: Exact, b: Exact): Exact {
  const [left, right, exponent] = align(a, b);
  return { units: left + right, exponent };
}

function write(value: Exact, binary: boolean): string {
  let { units, exponent } = value;
  if (units === 0n) return '0';
  while (units % 10n === 0n) {
    units /= 10n;
    exponent += 1;
  }
  if (binary && exponent >= 0) return writeBinary(units * 10n ** BigInt(exponent));
  const step = Math.min(18, Math.floor(exponent / 3) * 3);
  if (step < -9) return `${units}e${exponent}`;
  const suffix = Object.entries(decimalPower).find(([, power]) => power === step)?.[0] ?? '';
  return `${units * 10n ** BigInt(exponent - step)}${suffix}`;
}

function writeBinary(units: bigint): string {
  const fitting = Object.entries(binaryPower).findLast(([, power]) => units % (1n << power) === 0n);
  return fitting ? `${units >> fitting[1]}${fitting[0]}` : `${units}`;
}
