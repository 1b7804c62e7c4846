/** Arithmetic and conversions between numbers, text and time. Integers never wrap around: overflow is an error. */
import { CelError } from './cel-error.ts';
import { CelDuration, type CelTimestamp, CelUint, type CelValue } from './cel-value.ts';
import { LibraryBuilder, traversal } from './overload.ts';
import {
  addDuration,
  formatDuration,
  formatTimestamp,
  parseDuration,
  parseTimestamp,
  timestampOf,
} from './time-text.ts';

export const numberLibrary: LibraryBuilder = new LibraryBuilder();

const least = -(2n ** 63n);
const most = 2n ** 63n - 1n;
const mostUint = 2n ** 64n - 1n;

export function checkedInt(value: bigint): bigint {
  if (value < least || value > most) throw new CelError('integer overflow');
  return value;
}

export function checkedUint(value: bigint): CelUint {
  if (value < 0n || value > mostUint) throw new CelError('unsigned integer overflow');
  return new CelUint(value);
}

function nonZero(value: bigint, complaint: string): bigint {
  if (value === 0n) throw new CelError(complaint);
  return value;
}

/** No duration is longer than 64 bits of nanoseconds, about 292 years. */
export function checkedDuration(nanos: bigint): CelDuration {
  return new CelDuration(checkedInt(nanos));
}

/** A double as an integer, towards zero; doubles beside the bounds are refused, since they may have been rounded to them. */
function truncated(value: number, low: bigint, high: bigint): bigint {
  if (!(value > Number(low) && value < Number(high))) throw new CelError('integer overflow');
  return BigInt(Math.trunc(value));
}

numberLibrary
  .define('_+_(int, int): int', (a: bigint, b: bigint) => checkedInt(a + b))
  .define('_-_(int, int): int', (a: bigint, b: bigint) => checkedInt(a - b))
  .define('_*_(int, int): int', (a: bigint, b: bigint) => checkedInt(a * b))
  .define('_/_(int, int): int', (a: bigint, b: bigint) => checkedInt(a / nonZero(b, 'division by zero')))
  .define('_%_(int, int): int', (a: bigint, b: bigint) => {
    checkedInt(a / nonZero(b, 'modulus by zero'));
    return a % b;
  })
  .define('-_(int): int', (a: bigint) => checkedInt(-a))
  .define('_+_(uint, uint): uint', (a: CelUint, b: CelUint) => checkedUint(a.value + b.value))
  .define('_-_(uint, uint): uint', (a: CelUint, b: CelUint) => checkedUint(a.value - b.value))
  .define('_*_(uint, uint): uint', (a: CelUint, b: CelUint) => checkedUint(a.value * b.value))
  .define('_/_(uint, uint): uint', (a: CelUint, b: CelUint) =>
    checkedUint(a.value / nonZero(b.value, 'division by zero')),
  )
  .define('_%_(uint, uint): uint', (a: CelUint, b: CelUint) =>
    checkedUint(a.value % nonZero(b.value, 'modulus by zero')),
  )
  .define('_+_(double, double): double', (a: number, b: number) => a + b)
  .define('_-_(double, double): double', (a: number, b: number) => a - b)
  .define('_*_(double, double): double', (a: number, b: number) => a * b)
  .define('_/_(double, double): double', (a: number, b: number) => a / b)
  .define('-_(double): double', (a: number) => -a);

numberLibrary
  .define('_+_(timestamp, duration): timestamp', addDuration)
  .define('_+_(duration, timestamp): timestamp', (a: CelDuration, b: CelTimestamp) => addDuration(b, a))
  .define('_+_(duration, duration): duration', (a: CelDuration, b: CelDuration) => checkedDuration(a.nanos + b.nanos))
  .define('_-_(timestamp, timestamp): duration', (a: CelTimestamp, b: CelTimestamp) =>
    checkedDuration(a.nanos - b.nanos),
  )
  .define('_-_(timestamp, duration): timestamp', (a: CelTimestamp, b: CelDuration) =>
    addDuration(a, new CelDuration(-b.nanos)),
  )
  .define('_-_(duration, duration): duration', (a: CelDuration, b: CelDuration) => checkedDuration(a.nanos - b.nanos));

numberLibrary
  .define('int(int): int', (value: bigint) => value)
  .define('int(uint): int', (value: CelUint) => checkedInt(value.value))
  .define('int(double): int', (value: number) => truncated(value, least, -least))
  .define('int(string): int', (text: string) => checkedInt(wholeNumber(text)))
  .define('int(timestamp): int', (time: CelTimestamp) => time.nanos / 1_000_000_000n)
  .define('int(duration): int', (time: CelDuration) => time.nanos)
  .define('uint(uint): uint', (value: CelUint) => value)
  .define('uint(int): uint', (value: bigint) => checkedUint(value))
  .define('uint(double): uint', (value: number) => {
    if (value < 0) throw new CelError('unsigned integer overflow');
    return new CelUint(truncated(value, -1n, mostUint));
  })
  .define('uint(string): uint', (text: string) => checkedUint(wholeNumber(text)))
  .define('double(double): double', (value: number) => value)
  .define('double(int): double', Number)
  .define('double(uint): double', (value: CelUint) => Number(value.value))
  .define('double(string): double', decimalNumber)
  .define('bool(bool): bool', (value: boolean) => value)
  .define('bool(string): bool', truth)
  .define('string(string): string', (text: string) => text)
  .define('string(bool): string', String)
  .define('string(int): string', String)
  .define('string(uint): string', (value: CelUint) => String(value.value))
  .define('string(double): string', formatDouble)
  .define('string(bytes): string', utf8Text, { cost: traversal(0), resultSize: (sizes) => sizes.size(0) })
  .define('string(timestamp): string', formatTimestamp)
  .define('string(duration): string', formatDuration)
  .define('bytes(bytes): bytes', (value: Uint8Array) => value)
  .define('bytes(string): bytes', (text: string) => Buffer.from(text, 'utf8'), {
    cost: traversal(0),
    resultSize: (sizes) => sizes.size(0) * 4,
  })
  .define('timestamp(timestamp): timestamp', (time: CelTimestamp) => time)
  .define('timestamp(int): timestamp', (seconds: bigint) => timestampOf(seconds * 1_000_000_000n))
  .define('timestamp(string): timestamp', parseTimestamp)
  .define('duration(duration): duration', (time: CelDuration) => time)
  .define('duration(int): duration', (nanos: bigint) => new CelDuration(nanos))
  .define('duration(string): duration', parseDuration);

function wholeNumber(text: string): bigint {
  if (!/^[+-]?\d{1,20}$/.test(text))
    throw new CelError(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return BigInt(text.replace('+', ''));
}

function decimalNumber(text: string): CelValue {
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return Number(text);
  const named = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (named === null) throw new CelError(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`);
  const value = named[2]?.toLowerCase() === 'nan' ? Number.NaN : Number.POSITIVE_INFINITY;
  return named[1] === '-' ? -value : value;
}

function truth(text: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false;
  throw new CelError(`type conversion error from 'string' to 'bool'`);
}

/** The shortest text that reads back equal; with an exponent below 1e-4 and from a million on, as Go's `%g`. */
export function formatDouble(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  if (!Number.isFinite(value)) return 'NaN';
  if (Object.is(value, -0)) return '-0';
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  if (value === 0 || (Number(exponent) >= -4 && Number(exponent) < 6)) return String(value);
  return `${digits}e${exponent.replace(/^([+-])(\d)$/, '$10$2')}`;
}

function utf8Text(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new CelError('invalid UTF-8 in bytes, cannot convert to string');
  }
}
